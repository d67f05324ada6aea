/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors that are closed many at once. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "apply/closing.h"

enum { BASE = 100, COUNT = 8 };

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void open_all(void)
{
	for (int fd = BASE; fd < BASE + COUNT; fd++)
		assert_int_equal(dup2(STDIN_FILENO, fd), fd);
}

static void what_was_taken_over_is_closed_and_nothing_between(void **state)
{
	static const int taken[] = {BASE + 6, BASE, BASE + 2, BASE + 1, BASE + 5};
	struct closing closing = {.count = 0};

	(void)state;
	open_all();
	for (size_t i = 0; i < sizeof(taken) / sizeof(*taken); i++)
		closing_add(&closing, taken[i]);
	assert_true(is_open(BASE));
	closing_flush(&closing);
	for (int fd = BASE; fd < BASE + COUNT; fd++)
		assert_int_equal(is_open(fd), fd == BASE + 3 || fd == BASE + 4 || fd == BASE + 7);
	close_range(BASE, BASE + COUNT - 1, 0);
}

static void no_descriptor_is_none(void **state)
{
	struct closing closing = {.count = 0};

	(void)state;
	closing_add(&closing, -1);
	closing_flush(&closing);
	assert_true(is_open(STDIN_FILENO));
}

static void there_is_room_for_every_export(void **state)
{
	struct closing closing = {.count = 0};

	(void)state;
	for (int fd = BASE; fd < BASE + 10 * CLOSING_MAX; fd++) {
		assert_int_equal(dup2(STDIN_FILENO, fd), fd);
		closing_add(&closing, fd);
		closing_make_room(&closing);
		assert_true(closing.count <= CLOSING_MAX - CLOSING_EXPORT);
	}
	closing_flush(&closing);
	for (int fd = BASE; fd < BASE + 10 * CLOSING_MAX; fd++)
		assert_false(is_open(fd));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_taken_over_is_closed_and_nothing_between),
		cmocka_unit_test(no_descriptor_is_none),
		cmocka_unit_test(there_is_room_for_every_export),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
