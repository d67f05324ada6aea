/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The watcher: a process outside the node's groups that removes them if redwrap is killed, and ends
 * what is in them, which no PID namespace may do.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apply/launch.h"
#include "base/auto.h"

/*
 * Holds the groups, and nothing of the caller's that somebody could wait for. All signals are
 * blocked. @tie: the end of a pipe whose other end only redwrap has, and init at first.
 */
static _Noreturn void watch(struct redpak_plan *plan, int tie)
{
	struct descriptors groups = {plan->instance.fds, plan->cgroup.group_count};
	char byte;

	dup2(tie, STDIN_FILENO);
	close_range(STDOUT_FILENO, STDERR_FILENO, 0);
	(void)descriptors_close_others(groups, plan->instance.base);
	(void)!chdir("/");
	/* It does not know whether the start was refused. */
	cgroup_keep(&plan->instance);
	if (read(STDIN_FILENO, &byte, 1) == 0)
		cgroup_remove(&plan->cgroup, &plan->instance);
	_exit(0);
}

int watcher_start(struct launch *launch)
{
	struct redpak_plan *plan = launch->plan;
	AUTO_CLOSE int tie = -1;
	int ends[2];

	if (!plan->cgroup.wanted)
		return 0;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail_errno(launch->error, -errno, "cannot make a pipe to the watcher");
	tie = ends[0];
	launch->tie = ends[1];
	launch->watcher = fork();
	if (launch->watcher == 0)
		watch(plan, tie);
	if (launch->watcher < 0)
		return fail_errno(launch->error, -errno, "cannot make the watcher of the node");
	return 0;
}

void watcher_end(struct launch *launch)
{
	if (launch->watcher <= 0)
		return;
	kill(launch->watcher, SIGKILL);
	waitpid(launch->watcher, NULL, 0);
}
