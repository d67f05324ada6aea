/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole mounts and their flags, tried on the tmpfs of the area's place.
 * Sources: fsopen(2), open_tree(2), move_mount(2), mount_setattr(2), mount(2).
 */
#include "base/finding.h"
#include "base/kernel_calls.h"
#include "mount/mount.h"
#include "mount/mount_place.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

/* The place is made by these calls; that they all work together shows in a clone of it. */
void mount_try_new_api(struct redprobe *probe, const void *argument,
		       struct redprobe_finding *finding)
{
	const struct mount_place *place = mount_place(probe, finding);
	int clone;

	(void)argument;
	if (!place)
		return;
	if (place->made.call) {
		mount_context_refused(finding, &place->made, "a tmpfs by its descriptor");
		return;
	}
	if (place->exposed) {
		finding_unknown(finding, "a root directory that is a mount, to be in private",
				"not tried: %s: %s", place->attach,
				error_name(place->attach_error));
		return;
	}
	if (place->attach) {
		finding_refused(finding, place->attach_error, seccomp_filtered(), "%s",
				place->attach);
		return;
	}
	clone = kernel_open_tree(place->tree, "", OPEN_TREE_CLONE | AT_EMPTY_PATH | AT_RECURSIVE);
	if (clone < 0) {
		finding_refused(finding, errno, seccomp_filtered(), "open_tree(OPEN_TREE_CLONE)");
		return;
	}
	if (place->unmapped)
		finding_supported(finding, "fsopen, fsconfig, fsmount, move_mount and open_tree: "
					   "ok, taken at their word: files cannot be made");
	else if (mkdirat(place->tree, "made", 0700) < 0 ||
		 unlinkat(clone, "made", AT_REMOVEDIR) < 0)
		finding_unknown(finding, finding_as_documented,
				"fsopen, fsconfig, fsmount, move_mount and "
				"open_tree: ok, but the clone is another");
	else
		finding_supported(finding, "fsopen, fsconfig, fsmount, move_mount and open_tree: "
					   "ok, the clone shows what was made in the mount");
	close(clone);
}

/* Says whether a directory can be made where the mount is to be read-only by `tried`. */
static void see_read_only(int mounted, const char *tried, struct redprobe_finding *finding)
{
	if (mkdirat(mounted, "written", 0700) < 0 && errno == EROFS) {
		finding_supported(finding, "%s: ok, then mkdir: EROFS", tried);
		return;
	}
	unlinkat(mounted, "written", AT_REMOVEDIR);
	finding_unknown(finding, finding_as_documented, "%s: ok, but not read-only", tried);
}

void mount_try_setattr(struct redprobe *probe, const void *argument,
		       struct redprobe_finding *finding)
{
	static const char tried[] = "mount_setattr(MOUNT_ATTR_RDONLY, AT_RECURSIVE)";
	const struct mount_attr lock = {.attr_set = MOUNT_ATTR_RDONLY};
	const struct mount_attr unlock = {.attr_clr = MOUNT_ATTR_RDONLY};
	const struct mount_place *place = mount_place_tree(probe, false, finding);

	(void)argument;
	if (!place)
		return;
	if (kernel_mount_setattr(place->tree, AT_EMPTY_PATH | AT_RECURSIVE, &lock) < 0) {
		finding_refused(finding, errno, seccomp_filtered(), "%s", tried);
		return;
	}
	see_read_only(place->tree, tried, finding);
	kernel_mount_setattr(place->tree, AT_EMPTY_PATH | AT_RECURSIVE, &unlock);
}

void mount_try_open_tree_attr(struct redprobe *probe, const void *argument,
			      struct redprobe_finding *finding)
{
	static const char tried[] = "open_tree_attr(OPEN_TREE_CLONE, MOUNT_ATTR_RDONLY)";
	const struct mount_attr lock = {.attr_set = MOUNT_ATTR_RDONLY};
	const struct mount_place *place = mount_place_tree(probe, false, finding);
	int clone;

	(void)argument;
	if (!place)
		return;
	clone = (int)syscall(SYS_open_tree_attr, place->tree, "",
			     OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH, &lock,
			     sizeof lock);
	if (clone < 0) {
		finding_refused(finding, errno, seccomp_filtered(), "%s", tried);
		return;
	}
	see_read_only(clone, tried, finding);
	close(clone);
}

/* A link to the directory itself; true if it can be followed. */
static bool follows(int tree)
{
	int fd = openat(tree, "link", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* By mount(2), because it has known the flag for longer than mount_setattr. */
void mount_try_nosymfollow(struct redprobe *probe, const void *argument,
			   struct redprobe_finding *finding)
{
	static const char tried[] = "mount(MS_REMOUNT | MS_BIND | MS_NOSYMFOLLOW)";
	const struct mount_place *place = mount_place_tree(probe, true, finding);

	(void)argument;
	if (!place)
		return;
	if (symlinkat(".", place->tree, "link") < 0 || !follows(place->tree))
		finding_prevented(finding, errno, "making a symbolic link");
	else if (kernel_mount(".", NULL, MS_REMOUNT | MS_BIND | MS_NOSYMFOLLOW, NULL) < 0)
		finding_refused(finding, errno, seccomp_filtered(), "%s", tried);
	else if (follows(place->tree))
		finding_unsupported(finding, "%s: ok, but links are followed", tried);
	else if (errno == ELOOP)
		finding_supported(finding, "%s: ok, then opening through a link: ELOOP", tried);
	else
		finding_unknown(finding, finding_as_documented,
				"%s: ok, then opening through a link: %s", tried,
				error_name(errno));
	kernel_mount(".", NULL, MS_REMOUNT | MS_BIND, NULL);
	unlinkat(place->tree, "link", 0);
}
