/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The user namespace in which the node is built, and that of the node itself, a child of it.
 * Mounts that are made above the payload's user namespace are locked for it, and a limit that is
 * set above it cannot be raised by it; mount_namespaces(7), namespaces(7).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <redprobe-ids.h>

#include "apply/launch.h"
#include "base/auto.h"
#include "base/process.h"
#include "merge/command.h"

/* Writes the file @path of the host's /proc. */
static int write_file(struct launch *launch, const char *path, const char *text)
{
	int fd = openat(launch->root.proc, path, O_WRONLY | O_CLOEXEC);

	closing_add(&launch->closing, fd);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return -errno;
	return 0;
}

/* Writes the file @name of the process @pid, which nobody else can reap. */
static int write_of_process(struct launch *launch, pid_t pid, const char *name, const char *text)
{
	char path[48];

	snprintf(path, sizeof(path), "%d/%s", pid, name);
	return write_file(launch, path, text);
}

static int write_map(struct launch *launch, pid_t pid, const char *name, const char *text)
{
	int result = write_of_process(launch, pid, name, text);

	if (result < 0)
		return fail_errno(
			launch->error, result,
			"cannot write the %s of the user namespace (" REDPROBE_NAMESPACE_USER ")",
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
static int map_builder(struct launch *launch, pid_t pid)
{
	const struct plan_identity *identity = &launch->plan->identity;
	int result = 0;

	if (identity->user_maps.helper) {
		result = run_helper(launch, pid, &identity->user_maps);
		return result < 0 ? result : run_helper(launch, pid, &identity->group_maps);
	}
	if (identity->caller_uid != 0)
		result = write_of_process(launch, pid, "setgroups", "deny");
	if (result < 0)
		return fail_errno(launch->error, result, "cannot give up setgroups");
	result = write_map(launch, pid, "uid_map", identity->user_maps.builder);
	if (result == 0)
		result = write_map(launch, pid, "gid_map", identity->group_maps.builder);
	return result;
}

/*
 * @redwrap: a pidfd.
 * @mapped: whether it may begin, futex(2).
 */
struct builder {
	struct launch *launch;
	int (*build)(struct launch *launch);
	int redwrap;
	_Atomic uint32_t mapped;
	int result;
};

/* Until it may begin nothing is written here, as redwrap runs: they have one memory. */
static int run_builder(void *data)
{
	struct builder *builder = data;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || process_has_ended(builder->redwrap))
		return 1;
	while (!builder->mapped)
		syscall(SYS_futex, &builder->mapped, FUTEX_WAIT, 0, NULL, NULL, 0);
	builder->result = builder->build(builder->launch);
	return 0;
}

static int begin_building(struct builder *builder, pid_t pid)
{
	int result = map_builder(builder->launch, pid);

	if (result == 0)
		result = renounce(builder->launch);
	if (result < 0)
		return result;
	builder->mapped = 1;
	if (syscall(SYS_futex, &builder->mapped, FUTEX_WAKE, 1, NULL, NULL, 0) < 0)
		return fail_errno(builder->launch->error, -errno, "cannot wake the builder");
	return 0;
}

static int run_to_end(struct builder *builder)
{
	static char stack[128 * 1024] __attribute__((aligned(16)));
	struct clone_args args = {.flags = CLONE_NEWUSER | CLONE_FILES};
	pid_t pid = process_share(&args, stack, sizeof(stack), run_builder, builder);
	int result;

	if (pid < 0)
		return advise(
			builder->launch->error,
			fail_errno(builder->launch->error, -errno, "cannot make a user namespace"),
			"see `redprobe`, " REDPROBE_NAMESPACE_USER_UNPRIVILEGED
			"; there is none in a "
			"chroot, nor with a limit of 0 in /proc/sys/user/max_user_namespaces");
	result = begin_building(builder, pid);
	if (result < 0)
		kill(pid, SIGKILL);
	if (!process_ends(pid) && result == 0)
		return fail(builder->launch->error, -EIO,
			    "cannot build the node: the builder ended too early");
	return result < 0 ? result : builder->result;
}

int build_in_user(struct launch *launch, int (*build)(struct launch *launch))
{
	struct builder builder = {
		.launch = launch, .build = build, .redwrap = pidfd_open(getpid(), 0)};

	if (builder.redwrap < 0)
		return fail_errno(launch->error, -errno, "cannot open redwrap's own process");
	closing_add(&launch->closing, builder.redwrap);
	return run_to_end(&builder);
}

/* Whether @id of the caller is mapped in the user namespace whose map @file is. */
static int check_mapped(struct launch *launch, const char *file, id_t id)
{
	unsigned int outside, count;
	bool mapped = false;
	char path[48];
	FILE *stream;
	int fd;

	snprintf(path, sizeof(path), "%d/%s", launch->init, file);
	fd = openat(launch->root.proc, path, O_RDONLY | O_CLOEXEC);
	stream = fd < 0 ? NULL : fdopen(fd, "r");

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

static int check_joined(struct launch *launch)
{
	const struct plan_identity *identity = &launch->plan->identity;
	int result = 0;

	if (identity->inside_uid == ID_KEPT)
		result = check_mapped(launch, "uid_map", identity->caller_uid);
	if (result == 0 && identity->inside_gid == ID_KEPT)
		result = check_mapped(launch, "gid_map", identity->caller_gid);
	return result;
}

int map_init(struct launch *launch)
{
	const struct redpak_plan *plan = launch->plan;
	int result;

	if (plan->join_flags & CLONE_NEWUSER)
		return check_joined(launch);
	if (!plan->builder_user)
		return 0;
	result = write_map(launch, launch->init, "uid_map", plan->identity.user_maps.node);
	if (result == 0)
		result = write_map(launch, launch->init, "gid_map", plan->identity.group_maps.node);
	return result;
}

int forbid_nested_users(struct launch *launch)
{
	int result;

	if (!launch->plan->forbids_nested)
		return 0;
	result = write_file(launch, "sys/user/max_user_namespaces", "0");
	if (result < 0)
		return advise(launch->error,
			      fail_errno(launch->error, result,
					 "cannot forbid user namespaces in the node: writing 0 to "
					 "/proc/sys/user/max_user_namespaces"),
			      "mount /proc/sys writable, or set nested_userns to Enabled");
	return 0;
}
