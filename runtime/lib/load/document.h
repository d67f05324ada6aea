/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A YAML file as a tree of values with their places, within limits: 1 MiB, 64 levels, 1,000
 * aliases, 32,768 values, 256 keys a mapping, one document, UTF-8, no tags, no duplicate keys (keys
 * compare without case). An alias shares the value it names, so that a small file stays a small
 * tree.
 */
#ifndef REDPAK_DOCUMENT_H
#define REDPAK_DOCUMENT_H

#include "base/error.h"
#include "base/pool.h"

enum {
	DOCUMENT_SIZE_MAX = 1 << 20,
	DOCUMENT_DEPTH_MAX = 64,
	DOCUMENT_ALIASES_MAX = 1000,
	DOCUMENT_VALUES_MAX = 1 << 15, /* 1 MiB of one-letter values would take 100 */
	DOCUMENT_KEYS_MAX = 256,       /* of one mapping; no mapping of the schema is free-form */
};

enum value_type { VALUE_SCALAR, VALUE_MAPPING, VALUE_SEQUENCE };

/*
 * @text: of a scalar, never NULL, without NUL inside.
 * @items: of a mapping the values, each with its @key and @key_origin; of a sequence the elements.
 */
struct value {
	enum value_type type;
	struct origin origin;
	const char *text;
	struct value_item *items;
	size_t count;
};

struct value_item {
	const char *key;
	struct origin key_origin;
	const struct value *value;
};

/*
 * Reads @fd to its end (at most DOCUMENT_SIZE_MAX bytes) and parses it.
 * @name: what the file is called in messages; must outlive the pool.
 * Returns 0 or a negative errno with @error filled in.
 */
int document_read(struct pool *pool, int fd, const char *name, const struct value **root,
		  struct redpak_error *error);

#endif
