/* SPDX-License-Identifier: Apache-2.0 */
/* Which descriptors are closed, and which kept (rednode.md 5, W3). */
#include "support.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apply/descriptors.h"

enum { HIGHEST = 40 };

/* Opens 3 to HIGHEST, so that nothing of the test's own is lost: in a child. */
static void open_all(void)
{
	for (int number = STDERR_FILENO + 1; number <= HIGHEST; number++) {
		if (dup2(STDIN_FILENO, number) < 0)
			_exit(EXIT_FAILURE);
	}
}

static bool is_open(int number)
{
	return fcntl(number, F_GETFD) >= 0;
}

/* Runs @check in a child with descriptors of its own. */
static void in_child(bool (*check)(void))
{
	int wait_status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		open_all();
		_exit(check() ? EXIT_SUCCESS : EXIT_FAILURE);
	}
	assert_int_equal(waitpid(pid, &wait_status, 0), pid);
	assert_int_equal(wait_status, 0);
}

/* Whether exactly 0, 1, 2 and @kept are open. */
static bool only(const int *kept, size_t count)
{
	for (int number = 0; number <= HIGHEST; number++) {
		bool wanted = number <= STDERR_FILENO;

		for (size_t i = 0; i < count; i++)
			wanted |= kept[i] == number;
		if (is_open(number) != wanted)
			return false;
	}
	return true;
}

static bool closes_all(void)
{
	return descriptors_close_others((struct descriptors){NULL, 0}, -1) == 0 && only(NULL, 0);
}

static bool keeps_the_listed(void)
{
	static const int list[] = {9, 1, 3, 9, 40};
	static const int kept[] = {3, 9, 17, 40};

	return descriptors_close_others((struct descriptors){list, COUNT(list)}, 17) == 0 &&
	       only(kept, COUNT(kept));
}

static bool closes_the_listed(void)
{
	static const int list[] = {2, 4};

	descriptors_close((struct descriptors){list, COUNT(list)});
	return is_open(2) && is_open(3) && !is_open(4) && is_open(5);
}

static bool marks_the_listed(void)
{
	static const int list[] = {2, 4};
	static const int closed[] = {4, HIGHEST + 1};

	return descriptors_set_cloexec((struct descriptors){list, COUNT(list)}, FD_CLOEXEC) == 0 &&
	       fcntl(2, F_GETFD) == 0 && fcntl(3, F_GETFD) == 0 &&
	       fcntl(4, F_GETFD) == FD_CLOEXEC &&
	       descriptors_set_cloexec((struct descriptors){list, COUNT(list)}, 0) == 0 &&
	       fcntl(4, F_GETFD) == 0 &&
	       descriptors_set_cloexec((struct descriptors){closed, COUNT(closed)}, 0) == -EBADF;
}

static void w3_all_above_2_are_closed(void **state)
{
	(void)state;
	in_child(closes_all);
}

static void listed_ones_are_kept_in_any_order(void **state)
{
	(void)state;
	in_child(keeps_the_listed);
}

static void listed_ones_are_closed_but_the_standard_ones(void **state)
{
	(void)state;
	in_child(closes_the_listed);
}

static void listed_ones_are_marked_but_the_standard_ones(void **state)
{
	(void)state;
	in_child(marks_the_listed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(w3_all_above_2_are_closed),
		cmocka_unit_test(listed_ones_are_kept_in_any_order),
		cmocka_unit_test(listed_ones_are_closed_but_the_standard_ones),
		cmocka_unit_test(listed_ones_are_marked_but_the_standard_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
