/* SPDX-License-Identifier: Apache-2.0 */
/* The user namespace in which the node is built, and that of the node itself. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "apply/launch.h"
#include "base/auto.h"

static int write_file(int directory, const char *name, const char *text)
{
	AUTO_CLOSE int fd = openat(directory, name, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return -errno;
	return 0;
}

/* @proc: the directory of the process in /proc. */
static int write_id_maps(struct launch *launch, int proc)
{
	int result = write_file(proc, "uid_map", launch->plan->id_map_user);

	if (result == 0)
		result = write_file(proc, "gid_map", launch->plan->id_map_group);
	if (result < 0)
		return fail_errno(launch->error, result,
				  "cannot map the ids of the user namespace (namespace.user)");
	return 0;
}

/* An ordinary user may map its own ids only, and must give up setgroups(2) before. */
int enter_builder_user(struct launch *launch)
{
	AUTO_CLOSE int self = -1;
	int result;

	if (!launch->plan->builder_user)
		return 0;
	if (unshare(CLONE_NEWUSER) < 0)
		return advise(launch->error,
			      fail_errno(launch->error, -errno, "cannot make a user namespace"),
			      "see `redprobe`, namespace.user.unprivileged");
	self = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	result = self < 0 ? -errno : write_file(self, "setgroups", "deny");
	if (result < 0)
		return fail_errno(launch->error, result, "cannot give up setgroups");
	return write_id_maps(launch, self);
}

int map_init(struct launch *launch)
{
	char path[64];
	AUTO_CLOSE int proc = -1;

	if (!(launch->plan->birth_flags & CLONE_NEWUSER))
		return 0;
	snprintf(path, sizeof(path), "proc/%d", launch->init);
	proc = openat(launch->root.host, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0)
		return fail_errno(launch->error, -errno, "cannot map the ids of the node");
	return write_id_maps(launch, proc);
}
