/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that appear together or not at all: each is written under a name of its own, then they take
 * their places one after the other, and whatever fails takes back what was done.
 */
#ifndef REDCONF_OUTPUT_H
#define REDCONF_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"
#include "base/pool.h"

/*
 * @directory, @path: where the file stands; not owned.
 * @name: its name there.
 * @write: writes @content. Returns 0 or a negative errno.
 * @replace: a file of this name is there, and is replaced; else there must be none.
 * The rest is zero at first.
 */
struct output {
	const char *path;
	const char *name;
	int (*write)(FILE *out, const void *content);
	const void *content;
	int directory;
	bool replace;

	bool placed;
	const char *temporary;
};

/*
 * Writes the files, mode 0640 less the umask, and puts them in their places in this order.
 * Returns 0, or a negative errno with @error filled in: then nothing has changed.
 */
int outputs_commit(struct pool *pool, struct output *outputs, size_t count,
		   struct redpak_error *error);

#endif
