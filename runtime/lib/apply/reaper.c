/* SPDX-License-Identifier: Apache-2.0 */
/* Init while the payload runs. */
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "apply/init.h"
#include "base/memory.h"
#include "base/signals.h"

int exit_status(int wait_status)
{
	return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

struct reaper {
	int channel;
	pid_t payload; /* 0 when it has ended */
	int status;
	struct init_stop stop; /* the latest */
};

static void note_payload(struct reaper *reaper, int wait_status)
{
	if (!WIFSTOPPED(wait_status) && !WIFCONTINUED(wait_status)) {
		reaper->status = exit_status(wait_status);
		reaper->payload = 0;
		return;
	}
	reaper->stop.signal = WIFSTOPPED(wait_status) ? WSTOPSIG(wait_status) : 0;
	reaper->stop.number += WIFSTOPPED(wait_status);
	/* Init must never wait for redwrap, which may be stopped itself. */
	(void)send(reaper->channel, &reaper->stop, sizeof(reaper->stop),
		   MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Reaps what has ended; returns whether some process is left. */
static bool reap(struct reaper *reaper)
{
	pid_t pid;
	int wait_status;

	while ((pid = waitpid(-1, &wait_status, WNOHANG | WUNTRACED | WCONTINUED | __WALL)) > 0) {
		if (pid == reaper->payload)
			note_payload(reaper, wait_status);
	}
	return pid == 0;
}

/* Does what redwrap asks for, and only redwrap. */
static void obey(const struct reaper *reaper, const struct init_job *job, const siginfo_t *info)
{
	int value = info->si_value.sival_int;

	if (!reaper->payload || info->si_code != SI_QUEUE || info->si_pid != job->supervisor)
		return;
	if (info->si_signo == INIT_FORWARD)
		kill(reaper->payload, value);
	else if (info->si_signo == INIT_CONTINUE && reaper->stop.signal &&
		 value == reaper->stop.number)
		kill(reaper->payload, SIGCONT);
}

int reaper_run(const struct init_job *job, pid_t payload)
{
	struct reaper reaper = {job->channel, payload, REDPAK_STATUS_SETUP, {0, 0}};
	siginfo_t info;
	sigset_t all;

	signals_fill(&all);
	memory_forget_program();
	for (;;) {
		int number = sigwaitinfo(&all, &info);

		if (!reap(&reaper))
			return reaper.status;
		/* Reaping first tells which stop a continuation finds. */
		if (number > 0)
			obey(&reaper, job, &info);
	}
}
