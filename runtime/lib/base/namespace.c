/* SPDX-License-Identifier: Apache-2.0 */
#include "base/namespace.h"

#include <linux/sched.h>
#include <stdio.h>
#include <string.h>

#include <redprobe-ids.h>

const struct namespace_type namespace_types[NAMESPACE_COUNT] = {
	[NAMESPACE_USER] = {"user", REDPROBE_NAMESPACE_USER, REDPROBE_NAMESPACE_USER_JOIN,
			    CLONE_NEWUSER, NAMESPACE_AT_BIRTH},
	[NAMESPACE_CGROUP] = {"cgroup", REDPROBE_NAMESPACE_CGROUP, REDPROBE_NAMESPACE_CGROUP_JOIN,
			      CLONE_NEWCGROUP, NAMESPACE_AT_LAST},
	[NAMESPACE_NET] = {"net", REDPROBE_NAMESPACE_NET, REDPROBE_NAMESPACE_NET_JOIN, CLONE_NEWNET,
			   NAMESPACE_MEANWHILE},
	[NAMESPACE_PID] = {"pid", REDPROBE_NAMESPACE_PID, REDPROBE_NAMESPACE_PID_JOIN, CLONE_NEWPID,
			   NAMESPACE_AT_BIRTH},
	[NAMESPACE_IPC] = {"ipc", REDPROBE_NAMESPACE_IPC, REDPROBE_NAMESPACE_IPC_JOIN, CLONE_NEWIPC,
			   NAMESPACE_MEANWHILE},
	[NAMESPACE_TIME] = {"time", REDPROBE_NAMESPACE_TIME, REDPROBE_NAMESPACE_TIME_JOIN,
			    CLONE_NEWTIME, NAMESPACE_MEANWHILE},
	[NAMESPACE_UTS] = {"uts", REDPROBE_NAMESPACE_UTS, REDPROBE_NAMESPACE_UTS_JOIN, CLONE_NEWUTS,
			   NAMESPACE_MEANWHILE},
	[NAMESPACE_MNT] = {"mnt", REDPROBE_NAMESPACE_MNT, REDPROBE_NAMESPACE_MNT_JOIN, CLONE_NEWNS,
			   NAMESPACE_AT_LAST},
};

const char *const namespace_clocks[CLOCK_COUNT] = {"monotonic", "boottime"};

int namespace_refuse(struct redpak_error *error, int code, const char *what, uint64_t flags)
{
	char ids[256] = "see `redprobe`:";
	size_t end = strlen(ids);

	for (int kind = 0; kind < NAMESPACE_COUNT; kind++) {
		if (flags & namespace_types[kind].flag)
			end += (size_t)snprintf(ids + end, sizeof(ids) - end, " %s",
						namespace_types[kind].id);
	}
	fail_errno(error, code, "%s", what);
	return flags ? advise(error, code, ids) : code;
}
