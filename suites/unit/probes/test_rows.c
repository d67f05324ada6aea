/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows that are asked in the process of their area leave it as it was, whichever is asked, and
 * however often: the rows after them would otherwise find out something else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bystander.h"
#include "base/filter.h"
#include "base/privilege.h"
#include "mount/mount_context.h"
#include "survey/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a row could leave behind in its process. */
struct traces {
	unsigned long descriptors[16]; /* a bit for each that is open */
	struct stat namespaces[6];
	struct stat directory, root;
	char status[4096]; /* ids, capabilities, masks of signals, no_new_privs, seccomp */
	char mounts[16384];
};

static void read_whole(const char *path, char *text, size_t size)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;
	size_t used = 0;

	assert_true(file >= 0);
	while (used < size - 1 && (n = read(file, text + used, size - 1 - used)) > 0)
		used += (size_t)n;
	text[used] = '\0';
	close(file);
}

/* Of /proc/self/status, the lines from Uid on that rows have to do with. */
static void read_status(char *text, size_t size)
{
	static const char *const wanted[] = {"Uid",    "Gid",	 "Groups",  "SigPnd",
					     "ShdPnd", "SigBlk", "SigIgn",  "SigCgt",
					     "Cap",    "NoNew",	 "Seccomp", "Threads"};
	char whole[8192], *rest = whole, *line;

	text[0] = '\0';
	read_whole("/proc/self/status", whole, sizeof whole);
	while ((line = strsep(&rest, "\n")))
		for (size_t i = 0; i < COUNT(wanted); i++)
			if (strncmp(line, wanted[i], strlen(wanted[i])) == 0)
				strncat(text, line, size - strlen(text) - 1);
}

/* Mounts only in a namespace of the area: elsewhere others make some, too. */
static void look(struct traces *traces, bool mounts)
{
	static const char *const names[] = {"mnt",  "net", "pid_for_children", "time_for_children",
					    "user", "uts"};
	char path[40];

	memset(traces, 0, sizeof *traces);
	for (int fd = 0; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			traces->descriptors[fd / 64] |= 1UL << fd % 64;
	for (size_t i = 0; i < COUNT(names); i++) {
		snprintf(path, sizeof path, "/proc/self/ns/%s", names[i]);
		assert_int_equal(stat(path, &traces->namespaces[i]), 0);
	}
	assert_int_equal(stat(".", &traces->directory), 0);
	assert_int_equal(stat("/", &traces->root), 0);
	read_status(traces->status, sizeof traces->status);
	if (mounts)
		read_whole("/proc/self/mountinfo", traces->mounts, sizeof traces->mounts);
}

static bool same_file(const struct stat *before, const struct stat *after)
{
	return before->st_ino == after->st_ino && before->st_dev == after->st_dev;
}

static bool same(const struct traces *before, const struct traces *after)
{
	for (size_t i = 0; i < COUNT(before->namespaces); i++)
		if (!same_file(&before->namespaces[i], &after->namespaces[i]))
			return false;
	return memcmp(before->descriptors, after->descriptors, sizeof before->descriptors) == 0 &&
	       same_file(&before->directory, &after->directory) &&
	       same_file(&before->root, &after->root) &&
	       strcmp(before->status, after->status) == 0 &&
	       strcmp(before->mounts, after->mounts) == 0 && waitpid(-1, NULL, WNOHANG) < 0 &&
	       errno == ECHILD;
}

static bool is_whole(const struct redprobe_finding *finding)
{
	return finding->detail[0] &&
	       (finding->status == REDPROBE_RESTRICTED) == (finding->forbidden_by[0] != 0) &&
	       (finding->status == REDPROBE_UNKNOWN) == (finding->needs[0] != 0);
}

/*
 * Returns 0 if each row, asked twice, says the same and leaves nothing behind the second time; the
 * first time it may prepare what all share.
 */
static int ask_all(const struct redprobe_area *area)
{
	struct redprobe probe = {.options = {.patience_ms = 10000}};
	struct redprobe_finding first, second;
	struct traces before, after;
	int wrong = 0;

	for (size_t i = 0; i < area->count; i++) {
		const struct redprobe_feature *row = &area->features[i];

		memset(&first, 0, sizeof first);
		memset(&second, 0, sizeof second);
		row->function(&probe, row->argument, &first);
		look(&before, area == &mount_area);
		row->function(&probe, row->argument, &second);
		look(&after, area == &mount_area);
		if (same(&before, &after) && first.status == second.status && is_whole(&second))
			continue;
		print_message("%s: %s\n", row->id, second.detail);
		wrong = 1;
	}
	return wrong;
}

/*
 * Returns what the function does in a child, because the area of mounts moves its process into
 * another place for good, and other things last as well.
 */
static int in_child(int (*function)(const struct redprobe_area *), const struct redprobe_area *area)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0)
		_exit(function(area));
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void rows_of_mounts_leave_nothing(void **state)
{
	(void)state;
	assert_int_equal(in_child(ask_all, &mount_area), 0);
}

static void rows_of_processes_leave_nothing(void **state)
{
	(void)state;
	assert_int_equal(in_child(ask_all, &process_area), 0);
}

static int ask_as_ordinary(const struct redprobe_area *area)
{
	if (geteuid() == 0 && (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534)))
		return 2;
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	return ask_all(area);
}

static void so_do_those_of_an_ordinary_user(void **state)
{
	(void)state;
	assert_int_equal(in_child(ask_as_ordinary, &mount_area), 0);
	assert_int_equal(in_child(ask_as_ordinary, &process_area), 0);
}

static void leave(struct redprobe *probe, const void *argument, struct redprobe_finding *finding)
{
	const char *what = argument;

	(void)probe;
	snprintf(finding->detail, sizeof finding->detail, "a control that leaves: %s", what);
	finding->status = REDPROBE_SUPPORTED;
	if (strcmp(what, "descriptor") == 0)
		(void)!dup(0);
	else if (strcmp(what, "process") == 0 && fork() == 0)
		_exit(EXIT_SUCCESS);
	else if (strcmp(what, "signal") == 0)
		signal(SIGUSR1, signal(SIGUSR1, SIG_IGN) == SIG_IGN ? SIG_DFL : SIG_IGN);
}

/* The control: what a row leaves is noticed. */
static void what_is_left_is_noticed(void **state)
{
	static const char *const things[] = {"descriptor", "process", "signal"};

	(void)state;
	for (size_t i = 0; i < COUNT(things); i++) {
		const struct redprobe_feature row = {
			.id = "control", .function = leave, .argument = things[i]};
		const struct redprobe_area area = {.features = &row, .count = 1};

		assert_int_equal(in_child(ask_all, &area), 1);
	}
}

static void every_row_says_all_about_itself(void **state)
{
	static const struct redprobe_area *const areas[] = {&mount_area, &process_area};

	(void)state;
	for (size_t i = 0; i < COUNT(areas); i++) {
		assert_non_null(areas[i]->meaning);
		assert_non_null(areas[i]->how);
		assert_non_null(areas[i]->get);
		for (size_t row = 0; row < areas[i]->count; row++) {
			const struct redprobe_feature *feature = &areas[i]->features[row];

			assert_true(strlen(feature->meaning) <= 60);
			assert_non_null(feature->why);
			assert_non_null(feature->since);
			assert_true(!feature->option ||
				    strncmp(feature->option, "CONFIG_", 7) == 0);
		}
	}
}

static void a_bystander_is_there_and_gone(void **state)
{
	pid_t pid = bystander_start(0);

	(void)state;
	assert_true(pid > 0);
	assert_int_equal(kill(pid, 0), 0);
	assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
	bystander_stop(pid);
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(errno, ESRCH);
}

/* As another process would see it die with its parent. */
static void a_bystander_dies_with_its_parent(void **state)
{
	int ends[2];
	pid_t parent, pid = 0;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	parent = fork();
	if (parent == 0) {
		pid = bystander_start(0);
		_exit(write(ends[1], &pid, sizeof pid) != sizeof pid);
	}
	assert_int_equal(waitpid(parent, NULL, 0), parent);
	assert_int_equal(read(ends[0], &pid, sizeof pid), sizeof pid);
	assert_true(pid > 0);
	/* Its end of the pipe is closed when it is gone. */
	close(ends[1]);
	assert_int_equal(read(ends[0], &pid, sizeof pid), 0);
	close(ends[0]);
}

static void without_a_filter_the_kernel_answers(void **state)
{
	(void)state;
	for (unsigned call = 0; call < 8; call++)
		assert_int_equal(filter_call(call), EINVAL);
}

/* Returns how many calls were not answered as they must be. */
static int filter_one_call(const struct redprobe_area *area)
{
	static const struct filter_rule rules[] = {{3, SECCOMP_RET_ERRNO | EDOM}};
	int wrong = 0;

	(void)area;
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (filter_install(rules, COUNT(rules), 0) != 0)
		return 100;
	for (unsigned call = 0; call < 8; call++)
		wrong += filter_call(call) != (call == 3 ? EDOM : EINVAL);
	return wrong;
}

static void a_filter_is_about_its_call_alone(void **state)
{
	(void)state;
	assert_int_equal(in_child(filter_one_call, NULL), 0);
}

static int lower_and_raise(const struct redprobe_area *area)
{
	bool had = privileged();

	(void)area;
	return privilege_lower() != 0 || privileged() || privilege_raise() != 0 ||
	       privileged() != had;
}

static void privilege_comes_back(void **state)
{
	(void)state;
	assert_int_equal(in_child(lower_and_raise, NULL), 0);
}

/* Makes a tmpfs with an option, in a mount namespace of its own. */
static int make_tmpfs(struct mount_context *context, const char *key, const char *value)
{
	int unmapped;

	context->call = "privilege_gain";
	if (privilege_gain(CLONE_NEWNS, &unmapped))
		return -1;
	mount_context_open(context, "tmpfs");
	mount_context_set(context, key, value);
	mount_context_set(context, "mode", "0700");
	return mount_context_finish(context);
}

static int an_unknown_one(const struct redprobe_area *area)
{
	struct mount_context context = {0};

	(void)area;
	return make_tmpfs(&context, "redprobe-no-such-option", NULL) >= 0 ||
	       !mount_context_stranger(&context) || !strstr(context.log, "redprobe-no-such-option");
}

static int a_refused_one(const struct redprobe_area *area)
{
	struct mount_context context = {0};

	(void)area;
	return make_tmpfs(&context, "size", "much") >= 0 || context.error != EINVAL ||
	       mount_context_stranger(&context);
}

static int an_accepted_one(const struct redprobe_area *area)
{
	struct mount_context context = {0};

	(void)area;
	return make_tmpfs(&context, "size", "64k") < 0 || context.call != NULL;
}

/* What the kernel says about an option tells an unknown one from one that is refused. */
static void unknown_options_are_told_from_refused_ones(void **state)
{
	(void)state;
	assert_int_equal(in_child(an_unknown_one, NULL), 0);
	assert_int_equal(in_child(a_refused_one, NULL), 0);
	assert_int_equal(in_child(an_accepted_one, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_of_mounts_leave_nothing),
		cmocka_unit_test(rows_of_processes_leave_nothing),
		cmocka_unit_test(so_do_those_of_an_ordinary_user),
		cmocka_unit_test(what_is_left_is_noticed),
		cmocka_unit_test(every_row_says_all_about_itself),
		cmocka_unit_test(a_bystander_is_there_and_gone),
		cmocka_unit_test(a_bystander_dies_with_its_parent),
		cmocka_unit_test(without_a_filter_the_kernel_answers),
		cmocka_unit_test(a_filter_is_about_its_call_alone),
		cmocka_unit_test(privilege_comes_back),
		cmocka_unit_test(unknown_options_are_told_from_refused_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
