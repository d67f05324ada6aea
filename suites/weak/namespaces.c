/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces that are not what the node says. */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "apply/init.h"
#include "apply/launch.h"
#include "weak.h"

/* An ordinary user makes no other namespace without a user namespace, user_namespaces(7). */
static bool can_be_shared(enum namespace_kind kind)
{
	return kind != NAMESPACE_USER || geteuid() == 0;
}

/*
 * Of plan_namespaces(). @number: the kind, which is taken for shared. The rest of the plan goes by
 * what the node says, but for the export of a proc: there is none to mount of a namespace that is
 * not new.
 */
long share_namespace(struct call *call)
{
	struct redpak_plan *plan = pointer(call, 0);
	enum namespace_kind kind = (enum namespace_kind)call->weakness->number;
	struct merged_share *share = &plan->merged.shares[kind];
	enum share_state said = share->state;
	long result;

	if (said == SHARE_DISABLED && can_be_shared(kind))
		share->state = SHARE_ENABLED;
	result = make(call);
	if (kind != NAMESPACE_PID)
		share->state = said;
	return result;
}

/* Likewise, but only where no file says anything. */
long share_unless_said(struct call *call)
{
	const struct redpak_plan *plan = pointer(call, 0);
	enum namespace_kind kind = (enum namespace_kind)call->weakness->number;

	return plan->merged.shares[kind].setting ? make(call) : share_namespace(call);
}

/* An ordinary user joins the others by the privileges that the user namespace gives: that one is
 * joined. */
long ignore_joins(struct call *call)
{
	struct redpak_plan *plan = pointer(call, 0);

	for (int kind = 0; kind < NAMESPACE_COUNT; kind++) {
		struct merged_share *share = &plan->merged.shares[kind];

		if (share->state == SHARE_JOINED && can_be_shared((enum namespace_kind)kind))
			share->state = SHARE_ENABLED;
	}
	return make(call);
}

/*
 * Without a mount namespace the root is a mount of the host, and the root directory of those who
 * are in the node. An ordinary user, and whoever is in a user namespace, could mount nothing then:
 * they get one.
 */
static bool stays_on_host(void)
{
	return !weak_plan->builder_user;
}

/* The processes that need it are made at different times; all are children of redwrap. */
static const char *root_on_host(void)
{
	static char path[32];

	if (!*path)
		snprintf(path, sizeof(path), "/run/weak-root-%d", getpid());
	return path;
}

long keep_mount_namespace(struct call *call)
{
	if (stays_on_host())
		call->arguments[0] &= ~CLONE_NEWNS;
	root_on_host();
	return make(call);
}

long keep_mounts_as_they_are(struct call *call)
{
	struct root *root = pointer(call, 0);

	if (!stays_on_host())
		return make(call);
	root->host = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return root->host < 0 ? -errno : 0;
}

long mount_on_host(struct call *call)
{
	struct root *root = pointer(call, 0);
	int tree = (int)call->arguments[1];

	if (!stays_on_host())
		return make(call);
	root->fd = tree;
	if (mkdir(root_on_host(), 0755) < 0 ||
	    move_mount(tree, "", AT_FDCWD, root_on_host(), MOVE_MOUNT_F_EMPTY_PATH) < 0 ||
	    fchdir(tree) < 0 || chroot(".") < 0)
		return fail_errno(root->error, -errno, "cannot enter the root on the host");
	return 0;
}

long stay_in_root(struct call *call)
{
	return stays_on_host() ? 0 : make(call);
}

/* Of the payload, which has the root of the host until now. */
long change_root(struct call *call)
{
	if (stays_on_host() && (chroot(root_on_host()) < 0 || chdir("/") < 0))
		_exit(REDPAK_STATUS_SETUP);
	return make(call);
}

/* Of ioctl(2). @number: the request that is not made. */
long skip_request(struct call *call)
{
	return call->arguments[1] == call->weakness->number ? 0 : make(call);
}

/* Of time_enter(). */
long keep_clocks(struct call *call)
{
	call->arguments[2] = (long)"";
	return make(call);
}

/* Root's node maps all ids to themselves, whatever it asks for. */
long map_everybody(struct call *call)
{
	static const char everybody[] = "0 0 4294967295\n";
	struct redpak_plan *plan = pointer(call, 0);
	long result = make(call);

	if (geteuid() == 0)
		plan->identity.user_maps.node = plan->identity.group_maps.node =
			plan->identity.user_maps.builder = plan->identity.group_maps.builder =
				everybody;
	return result;
}
