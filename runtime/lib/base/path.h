/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REDPAK_PATH_H
#define REDPAK_PATH_H

#include "base/pool.h"

/*
 * The absolute path @text without doubled or final slashes, with `.` and `..` resolved by their
 * text alone.  Returns NULL with errno EINVAL when it is not absolute or climbs above '/', ENOMEM.
 */
const char *path_normalise(struct pool *pool, const char *text);

#endif
