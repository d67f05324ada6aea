/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Profiles: what is demanded of a kernel, in YAML. A line is `id: state` or `id: [state, state]`;
 * below `optional:` stand those that are wanted only.
 */
#ifndef REDPROBE_PROFILE_H
#define REDPROBE_PROFILE_H

#include "redprobe.h"

/* What is demanded of one feature. */
struct demand {
	const struct redprobe_feature *feature;
	const struct redprobe_area *area;
	unsigned states; /* those that will do: bits 1 << enum redprobe_status */
	bool optional;
};

struct profile {
	const char *name; /* in messages */
	struct demand *demands;
	size_t count;
};

/* A profile that the command brings along. */
struct shipped_profile {
	const char *name, *text;
};

/* Made from probes/profiles when the command is built; ended by one without a name. */
extern const struct shipped_profile shipped_profiles[];

/*
 * Reads the profile `name`: a shipped one, "-" for standard input, or a path. Returns 0, or says
 * what is wrong, with line and column, and returns EXIT_MACHINERY. The caller gives the profile to
 * profile_free.
 */
int profile_read(struct profile *profile, const char *name);

/* The same for a text of `size` bytes; profile->name is set and nothing else. */
int profile_parse(struct profile *profile, const char *text, size_t size);

void profile_free(struct profile *profile);

#endif
