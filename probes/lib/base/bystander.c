/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bystander.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STACK_SIZE = 16384 };

static struct {
	int ends[2];
	char stack[STACK_SIZE] __attribute__((aligned(16)));
} bystander;

/*
 * A parent that has died before the call of prctl sends no signal, and in a new PID namespace it is
 * not to be seen whether it is there: so it also holds the other end of a pipe.
 */
static int stand_by(void *argument)
{
	char byte;

	(void)argument;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(bystander.ends[1]);
	while (read(bystander.ends[0], &byte, sizeof byte) < 0 && errno == EINTR)
		;
	return EXIT_FAILURE;
}

pid_t bystander_start(int flags)
{
	pid_t pid;
	int error;

	if (pipe2(bystander.ends, O_CLOEXEC) < 0)
		return -1;
	pid = clone(stand_by, bystander.stack + STACK_SIZE, flags | CLONE_VM | SIGCHLD, NULL);
	error = errno;
	close(bystander.ends[0]);
	if (pid < 0)
		close(bystander.ends[1]);
	errno = error;
	return pid;
}

void bystander_gone(void)
{
	close(bystander.ends[1]);
}

void bystander_stop(pid_t pid)
{
	bystander_gone();
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}
