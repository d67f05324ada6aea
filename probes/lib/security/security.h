/* SPDX-License-Identifier: Apache-2.0 */
/* Security modules: which are active, and what securityfs says. */
#ifndef REDPROBE_SECURITY_H
#define REDPROBE_SECURITY_H

#include "base/symbol.h"
#include "redprobe.h"

/* What is known of the active security modules. */
struct security_survey {
	int securityfs;	    /* a descriptor of its root, or -1 */
	const char *source; /* who told the list: a call or a file; NULL: nobody */
	char active[256];   /* their names in the kernel's order, with blanks between */
	size_t count;
	struct symbols symbols;
};

/* Finds them out when first wanted; the result belongs to the probe. NULL if memory is short. */
struct security_survey *security_survey(struct redprobe *probe);

/* A security module. */
struct lsm {
	const char *names[3]; /* in the list; the first is the one of the id */
	const char *symbol;   /* a function of it, by which a kernel shows that it is built in */
	/*
	 * Asks it without the list. Returns 0: it is active; EOPNOTSUPP: it is not; ENOSYS: it is
	 * not built in; ENODATA: that cannot be told. NULL: it cannot be asked.
	 */
	int (*ask)(const struct security_survey *found);
};

extern const struct lsm lsm_apparmor, lsm_bpf, lsm_integrity, lsm_landlock, lsm_lockdown,
	lsm_selinux, lsm_smack, lsm_tomoyo, lsm_yama;

/*
 * The finding about a security module (struct lsm): supported, it is active; restricted, it is
 * built in and was not chosen at boot; unsupported, it is not built in.
 */
redprobe_function security_find_lsm;

/* The finding about the list of those that are active. */
redprobe_function security_find_list;

#endif
