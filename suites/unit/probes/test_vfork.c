/* SPDX-License-Identifier: Apache-2.0 */
/* Children that share memory: what they write is seen, and their end is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/vfork.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* LONG_MS is for children that end, SHORT_MS for one that never will. */
enum { NOBODY = 65534, LONG_MS = 60000, SHORT_MS = 100 };

struct note {
	pid_t self, parent;
	int fd, signal, dumpable, levels;
	cpu_set_t processors;
	struct child_fate fate;
};

static int make_note(void **state)
{
	*state = vfork_shared(sizeof(struct note));
	return *state ? 0 : -1;
}

static void assert_no_child(void)
{
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void look_around(void *argument)
{
	struct note *note = argument;

	note->self = getpid();
	note->parent = getppid();
	note->dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
	prctl(PR_GET_PDEATHSIG, &note->signal, 0, 0, 0);
	note->fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void it_is_a_child_whose_words_are_heard(void **state)
{
	static const int flags[] = {0, VFORK_SHARED_FILES, VFORK_OWN_MEMORY, VFORK_NESTED};
	struct note *note = *state;

	for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
		assert_int_equal(vfork_run_within(LONG_MS, look_around, note, flags[i]).end,
				 CHILD_ANSWERED);
		assert_int_not_equal(note->self, getpid());
		assert_int_equal(note->parent, getpid());
		assert_int_equal(note->signal, SIGKILL);
		assert_int_equal(fcntl(note->fd, F_GETFD) >= 0, flags[i] == VFORK_SHARED_FILES);
		if (flags[i] == VFORK_SHARED_FILES)
			close(note->fd);
		assert_no_child();
	}
}

static void see_processors(void *argument)
{
	struct note *note = argument;

	sched_getaffinity(0, sizeof note->processors, &note->processors);
}

static void both_are_on_one_processor_meanwhile(void **state)
{
	struct note *note = *state;
	cpu_set_t before, after;

	assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
	assert_int_equal(vfork_run(see_processors, note, 0).end, CHILD_ANSWERED);
	assert_int_equal(sched_getaffinity(0, sizeof after, &after), 0);
	assert_int_equal(CPU_COUNT(&note->processors), 1);
	assert_true(CPU_EQUAL(&before, &after));
}

/* Nobody may trace root's memory through a child that has less privilege; with its own it may. */
static void roots_memory_is_not_traceable_meanwhile(void **state)
{
	struct note *note = *state;
	int before = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);

	vfork_run_within(LONG_MS, look_around, note, 0);
	assert_int_equal(note->dumpable, geteuid() == 0 ? 0 : before);
	assert_int_equal(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), before);
	vfork_run_within(LONG_MS, look_around, note, VFORK_OWN_MEMORY);
	assert_int_equal(note->dumpable, before);
}

static void end_by(void *argument)
{
	struct note *note = argument;

	if (note->signal)
		raise(note->signal);
	_exit(7);
}

static void an_end_is_told(void **state)
{
	struct note *note = *state;
	struct child_fate fate;

	note->signal = 0;
	fate = vfork_run_within(LONG_MS, end_by, note, 0);
	assert_int_equal(fate.end, CHILD_EXITED);
	assert_int_equal(fate.number, 7);
	note->signal = SIGKILL;
	fate = vfork_run_within(LONG_MS, end_by, note, VFORK_SHARED_FILES);
	assert_int_equal(fate.end, CHILD_KILLED);
	assert_int_equal(fate.number, SIGKILL);
	assert_no_child();
}

static void hang(void *argument)
{
	(void)argument;
	for (;;)
		pause();
}

static void hang_below(void *argument)
{
	vfork_run(hang, argument, VFORK_NESTED);
}

/* Also where the caller ignores what ends it, and where it is a child of the child that hangs. */
static void silence_has_an_end(void **state)
{
	void (*before)(int) = signal(SIGALRM, SIG_IGN);

	assert_int_equal(vfork_run_within(SHORT_MS, hang, *state, 0).end, CHILD_SILENT);
	assert_int_equal(vfork_run_within(SHORT_MS, hang, *state, VFORK_OWN_MEMORY).end,
			 CHILD_SILENT);
	assert_int_equal(vfork_run_within(SHORT_MS, hang_below, *state, 0).end, CHILD_SILENT);
	signal(SIGALRM, before);
	assert_no_child();
}

static void descend(void *argument)
{
	struct note *note = argument;

	if (++note->levels < 9)
		note->fate = vfork_run(descend, note, VFORK_NESTED);
}

static void one_in_another(void **state)
{
	struct note *note = *state;

	assert_int_equal(vfork_run_within(LONG_MS, descend, note, 0).end, CHILD_ANSWERED);
	assert_int_equal(note->levels, 9);
	assert_int_equal(note->fate.end, CHILD_ANSWERED);
}

/* Limits on processes do not hold for root: so as another user, in a child. */
static void without_processes(void *argument)
{
	struct note *note = argument;
	struct rlimit none = {0, 0};

	setrlimit(RLIMIT_NPROC, &none);
	if (geteuid() == 0 &&
	    (setresgid(NOBODY, NOBODY, NOBODY) < 0 || setresuid(NOBODY, NOBODY, NOBODY) < 0))
		return;
	note->fate = vfork_run_within(LONG_MS, look_around, note, 0);
}

static void no_child_is_told(void **state)
{
	struct note *note = *state;

	assert_int_equal(vfork_run_within(LONG_MS, without_processes, note, VFORK_OWN_MEMORY).end,
			 CHILD_ANSWERED);
	assert_int_equal(note->fate.end, CHILD_NONE);
	assert_int_equal(note->fate.number, EAGAIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(it_is_a_child_whose_words_are_heard, make_note),
		cmocka_unit_test_setup(both_are_on_one_processor_meanwhile, make_note),
		cmocka_unit_test_setup(roots_memory_is_not_traceable_meanwhile, make_note),
		cmocka_unit_test_setup(an_end_is_told, make_note),
		cmocka_unit_test_setup(silence_has_an_end, make_note),
		cmocka_unit_test_setup(one_in_another, make_note),
		cmocka_unit_test_setup(no_child_is_told, make_note),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
