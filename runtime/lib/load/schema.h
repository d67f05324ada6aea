/* SPDX-License-Identifier: Apache-2.0 */
/* How a tree of values becomes structures: a table of fields for each mapping of the schema. */
#ifndef REDPAK_SCHEMA_H
#define REDPAK_SCHEMA_H

#include <stdbool.h>

#include "load/document.h"

/* @text is NULL where the file does not say. @number: what the text means, where it has a type. */
struct setting {
	const char *text;
	struct origin origin;
	long long number;
};

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

/* Reads a value that is one of @words; stores its index in *index. */
int read_word(struct reader *reader, const struct value *value, const char *const *words,
	      size_t count, size_t *index);

/* The readers below fill in a struct setting, @target. */

/* Any scalar as its text. */
int read_text(struct reader *reader, const struct value *value, void *target);

/* A text that must not be empty. */
int read_nonempty(struct reader *reader, const struct value *value, void *target);

/* The name of a user or group, or its number, which must fit. */
int read_account(struct reader *reader, const struct value *value, void *target);

/* A whole number: decimal, 0x, octal 0. */
int read_integer(struct reader *reader, const struct value *value, void *target);

/* true false yes no on off 1 0, any case. */
int read_boolean(struct reader *reader, const struct value *value, void *target);

/* A number of bytes, with K, M or G in either case. */
int read_size(struct reader *reader, const struct value *value, void *target);

/* 0 to 0777, octal; a text that holds a '$' is read when it has been expanded. */
int read_umask(struct reader *reader, const struct value *value, void *target);

/* What read_umask() accepts as digits. Returns 0 or -EINVAL. */
int parse_umask(const char *text, long long *number);

/* Refuses a text with a command that has no end; for the texts in which commands are expanded. */
int check_commands(struct reader *reader, const struct setting *setting);

/* Reads each value of a sequence with @read, which gets @target. */
int read_sequence(struct reader *reader, const struct value *value, read_function read,
		  void *target);

#endif
