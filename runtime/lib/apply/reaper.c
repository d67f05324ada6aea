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
};

static void note_payload(struct reaper *reaper, int wait_status)
{
	int stop = WIFSTOPPED(wait_status) ? WSTOPSIG(wait_status) : 0;

	if (WIFSTOPPED(wait_status) || WIFCONTINUED(wait_status)) {
		/* Init must never wait for redwrap, which may be stopped itself. */
		(void)send(reaper->channel, &stop, sizeof(stop), MSG_DONTWAIT | MSG_NOSIGNAL);
		return;
	}
	reaper->status = exit_status(wait_status);
	reaper->payload = 0;
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

int reaper_run(const struct init_job *job, pid_t payload)
{
	struct reaper reaper = {job->channel, payload, REDPAK_STATUS_SETUP};
	siginfo_t info;
	sigset_t all;

	signals_fill(&all);
	memory_forget_program();
	while (reap(&reaper)) {
		if (sigwaitinfo(&all, &info) < 0 || info.si_signo == SIGCHLD || !reaper.payload)
			continue;
		if ((info.si_code == SI_USER || info.si_code == SI_QUEUE) &&
		    info.si_pid == job->supervisor)
			kill(reaper.payload, info.si_signo);
	}
	return reaper.status;
}
