/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capabilities. capability_drill.c has children change their sets, capability.c turns what they
 * learned into findings, capability_file.c is about those of files; capability_area.c is the table.
 */
#ifndef REDPROBE_CAPABILITY_H
#define REDPROBE_CAPABILITY_H

#include "base/child.h"

#include <sys/capability.h>

/* Those that have a row: what the requirement names. Sets have room for CAPABILITY_BITS. */
enum { CAPABILITIES = CAP_CHECKPOINT_RESTORE + 1, CAPABILITY_BITS = 64 };

/* What a child changes of one capability that it has. */
enum capability_change {
	CHANGE_LOWERED,	 /* out of the effective set, and in again */
	CHANGE_DROPPED,	 /* out of the permitted set */
	CHANGE_REGAINED, /* after that: must be refused */
	CHANGE_AMBIENT,	 /* into the ambient set, and out again */
	CHANGE_UNBOUND,	 /* out of the bounding set */
	CHANGES,
};

/* What children learned of one capability. */
struct capability_trial {
	bool permitted;	     /* to begin with, and so tried */
	int errors[CHANGES]; /* of each change: 0 or a positive errno */
};

/* What is tried of all of them, in this order: what is dropped last cannot be tried again. */
enum capability_facet {
	FACET_AMBIENT,
	FACET_BOUNDING,
	FACET_SETS,
	FACETS,
};

struct capability_drill {
	/*
	 * NULL, or the drill of this process as it is: then this one is in a new user namespace,
	 * where a process has all capabilities, and tries what that one could not.
	 */
	const struct capability_drill *here;
	enum capability_facet next; /* to be tried */
	int entered;		    /* that user namespace: 0 or a positive errno */
	struct child_fate fates[FACETS];
	struct capability_trial trials[CAPABILITIES];
};

/* In memory that is shared with the children. */
struct capability_survey {
	int patience_ms;	       /* of the probe */
	int bounding[CAPABILITY_BITS]; /* 1 in the set, 0 not, or a negative errno */
	char last[16];		       /* kernel.cap_last_cap; "" if not readable */
	struct capability_drill here, user;
};

/* The survey of the probe. Returns NULL, and says so, if memory is short. */
struct capability_survey *capability_survey(struct redprobe *probe,
					    struct redprobe_finding *finding);

/* What is learned in a user namespace, where it is tried when first wanted. */
const struct capability_drill *capability_in_user(struct capability_survey *survey);

/* Says why there is no user namespace to gain a capability in. */
void capability_say_missing(int error, const char *tried, struct redprobe_finding *finding);

/* The functions of the rows; the argument is the number of a capability, unless it is not used. */
redprobe_function capability_find, capability_find_ambient, capability_find_bounding;
redprobe_function capability_find_file, capability_find_last;

#endif
