/* SPDX-License-Identifier: Apache-2.0 */
/* Making namespaces, as far as other areas need one to try something in. */
#ifndef REDPROBE_NAMESPACE_H
#define REDPROBE_NAMESPACE_H

#include "redprobe.h"

/* How making a namespace went. */
struct entry {
	bool in_user; /* a new user namespace was made first, because it needed privilege */
	int refused;  /* the flag (CLONE_NEW…) that was refused, or 0 */
	int error;    /* 0 or a positive errno */
};

/*
 * Unshares the namespace `flag` (CLONE_NEW…); where that needs privilege (EPERM), a new user
 * namespace is made first. Only for a child that ends soon.
 */
struct entry namespace_enter(int flag);

#endif
