/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom a configuration is believed to come from: every directory on the way to it, and the file
 * itself, must be owned by root or the caller and writable by nobody else (writers.h). A sticky
 * directory passes, as what stands below it is checked in turn. Links are followed when they, and
 * every directory on the way to what they name, pass. Everything is checked on descriptors.
 */
#ifndef REDPAK_TRUST_H
#define REDPAK_TRUST_H

#include "base/error.h"
#include "base/pool.h"

/*
 * Opens the directory @path (made absolute from the current directory).
 * @canonical: receives its path without links; owned by @pool.
 * Returns a descriptor (O_PATH, close-on-exec) that the caller closes, or a negative errno.
 */
int trust_open_directory(struct pool *pool, const char *path, const char **canonical,
			 struct redpak_error *error);

/*
 * The same for the entry @name of the directory @directory, which was opened so and stands at the
 * canonical @path.
 */
int trust_open_below(struct pool *pool, int directory, const char *path, const char *name,
		     const char **canonical, struct redpak_error *error);

/*
 * Opens the regular file @name in such a directory for reading.
 * Returns a descriptor that the caller closes, -ENOENT (without a message) when there is nothing
 * of that name, or another negative errno with @error filled in.
 */
int trust_open_file(int directory, const char *path, const char *name, struct redpak_error *error);

#endif
