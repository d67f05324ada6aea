/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory of one launch: everything that load, merge and plan allocate lives until the plan is
 * freed, so it is owned by one pool and nothing is freed singly.
 */
#ifndef REDPAK_POOL_H
#define REDPAK_POOL_H

#include <stddef.h>

/* @next, @left: what is free of the latest block. */
struct pool {
	struct pool_block *blocks;
	unsigned char *next;
	size_t left;
};

/* Zeroed memory owned by the pool, or NULL with errno ENOMEM. */
void *pool_alloc(struct pool *pool, size_t size);

/*
 * An array grown by one zeroed element: returns the new array, or NULL with errno ENOMEM.
 * @array: the former array (NULL at first), of *@count elements of @size bytes; it stays valid.
 */
void *pool_append(struct pool *pool, void *array, size_t *count, size_t size);

char *pool_copy(struct pool *pool, const char *text, size_t length);
char *pool_format(struct pool *pool, const char *format, ...) __attribute__((format(printf, 2, 3)));

void pool_free(struct pool *pool);

#endif
