/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of a launch: zeroed, aligned, growing without loss, refused without harm. */
#include "support.h"

#include <errno.h>
#include <stdalign.h>
#include <string.h>

#include "base/pool.h"

/* Under AddressSanitizer, too, an allocation that is too large shall fail, not abort. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static void memory_is_zeroed_and_aligned(void **state)
{
	struct bench *bench = *state;

	for (size_t size = 0; size < 100; size++) {
		unsigned char *memory = pool_alloc(&bench->pool, size);

		assert_non_null(memory);
		assert_int_equal((uintptr_t)memory % alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(memory[i], 0);
		memset(memory, 0xff, size);
	}
}

static void too_much_is_refused(void **state)
{
	static const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - 32, SIZE_MAX / 2};
	struct bench *bench = *state;

	for (size_t i = 0; i < COUNT(sizes); i++) {
		errno = 0;
		assert_null(pool_alloc(&bench->pool, sizes[i]));
		assert_int_equal(errno, ENOMEM);
	}
	assert_non_null(pool_alloc(&bench->pool, 1));
}

static void an_array_grows_and_keeps_what_it_holds(void **state)
{
	struct bench *bench = *state;
	size_t *numbers = NULL;
	size_t count = 0;

	while (count < 1000) {
		numbers = pool_append(&bench->pool, numbers, &count, sizeof(*numbers));
		assert_non_null(numbers);
		assert_int_equal(numbers[count - 1], 0);
		numbers[count - 1] = count;
	}
	for (size_t i = 0; i < count; i++)
		assert_int_equal(numbers[i], i + 1);
}

static void the_former_array_stays_valid(void **state)
{
	struct bench *bench = *state;
	size_t count = 0;
	int *first = pool_append(&bench->pool, NULL, &count, sizeof(*first));
	int *second;

	*first = 7;
	second = pool_append(&bench->pool, first, &count, sizeof(*first));
	assert_ptr_not_equal(first, second);
	assert_int_equal(*first, 7);
	assert_int_equal(*second, 7);
	assert_int_equal(count, 2);
}

static void a_refused_growth_leaves_the_count(void **state)
{
	struct bench *bench = *state;
	size_t count = 4;
	int array[4] = {0};

	assert_null(pool_append(&bench->pool, array, &count, SIZE_MAX / 16));
	assert_int_equal(count, 4);
}

static void texts_are_copied(void **state)
{
	struct bench *bench = *state;
	char text[] = "abcdef";
	const char *copy = pool_copy(&bench->pool, text, 3);
	const char *made = pool_format(&bench->pool, "%s-%d", text, 42);

	text[0] = 'x';
	assert_string_equal(copy, "abc");
	assert_string_equal(made, "abcdef-42");
	assert_string_equal(pool_format(&bench->pool, "%s", ""), "");
}

static void a_freed_pool_can_be_used_again(void **state)
{
	struct bench *bench = *state;

	assert_non_null(pool_alloc(&bench->pool, 1));
	pool_free(&bench->pool);
	assert_null(bench->pool.blocks);
	pool_free(&bench->pool);
	assert_non_null(pool_alloc(&bench->pool, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(memory_is_zeroed_and_aligned),
		bench_test(too_much_is_refused),
		bench_test(an_array_grows_and_keeps_what_it_holds),
		bench_test(the_former_array_stays_valid),
		bench_test(a_refused_growth_leaves_the_count),
		bench_test(texts_are_copied),
		bench_test(a_freed_pool_can_be_used_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
