/* SPDX-License-Identifier: Apache-2.0 */
/* Reports that redprobe --json has written, read again. */
#ifndef REDPROBE_STORED_H
#define REDPROBE_STORED_H

#include <jansson.h>

/* A report that keeps to redproof.probe-1.schema.json; what it points to belongs to `root`. */
struct stored {
	const char *name; /* in messages */
	json_t *root, *kernel, *features;
};

/*
 * Reads the report in the file `path`, "-" is standard input. Returns 0, or says why it is none and
 * returns EXIT_MACHINERY. The caller gives it to stored_free.
 */
int stored_read(struct stored *stored, const char *path);

/* The same for a text of `size` bytes; stored->name is set and nothing else. */
int stored_parse(struct stored *stored, const char *text, size_t size);

void stored_free(struct stored *stored);

/* The string `key` of an object, "" where there is none. */
const char *stored_string(const json_t *object, const char *key);

#endif
