/* SPDX-License-Identifier: Apache-2.0 */
#include "base/userns.h"

#include "base/finding.h"
#include "base/sysctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

#define SWITCH(name, value, error)                              \
	{                                                       \
		name, value, error, "sysctl " name " = " #value \
	}

const struct userns_switch userns_switches[] = {
	SWITCH("kernel.unprivileged_userns_clone", 0, EPERM),
	SWITCH("kernel.apparmor_restrict_unprivileged_userns", 1, EPERM),
	SWITCH("user.max_user_namespaces", 0, ENOSPC),
	{NULL, 0, 0, NULL},
};

bool userns_absent(int error)
{
	if (access("/proc/self/ns/mnt", F_OK) == 0)
		return access("/proc/self/ns/user", F_OK) < 0;
	return !seccomp_filtered() && (error == EINVAL || error == ENOSYS);
}

const char *userns_closed_by(int error)
{
	const struct userns_switch *one = userns_switches;
	long long value;

	for (; one->sysctl; one++)
		if (one->error == error && sysctl_read(one->sysctl, &value) == 0 &&
		    value == one->closed)
			return one->cause;
	return NULL;
}

bool userns_in_chroot(void)
{
	struct statx root;

	return statx(AT_FDCWD, "/", AT_NO_AUTOMOUNT, STATX_BASIC_STATS, &root) == 0 &&
	       root.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT &&
	       !(root.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}
