/* SPDX-License-Identifier: Apache-2.0 */
#include "base/namespace.h"

#include <linux/sched.h>

const struct namespace_type namespace_types[NAMESPACE_COUNT] = {
	[NAMESPACE_USER] = {"user", CLONE_NEWUSER, NAMESPACE_AT_BIRTH},
	[NAMESPACE_CGROUP] = {"cgroup", CLONE_NEWCGROUP, NAMESPACE_BY_INIT},
	[NAMESPACE_NET] = {"net", CLONE_NEWNET, NAMESPACE_AT_BIRTH},
	[NAMESPACE_PID] = {"pid", CLONE_NEWPID, NAMESPACE_AT_BIRTH},
	[NAMESPACE_IPC] = {"ipc", CLONE_NEWIPC, NAMESPACE_AT_BIRTH},
	[NAMESPACE_TIME] = {"time", CLONE_NEWTIME, NAMESPACE_BY_INIT},
	[NAMESPACE_UTS] = {"uts", CLONE_NEWUTS, NAMESPACE_AT_BIRTH},
	[NAMESPACE_MNT] = {"mnt", CLONE_NEWNS, NAMESPACE_BY_INIT},
};

const char *const namespace_clocks[CLOCK_COUNT] = {"monotonic", "boottime"};
