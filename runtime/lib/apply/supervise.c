/* SPDX-License-Identifier: Apache-2.0 */
/* Redwrap while the node runs. */
#include <signal.h>
#include <sys/wait.h>

#include "apply/init.h"
#include "apply/launch.h"

/* Waits for init, forwarding what processes send to redwrap; the terminal's reach all anyway. */
int supervise(const struct launch *launch)
{
	siginfo_t info;
	sigset_t all;
	int wait_status;

	sigfillset(&all);
	while (waitpid(launch->init, &wait_status, WNOHANG) == 0) {
		if (sigwaitinfo(&all, &info) < 0 || info.si_signo == SIGCHLD)
			continue;
		if (info.si_code == SI_USER || info.si_code == SI_QUEUE)
			kill(launch->init, info.si_signo);
	}
	return exit_status(wait_status);
}
