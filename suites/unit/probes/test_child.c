/* SPDX-License-Identifier: Apache-2.0 */
/* A child that answers, crashes, hangs or goes: each becomes a finding. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/child.h"
#include "base/finding.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* LONG is for children that answer, SHORT for those that never will. */
enum { LONG_MS = 60000, SHORT_MS = 100, LARGE = 300000 };

/* Only what the child is told to do: its argument. */
static void act(struct redprobe *probe, const void *argument, struct redprobe_finding *finding)
{
	const char *what = argument;

	(void)probe;
	if (strcmp(what, "answer") == 0)
		finding_supported(finding, "answered");
	else if (strcmp(what, "exit") == 0)
		_exit(7);
	else if (strcmp(what, "hang") == 0)
		for (;;)
			pause();
	else if (strcmp(what, "kill") == 0)
		raise(SIGKILL);
	else if (strcmp(what, "sigsys") == 0)
		raise(SIGSYS);
	else if (strcmp(what, "orphan") == 0) {
		if (child_fork() == 0)
			for (;;)
				pause();
		finding_supported(finding, "left a child");
	}
}

static struct redprobe_finding ask(const char *what, int patience_ms)
{
	struct redprobe_feature feature = {.id = "test.child",
					   .meaning = what,
					   .where = REDPROBE_IN_CHILD,
					   .function = act,
					   .argument = what};
	struct redprobe_area area = {.name = "test", .features = &feature, .count = 1};
	const struct redprobe_area *const areas[] = {&area, NULL};
	struct redprobe_options options = {.patience_ms = patience_ms, .areas = areas};
	struct redprobe_finding finding;
	struct redprobe *probe;

	assert_int_equal(redprobe_open(&probe, &options), 0);
	finding = *redprobe_ask(probe, &feature);
	redprobe_close(probe);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	return finding;
}

static void assert_unknown(const char *what, int patience_ms, const char *detail)
{
	struct redprobe_finding finding = ask(what, patience_ms);

	assert_int_equal(finding.status, REDPROBE_UNKNOWN);
	assert_string_equal(finding.detail, detail);
	assert_true(finding.needs[0]);
}

static void an_answer_comes_back(void **state)
{
	struct redprobe_finding finding = ask("answer", LONG_MS);

	(void)state;
	assert_int_equal(finding.status, REDPROBE_SUPPORTED);
	assert_string_equal(finding.detail, "answered");
}

static void a_crash_is_unknown(void **state)
{
	(void)state;
	assert_unknown("kill", LONG_MS, "the child that asked was killed by SIGKILL");
}

static void an_exit_is_unknown(void **state)
{
	(void)state;
	assert_unknown("exit", LONG_MS, "the child that asked exited with status 7");
}

static void silence_is_unknown(void **state)
{
	(void)state;
	assert_unknown("hang", SHORT_MS, "the child that asked did not answer");
}

static void death_by_a_filter_is_restricted(void **state)
{
	struct redprobe_finding finding = ask("sigsys", LONG_MS);

	(void)state;
	assert_int_equal(finding.status, REDPROBE_RESTRICTED);
	assert_string_equal(finding.forbidden_by, "a seccomp filter (SIGSYS)");
}

/* A grandchild that stays holds the pipe open; it has to go with its parent. */
static void a_grandchild_does_not_stay(void **state)
{
	struct redprobe_finding finding = ask("orphan", LONG_MS);

	(void)state;
	assert_int_equal(finding.status, REDPROBE_SUPPORTED);
}

static void fill(void *argument, void *answer)
{
	memset(answer, *(char *)argument, LARGE);
}

/* More than a pipe holds, so that the parent must read while the child writes. */
static void a_large_answer_is_whole(void **state)
{
	char *answer = malloc(LARGE), letter = 'x';
	struct child_fate fate;

	(void)state;
	fate = child_ask(fill, &letter, answer, LARGE, CHILD_COMPLETES, LONG_MS);
	assert_int_equal(fate.end, CHILD_ANSWERED);
	for (size_t i = 0; i < LARGE; i++)
		assert_int_equal(answer[i], 'x');
	free(answer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_comes_back),
		cmocka_unit_test(a_crash_is_unknown),
		cmocka_unit_test(an_exit_is_unknown),
		cmocka_unit_test(silence_is_unknown),
		cmocka_unit_test(death_by_a_filter_is_restricted),
		cmocka_unit_test(a_grandchild_does_not_stay),
		cmocka_unit_test(a_large_answer_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
