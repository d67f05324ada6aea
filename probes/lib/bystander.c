/* SPDX-License-Identifier: Apache-2.0 */
#include "bystander.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STACK_SIZE = 16384 };

/* Its parent's end is its own; in a new PID namespace the parent is not to be seen: 0. */
static int stand_by(void *argument)
{
	pid_t parent = *(const pid_t *)argument;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (getppid() == parent || getppid() == 0)
		pause();
	return EXIT_FAILURE;
}

pid_t bystander_start(int flags)
{
	char stack[STACK_SIZE] __attribute__((aligned(16)));
	pid_t parent = getpid();

	return clone(stand_by, stack + sizeof stack, flags | SIGCHLD, &parent);
}

void bystander_stop(pid_t pid)
{
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}
