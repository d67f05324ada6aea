/* SPDX-License-Identifier: Apache-2.0 */
/* How a tree of values becomes structures: a table of fields for each mapping of the schema. */
#ifndef REDPAK_SCHEMA_H
#define REDPAK_SCHEMA_H

#include <stdbool.h>

#include "load/document.h"

struct reader {
	struct pool *pool;
	struct redpak_error *error;
};

typedef int (*read_function)(struct reader *reader, const struct value *value, void *target);

struct field {
	const char *key;
	read_function read;
	size_t offset; /* of the target in the structure being read */
	bool mandatory;
};

#define FIELD_COUNT(fields) (sizeof(fields) / sizeof(*(fields)))

/* All of these return 0 or a negative errno, with file, line and column in the reader's error. */

int want_type(struct reader *reader, const struct value *value, enum value_type type);

/* Reads a mapping whose keys are those of @fields, and no others. */
int read_mapping(struct reader *reader, const struct value *value, const struct field *fields,
		 size_t count, void *target);

/* Reads any scalar as its text; @target is a struct setting. */
int read_text(struct reader *reader, const struct value *value, void *target);

/* A text in which tags and commands would be expanded; this version has none to offer. */
int read_expanded(struct reader *reader, const struct value *value, void *target);

/* Reads a value that is one of @words; stores its index in *index. */
int read_word(struct reader *reader, const struct value *value, const char *const *words,
	      size_t count, size_t *index);

#endif
