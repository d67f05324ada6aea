/* SPDX-License-Identifier: Apache-2.0 */
/* What only the admin configurations of a chain forbid: without them it is allowed. */
#ifndef REDPAK_RESTRICTION_H
#define REDPAK_RESTRICTION_H

#include "merge/merge.h"

/* @section: "" for a key of `config` itself, else with a final dot: "capabilities.". */
struct restriction {
	const char *section, *name;
	struct origin origin;
};

/*
 * Calls @each for every entry of an A that restricts, and whose restriction is not there in
 * @normal.
 * @admin: the chain merged with its A. @normal: the same chain without.
 */
void restriction_each(const struct merged *admin, const struct merged *normal,
		      void (*each)(const struct restriction *restriction, void *data), void *data);

#endif
