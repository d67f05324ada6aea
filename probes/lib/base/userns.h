/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The switches that keep ordinary users from user namespaces. Sources: user_namespaces(7), the
 * patches of Debian and of Ubuntu that add theirs.
 */
#ifndef REDPROBE_USERNS_H
#define REDPROBE_USERNS_H

struct userns_switch {
	const char *sysctl;
	long long closed;  /* the value that keeps them from it */
	int error;	   /* what unshare(2), or what is done with the namespace, then gives */
	const char *cause; /* "sysctl NAME = VALUE" of that value */
};

/* Ended by one without a sysctl. */
extern const struct userns_switch userns_switches[];

/* The `cause` of the switch that is closed and gives the positive errno `error`, or NULL. */
const char *userns_closed_by(int error);

#endif
