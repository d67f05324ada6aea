/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bystander.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STACK_SIZE = 16384 };

static struct {
	pid_t parent;
	char stack[STACK_SIZE] __attribute__((aligned(16)));
} bystander;

/* In a new PID namespace the parent is not to be seen: 0. */
static int stand_by(void *argument)
{
	(void)argument;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (getppid() == bystander.parent || getppid() == 0)
		pause();
	return EXIT_FAILURE;
}

pid_t bystander_start(int flags)
{
	bystander.parent = getpid();
	return clone(stand_by, bystander.stack + STACK_SIZE, flags | CLONE_VM | SIGCHLD, NULL);
}

void bystander_stop(pid_t pid)
{
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}
