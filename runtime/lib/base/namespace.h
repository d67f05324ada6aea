/* SPDX-License-Identifier: Apache-2.0 */
/* The eight namespaces of namespaces(7). */
#ifndef REDPAK_NAMESPACE_H
#define REDPAK_NAMESPACE_H

#include <stdint.h>

enum namespace_kind {
	NAMESPACE_USER,
	NAMESPACE_CGROUP,
	NAMESPACE_NET,
	NAMESPACE_PID,
	NAMESPACE_IPC,
	NAMESPACE_TIME,
	NAMESPACE_UTS,
	NAMESPACE_MNT,
	NAMESPACE_COUNT
};

/*
 * Who makes a namespace, and when (launch.c, init.c):
 * NAMESPACE_AT_BIRTH: a flag of the clone3(2) that makes process 1 of the node.
 * NAMESPACE_BY_INIT: process 1 unshares it, because it must be owned by the user namespace of the
 * payload and depends on something that only process 1 has: its cgroup (the root of the cgroup
 * namespace), clock offsets (the time namespace), the finished mounts (the mount namespace).
 */
enum namespace_moment { NAMESPACE_AT_BIRTH, NAMESPACE_BY_INIT };

struct namespace_type {
	const char *name; /* as in /proc/PID/ns, and in the key share_NAME */
	uint64_t flag;	  /* CLONE_NEW... */
	enum namespace_moment moment;
};

/* The clocks that a time namespace can shift, by their names in /proc/PID/timens_offsets. */
enum { CLOCK_COUNT = 2 };
extern const char *const namespace_clocks[CLOCK_COUNT];

extern const struct namespace_type namespace_types[NAMESPACE_COUNT];

#endif
