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
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apply/init.h"
#include "apply/launch.h"
#include "base/auto.h"
#include "base/signals.h"

/* A user namespace that is joined may show the caller as another user. */
static void settle_owner(struct launch *launch)
{
	const struct plan_identity *identity = &launch->plan->identity;
	bool joined = launch->plan->join_flags & CLONE_NEWUSER;
	uid_t uid = joined ? geteuid() : identity->caller_uid;
	gid_t gid = joined ? getegid() : identity->caller_gid;

	if (launch->root.uid == ID_KEPT)
		launch->root.uid = uid;
	if (launch->root.gid == ID_KEPT)
		launch->root.gid = gid;
	launch->root.gives = launch->root.uid != uid || launch->root.gid != gid;
}

/* For all who build, whatever root they have. */
static int open_proc(struct launch *launch)
{
	launch->root.proc = openat(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (launch->root.proc < 0)
		return fail_errno(launch->error, -errno, "cannot open /proc");
	return 0;
}

static int enter_mount(struct launch *launch)
{
	if (unshare(CLONE_NEWNS) < 0)
		return namespace_refuse(launch->error, -errno, "cannot make a mount namespace",
					CLONE_NEWNS);
	return 0;
}

/*
 * In a chroot that is a mount, pivot_root(2) changes that mount alone: above the node the host
 * would stay. setns(2) leads to the top of the mount namespace. Nobody there makes a user
 * namespace.
 */
static int refuse_chroot(struct launch *launch)
{
	AUTO_CLOSE int own = -1;
	struct statx here, top;

	if (launch->plan->builder_user)
		return 0;
	own = openat(launch->root.proc, "self/ns/mnt", O_RDONLY | O_CLOEXEC);
	if (own < 0 || statx(AT_FDCWD, "/", 0, STATX_INO | STATX_MNT_ID, &here) < 0 ||
	    setns(own, CLONE_NEWNS) < 0 ||
	    statx(AT_FDCWD, "/", 0, STATX_INO | STATX_MNT_ID, &top) < 0)
		return fail_errno(launch->error, -errno, "cannot look whether / is a chroot");
	if (here.stx_mnt_id != top.stx_mnt_id || here.stx_ino != top.stx_ino)
		return advise(launch->error,
			      fail(launch->error, -EPERM, "cannot build a node in a chroot"),
			      "start it outside");
	return 0;
}

static int prepare_root(struct launch *launch)
{
	settle_owner(launch);
	return root_prepare(&launch->root);
}

static void become_init(struct launch *launch)
{
	struct init_job job = {.plan = launch->plan,
			       .proc = launch->root.proc,
			       .channel = launch->init_channel,
			       .terminal = launch->terminal.fd >= 0,
			       .supervisor = getppid(),
			       .mask = launch->mask};

	close(launch->channel);
	init_run(&job);
}

/*
 * The builder stands in the PID namespace that is joined, redwrap does not; /proc counts as redwrap
 * does: proc_pid_fdinfo(5), pidfd_open(2).
 */
static int find_number(struct launch *launch)
{
	char path[48], text[512], *line;
	AUTO_CLOSE int fd = -1;
	ssize_t length = -1;

	snprintf(path, sizeof(path), "self/fdinfo/%d", launch->pidfd);
	fd = openat(launch->root.proc, path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		length = read(fd, text, sizeof(text) - 1);
	text[length < 0 ? 0 : length] = '\0';
	line = strstr(text, "Pid:");
	launch->init = line ? (pid_t)strtol(line + strlen("Pid:"), NULL, 10) : 0;
	if (launch->init > 0)
		return 0;
	syscall(SYS_pidfd_send_signal, launch->pidfd, SIGKILL, NULL, 0);
	return fail(launch->error, -EIO, "cannot find the first process of the node in /proc");
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
				  .pidfd = (uint64_t)(uintptr_t)&launch->pidfd};
	int result;

	if (group >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)group;
	}
	/* Whoever builds the node, it is redwrap that waits for the end of init. */
	if (plan->builder_user)
		args.flags |= CLONE_PARENT;
	result = clone_init(launch, &args, become_init);
	close(launch->init_channel);
	launch->init_channel = -1;
	if (result == 0 && plan->builder_user && (plan->join_flags & CLONE_NEWPID))
		result = find_number(launch);
	else if (result == 0)
		launch->init = launch->init_here;
	/* Whoever waits for the end of one of them would wait for redwrap, too. */
	descriptors_close(plan->preserve);
	return result;
}

/* Before the root is built: whoever builds looks for redwrap's own group in the host's. */
static int place_init(struct launch *launch)
{
	return cgroup_apply_cpuset(&launch->plan->cgroup, &launch->plan->instance,
				   launch->init_here, launch->error);
}

/*
 * Hears init while the node is built. Returns 1 for a step that it has come to, 0 with errno when
 * nothing is heard, or -EIO with the launch's error when it has ended.
 */
static int hear_step(struct launch *launch, int flags)
{
	union init_message message;
	ssize_t length = recv(launch->channel, &message, sizeof(message), flags);

	/* It has ended with a step unread: what it told before is still to be heard. */
	if (length < 0 && errno == ECONNRESET)
		length = recv(launch->channel, &message, sizeof(message), flags);
	launch->init_told = length == 0 || length == (ssize_t)sizeof(message.error);
	if (length == 0)
		return fail(launch->error, -EIO, "cannot start the node: its init was killed");
	if (launch->init_told)
		*launch->error = message.error;
	return launch->init_told ? -EIO : length > 0;
}

/* What is made inside the namespaces that init makes itself has to wait for them. */
static int await_namespaces(struct launch *launch)
{
	int result = init_is_awaited(launch->plan) ? hear_step(launch, 0) : 1;

	if (result == 0)
		return fail_errno(launch->error, -errno, "cannot hear the init of the node");
	return result < 0 ? result : 0;
}

/*
 * Keeps the mounts when the builder has ended, until init has a copy: whoever leaves them last
 * waits for their end, and init shall not.
 */
static int keep_mounts(struct launch *launch)
{
	if (!launch->plan->builder_user)
		return 0;
	launch->mounts = openat(launch->root.proc, "self/ns/mnt", O_RDONLY | O_CLOEXEC);
	if (launch->mounts < 0)
		return fail_errno(launch->error, -errno,
				  "cannot open the builder's mount namespace");
	return 0;
}

static int renounce_here(struct launch *launch)
{
	return launch->plan->builder_user ? 0 : renounce(launch);
}

/* The next of the two steps that init, and then the payload, waits for. */
static int let_node_go_on(struct launch *launch)
{
	char byte = 0;

	if (send(launch->channel, &byte, 1, MSG_NOSIGNAL) != 1)
		return fail_errno(launch->error, -errno, "cannot let init go on");
	return 0;
}

/* All that helped to build the node have ended: the payload may begin. */
static int begin_payload(struct launch *launch)
{
	int result = let_node_go_on(launch);

	if (result == 0)
		result = hear_step(launch, 0);
	auto_close(&launch->mounts);
	launch->mounts = -1;
	/* If it cannot be heard here: the payload may run, and redwrap listens. */
	return result < 0 ? result : 0;
}

static int open_channel(struct launch *launch)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return fail_errno(launch->error, -errno, "cannot make a socket pair");
	launch->channel = ends[0];
	launch->init_channel = ends[1];
	return 0;
}

static int take_steps(struct launch *launch, int (*const *steps)(struct launch *))
{
	int result = 0;

	for (; *steps && result == 0; steps++)
		result = (*steps)(launch);
	return result;
}

/* In the mount namespace, and the user namespace, of the builder. */
static int build(struct launch *launch)
{
	static int (*const steps[])(struct launch *) = {
		apply_groups,  enter_mount, refuse_chroot,	 start_init, prepare_root,
		place_init,    map_init,    forbid_nested_users, build_root, await_namespaces,
		complete_root, keep_mounts, let_node_go_on,	 NULL};
	int result = take_steps(launch, steps);

	if (result < 0)
		made_remove(&launch->made);
	root_close(&launch->root);
	if (!launch->plan->builder_user && launch->umask != UMASK_KEPT)
		umask(launch->umask);
	closing_add(&launch->closing, launch->pidfd);
	launch->pidfd = -1;
	closing_flush(&launch->closing);
	return result;
}

static int build_node(struct launch *launch)
{
	return launch->plan->builder_user ? build_in_user(launch, build) : build(launch);
}

/* Where init has ended, that is why the node cannot be built. */
static void hear_reason(struct launch *launch)
{
	while (launch->init > 0 && !launch->init_told && hear_step(launch, MSG_DONTWAIT) > 0)
		;
}

static int apply(struct launch *launch)
{
	static int (*const steps[])(struct launch *) = {
		watcher_start, supervise_begin, open_channel, open_sources,  apply_label,
		open_proc,     join_namespaces, build_node,   renounce_here, begin_payload,
		NULL};
	int result = take_steps(launch, steps);

	if (result < 0)
		hear_reason(launch);
	return result;
}

static void abandon(struct launch *launch)
{
	if (launch->init <= 0)
		return;
	kill(launch->init, SIGKILL);
	waitpid(launch->init, NULL, __WALL);
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
			 .closing = &launch.closing,
			 .error = error},
		.channel = -1,
		.init_channel = -1,
		.pidfd = -1,
		.mounts = -1,
		.signals = -1,
		.terminal = {-1, false},
		.tie = -1,
		.umask = UMASK_KEPT,
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
	root_close(&launch.root);
	closing_add(&launch.closing, launch.pidfd);
	closing_add(&launch.closing, launch.mounts);
	closing_add(&launch.closing, launch.init_channel);
	closing_add(&launch.closing, launch.channel);
	closing_add(&launch.closing, launch.signals);
	closing_add(&launch.closing, launch.terminal.fd);
	closing_add(&launch.closing, launch.tie);
	closing_flush(&launch.closing);
	sigprocmask(SIG_SETMASK, &launch.mask, NULL);
	return result;
}
