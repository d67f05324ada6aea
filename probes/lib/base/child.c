/* SPDX-License-Identifier: Apache-2.0 */
#include "base/child.h"

#include "base/finding.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

long long child_clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Waits until `fd` has something to read or its writers are gone; false at the deadline. */
static bool await_readable(int fd, long long deadline)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	int ready;

	do {
		long long left = deadline - child_clock_ms();

		ready = poll(&poll_fd, 1, left > 0 ? (int)left : 0);
	} while (ready < 0 && errno == EINTR);
	return ready > 0;
}

/* Reads until `size` bytes, the end or the deadline; false at the deadline. */
static bool read_answer(int fd, char *answer, size_t size, long long deadline, size_t *got)
{
	for (*got = 0; *got < size;) {
		ssize_t n;

		if (!await_readable(fd, deadline))
			return false;
		n = read(fd, answer + *got, size - *got);
		if (n == 0 || (n < 0 && errno != EINTR))
			return true;
		if (n > 0)
			*got += (size_t)n;
	}
	return true;
}

static void write_answer(int fd, const char *answer, size_t size)
{
	while (size) {
		ssize_t n = write(fd, answer, size);

		if (n < 0 && errno != EINTR)
			return;
		if (n > 0) {
			answer += n;
			size -= (size_t)n;
		}
	}
}

/*
 * A crash is to end the child, whatever handlers were inherited, and leave no core: the limit 1
 * also stops those that go to a program (core(5)).
 */
static void settle(enum child_life life, pid_t parent)
{
	static const int defaults[] = {SIGILL, SIGTRAP, SIGABRT, SIGBUS,
				       SIGFPE, SIGSEGV, SIGSYS,	 SIGCHLD};
	struct rlimit no_core = {1, 1};
	sigset_t all;

	for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++)
		signal(defaults[i], SIG_DFL);
	setrlimit(RLIMIT_CORE, &no_core);
	sigfillset(&all);
	if (life == CHILD_COMPLETES) {
		sigprocmask(SIG_BLOCK, &all, NULL);
		setsid();
		return;
	}
	sigprocmask(SIG_UNBLOCK, &all, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
}

/*
 * Reaps a child that has answered, ended or been killed. Its end of the pipe closes when it is
 * as good as gone; one that is stuck in the kernel is left to process 1.
 */
static int reap(pid_t pid, int fd, long long deadline)
{
	int status = 0;
	char byte;

	while (await_readable(fd, deadline))
		if (read(fd, &byte, 1) == 0) {
			/* It may have closed the pipe itself; to one that is ending this is
			 * nothing. */
			kill(pid, SIGKILL);
			while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
				;
			return status;
		}
	waitpid(pid, &status, WNOHANG);
	return status;
}

struct child_fate child_fate_of(int status)
{
	if (WIFSIGNALED(status))
		return (struct child_fate){CHILD_KILLED, WTERMSIG(status)};
	return (struct child_fate){CHILD_EXITED, WEXITSTATUS(status)};
}

int child_begin(struct child *child, child_function *function, void *argument, void *answer,
		size_t size, enum child_life life)
{
	pid_t parent = getpid(), pid;
	int ends[2], error;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return errno;
	/* `child` may be in memory that both will have. */
	pid = fork();
	error = errno;
	if (pid == 0) {
		close(ends[0]);
		settle(life, parent);
		function(argument, answer);
		write_answer(ends[1], answer, size);
		_exit(EXIT_SUCCESS);
	}
	close(ends[1]);
	*child = (struct child){pid, ends[0]};
	if (pid > 0)
		return 0;
	close(ends[0]);
	return error;
}

int child_finish(struct child *child, int patience_ms)
{
	int status = reap(child->pid, child->fd, child_clock_ms() + patience_ms);

	close(child->fd);
	return status;
}

struct child_fate child_ask(child_function *function, void *argument, void *answer, size_t size,
			    enum child_life life, int patience_ms)
{
	long long deadline = child_clock_ms() + patience_ms;
	struct child child = {0};
	struct child_fate fate;
	bool in_time;
	size_t got;
	int error;

	memset(answer, 0, size);
	error = child_begin(&child, function, argument, answer, size, life);
	if (error)
		return (struct child_fate){CHILD_NONE, error};
	in_time = read_answer(child.fd, answer, size, deadline, &got);
	if (!in_time)
		kill(child.pid, SIGKILL);
	fate = child_fate_of(child_finish(&child, patience_ms));
	if (got == size)
		return (struct child_fate){CHILD_ANSWERED, 0};
	memset(answer, 0, size);
	return in_time ? fate : (struct child_fate){CHILD_SILENT, 0};
}

void finding_fate(struct redprobe_finding *finding, struct child_fate fate)
{
	static const char wanted[] = "a child process that answers";

	switch (fate.end) {
	case CHILD_KILLED:
		if (fate.number == SIGSYS)
			finding_restricted(finding, "a seccomp filter (SIGSYS)",
					   "the child that asked was killed by SIGSYS");
		else
			finding_unknown(finding, wanted, "the child that asked was killed by %s",
					signal_name(fate.number));
		break;
	case CHILD_SILENT:
		finding_unknown(finding, wanted, "the child that asked did not answer");
		break;
	case CHILD_NONE:
		finding_prevented(finding, fate.number, "making a child that asks");
		break;
	default:
		finding_unknown(finding, wanted, "the child that asked exited with status %d",
				fate.number);
	}
}

pid_t child_fork(void)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* In a new PID namespace the parent is not to be seen: 0. */
		if (getppid() != parent && getppid() != 0)
			_exit(EXIT_FAILURE);
	}
	return pid;
}

int child_status(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
