/* SPDX-License-Identifier: Apache-2.0 */
/* The malloc(3) of redwrap, under names that leave cmocka its own. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void *arena_malloc(size_t size);
void *arena_calloc(size_t count, size_t size);
void *arena_realloc(void *memory, size_t size);
void *arena_aligned_alloc(size_t alignment, size_t size);
void arena_free(void *memory);

#undef malloc
#undef calloc
#undef realloc
#undef free
#define malloc	      arena_malloc
#define calloc	      arena_calloc
#define realloc	      arena_realloc
#define aligned_alloc arena_aligned_alloc
#define free	      arena_free
#include "../../../runtime/arena/malloc.c" /* NOLINT(bugprone-suspicious-include) */
#undef malloc
#undef calloc
#undef realloc
#undef aligned_alloc
#undef free

enum { PIECES = 200 };

/* From one byte to what is mapped alone. */
static size_t size_of(int i)
{
	return ((size_t)1 << (i % 20)) + (size_t)i;
}

static void pieces_do_not_overlap(void **state)
{
	unsigned char *pieces[PIECES];

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < PIECES; i++) {
			pieces[i] = arena_malloc(size_of(i));
			assert_non_null(pieces[i]);
			assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
			memset(pieces[i], i, size_of(i));
		}
		for (int i = 0; i < PIECES; i++) {
			assert_int_equal(pieces[i][0], (unsigned char)i);
			assert_memory_equal(pieces[i], pieces[i] + 1, size_of(i) - 1);
			arena_free(pieces[i]);
		}
	}
}

static void what_is_freed_is_used_again(void **state)
{
	void *piece = arena_malloc(1000);

	(void)state;
	arena_free(piece);
	assert_ptr_equal(arena_malloc(1000), piece);
	arena_free(piece);
	arena_free(NULL);
}

static void calloc_gives_zeros_also_where_something_was(void **state)
{
	static const unsigned char zeros[5000];
	unsigned char *piece = arena_malloc(sizeof(zeros));

	(void)state;
	memset(piece, 0xff, sizeof(zeros));
	arena_free(piece);
	piece = arena_calloc(sizeof(zeros) / 10, 10);
	assert_memory_equal(piece, zeros, sizeof(zeros));
	arena_free(piece);
}

static void realloc_keeps_what_was_there(void **state)
{
	unsigned char *piece = arena_realloc(NULL, 1);

	(void)state;
	*piece = 42;
	for (size_t size = 2; size < (size_t)1 << 20; size *= 3) {
		piece = arena_realloc(piece, size);
		assert_non_null(piece);
		assert_int_equal(*piece, 42);
		piece[size - 1] = 42;
	}
	assert_ptr_equal(arena_realloc(piece, 1), piece);
	arena_free(piece);
}

static void what_no_memory_holds_is_refused(void **state)
{
	void *piece = arena_malloc(1);

	(void)state;
	errno = 0;
	assert_null(arena_malloc(SIZE_MAX));
	assert_int_equal(errno, ENOMEM);
	errno = 0;
	assert_null(arena_calloc(SIZE_MAX / 2, 3));
	assert_int_equal(errno, ENOMEM);
	assert_null(arena_realloc(piece, PTRDIFF_MAX / 2));
	assert_null(arena_aligned_alloc(4096, 1));
	arena_free(piece);
	arena_free(arena_aligned_alloc(alignof(max_align_t), 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_do_not_overlap),
		cmocka_unit_test(what_is_freed_is_used_again),
		cmocka_unit_test(calloc_gives_zeros_also_where_something_was),
		cmocka_unit_test(realloc_keeps_what_was_there),
		cmocka_unit_test(what_no_memory_holds_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
