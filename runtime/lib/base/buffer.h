/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REDPAK_BUFFER_H
#define REDPAK_BUFFER_H

#include "base/pool.h"

/*
 * Bytes that grow at the end.  Begins as {.pool = pool}.
 * @data: NULL before the first bytes, then followed by a NUL that @length does not count.
 */
struct buffer {
	struct pool *pool;
	char *data;
	size_t length;
	size_t size;
};

/* Returns 0 or -ENOMEM; the buffer is then as it was. */
int buffer_append(struct buffer *buffer, const void *bytes, size_t length);

/* What was appended, "" if nothing was. */
const char *buffer_text(const struct buffer *buffer);

#endif
