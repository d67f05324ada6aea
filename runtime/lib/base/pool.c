/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pool.h"

#include <errno.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pool_block {
	struct pool_block *next;
	alignas(max_align_t) unsigned char data[];
};

#ifndef __has_feature
#define __has_feature(name) 0
#endif

/* A launch needs less than one. AddressSanitizer sees the bounds only of what is in its own. */
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer) /* gcc, clang */
enum { BLOCK_SIZE = 0 };
#else
enum { BLOCK_SIZE = 32768 - 2 * sizeof(struct pool_block) };
#endif

static int add_block(struct pool *pool, size_t size)
{
	struct pool_block *block = calloc(1, sizeof(*block) + size);

	if (!block)
		return -ENOMEM;
	block->next = pool->blocks;
	pool->blocks = block;
	pool->next = block->data;
	pool->left = size;
	return 0;
}

void *pool_alloc(struct pool *pool, size_t size)
{
	/* Never nothing, so that each has an address of its own. */
	size_t taken = (size / alignof(max_align_t) + 1) * alignof(max_align_t);
	void *memory;

	if (size > SIZE_MAX - sizeof(struct pool_block) - alignof(max_align_t)) {
		errno = ENOMEM;
		return NULL;
	}
	if (taken > pool->left && add_block(pool, taken > BLOCK_SIZE ? taken : BLOCK_SIZE) < 0)
		return NULL;
	memory = pool->next;
	pool->next += taken;
	pool->left -= taken;
	return memory;
}

void *pool_append(struct pool *pool, void *array, size_t *count, size_t size)
{
	size_t used = *count;

	/* The capacity is the next power of two: copy only when the count reaches one. */
	if (used == 0 || (used & (used - 1)) == 0) {
		void *larger = pool_alloc(pool, (used ? used * 2 : 1) * size);

		if (!larger)
			return NULL;
		if (used)
			memcpy(larger, array, used * size);
		array = larger;
	}
	*count = used + 1;
	return array;
}

char *pool_copy(struct pool *pool, const char *text, size_t length)
{
	char *copy = pool_alloc(pool, length + 1);

	if (copy)
		memcpy(copy, text, length);
	return copy;
}

char *pool_format(struct pool *pool, const char *format, ...)
{
	va_list args;
	char *text;
	int length;

	va_start(args, format);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (length < 0)
		return NULL;
	text = pool_alloc(pool, (size_t)length + 1);
	if (text) {
		va_start(args, format);
		vsnprintf(text, (size_t)length + 1, format, args);
		va_end(args);
	}
	return text;
}

void pool_free(struct pool *pool)
{
	while (pool->blocks) {
		struct pool_block *block = pool->blocks;

		pool->blocks = block->next;
		free(block);
	}
	*pool = (struct pool){0};
}
