/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the runtime's plan needs of mounting: tried in a mount namespace that ends with the child.
 * Sources: fsopen(2), fsmount(2), open_tree(2), move_mount(2), mount_setattr(2).
 */
#include "finding.h"
#include "namespace.h"
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Enters a mount namespace from which nothing propagates. Returns true, or says the finding.
 */
static bool enter_private(struct redprobe_finding *finding)
{
	struct entry entry = namespace_enter(CLONE_NEWNS);

	if (entry.refused) {
		finding_unknown(finding, "a mount namespace to try it in", "unshare(%s): %s",
				entry.refused == CLONE_NEWUSER ? "CLONE_NEWUSER" : "CLONE_NEWNS",
				error_name(entry.error));
		return false;
	}
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
		return true;
	finding_unknown(finding, "a private mount namespace to try it in",
			"mount(MS_REC | MS_PRIVATE) on /: %s", error_name(errno));
	return false;
}

/*
 * Enters such a mount namespace and makes a tmpfs that is mounted nowhere yet. Returns its
 * descriptor, or says the finding and returns -1.
 */
static int detached_tmpfs(struct redprobe_finding *finding)
{
	bool filtered = seccomp_filtered();
	int context, mounted;

	if (!enter_private(finding))
		return -1;
	context = fsopen("tmpfs", FSOPEN_CLOEXEC);
	if (context < 0) {
		finding_refused(finding, errno, filtered, "fsopen(tmpfs)");
		return -1;
	}
	if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0) {
		finding_refused(finding, errno, filtered, "fsconfig(FSCONFIG_CMD_CREATE)");
		close(context);
		return -1;
	}
	mounted = fsmount(context, FSMOUNT_CLOEXEC, 0);
	if (mounted < 0)
		finding_refused(finding, errno, filtered, "fsmount");
	close(context);
	return mounted;
}

static void try_new_api(struct redprobe *probe, const void *argument,
			struct redprobe_finding *finding)
{
	int mounted = detached_tmpfs(finding), tree;

	(void)probe;
	(void)argument;
	if (mounted < 0)
		return;
	tree = open_tree(AT_FDCWD, "/", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	if (tree < 0)
		finding_refused(finding, errno, seccomp_filtered(), "open_tree(OPEN_TREE_CLONE)");
	else if (move_mount(mounted, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		finding_refused(finding, errno, seccomp_filtered(), "move_mount");
	else
		finding_supported(finding,
				  "fsopen, fsconfig, fsmount, open_tree and move_mount: ok");
}

static void try_mount_setattr(struct redprobe *probe, const void *argument,
			      struct redprobe_finding *finding)
{
	struct mount_attr read_only = {.attr_set = MOUNT_ATTR_RDONLY};
	int mounted = detached_tmpfs(finding);

	(void)probe;
	(void)argument;
	if (mounted < 0)
		return;
	if (mount_setattr(mounted, "", AT_EMPTY_PATH | AT_RECURSIVE, &read_only, sizeof read_only) <
	    0)
		finding_refused(finding, errno, seccomp_filtered(),
				"mount_setattr(MOUNT_ATTR_RDONLY, AT_RECURSIVE)");
	else if (mkdirat(mounted, "written", 0700) == 0 || errno != EROFS)
		finding_unknown(finding, "a kernel that answers as documented",
				"mount_setattr(MOUNT_ATTR_RDONLY): ok, but not read-only");
	else
		finding_supported(finding, "mount_setattr(MOUNT_ATTR_RDONLY, AT_RECURSIVE): ok, "
					   "then mkdir: EROFS");
}

static const struct redprobe_feature features[] = {
	{.id = "mount.new_api",
	 .meaning = "mounting by descriptors: fsopen, fsmount, open_tree, move_mount",
	 .where = REDPROBE_IN_CHILD,
	 .function = try_new_api},
	{.id = "mount.mount_setattr",
	 .meaning = "changing the flags of a whole mount tree at once",
	 .where = REDPROBE_IN_CHILD,
	 .function = try_mount_setattr},
};

const struct redprobe_area mount_area = {
	.name = "mount",
	.features = features,
	.count = COUNT(features),
};
