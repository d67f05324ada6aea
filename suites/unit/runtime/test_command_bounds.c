/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of a configuration: their bounds, and calls that fail (rednode.md 10). */
#include "commands.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "merge/command.h"
#include "suites/faults/wrap.h"

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

WRAP(void *, pool_alloc, breaks("pool_alloc"), NULL, (struct pool * pool, size_t size),
     (pool, size))
WRAP(void *, mmap, breaks("mmap"), MAP_FAILED,
     (void *where, size_t length, int protection, int flags, int fd, off_t offset),
     (where, length, protection, flags, fd, offset))
WRAP(int, pipe2, breaks("pipe2"), -1, (int ends[2], int flags), (ends, flags))
WRAP(pid_t, fork, breaks("fork"), -1, (void), ())
WRAP(int, execve, breaks("execve"), -1,
     (const char *path, char *const argv[], char *const environment[]), (path, argv, environment))
WRAP(int, pidfd_open, breaks("pidfd_open"), -1, (pid_t pid, unsigned int flags), (pid, flags))
WRAP(ssize_t, read, breaks("read"), -1, (int fd, void *buffer, size_t length), (fd, buffer, length))
WRAP(pid_t, waitpid, breaks("waitpid"), -1, (pid_t pid, int *status, int options),
     (pid, status, options))

/*
 * Where @faked, time passes only in poll(): @pace milliseconds each time, and as much as is asked
 * for as soon as nothing more will come: the command has written to the witness, and what is at
 * wait[@ended] has ended (if not negative).
 */
static struct flow {
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

static int make(void **state)
{
	broken.call = NULL;
	flow = (struct flow){0};
	return commands_make(state);
}

#define bounds_test(function) cmocka_unit_test_setup_teardown(function, make, commands_free)

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
	} examples[] = {{"pool_alloc", 0}, {"mmap", 0}, {"pool_alloc", 1}};
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
		bounds_test(the_output_is_bounded),
		bounds_test(what_hangs_is_killed),
		bounds_test(output_does_not_prolong_the_time),
		bounds_test(what_a_command_leaves_is_killed),
		bounds_test(a_command_ends_with_who_runs_it),
		bounds_test(an_interrupted_call_is_made_again),
		bounds_test(what_cannot_be_made_is_an_error),
		bounds_test(without_memory_it_is_refused),
		bounds_test(a_missing_shell_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
