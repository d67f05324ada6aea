/* SPDX-License-Identifier: Apache-2.0 */
/* The time namespace of the node, time_namespaces(7). */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "apply/init.h"
#include "base/auto.h"

int time_open_offsets(int proc)
{
	return openat(proc, "self/timens_offsets", O_WRONLY | O_CLOEXEC);
}

int time_enter(int proc, int offsets_file, const char *offsets, struct redpak_error *error)
{
	AUTO_CLOSE int fd = -1;

	/* Before the first process enters, and no later. */
	if (*offsets && write(offsets_file, offsets, strlen(offsets)) < 0)
		return fail_errno(error, -errno, "cannot shift the clocks of the node");
	fd = openat(proc, "self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWTIME) < 0)
		return fail_errno(error, -errno, "cannot enter the time namespace");
	return 0;
}
