/* SPDX-License-Identifier: Apache-2.0 */
/* Builds the root of the node: its exports, in the order of the plan. */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apply/host.h"
#include "apply/launch.h"
#include "apply/review.h"
#include "base/auto.h"
#include "base/process.h"

int open_sources(struct launch *launch)
{
	struct redpak_plan *plan = launch->plan;
	int host = openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	const struct host_making making = {.host = host,
					   .uid = plan->owner_uid,
					   .gid = plan->owner_gid,
					   .label = plan->identity.label,
					   .places = plan->places,
					   .writable = plan->writable,
					   .list = &launch->made,
					   .closing = &launch->closing,
					   .error = launch->error};
	int result = 0;

	if (host < 0)
		return fail_errno(launch->error, -errno, "cannot open /");
	if (plan->root.mode)
		result = export_open_source(&making, &plan->root, plan->strict);
	for (size_t i = 0; i < plan->export_count && result == 0; i++)
		result = export_open_source(&making, &plan->exports[i], plan->strict);
	closing_add(&launch->closing, host);
	closing_flush(&launch->closing);
	return result;
}

void close_sources(struct redpak_plan *plan)
{
	auto_close(&plan->root.source);
	for (size_t i = 0; i < plan->export_count; i++)
		auto_close(&plan->exports[i].source);
}

static int begin_root(struct launch *launch)
{
	const struct redpak_plan *plan = launch->plan;
	int tree = export_root_tree(&launch->root, plan->root.mode ? &plan->root : NULL);
	int result;

	if (tree < 0)
		return tree;
	result = root_begin(&launch->root, tree);
	if (result == 0 && plan->root.mode && !plan->has_setattr)
		result = mount_restrict_each(&launch->root, tree, "/", plan->root.mode->attributes);
	return result;
}

int build_root(struct launch *launch)
{
	struct redpak_plan *plan = launch->plan;
	int result;

	/* What is made has the modes that are given, whatever the caller's mask is. */
	launch->umask = umask(0);
	result = begin_root(launch);
	for (size_t i = 0; i < plan->late && result == 0; i++)
		result = export_perform(&launch->root, &plan->exports[i]);
	return result;
}

struct late {
	struct launch *launch;
	int result;
};

static int perform_late(void *data)
{
	struct late *late = data;
	struct launch *launch = late->launch;
	const struct redpak_plan *plan = launch->plan;
	int others = (int)(plan->late_namespaces & ~plan->ahead_flags & ~(uint64_t)CLONE_NEWPID);
	int result = 0;

	if (others && setns(launch->pidfd, others) < 0)
		result = fail_errno(launch->error, -errno, "cannot enter the namespaces of init");
	for (size_t i = plan->late; i < plan->export_count && result == 0; i++)
		result = export_perform(&launch->root, &plan->exports[i]);
	late->result = result;
	return 0;
}

/*
 * A proc shows the PID namespace of the process that mounts it, an mqueue the IPC namespace, so a
 * helper inside them does; it shares memory with redwrap, which is suspended meanwhile, and leaves
 * its error there.
 */
static int build_late(struct launch *launch)
{
	static char stack[64 * 1024] __attribute__((aligned(16)));
	const struct redpak_plan *plan = launch->plan;
	struct clone_args args = {.flags = CLONE_VFORK | CLONE_FILES};
	struct late late = {.launch = launch};
	pid_t pid;

	if (plan->late == plan->export_count)
		return 0;
	if ((plan->late_namespaces & ~plan->ahead_flags & CLONE_NEWPID) &&
	    setns(launch->pidfd, CLONE_NEWPID) < 0)
		return fail_errno(launch->error, -errno, "cannot enter the PID namespace");
	pid = process_share(&args, stack, sizeof(stack), perform_late, &late);
	if (pid < 0)
		return fail_errno(launch->error, -errno, "cannot make the helper that mounts proc");
	/* It has the number that the payload is to have. */
	if (!process_ends(pid))
		return fail(launch->error, -EIO, "cannot mount proc: the helper ended too early");
	return late.result;
}

int complete_root(struct launch *launch)
{
	int result = build_late(launch);

	if (result == 0 && launch->plan->reviewed)
		result = cover_begin(&launch->root, launch->plan);
	if (result == 0)
		result = root_finish(&launch->root);
	return result < 0 ? result : review_mounts(&launch->root, launch->plan);
}
