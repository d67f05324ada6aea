/* SPDX-License-Identifier: Apache-2.0 */
/* The eight namespaces of namespaces(7). */
#ifndef REDPAK_NAMESPACE_H
#define REDPAK_NAMESPACE_H

#include <stdint.h>

#include "base/error.h"

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
 * NAMESPACE_MEANWHILE: process 1 unshares it while redwrap builds the root: a network namespace
 * takes the kernel about as long, and the two run on different processors.
 * NAMESPACE_AT_LAST: process 1 unshares it, because it must be owned by the user namespace of the
 * payload and shows what is complete only then: the cgroup of process 1 (the root of the cgroup
 * namespace), the mounts.
 */
enum namespace_moment {
	NAMESPACE_AT_BIRTH,
	NAMESPACE_MEANWHILE,
	NAMESPACE_AT_LAST,
	NAMESPACE_MOMENT_COUNT
};

struct namespace_type {
	const char *name; /* as in /proc/PID/ns, and in the key share_NAME */
	const char *id;	  /* of the feature, in the table of redprobe */
	const char *join; /* of the feature that it can be joined */
	uint64_t flag;	  /* CLONE_NEW... */
	enum namespace_moment moment;
};

/* The clocks that a time namespace can shift, by their names in /proc/PID/timens_offsets. */
enum { CLOCK_COUNT = 2 };
extern const char *const namespace_clocks[CLOCK_COUNT];

extern const struct namespace_type namespace_types[NAMESPACE_COUNT];

/*
 * Says that @what failed with @code for want of one of the namespaces @flags (CLONE_NEW...), by
 * the ids that redprobe has for them. Returns @code.
 */
int namespace_refuse(struct redpak_error *error, int code, const char *what, uint64_t flags);

#endif
