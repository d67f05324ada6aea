/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom a configuration is believed to come from: every directory on the way to it, and the file
 * itself, must be owned by root or the caller and writable by nobody else.  A sticky directory
 * passes, as what stands below it is checked in turn.  Everything is checked on descriptors.
 */
#ifndef REDPAK_TRUST_H
#define REDPAK_TRUST_H

#include "base/error.h"
#include "base/pool.h"

/*
 * Opens the directory @path (made absolute from the current directory), following links.
 * @canonical: receives its path without links; owned by @pool.
 * Returns a descriptor (O_PATH, close-on-exec) that the caller closes, or a negative errno.
 */
int trust_open_directory(struct pool *pool, const char *path, const char **canonical,
			 struct redpak_error *error);

/*
 * Opens the regular file @name in the trusted directory @directory for reading; no links.
 * @shown: its whole path for messages.
 * Returns a descriptor that the caller closes, -ENOENT (without a message) when it does not
 * exist, or another negative errno with @error filled in.
 */
int trust_open_file(int directory, const char *name, const char *shown, struct redpak_error *error);

#endif
