/* SPDX-License-Identifier: Apache-2.0 */
/* Applies a plan: system calls in the order of the plan, no decisions. */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apply/init.h"
#include "apply/launch.h"
#include "base/auto.h"
#include "base/signals.h"

static int enter_mount(struct launch *launch)
{
	if (unshare(CLONE_NEWNS) < 0)
		return namespace_refuse(launch->error, -errno, "cannot make a mount namespace",
					CLONE_NEWNS);
	if (launch->root.uid == ID_KEPT)
		launch->root.uid = geteuid();
	if (launch->root.gid == ID_KEPT)
		launch->root.gid = getegid();
	return root_prepare(&launch->root, launch->plan->reviewed);
}

static void become_init(struct launch *launch)
{
	struct init_job job = {launch->plan, launch->root.host, launch->init_channel, getppid(),
			       launch->mask};

	close(launch->channel);
	init_run(&job);
}

/*
 * Makes process 1 of the node, born in its namespaces and its group; clone3(2). This comes before
 * the root is built: a process whose root is not the top of the mounts at "/" may not make a user
 * namespace, user_namespaces(7).
 */
static int start_init(struct launch *launch)
{
	struct redpak_plan *plan = launch->plan;
	int group = cgroup_instance_fd(&plan->cgroup, &plan->instance);
	struct clone_args args = {.flags = (plan->birth_flags & ~plan->ahead_flags) | CLONE_PIDFD,
				  .exit_signal = SIGCHLD,
				  .pidfd = (uint64_t)(uintptr_t)&launch->pidfd};
	int ends[2];
	int result;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return fail_errno(launch->error, -errno, "cannot make a socket pair");
	if (group >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)group;
	}
	launch->channel = ends[0];
	launch->init_channel = ends[1];
	result = clone_init(launch, &args, become_init);
	close(ends[1]);
	/* Whoever waits for the end of one of them would wait for redwrap, too. */
	descriptors_close(plan->preserve);
	return result;
}

/* Before the root is built: redwrap looks for its own group in the host's. */
static int place_init(struct launch *launch)
{
	return cgroup_apply_cpuset(&launch->plan->cgroup, &launch->plan->instance, launch->init,
				   launch->error);
}

/* It has ended while the root was built, and none but init is to be seen beside the payload. */
static int reap_holder(struct launch *launch)
{
	if (launch->holder > 0)
		waitpid(launch->holder, NULL, __WALL);
	launch->holder = 0;
	return 0;
}

/* Waits for init to be ready, finishes the root, lets init go on. */
static int finish_root(struct launch *launch)
{
	char byte = 0;
	int result;
	union init_message message;
	ssize_t length = read(launch->channel, &message, sizeof(message));

	if (length == (ssize_t)sizeof(message.error)) {
		*launch->error = message.error;
		return -EIO;
	}
	if (length != 1)
		return fail(launch->error, -EIO, "cannot start the node: its init was killed");
	result = complete_root(launch);
	if (result == 0 && write(launch->channel, &byte, 1) != 1)
		result = fail_errno(launch->error, -errno, "cannot let init go on");
	return result;
}

static int apply(struct launch *launch)
{
	static int (*const steps[])(struct launch *) = {
		watcher_start,	    supervise_begin,	 open_sources, apply_label, join_namespaces,
		enter_builder_user, apply_groups,	 enter_mount,  start_init,  place_init,
		map_init,	    forbid_nested_users, build_root,   reap_holder, finish_root};
	int result = 0;

	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps) && result == 0; i++)
		result = steps[i](launch);
	return result;
}

static void abandon(struct launch *launch)
{
	(void)reap_holder(launch);
	if (launch->init <= 0)
		return;
	kill(launch->init, SIGKILL);
	waitpid(launch->init, NULL, 0);
}

/* What the caller left open is for nobody but the payload, and that only if it is named. */
static int settle_descriptors(const struct redpak_plan *plan, struct redpak_error *error)
{
	int result = descriptors_close_others(plan->preserve, -1);

	if (result == 0)
		result = descriptors_set_cloexec(plan->preserve, FD_CLOEXEC);
	if (result < 0)
		fail_errno(error, result, "cannot settle the inherited descriptors");
	return result;
}

static int run(struct launch *launch)
{
	struct redpak_plan *plan = launch->plan;
	int result = open_joins(launch);

	if (result == 0)
		result = cgroup_create(&plan->cgroup, &plan->instance, launch->error);
	if (result < 0)
		return result;
	result = apply(launch);
	if (result == 0)
		result = supervise(launch);
	abandon(launch);
	if (result < 0)
		made_remove(&launch->made);
	else
		made_keep(&launch->made);
	cgroup_remove(&plan->cgroup, &plan->instance);
	watcher_end(launch);
	return result;
}

int redpak_run(struct redpak_plan *plan, struct redpak_error *error)
{
	struct launch launch = {
		.plan = plan,
		.error = error,
		.root = {.fd = -1,
			 .host = -1,
			 .proc = -1,
			 .has_setattr = plan->has_setattr,
			 .uid = plan->identity.uid,
			 .gid = plan->identity.gid,
			 .tmpfs_size = merged_number(&plan->merged, KEY_TMPFS_SIZE),
			 .made = &launch.made,
			 .error = error},
		.channel = -1,
		.pidfd = -1,
		.signals = -1,
		.terminal = {-1, false},
		.tie = -1,
		.init = -1,
		.watcher = -1,
	};
	sigset_t all;
	int result;

	/* Where a caller ignores it, no child could be waited for, sigaction(2). */
	signal(SIGCHLD, SIG_DFL);
	signals_fill(&all);
	sigprocmask(SIG_SETMASK, &all, &launch.mask);
	for (size_t i = 0; i < NAMESPACE_COUNT; i++)
		launch.joins[i] = -1;
	result = settle_descriptors(plan, error);
	if (result == 0)
		result = run(&launch);
	close_sources(plan);
	for (size_t i = 0; i < NAMESPACE_COUNT; i++)
		auto_close(&launch.joins[i]);
	auto_close(&launch.channel);
	auto_close(&launch.pidfd);
	auto_close(&launch.signals);
	auto_close(&launch.terminal.fd);
	auto_close(&launch.tie);
	auto_close(&launch.root.fd);
	auto_close(&launch.root.host);
	auto_close(&launch.root.proc);
	sigprocmask(SIG_SETMASK, &launch.mask, NULL);
	return result;
}
