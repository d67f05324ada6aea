/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The user namespace in which the node is built, and that of the node itself, a child of it.
 * Mounts that are made above the payload's user namespace are locked for it, and a limit that is
 * set above it cannot be raised by it; mount_namespaces(7), namespaces(7).
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "apply/launch.h"
#include "base/auto.h"
#include "merge/command.h"

static int write_file(int directory, const char *name, const char *text)
{
	AUTO_CLOSE int fd = openat(directory, name, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return -errno;
	return 0;
}

/* @proc: the directory of the process in /proc. */
static int write_map(struct launch *launch, int proc, const char *name, const char *text)
{
	int result = write_file(proc, name, text);

	if (result < 0)
		return fail_errno(launch->error, result,
				  "cannot write the %s of the user namespace (namespace.user)",
				  name);
	return 0;
}

/* newuidmap(1) may map what the caller may not. */
static int run_helper(struct launch *launch, pid_t pid, const struct id_maps *maps)
{
	char process[16];
	const char *output;
	int result;

	snprintf(process, sizeof(process), "%d", pid);
	maps->helper[1] = process;
	result = program_run(&launch->plan->pool, maps->helper, &output, launch->error);
	if (result < 0)
		return advise(launch->error, result, "id_map subid needs the package uidmap");
	return 0;
}

/* An ordinary user may map its own ids only, and must give up setgroups(2) before. */
static int map_builder(struct launch *launch, pid_t pid, int proc)
{
	const struct plan_identity *identity = &launch->plan->identity;
	int result = 0;

	if (identity->user_maps.helper) {
		result = run_helper(launch, pid, &identity->user_maps);
		return result < 0 ? result : run_helper(launch, pid, &identity->group_maps);
	}
	if (identity->caller_uid != 0)
		result = write_file(proc, "setgroups", "deny");
	if (result < 0)
		return fail_errno(launch->error, result, "cannot give up setgroups");
	result = write_map(launch, proc, "uid_map", identity->user_maps.builder);
	if (result == 0)
		result = write_map(launch, proc, "gid_map", identity->group_maps.builder);
	return result;
}

/* Waits to be killed. It shares the memory of redwrap, which runs: nothing is written here. */
static int hold_user(void *data)
{
	pid_t parent = *(const pid_t *)data;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || getppid() != parent)
		return 1;
	pause();
	return 0;
}

static int enter_user(struct launch *launch, pid_t pid)
{
	char path[32];
	AUTO_CLOSE int proc = -1, user = -1;
	int result;

	snprintf(path, sizeof(path), "/proc/%d", pid);
	proc = openat(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	user = proc < 0 ? -1 : openat(proc, "ns/user", O_RDONLY | O_CLOEXEC);
	if (user < 0)
		return fail_errno(launch->error, -errno,
				  "cannot look up the user namespace in /proc");
	result = map_builder(launch, pid, proc);
	if (result == 0 && setns(user, CLONE_NEWUSER) < 0)
		result = fail_errno(launch->error, -errno, "cannot enter the user namespace");
	return result;
}

/* The maps must be written from outside, so a child makes the namespace. */
int enter_builder_user(struct launch *launch)
{
	static char stack[4096] __attribute__((aligned(16)));
	static pid_t parent;
	int result;
	pid_t pid;

	if (!launch->plan->builder_user)
		return 0;
	parent = getpid();
	pid = clone(hold_user, stack + sizeof(stack), CLONE_NEWUSER | CLONE_VM, &parent);
	if (pid < 0)
		return advise(launch->error,
			      fail_errno(launch->error, -errno, "cannot make a user namespace"),
			      "see `redprobe`, namespace.user.unprivileged; a limit may be 0 in "
			      "/proc/sys/user/max_user_namespaces");
	result = enter_user(launch, pid);
	if (kill(pid, SIGKILL) < 0)
		return fail_errno(launch->error, -errno,
				  "cannot end the helper that made a user namespace");
	launch->holder = pid;
	return result;
}

/* Whether @id of the caller is mapped in the user namespace whose map @file is. */
static int check_mapped(struct launch *launch, int proc, const char *file, id_t id)
{
	int fd = openat(proc, file, O_RDONLY | O_CLOEXEC);
	FILE *stream = fd < 0 ? NULL : fdopen(fd, "r");
	unsigned int outside, count;
	bool mapped = false;

	if (!stream) {
		auto_close(&fd);
		return fail_errno(launch->error, -errno, "cannot read the %s of the node", file);
	}
	while (!mapped && fscanf(stream, "%*u %u %u", &outside, &count) == 2)
		mapped = id >= outside && id - outside < count;
	fclose(stream);
	return mapped ? 0
		      : fail(launch->error, -EINVAL,
			     "cannot run the payload as the caller: its id %u is not in the %s of "
			     "the user namespace %s; give set-user and set-group",
			     id, file, launch->plan->joins[NAMESPACE_USER]->text);
}

static int check_joined(struct launch *launch, int proc)
{
	const struct plan_identity *identity = &launch->plan->identity;
	int result = 0;

	if (identity->inside_uid == ID_KEPT)
		result = check_mapped(launch, proc, "uid_map", identity->caller_uid);
	if (result == 0 && identity->inside_gid == ID_KEPT)
		result = check_mapped(launch, proc, "gid_map", identity->caller_gid);
	return result;
}

int map_init(struct launch *launch)
{
	const struct redpak_plan *plan = launch->plan;
	bool joined = plan->join_flags & CLONE_NEWUSER;
	char path[64];
	AUTO_CLOSE int proc = -1;
	int result;

	if (!joined && !plan->builder_user)
		return 0;
	snprintf(path, sizeof(path), "proc/%d", launch->init);
	proc = openat(launch->root.host, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0)
		return fail_errno(launch->error, -errno, "cannot map the ids of the node");
	if (joined)
		return check_joined(launch, proc);
	result = write_map(launch, proc, "uid_map", plan->identity.user_maps.node);
	if (result == 0)
		result = write_map(launch, proc, "gid_map", plan->identity.group_maps.node);
	return result;
}

int forbid_nested_users(struct launch *launch)
{
	int result;

	if (!launch->plan->forbids_nested)
		return 0;
	result = write_file(launch->root.host, "proc/sys/user/max_user_namespaces", "0");
	if (result < 0)
		return advise(launch->error,
			      fail_errno(launch->error, result,
					 "cannot forbid user namespaces in the node: writing 0 to "
					 "/proc/sys/user/max_user_namespaces"),
			      "mount /proc/sys writable, or set nested_userns to Enabled");
	return 0;
}
