/* SPDX-License-Identifier: Apache-2.0 */
/* Init while the payload runs. */
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

#include "apply/init.h"

int exit_status(int wait_status)
{
	return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

/* Reaps what has ended, *@payload becomes 0 with it; returns whether some process is left. */
static bool reap(pid_t *payload, int *status)
{
	pid_t pid;
	int wait_status;

	while ((pid = waitpid(-1, &wait_status, WNOHANG | __WALL)) > 0) {
		if (pid != *payload)
			continue;
		*status = exit_status(wait_status);
		*payload = 0;
	}
	return pid == 0;
}

int reaper_run(const struct init_job *job, pid_t payload)
{
	bool new_pid = job->plan->birth_flags & CLONE_NEWPID;
	int status = REDPAK_STATUS_SETUP;
	siginfo_t info;
	sigset_t all;

	sigfillset(&all);
	while (reap(&payload, &status)) {
		if (sigwaitinfo(&all, &info) < 0 || info.si_signo == SIGCHLD || !payload)
			continue;
		/* A sender outside the PID namespace has no number in it: 0. */
		if ((info.si_code == SI_USER || info.si_code == SI_QUEUE) &&
		    info.si_pid == (new_pid ? 0 : job->supervisor))
			kill(payload, info.si_signo);
	}
	return status;
}
