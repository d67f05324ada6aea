/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of a configuration: where they run and within which bounds (rednode.md 2 and 10). */
#include "tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "merge/command.h"

static const struct origin origin = {TEXT_NAME, 7, 8};

static int run(struct tree *tree, const char *line, const char **output, size_t *length)
{
	*output = NULL;
	return command_run(&tree->bench.pool, line, origin, output, length, &tree->bench.error);
}

static void assert_output(struct tree *tree, const char *line, const char *wanted)
{
	const char *output;
	size_t length;

	if (run(tree, line, &output, &length) < 0)
		fail_msg("refused: %s", tree->bench.error.text);
	assert_string_equal(output, wanted);
	assert_int_equal(length, strlen(wanted));
}

static void assert_run_refused(struct tree *tree, const char *line, const char *reason)
{
	const char *output;
	size_t length;

	tree->bench.error = (struct redpak_error){0};
	if (run(tree, line, &output, &length) >= 0)
		fail_msg("accepted: %s", line);
	assert_place(&tree->bench.error, 7, 8);
	if (!strstr(tree->bench.error.text, reason))
		fail_msg("'%s' is not the reason: %s", reason, tree->bench.error.text);
}

/* The call that fails next, with @error; @skip: after so many that do not. */
static struct {
	const char *call;
	int error;
	int skip;
} broken;

static void fail_call(const char *call, int error, int skip)
{
	broken.call = call;
	broken.error = error;
	broken.skip = skip;
}

static bool breaks(const char *call)
{
	if (!broken.call || strcmp(broken.call, call) || broken.skip-- > 0)
		return false;
	broken.call = NULL;
	errno = broken.error;
	return true;
}

#define WRAP(type, name, failure, parameters, arguments)                    \
	type __real_##name parameters;                                      \
	type __wrap_##name parameters;                                      \
	type __wrap_##name parameters                                       \
	{                                                                   \
		return breaks(#name) ? (failure) : __real_##name arguments; \
	}

WRAP(void *, calloc, NULL, (size_t count, size_t size), (count, size))
WRAP(void *, mmap, MAP_FAILED,
     (void *where, size_t length, int protection, int flags, int fd, off_t offset),
     (where, length, protection, flags, fd, offset))
WRAP(int, pipe2, -1, (int ends[2], int flags), (ends, flags))
WRAP(pid_t, fork, -1, (void), ())
WRAP(int, execve, -1, (const char *path, char *const argv[], char *const environment[]),
     (path, argv, environment))
WRAP(int, pidfd_open, -1, (pid_t pid, unsigned int flags), (pid, flags))
WRAP(ssize_t, read, -1, (int fd, void *buffer, size_t length), (fd, buffer, length))
WRAP(pid_t, waitpid, -1, (pid_t pid, int *status, int options), (pid, status, options))

/*
 * Where @faked, time passes only in poll(): @pace milliseconds each time, and as much as is asked
 * for as soon as nothing more will come: the command has written to the witness, and what is at
 * wait[@ended] has ended (if not negative).
 */
static struct {
	bool faked;
	int pace;
	int witness;
	int ended;
	int waited; /* milliseconds so far */
} flow;

int __real_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);
int __real_poll(struct pollfd *wait, nfds_t count, int timeout);
int __wrap_poll(struct pollfd *wait, nfds_t count, int timeout);

int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
	if (!flow.faked)
		return __real_clock_gettime(clock, now);
	assert_int_equal(clock, CLOCK_MONOTONIC);
	*now = (struct timespec){1000 + flow.waited / 1000, flow.waited % 1000 * 1000000L};
	return 0;
}

int __wrap___poll_chk(struct pollfd *wait, nfds_t count, int timeout, size_t size);
ssize_t __wrap___read_chk(int fd, void *buffer, size_t length, size_t size);

int __wrap_poll(struct pollfd *wait, nfds_t count, int timeout)
{
	struct pollfd witness = {.fd = flow.witness, .events = POLLIN};

	if (breaks("poll"))
		return -1;
	if (!flow.faked)
		return __real_poll(wait, count, timeout);
	flow.waited += flow.pace;
	if (flow.pace || (flow.ended >= 0 && wait[flow.ended].fd >= 0))
		return __real_poll(wait, count, -1);
	__real_poll(&witness, 1, -1);
	flow.waited += timeout;
	return 0;
}

/* What _FORTIFY_SOURCE calls in their place. */
int __wrap___poll_chk(struct pollfd *wait, nfds_t count, int timeout, size_t size)
{
	assert_true(count * sizeof(*wait) <= size);
	return __wrap_poll(wait, count, timeout);
}

ssize_t __wrap___read_chk(int fd, void *buffer, size_t length, size_t size)
{
	assert_true(length <= size);
	return __wrap_read(fd, buffer, length);
}

static size_t open_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	size_t count = 0;

	assert_non_null(directory);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

static size_t descriptors_before;

/* What hangs is ended by the alarm. */
static int make(void **state)
{
	int result = tree_make(state);

	descriptors_before = open_descriptors();
	alarm(60);
	return result;
}

/* No command, whatever became of it, leaves a process or a descriptor. */
static int leave(void **state)
{
	alarm(0);
	flow.faked = false;
	flow.pace = flow.waited = 0;
	broken.call = NULL;
	assert_int_equal(open_descriptors(), descriptors_before);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	return tree_free(state);
}

#define command_test(function) cmocka_unit_test_setup_teardown(function, make, leave)

/* A pipe in the tree that holds its reader until every process that writes to it has ended. */
static int make_witness(struct tree *tree)
{
	int fd;

	assert_int_equal(mkfifo(tree_path(tree, "witness"), 0600), 0);
	fd = open(tree_path(tree, "witness"), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_SETFL, 0), 0);
	return fd;
}

/* Asserts that some process has written its mark, and that none is left. */
static void assert_gone(int witness)
{
	char mark;

	assert_int_equal(read(witness, &mark, 1), 1);
	assert_int_equal(read(witness, &mark, 1), 0);
	close(witness);
}

static void the_output_is_taken_whole(void **state)
{
	const char *output;
	size_t length;

	assert_output(*state, "echo a; printf ' b \\n\\n'", "a\n b \n\n");
	assert_int_equal(run(*state, "printf 'a\\0b\\0'", &output, &length), 0);
	assert_int_equal(length, 4);
	assert_memory_equal(output, "a\0b\0", 5);
}

static void f5_a_silent_command_gives_an_empty_text(void **state)
{
	assert_output(*state, ":", "");
	assert_output(*state, "", "");
}

static void the_shell_is_restricted(void **state)
{
	assert_output(*state, "echo $0; shopt -q restricted_shell && echo restricted",
		      "bash\nrestricted\n");
	assert_run_refused(*state, "cd /", "exit status is 1");
	/* The control. */
	assert_output(*state, "sh -c 'cd / && pwd'", "/\n");
}

static void it_runs_where_the_caller_is(void **state)
{
	int before = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	assert_int_equal(chdir("/usr"), 0);
	assert_output(*state, "pwd", "/usr\n");
	assert_int_equal(chdir("/"), 0);
	assert_output(*state, "pwd", "/\n");
	assert_int_equal(fchdir(before), 0);
	close(before);
}

static void w19_no_variable_of_the_dynamic_linker_gets_there(void **state)
{
	static const char *const dropped[] = {"LD_PRELOAD", "LD_LIBRARY_PATH", "LD_", "LD_other"};
	static const char *const kept[] = {"REDPAK_LD_PRELOAD", "LDX", "ld_preload", "REDPAK_TEST"};
	struct tree *tree = *state;

	for (size_t i = 0; i < COUNT(dropped); i++) {
		setenv(dropped[i], "/dev/null/x y", 1);
		assert_output(tree, pool_format(&tree->bench.pool, "echo \"<$%s>\"", dropped[i]),
			      "<>\n");
		assert_output(tree, "env | grep -c ^LD_ || :", "0\n");
		unsetenv(dropped[i]);
	}
	for (size_t i = 0; i < COUNT(kept); i++) {
		setenv(kept[i], "some value", 1);
		assert_output(tree, pool_format(&tree->bench.pool, "echo \"<$%s>\"", kept[i]),
			      "<some value>\n");
	}
}

static void an_empty_environment_is_enough(void **state)
{
	char **before = environ;

	environ = NULL;
	assert_output(*state, "echo $REDPAK_TEST-", "-\n");
	environ = before;
}

static void it_has_no_input(void **state)
{
	int ends[2], before = dup(STDIN_FILENO);

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "from the caller", 15), 15);
	close(ends[1]);
	dup2(ends[0], STDIN_FILENO);
	assert_output(*state, "cat; echo end", "end\n");
	dup2(before, STDIN_FILENO);
	close(before);
	close(ends[0]);
}

static void complain(void *tree)
{
	assert_output(tree, "echo out; echo one >&2; echo two >&2", "out\n");
}

static void messages_go_where_the_callers_go(void **state)
{
	struct tree *tree = *state;

	assert_int_equal(count_warnings(&tree->bench, complain, tree), 2);
}

static void w3_other_descriptors_are_closed(void **state)
{
	int secret = dup2(STDERR_FILENO, 9), high = dup2(STDERR_FILENO, 900);

	assert_true(secret == 9 && high == 900);
	assert_output(*state, "for n in 2 9 900; do [ -e /proc/$$/fd/$n ] && echo $n; done; echo .",
		      "2\n.\n");
	close(secret);
	close(high);
}

static void signals_are_as_by_default(void **state)
{
	const int ignored[] = {SIGPIPE, SIGTERM, SIGRTMIN, SIGRTMAX};
	unsigned long long of_libc = 3ULL << (32 - 1), mask;
	sigset_t some, before;
	const char *output;
	size_t length;

	sigemptyset(&some);
	sigaddset(&some, SIGUSR1);
	sigaddset(&some, SIGRTMAX);
	sigprocmask(SIG_BLOCK, &some, &before);
	for (size_t i = 0; i < COUNT(ignored); i++)
		signal(ignored[i], SIG_IGN);
	assert_output(*state, "grep SigBlk /proc/self/status", "SigBlk:\t0000000000000000\n");
	assert_int_equal(run(*state, "grep SigIgn /proc/self/status", &output, &length), 0);
	/* Whoever starts the tests may ignore the two signals of the C library. */
	mask = strtoull(output + strlen("SigIgn:"), NULL, 16) & ~of_libc;
	assert_true(mask == 0);
	for (size_t i = 0; i < COUNT(ignored); i++)
		signal(ignored[i], SIG_DFL);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

/* Or a command that touches the terminal would be stopped, being in the background. */
static void it_leads_a_session_without_terminal(void **state)
{
	assert_output(*state,
		      "read -r _ _ _ _ group session terminal _ </proc/$$/stat; "
		      "[ $$ = $group ] && [ $$ = $session ] && echo leads on $terminal",
		      "leads on 0\n");
}

static void a_failure_names_command_place_and_status(void **state)
{
	assert_run_refused(*state, "exit 3", "'exit 3' failed: its exit status is 3");
	assert_run_refused(*state, "redpak-no-such-command", "its exit status is 127");
	assert_run_refused(*state, "kill -KILL $$", "signal 9 ended it");
	assert_run_refused(*state, "echo all is well; false", "its exit status is 1");
	/* The control. */
	assert_output(*state, "false; echo all is well", "all is well\n");
}

static void a_long_command_leaves_room_for_the_reason(void **state)
{
	char line[8192];

	snprintf(line, sizeof(line), "%*s", (int)sizeof(line) - 1, "exit 9");
	assert_run_refused(*state, line, "failed: its exit status is 9;");
}

static void the_status_is_known_where_sigchld_is_ignored(void **state)
{
	struct sigaction after;

	signal(SIGCHLD, SIG_IGN);
	assert_output(*state, "echo a", "a\n");
	assert_run_refused(*state, "exit 3", "its exit status is 3");
	sigaction(SIGCHLD, NULL, &after);
	assert_ptr_equal(after.sa_handler, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
}

static void the_output_is_bounded(void **state)
{
	const char *output;
	size_t length;

	assert_int_equal(COMMAND_OUTPUT_MAX, 1024 * 1024);
	assert_int_equal(run(*state, "head -c 1048576 /dev/zero", &output, &length), 0);
	assert_int_equal(length, 1048576);
	assert_run_refused(*state, "head -c 1048577 /dev/zero", "wrote more than 1 MiB");
	assert_run_refused(*state, "yes", "wrote more than 1 MiB");
}

static void what_hangs_is_killed(void **state)
{
	/* The place of the witness; what ends (flow.ended). */
	static const struct {
		const char *line;
		int ended;
	} examples[] = {
		{"sh -c 'exec 9>%s; printf x >&9; sleep 100; :'; :", -1},
		{"sh -c 'exec 9>%s; printf x >&9; sleep 100 & sleep 100 & wait'", -1},
		{"sh -c 'exec 9>%s; printf x >&9; kill -STOP $$'", -1},
		/* Only its output ends. */
		{"sh -c 'exec 9>%s >&-; printf x >&9; sleep 100; :'", 0},
		/* Only the shell ends: a process in the background keeps the output open. */
		{"sh -c 'exec 9>%s; printf x >&9; sleep 100; :' & :", 1},
	};
	struct tree *tree = *state;
	const char *place = tree_path(tree, "witness");

	for (size_t i = 0; i < COUNT(examples); i++) {
		const char *rest = strstr(examples[i].line, "%s") + strlen("%s");
		int head = (int)(rest - examples[i].line) - (int)strlen("%s");

		flow.witness = make_witness(tree);
		flow.ended = examples[i].ended;
		flow.waited = 0;
		flow.faked = true;
		assert_run_refused(tree,
				   pool_format(&tree->bench.pool, "%.*s%s%s", head,
					       examples[i].line, place, rest),
				   "did not end within 10 seconds");
		assert_int_equal(flow.waited, 10000);
		assert_gone(flow.witness);
		assert_int_equal(unlink(place), 0);
	}
}

static void output_does_not_prolong_the_time(void **state)
{
	flow.faked = true;
	flow.pace = 4000;
	assert_run_refused(*state, "while :; do echo; done", "did not end within 10 seconds");
	assert_int_equal(flow.waited, 12000);
}

static void what_a_command_leaves_is_killed(void **state)
{
	struct tree *tree = *state;
	int witness = make_witness(tree);

	assert_output(tree,
		      pool_format(&tree->bench.pool,
				  "sh -c 'exec 9>%s; printf x >&9; exec sleep 100 >&-' & echo a",
				  tree_path(tree, "witness")),
		      "a\n");
	assert_gone(witness);
}

static void a_command_ends_with_who_runs_it(void **state)
{
	struct tree *tree = *state;
	int witness = make_witness(tree);
	struct pollfd there = {.fd = witness, .events = POLLIN};
	const char *line =
		pool_format(&tree->bench.pool, "sh -c 'exec 9>%s; printf x >&9; exec sleep 100'",
			    tree_path(tree, "witness"));
	const char *output;
	size_t length;
	pid_t pid = fork();

	if (pid == 0) {
		run(tree, line, &output, &length);
		_exit(0);
	}
	assert_int_equal(__real_poll(&there, 1, -1), 1);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_gone(witness);
}

static void an_interrupted_call_is_made_again(void **state)
{
	static const char *const calls[] = {"poll", "read", "waitpid"};

	for (size_t i = 0; i < COUNT(calls); i++) {
		fail_call(calls[i], EINTR, 0);
		assert_output(*state, "echo a", "a\n");
		assert_null(broken.call);
	}
}

static void what_cannot_be_made_is_an_error(void **state)
{
	static const struct {
		const char *call;
		int error;
	} examples[] = {{"pipe2", EMFILE},
			{"fork", EAGAIN},
			{"pidfd_open", EMFILE},
			{"poll", ENOMEM},
			{"read", EIO}};

	for (size_t i = 0; i < COUNT(examples); i++) {
		fail_call(examples[i].call, examples[i].error, 0);
		assert_run_refused(*state, "echo a; sleep 100", strerror(examples[i].error));
		assert_null(broken.call);
	}
}

static void without_memory_it_is_refused(void **state)
{
	static const struct {
		const char *call;
		int skip;
	} examples[] = {{"calloc", 0}, {"mmap", 0}, {"calloc", 1}};
	struct tree *tree = *state;
	const char *output;
	size_t length;

	for (size_t i = 0; i < COUNT(examples); i++) {
		fail_call(examples[i].call, ENOMEM, examples[i].skip);
		assert_true(run(tree, "echo a", &output, &length) < 0);
		assert_null(broken.call);
		assert_non_null(strstr(tree->bench.error.text, "memory"));
	}
}

static void a_missing_shell_is_named(void **state)
{
	fail_call("execve", ENOENT, 0);
	assert_run_refused(*state, "echo a", "/usr/bin/bash: No such file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		command_test(the_output_is_taken_whole),
		command_test(f5_a_silent_command_gives_an_empty_text),
		command_test(the_shell_is_restricted),
		command_test(it_runs_where_the_caller_is),
		command_test(w19_no_variable_of_the_dynamic_linker_gets_there),
		command_test(an_empty_environment_is_enough),
		command_test(it_has_no_input),
		command_test(messages_go_where_the_callers_go),
		command_test(w3_other_descriptors_are_closed),
		command_test(signals_are_as_by_default),
		command_test(it_leads_a_session_without_terminal),
		command_test(a_failure_names_command_place_and_status),
		command_test(a_long_command_leaves_room_for_the_reason),
		command_test(the_status_is_known_where_sigchld_is_ignored),
		command_test(the_output_is_bounded),
		command_test(what_hangs_is_killed),
		command_test(output_does_not_prolong_the_time),
		command_test(what_a_command_leaves_is_killed),
		command_test(a_command_ends_with_who_runs_it),
		command_test(an_interrupted_call_is_made_again),
		command_test(what_cannot_be_made_is_an_error),
		command_test(without_memory_it_is_refused),
		command_test(a_missing_shell_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
