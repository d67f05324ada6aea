/* SPDX-License-Identifier: Apache-2.0 */
/* The command: its streams, its end. */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define BEAT_SECONDS 5

struct stream {
	int from;
	int to;
	uint64_t bytes;
};

/* In the child: gives the command its streams and becomes it. */
__attribute__((noreturn)) static void become_command(struct guest *guest, int out, int err)
{
	sigset_t none;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	if (guest->terminal) {
		dup2(out, STDIN_FILENO);
		ioctl(STDIN_FILENO, TIOCSCTTY, 0);
	} else {
		dup2(null, STDIN_FILENO);
	}
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	if (chdir("/redproof") < 0)
		_exit(126);
	environ = guest->environ;
	execvp(guest->argv[0], guest->argv);
	dprintf(STDERR_FILENO, "init: cannot run %s: %m\n", guest->argv[0]);
	_exit(errno == ENOENT ? 127 : 126);
}

/* Moves what is there from a command's pipe to a port; closes the pipe at its end. */
static void pump(struct guest *guest, struct stream *stream)
{
	char buffer[4096];
	ssize_t n = read(stream->from, buffer, sizeof(buffer));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		close(stream->from);
		stream->from = -1;
		return;
	}
	if (write_all(stream->to, buffer, (size_t)n) < 0)
		fail(guest, "write to a serial port: %m");
	stream->bytes += (uint64_t)n;
}

/* Reaps whatever has ended; returns 1 and the status once the command has. */
static int reap(pid_t command, int *status)
{
	int ended = 0, word;
	pid_t pid;

	while ((pid = waitpid(-1, &word, WNOHANG)) > 0) {
		if (pid != command)
			continue;
		*status = WIFSIGNALED(word) ? 128 + WTERMSIG(word) : WEXITSTATUS(word);
		ended = 1;
	}
	return ended;
}

static time_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

/* Serves the streams until the command has ended; returns its exit status. */
static int attend(struct guest *guest, pid_t command, int signals, struct stream streams[2])
{
	time_t beat = now() + BEAT_SECONDS;
	int status = 0, ended = 0;

	while (!ended) {
		struct pollfd fds[] = {
			{.fd = signals, .events = POLLIN},
			{.fd = streams[0].from, .events = POLLIN},
			{.fd = streams[1].from, .events = POLLIN},
		};

		poll(fds, ARRAY_SIZE(fds), BEAT_SECONDS * 1000);
		if (now() >= beat) {
			report(guest, "alive");
			beat = now() + BEAT_SECONDS;
		}
		if (fds[0].revents) {
			struct signalfd_siginfo info;

			if (read(signals, &info, sizeof(info)) > 0)
				ended = reap(command, &status);
		}
		for (int i = 0; i < 2; i++)
			if (fds[i + 1].revents)
				pump(guest, &streams[i]);
	}
	return status;
}

/* What the command left in its pipes; others may hold them open, so the end is no criterion. */
static void drain(struct guest *guest, struct stream *stream)
{
	struct pollfd fd = {.fd = stream->from, .events = POLLIN};

	while (fd.fd >= 0 && poll(&fd, 1, 0) > 0) {
		pump(guest, stream);
		fd.fd = stream->from;
	}
}

/* Starts the command; its pipes' other ends are left in streams. Returns its process id. */
static pid_t start_command(struct guest *guest, struct stream streams[2])
{
	int out[2], err[2];
	pid_t command;

	if (pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0)
		fail(guest, "make the command's pipes: %m");
	report(guest, "start");
	command = fork();
	if (command < 0)
		fail(guest, "fork: %m");
	if (command == 0 && guest->terminal)
		become_command(guest, guest->out, guest->out);
	if (command == 0)
		become_command(guest, out[1], err[1]);
	close(out[1]);
	close(err[1]);
	streams[0] = (struct stream){.from = out[0], .to = guest->out};
	streams[1] = (struct stream){.from = err[0], .to = guest->err};
	return command;
}

/* Runs the command to its end; nothing that it started is left. */
struct ending run_command(struct guest *guest)
{
	struct stream streams[2];
	sigset_t children;
	pid_t command;
	int signals, status;

	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	sigprocmask(SIG_BLOCK, &children, NULL);
	signals = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0)
		fail(guest, "signalfd: %m");
	command = start_command(guest, streams);
	status = attend(guest, command, signals, streams);
	kill(-1, SIGKILL);
	for (int i = 0; i < 2; i++) {
		drain(guest, &streams[i]);
		tcdrain(streams[i].to);
	}
	sigprocmask(SIG_UNBLOCK, &children, NULL);
	close(signals);
	return (struct ending){status, streams[0].bytes, streams[1].bytes};
}
