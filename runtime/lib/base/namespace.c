/* SPDX-License-Identifier: Apache-2.0 */
#include "base/namespace.h"

#include <linux/sched.h>
#include <stdio.h>
#include <string.h>

const struct namespace_type namespace_types[NAMESPACE_COUNT] = {
	[NAMESPACE_USER] = {"user", CLONE_NEWUSER, NAMESPACE_AT_BIRTH},
	[NAMESPACE_CGROUP] = {"cgroup", CLONE_NEWCGROUP, NAMESPACE_AT_LAST},
	[NAMESPACE_NET] = {"net", CLONE_NEWNET, NAMESPACE_MEANWHILE},
	[NAMESPACE_PID] = {"pid", CLONE_NEWPID, NAMESPACE_AT_BIRTH},
	[NAMESPACE_IPC] = {"ipc", CLONE_NEWIPC, NAMESPACE_MEANWHILE},
	[NAMESPACE_TIME] = {"time", CLONE_NEWTIME, NAMESPACE_MEANWHILE},
	[NAMESPACE_UTS] = {"uts", CLONE_NEWUTS, NAMESPACE_MEANWHILE},
	[NAMESPACE_MNT] = {"mnt", CLONE_NEWNS, NAMESPACE_AT_LAST},
};

const char *const namespace_clocks[CLOCK_COUNT] = {"monotonic", "boottime"};

int namespace_refuse(struct redpak_error *error, int code, const char *what, uint64_t flags)
{
	char ids[256] = "see `redprobe`:";
	size_t end = strlen(ids);

	for (int kind = 0; kind < NAMESPACE_COUNT; kind++) {
		if (flags & namespace_types[kind].flag)
			end += (size_t)snprintf(ids + end, sizeof(ids) - end, " namespace.%s",
						namespace_types[kind].name);
	}
	fail_errno(error, code, "%s", what);
	return flags ? advise(error, code, ids) : code;
}
