/* SPDX-License-Identifier: Apache-2.0 */
/* Areas whose questions crash, hang, exit or are killed: that is the finding, and the rest goes on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../descriptors.h"

#include "base/finding.h"
#include "survey/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/* LONG where nobody hangs. */
enum { LONG_MS = 60000, SHORT_MS = 500 };

/* Shared with the processes of the areas. */
static struct shared {
	pid_t asked_by[8];
} * shared;

static int forks_allowed = -1; /* -1: all */

pid_t __real_fork(void);
pid_t __wrap_fork(void);
pid_t __wrap_fork(void)
{
	if (forks_allowed == 0) {
		errno = EAGAIN;
		return -1;
	}
	if (forks_allowed > 0)
		forks_allowed--;
	return __real_fork();
}

static void answer(struct redprobe *probe, const void *argument, struct redprobe_finding *finding)
{
	(void)probe;
	finding_supported(finding, "answered");
	if (argument)
		shared->asked_by[*(const int *)argument] = getpid();
}

static void crash(struct redprobe *probe, const void *argument, struct redprobe_finding *finding)
{
	answer(probe, argument, finding);
	raise(SIGSEGV);
}

static void killed_by_filter(struct redprobe *probe, const void *argument,
			     struct redprobe_finding *finding)
{
	answer(probe, argument, finding);
	raise(SIGSYS);
}

static void leave(struct redprobe *probe, const void *argument, struct redprobe_finding *finding)
{
	answer(probe, argument, finding);
	_exit(7);
}

static void hang(struct redprobe *probe, const void *argument, struct redprobe_finding *finding)
{
	answer(probe, argument, finding);
	for (;;)
		pause();
}

/* So that nobody sees by the pipe that it is still there. */
static void hang_without_descriptors(struct redprobe *probe, const void *argument,
				     struct redprobe_finding *finding)
{
	for (int fd = 3; fd < 64; fd++)
		close(fd);
	hang(probe, argument, finding);
}

static const int numbers[] = {0, 1, 2, 3, 4, 5, 6, 7};

#define ROW(number, what, place)                                                                 \
	{                                                                                        \
		.id = "test." #number, .meaning = "a row", .where = (place), .function = (what), \
		.argument = &numbers[number]                                                     \
	}

/* The rows of an area of which one goes wrong. */
struct table {
	struct redprobe_feature rows[3];
	struct redprobe_area area;
};

static void set_table(struct table *table, redprobe_function *wrong, enum redprobe_where where)
{
	const struct redprobe_feature rows[] = {
		ROW(0, answer, REDPROBE_HERE),
		ROW(1, wrong, where),
		ROW(2, answer, REDPROBE_HERE),
	};

	memcpy(table->rows, rows, sizeof rows);
	table->area = (struct redprobe_area){
		.name = "test", .meaning = "an area", .features = table->rows, .count = 3};
}

static struct redprobe *opened(const struct redprobe_area *const *areas, int patience_ms)
{
	struct redprobe_options options = {.patience_ms = patience_ms, .areas = areas};
	struct redprobe *probe = NULL;

	assert_int_equal(redprobe_open(&probe, &options), 0);
	return probe;
}

static void assert_answered(struct redprobe *probe, const struct redprobe_feature *row)
{
	const struct redprobe_finding *finding = redprobe_ask(probe, row);

	assert_int_equal(finding->status, REDPROBE_SUPPORTED);
	assert_string_equal(finding->detail, "answered");
}

static void assert_wrong(struct redprobe *probe, const struct redprobe_feature *row,
			 enum redprobe_status status, const char *detail)
{
	const struct redprobe_finding *finding = redprobe_ask(probe, row);

	assert_int_equal(finding->status, status);
	assert_non_null(strstr(finding->detail, detail));
	assert_true((status == REDPROBE_UNKNOWN) == (finding->needs[0] != '\0'));
	assert_true((status == REDPROBE_RESTRICTED) == (finding->forbidden_by[0] != '\0'));
}

/* What may go wrong, and what the finding is then. */
static const struct wrong {
	redprobe_function *function;
	enum redprobe_status status;
	const char *detail;
} wrongs[] = {
	{crash, REDPROBE_UNKNOWN, "killed by SIGSEGV"},
	{killed_by_filter, REDPROBE_RESTRICTED, "killed by SIGSYS"},
	{leave, REDPROBE_UNKNOWN, "exited with status 7"},
	{hang, REDPROBE_UNKNOWN, "did not answer"},
	{hang_without_descriptors, REDPROBE_UNKNOWN, "killed by SIGKILL"},
};

static void one_row_goes_wrong(const struct wrong *wrong, enum redprobe_where where)
{
	const struct redprobe_area *areas[2] = {NULL};
	struct redprobe *probe;
	struct table table;

	set_table(&table, wrong->function, where);
	areas[0] = &table.area;
	probe = opened(areas, wrong->function == hang ? SHORT_MS : LONG_MS);
	assert_answered(probe, &table.rows[0]);
	assert_wrong(probe, &table.rows[1], wrong->status, wrong->detail);
	assert_answered(probe, &table.rows[2]);
	redprobe_close(probe);
}

static void rows_around_it_keep_theirs(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(wrongs); i++) {
		one_row_goes_wrong(&wrongs[i], REDPROBE_HERE);
		one_row_goes_wrong(&wrongs[i], REDPROBE_IN_CHILD);
		one_row_goes_wrong(&wrongs[i], REDPROBE_ASIDE);
	}
}

/* A new process only where the former one is gone. */
static void rows_share_a_process(void **state)
{
	const struct redprobe_area *areas[2] = {NULL};
	struct redprobe *probe;
	struct table table;

	(void)state;
	set_table(&table, answer, REDPROBE_IN_CHILD);
	areas[0] = &table.area;
	probe = opened(areas, LONG_MS);
	assert_answered(probe, &table.rows[1]);
	redprobe_close(probe);
	assert_int_equal(shared->asked_by[0], shared->asked_by[2]);
	assert_int_not_equal(shared->asked_by[0], shared->asked_by[1]);
	assert_int_not_equal(shared->asked_by[0], getpid());
	set_table(&table, crash, REDPROBE_HERE);
	probe = opened(areas, LONG_MS);
	assert_answered(probe, &table.rows[2]);
	redprobe_close(probe);
	assert_int_equal(shared->asked_by[0], shared->asked_by[1]);
	assert_int_not_equal(shared->asked_by[0], shared->asked_by[2]);
}

/* Answers when another row has been asked, which one tells by its number. */
static void meet(struct redprobe *probe, const void *argument, struct redprobe_finding *finding)
{
	const volatile pid_t *others = shared->asked_by;
	int other = 1 - *(const int *)argument;

	answer(probe, argument, finding);
	while (!others[other])
		sched_yield();
}

static void rows_aside_are_asked_meanwhile(void **state)
{
	const struct redprobe_feature rows[] = {
		ROW(0, meet, REDPROBE_HERE),
		ROW(1, meet, REDPROBE_ASIDE),
		ROW(2, answer, REDPROBE_HERE),
		ROW(3, answer, REDPROBE_ASIDE),
	};
	const struct redprobe_area area = {.name = "test", .features = rows, .count = COUNT(rows)};
	const struct redprobe_area *const areas[] = {&area, NULL};
	struct redprobe *probe;

	(void)state;
	memset(shared, 0, sizeof *shared);
	probe = opened(areas, LONG_MS);
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_answered(probe, &rows[i]);
	redprobe_close(probe);
	assert_int_equal(shared->asked_by[0], shared->asked_by[2]);
	assert_int_equal(shared->asked_by[1], shared->asked_by[3]);
	assert_int_not_equal(shared->asked_by[0], shared->asked_by[1]);
}

/* One that is silent spoils no other, but an area of which two are is not waited for any longer. */
static void an_area_that_is_silent_is_given_up(void **state)
{
	const struct redprobe_feature rows[] = {
		ROW(0, hang, REDPROBE_HERE),   ROW(1, answer, REDPROBE_HERE),
		ROW(2, hang, REDPROBE_HERE),   ROW(3, answer, REDPROBE_HERE),
		ROW(4, answer, REDPROBE_HERE), ROW(5, answer, REDPROBE_ASIDE),
	};
	const struct redprobe_area area = {.name = "test", .features = rows, .count = COUNT(rows)};
	const struct redprobe_area *const areas[] = {&area, NULL};
	struct redprobe *probe;

	(void)state;
	memset(shared, 0, sizeof *shared);
	probe = opened(areas, SHORT_MS);
	assert_wrong(probe, &rows[0], REDPROBE_UNKNOWN, "did not answer");
	assert_answered(probe, &rows[1]);
	assert_wrong(probe, &rows[2], REDPROBE_UNKNOWN, "did not answer");
	assert_wrong(probe, &rows[3], REDPROBE_UNKNOWN, "not asked: 2 rows before");
	assert_wrong(probe, &rows[4], REDPROBE_UNKNOWN, "not asked: 2 rows before");
	assert_answered(probe, &rows[5]);
	redprobe_close(probe);
	assert_int_equal(shared->asked_by[3], 0);
}

static void all_rows_go_wrong(void **state)
{
	const struct redprobe_feature rows[] = {
		ROW(0, crash, REDPROBE_HERE), ROW(1, leave, REDPROBE_HERE),
		ROW(2, hang, REDPROBE_HERE),  ROW(3, killed_by_filter, REDPROBE_HERE),
		ROW(4, crash, REDPROBE_HERE),
	};
	const struct redprobe_area area = {.name = "test", .features = rows, .count = 5};
	const struct redprobe_area *const areas[] = {&area, NULL};
	struct redprobe *probe = opened(areas, SHORT_MS);

	(void)state;
	assert_wrong(probe, &rows[0], REDPROBE_UNKNOWN, "SIGSEGV");
	assert_wrong(probe, &rows[1], REDPROBE_UNKNOWN, "status 7");
	assert_wrong(probe, &rows[2], REDPROBE_UNKNOWN, "did not answer");
	assert_wrong(probe, &rows[3], REDPROBE_RESTRICTED, "SIGSYS");
	assert_wrong(probe, &rows[4], REDPROBE_UNKNOWN, "SIGSEGV");
	redprobe_close(probe);
}

/* One that goes wrong does not concern the others, and all have processes of their own. */
static void several_areas_at_once(void **state)
{
	const struct redprobe_area *areas[COUNT(wrongs) + 1] = {NULL};
	struct table tables[COUNT(wrongs)];
	struct redprobe *probe;

	(void)state;
	for (size_t i = 0; i < COUNT(wrongs); i++) {
		set_table(&tables[i], wrongs[i].function, REDPROBE_HERE);
		tables[i].rows[0].argument = &numbers[i];
		areas[i] = &tables[i].area;
	}
	probe = opened(areas, SHORT_MS);
	for (size_t i = 0; i < COUNT(wrongs); i++) {
		assert_answered(probe, &tables[i].rows[0]);
		assert_wrong(probe, &tables[i].rows[1], wrongs[i].status, wrongs[i].detail);
		assert_answered(probe, &tables[i].rows[2]);
	}
	redprobe_close(probe);
}

static void no_areas_and_no_rows(void **state)
{
	const struct redprobe_feature row = ROW(0, answer, REDPROBE_HERE);
	const struct redprobe_area empty = {.name = "test", .features = &row, .count = 0};
	const struct redprobe_area *const none[] = {NULL}, *const areas[] = {&empty, NULL};
	struct redprobe *probe = opened(none, LONG_MS);

	(void)state;
	assert_wrong(probe, &row, REDPROBE_UNKNOWN, "not asked");
	redprobe_close(probe);
	probe = opened(areas, LONG_MS);
	assert_wrong(probe, &row, REDPROBE_UNKNOWN, "not asked");
	redprobe_close(probe);
}

/* `allowed` processes can be made, then no more. */
static void assert_short_of_processes(int allowed, redprobe_function *function)
{
	const struct redprobe_area *areas[2] = {NULL};
	struct redprobe *probe;
	struct table table;

	set_table(&table, function, REDPROBE_HERE);
	areas[0] = &table.area;
	forks_allowed = allowed;
	probe = opened(areas, LONG_MS);
	for (size_t i = 0; i < table.area.count; i++) {
		const struct redprobe_finding *finding = redprobe_ask(probe, &table.rows[i]);

		if (i >= (size_t)allowed * 2)
			assert_non_null(strstr(finding->detail, "EAGAIN"));
		else
			assert_null(strstr(finding->detail, "EAGAIN"));
	}
	redprobe_close(probe);
	forks_allowed = -1;
}

static void a_process_that_cannot_be_made(void **state)
{
	(void)state;
	assert_short_of_processes(0, answer);
	/* The first one ends at the second row, and there is none for the third. */
	assert_short_of_processes(1, crash);
}

/* More areas than descriptors may be open: those that cannot be asked say so, and nobody waits. */
static void fewer_descriptors_than_areas(void **state)
{
	enum { MANY = 64 };
	const struct redprobe_feature row = ROW(0, answer, REDPROBE_HERE);
	const struct redprobe_area *areas[MANY + 1] = {NULL};
	struct redprobe_feature rows[MANY];
	struct redprobe_area same[MANY];
	struct rlimit before, few;
	struct redprobe *probe;
	size_t answered = 0;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = (struct rlimit){(rlim_t)open_descriptors() + 3, before.rlim_max};
	for (size_t i = 0; i < MANY; i++) {
		rows[i] = row;
		same[i] = (struct redprobe_area){.name = "test", .features = &rows[i], .count = 1};
		areas[i] = &same[i];
	}
	assert_true(few.rlim_cur < MANY);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	probe = opened(areas, LONG_MS);
	assert_answered(probe, &rows[0]);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	for (size_t i = 0; i < MANY; i++)
		answered += redprobe_ask(probe, &rows[i])->status == REDPROBE_SUPPORTED;
	assert_true(answered >= 1 && answered < MANY);
	assert_non_null(strstr(redprobe_ask(probe, &rows[MANY - 1])->detail, "EMFILE"));
	redprobe_close(probe);
}

static size_t mappings(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	size_t count = 0;
	int c;

	assert_non_null(maps);
	while ((c = fgetc(maps)) != EOF)
		count += c == '\n';
	fclose(maps);
	return count;
}

/* The first run may keep what the C library makes once. */
static void nothing_is_left(void **state)
{
	size_t descriptors, maps;

	several_areas_at_once(state);
	descriptors = open_descriptors();
	maps = mappings();
	for (int i = 0; i < 3; i++) {
		several_areas_at_once(state);
		a_process_that_cannot_be_made(state);
	}
	assert_int_equal(open_descriptors(), descriptors);
	assert_int_equal(mappings(), maps);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

/* Signals that the caller blocks or ignores, and others that come meanwhile, change nothing. */
static void ring(int signal)
{
	(void)signal;
}

/* A signal each 5 ms, which fork(2) has time to get by. */
static void alarm_often(bool often)
{
	struct timeval pause = {.tv_usec = often ? 5000 : 0};
	struct itimerval timer = {pause, pause};

	setitimer(ITIMER_REAL, &timer, NULL);
}

static void signals_of_the_caller(void **state)
{
	struct sigaction action = {.sa_handler = ring};
	sigset_t set, before;

	(void)state;
	sigaction(SIGALRM, &action, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGSEGV);
	sigaddset(&set, SIGSYS);
	sigprocmask(SIG_BLOCK, &set, &before);
	alarm_often(true);
	for (size_t i = 0; i < COUNT(wrongs); i++)
		if (wrongs[i].function != hang)
			one_row_goes_wrong(&wrongs[i], REDPROBE_HERE);
	alarm_often(false);
	sigprocmask(SIG_SETMASK, &before, NULL);
	signal(SIGALRM, SIG_DFL);
}

static int share(void **state)
{
	(void)state;
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	return shared == MAP_FAILED ? -1 : 0;
}

static int unshare_memory(void **state)
{
	(void)state;
	return munmap(shared, sizeof *shared);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_around_it_keep_theirs),
		cmocka_unit_test(rows_share_a_process),
		cmocka_unit_test(rows_aside_are_asked_meanwhile),
		cmocka_unit_test(an_area_that_is_silent_is_given_up),
		cmocka_unit_test(all_rows_go_wrong),
		cmocka_unit_test(several_areas_at_once),
		cmocka_unit_test(no_areas_and_no_rows),
		cmocka_unit_test(a_process_that_cannot_be_made),
		cmocka_unit_test(fewer_descriptors_than_areas),
		cmocka_unit_test(nothing_is_left),
		cmocka_unit_test(signals_of_the_caller),
	};

	return cmocka_run_group_tests(tests, share, unshare_memory);
}
