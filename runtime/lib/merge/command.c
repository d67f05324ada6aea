/* SPDX-License-Identifier: Apache-2.0 */
#include "merge/command.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "base/auto.h"
#include "base/buffer.h"

#define SHELL "/usr/bin/bash"

/*
 * One run.
 * @program: its path. @argv: its name and arguments.
 * @errors: what it writes on standard error is output too.
 * @pipe: the reading and the writing end of the command's output.
 * @failure: shared with the child: the errno of what kept it from becoming the program.
 */
struct run {
	const char *program;
	const char *const *argv;
	bool errors;
	char **environment;
	int pipe[2];
	int *failure;
	pid_t pid;
};

/* The caller's variables, but those of the dynamic linker. */
static char **clean_environment(struct pool *pool)
{
	size_t count = 0;
	char **clean;

	while (environ && environ[count])
		count++;
	clean = pool_alloc(pool, (count + 1) * sizeof(*clean));
	for (size_t i = 0, kept = 0; clean && i < count; i++)
		if (strncmp(environ[i], "LD_", strlen("LD_")) != 0)
			clean[kept++] = environ[i];
	return clean;
}

static void default_signals(void)
{
	sigset_t none;

	/* Refused for SIGKILL, SIGSTOP, and the two signals that the C library has for itself. */
	for (int number = 1; number <= SIGRTMAX; number++)
		(void)signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Returns only when it fails, with errno. */
static void become_program(const struct run *run, pid_t parent)
{
	int input = open("/dev/null", O_RDONLY | O_CLOEXEC);

	/*
	 * A session, not only a process group: a background group that touches the terminal would
	 * be stopped, and stand still until its time is over.
	 */
	if (input < 0 || setsid() < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return;
	if (getppid() != parent) {
		errno = ESRCH;
		return;
	}
	if (dup2(input, STDIN_FILENO) < 0 || dup2(run->pipe[1], STDOUT_FILENO) < 0 ||
	    (run->errors && dup2(run->pipe[1], STDERR_FILENO) < 0) ||
	    close_range(STDERR_FILENO + 1, ~0U, 0) < 0)
		return;
	default_signals();
	execve(run->program, (char *const *)run->argv, run->environment);
}

static int start(struct run *run)
{
	pid_t parent = getpid();

	run->pid = fork();
	if (run->pid == 0) {
		become_program(run, parent);
		*run->failure = errno;
		_exit(REDPAK_STATUS_SETUP);
	}
	return run->pid < 0 ? -errno : 0;
}

static long long milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Returns 1 at the end of the output, 0 before it, or a negative errno. */
static int read_output(int fd, struct buffer *output)
{
	char chunk[16384];
	ssize_t length = read(fd, chunk, sizeof(chunk));

	if (length < 0)
		return errno == EINTR ? 0 : -errno;
	if ((size_t)length > COMMAND_OUTPUT_MAX - output->length)
		return -EFBIG;
	return length == 0 ? 1 : buffer_append(output, chunk, (size_t)length);
}

/* Until both the output and the shell have ended: -ETIMEDOUT, -EFBIG, or another errno. */
static int collect(struct run *run, struct buffer *output)
{
	AUTO_CLOSE int process = pidfd_open(run->pid, 0);
	struct pollfd wait[] = {{.fd = run->pipe[0], .events = POLLIN},
				{.fd = process, .events = POLLIN}};
	long long end = milliseconds() + COMMAND_SECONDS_MAX * 1000LL;

	if (process < 0)
		return -errno;
	/* poll() passes over what is negative. */
	while (wait[0].fd >= 0 || wait[1].fd >= 0) {
		long long left = end - milliseconds();
		int ready = left <= 0 ? 0 : poll(wait, 2, (int)left);
		int result = 0;

		if (ready == 0)
			return -ETIMEDOUT;
		if (ready < 0 && errno != EINTR)
			return -errno;
		if (ready < 0)
			continue;
		if (wait[0].revents)
			result = read_output(wait[0].fd, output);
		if (result < 0)
			return result;
		if (result == 1)
			wait[0].fd = -1;
		if (wait[1].revents)
			wait[1].fd = -1;
	}
	return 0;
}

/* Kills what is left of the command; returns how the shell ended. */
static int reap(const struct run *run)
{
	int status = 0;

	/* The shell is not yet reaped, so that its number stands for nothing else. */
	kill(-run->pid, SIGKILL);
	kill(run->pid, SIGKILL);
	while (waitpid(run->pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* Why a run failed. */
static void describe(const struct run *run, int result, int status, char reason[static 256])
{
	if (*run->failure)
		snprintf(reason, 256, "%s: %s", run->program, strerror(*run->failure));
	else if (result == -ETIMEDOUT)
		snprintf(reason, 256, "it did not end within %d seconds", COMMAND_SECONDS_MAX);
	else if (result == -EFBIG)
		snprintf(reason, 256, "it wrote more than %d MiB", COMMAND_OUTPUT_MAX >> 20);
	else if (result < 0)
		snprintf(reason, 256, "%s", strerror(-result));
	else if (WIFSIGNALED(status))
		snprintf(reason, 256, "signal %d ended it", WTERMSIG(status));
	else
		snprintf(reason, 256, "its exit status is %d", WEXITSTATUS(status));
}

static int run_program(struct run *run, struct buffer *output, int *status)
{
	int result;

	if (pipe2(run->pipe, O_CLOEXEC) < 0)
		return -errno;
	result = start(run);
	/* The program alone writes: the output ends with its processes. */
	close(run->pipe[1]);
	if (result == 0) {
		result = collect(run, output);
		*status = reap(run);
	}
	close(run->pipe[0]);
	return result;
}

/* Returns 0, -ENOMEM, or -ECANCELED with the reason why it failed. */
static int run_to_end(struct run *run, struct buffer *output, char reason[static 256])
{
	struct sigaction plain = {.sa_handler = SIG_DFL}, before;
	int result, status = 0;

	run->environment = clean_environment(output->pool);
	if (!run->environment)
		return -ENOMEM;
	run->failure = mmap(NULL, sizeof(*run->failure), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (run->failure == MAP_FAILED)
		return -ENOMEM;
	/* Where SIGCHLD is ignored, which is inherited, the exit status would be lost. */
	sigaction(SIGCHLD, &plain, &before);
	result = run_program(run, output, &status);
	sigaction(SIGCHLD, &before, NULL);
	if (result < 0 || status != 0 || *run->failure) {
		describe(run, result, status, reason);
		result = -ECANCELED;
	}
	munmap(run->failure, sizeof(*run->failure));
	return result;
}

int command_run(struct pool *pool, const char *line, struct origin origin, const char **output,
		size_t *length, struct redpak_error *error)
{
	const char *const argv[] = {"bash", "-r", "-c", line, NULL};
	struct run run = {.program = SHELL, .argv = argv};
	struct buffer buffer = {.pool = pool};
	char reason[256];
	int result = run_to_end(&run, &buffer, reason);

	if (result == -ENOMEM)
		return out_of_memory(error);
	if (result < 0)
		return fail_at(error, origin,
			       "the command " COMMAND_FORMAT
			       " failed: %s; correct it, or leave it out",
			       line, reason);
	*output = buffer_text(&buffer);
	*length = buffer.length;
	return 0;
}

int program_run(struct pool *pool, const char *const argv[], const char **output,
		struct redpak_error *error)
{
	struct run run = {.program = argv[0], .argv = argv, .errors = true};
	struct buffer buffer = {.pool = pool};
	char reason[256];
	int result = run_to_end(&run, &buffer, reason);
	const char *said = buffer_text(&buffer);

	if (result == -ENOMEM)
		return out_of_memory(error);
	if (result < 0)
		return fail(error, result, "cannot run %s: %s%s%.*s", argv[0], reason,
			    *said ? ": " : "", (int)strcspn(said, "\n"), said);
	*output = said;
	return 0;
}
