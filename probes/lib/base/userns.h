/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What keeps processes from user namespaces: switches that are closed to ordinary users, a chroot.
 * Sources: user_namespaces(7), statx(2), the patches of Debian and of Ubuntu that add switches.
 */
#ifndef REDPROBE_USERNS_H
#define REDPROBE_USERNS_H

#include <stdbool.h>

#include <stdbool.h>

struct userns_switch {
	const char *sysctl;
	long long closed;  /* the value that keeps them from it */
	int error;	   /* what unshare(2), or what is done with the namespace, then gives */
	const char *cause; /* "sysctl NAME = VALUE" of that value */
};

/* Ended by one without a sysctl. */
extern const struct userns_switch userns_switches[];

/*
 * True if the kernel is seen to have no user namespaces: by the missing link of the own one, or,
 * where no links are to be seen, by the positive errno that making one gave. What unshare(2) gives
 * is not the same on all such kernels.
 */
bool userns_absent(int error);

/* The `cause` of the switch that is closed and gives the positive errno `error`, or NULL. */
const char *userns_closed_by(int error);

/*
 * Whether the root directory is no mount, as in a chroot, where no user namespace can be made. A
 * chroot to a directory that is a mount looks like any other root.
 */
bool userns_in_chroot(void);

#endif
