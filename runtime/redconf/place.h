/* SPDX-License-Identifier: Apache-2.0 */
/* A directory that need not be there yet, under the trust rule (load/trust.h). */
#ifndef REDCONF_PLACE_H
#define REDCONF_PLACE_H

#include "base/error.h"
#include "base/pool.h"

/*
 * @base: the nearest directory that is there, at the canonical @base_path.
 * @missing: what is to be made below it, "" when everything is there.
 * @made: how much of it has been, in bytes.
 * @path: canonical path of the place.
 * @directory: the place itself, once place_make() succeeded; else -1.
 * Descriptors belong to the place, strings to the pool.
 */
struct place {
	struct pool *pool;
	int base;
	const char *base_path;
	const char *missing;
	size_t made;
	const char *path;
	int directory;
};

/* What place_end() may be called on. */
#define PLACE_NONE ((struct place){.base = -1, .directory = -1})

/*
 * Finds @path, relative to the current directory; nothing is made.
 * All of these return 0 or a negative errno with @error filled in.
 */
int place_find(struct pool *pool, const char *path, struct place *place,
	       struct redpak_error *error);

/* The same for @name in @above, which place_make() has made. */
int place_find_below(const struct place *above, const char *name, struct place *place,
		     struct redpak_error *error);

/* Makes what is missing (mode 0755, less the umask), and opens the place. */
int place_make(struct place *place, struct redpak_error *error);

/* Removes what place_make() has made; everything put into it must have been removed. */
void place_remove(const struct place *place);

void place_end(struct place *place);

#endif
