/* SPDX-License-Identifier: Apache-2.0 */
/*
 * malloc(3) for redwrap, which lives for one launch: what is freed waits for the next piece of its
 * size, and no call is needed to get or give back memory. Musl's own, which is made for processes
 * that live long, maps and unmaps every larger piece, a tenth of a launch.
 */
#include <errno.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* @size: with this, one of four for each power of two. What is free holds the next one that is. */
struct piece {
	size_t size;
	union {
		alignas(max_align_t) unsigned char data[1];
		struct piece *next;
	};
};

enum { HEADER = offsetof(struct piece, data) };

/* From SIZE_MAPPED on each is mapped alone. */
enum {
	BLOCK_SIZE = 1 << 18,
	SIZE_LEAST = 32,
	SIZE_MAPPED = 1 << 17,
	SIZES = 4 * sizeof(size_t) * 8,
};

/* Its pages take no memory before they are written to. */
static alignas(max_align_t) unsigned char first[BLOCK_SIZE];
static unsigned char *fresh = first, *end = first + sizeof(first);
static struct piece *freed[SIZES];

static unsigned int order_of(size_t size)
{
	return (unsigned int)(sizeof(long) * 8) - 1 - (unsigned int)__builtin_clzl(size);
}

static size_t round_size(size_t size)
{
	size_t step = size > SIZE_LEAST ? (size_t)1 << (order_of(size) - 2) : SIZE_LEAST;

	step = step < alignof(max_align_t) ? alignof(max_align_t) : step;
	return (size + step - 1) & ~(step - 1);
}

static struct piece **freed_of(size_t size)
{
	unsigned int order = order_of(size);

	return &freed[4 * (size_t)order + ((size >> (order - 2)) & 3)];
}

static void *map(size_t length)
{
	void *memory =
		mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

/* Memory that nobody had before, and so zeros; NULL with errno. */
static struct piece *take_fresh(size_t size)
{
	struct piece *piece;

	if (size >= SIZE_MAPPED)
		return map(size);
	if (size > (size_t)(end - fresh)) {
		unsigned char *block = map(BLOCK_SIZE);

		if (!block)
			return NULL;
		fresh = block;
		end = block + BLOCK_SIZE;
	}
	piece = (struct piece *)fresh;
	fresh += size;
	return piece;
}

/* A piece with @room bytes for the caller; @zeros: it holds nothing else. */
static struct piece *take(size_t room, bool zeros)
{
	struct piece *piece;
	size_t size;

	if (room > PTRDIFF_MAX / 2) {
		errno = ENOMEM;
		return NULL;
	}
	size = round_size(HEADER + room);
	piece = *freed_of(size);
	if (!piece) {
		piece = take_fresh(size);
		if (piece)
			piece->size = size;
		return piece;
	}
	*freed_of(size) = piece->next;
	if (zeros)
		memset(piece->data, 0, room);
	return piece;
}

static struct piece *piece_of(void *memory)
{
	return (struct piece *)((unsigned char *)memory - HEADER);
}

void *malloc(size_t size)
{
	struct piece *piece = take(size, false);

	return piece ? piece->data : NULL;
}

void *calloc(size_t count, size_t size)
{
	struct piece *piece;
	size_t whole;

	if (__builtin_mul_overflow(count, size, &whole)) {
		errno = ENOMEM;
		return NULL;
	}
	piece = take(whole, true);
	return piece ? piece->data : NULL;
}

void free(void *memory)
{
	struct piece *piece = memory ? piece_of(memory) : NULL;

	if (!piece)
		return;
	if (piece->size >= SIZE_MAPPED) {
		munmap(piece, piece->size);
		return;
	}
	piece->next = *freed_of(piece->size);
	*freed_of(piece->size) = piece;
}

void *realloc(void *memory, size_t size)
{
	size_t room = memory ? piece_of(memory)->size - HEADER : 0;
	struct piece *larger;

	if (memory && size <= room)
		return memory;
	larger = take(size, false);
	if (!larger)
		return NULL;
	if (memory)
		memcpy(larger->data, memory, room);
	free(memory);
	return larger->data;
}

/* No caller in redwrap asks for more than malloc(3) gives. */
void *aligned_alloc(size_t alignment, size_t size)
{
	if (alignment > alignof(max_align_t)) {
		errno = ENOMEM;
		return NULL;
	}
	return malloc(size);
}
