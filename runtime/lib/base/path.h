/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REDPAK_PATH_H
#define REDPAK_PATH_H

#include <stdbool.h>

#include <stdbool.h>

#include "base/pool.h"

/*
 * The absolute path @text without doubled or final slashes, with `.` and `..` resolved by their
 * text alone.  Returns NULL with errno EINVAL when it is not absolute or climbs above '/', ENOMEM.
 */
const char *path_normalise(struct pool *pool, const char *text);

/* Whether @path is @place or lies below it; both normalised. */
bool path_is_beneath(const char *path, const char *place);

/* Whether a component of @text is `..`. */
bool path_has_parent(const char *text);

#endif
