/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Idmapped mounts: a clone of a mount shows its files with other owners. Which file systems allow
 * it depends on the kernel: a tmpfs is tried first, then the one that / is on.
 * Source: mount_setattr(2).
 */
#include "base/bystander.h"
#include "base/file.h"
#include "base/finding.h"
#include "base/kernel_calls.h"
#include "base/userns.h"
#include "mount/mount.h"
#include "mount/mount_place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statfs.h>

/* Where there is one id only, it is not the 0 of the mount, which then belongs to nobody. */
static int write_map(int proc, pid_t pid, const char *file)
{
	char path[40];

	snprintf(path, sizeof path, "%d/%s", pid, file);
	return file_write(proc, path, "0 1000 1") < 0 ? file_write(proc, path, "1000 0 1") : 0;
}

/* Makes a user namespace with other ids. Returns its descriptor, or a negative errno. */
static int make_user_namespace(int proc)
{
	pid_t pid = bystander_start(CLONE_NEWUSER);
	char path[40];
	int fd;

	if (pid < 0)
		return -errno;
	fd = write_map(proc, pid, "uid_map");
	if (!fd)
		fd = write_map(proc, pid, "gid_map");
	snprintf(path, sizeof path, "%d/ns/user", pid);
	if (!fd) {
		fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
		fd = fd < 0 ? -errno : fd;
	}
	bystander_stop(pid);
	return fd;
}

/* One try on one mount. */
struct attempt {
	const char *call; /* that failed, or NULL */
	int error;
	uid_t before, after; /* owner of the root of the mount */
};

static struct attempt refused(const char *call)
{
	return (struct attempt){.call = call, .error = errno};
}

static struct attempt try_mount(int directory, const char *path, int user_namespace)
{
	const struct mount_attr map = {.attr_set = MOUNT_ATTR_IDMAP,
				       .userns_fd = (uint64_t)user_namespace};
	int clone = kernel_open_tree(directory, path, OPEN_TREE_CLONE | AT_EMPTY_PATH);
	struct attempt attempt;
	struct stat plain, mapped;

	if (clone < 0)
		return refused("open_tree(OPEN_TREE_CLONE)");
	if (fstat(clone, &plain) == 0 && kernel_mount_setattr(clone, AT_EMPTY_PATH, &map) == 0 &&
	    fstat(clone, &mapped) == 0)
		attempt = (struct attempt){.before = plain.st_uid, .after = mapped.st_uid};
	else
		attempt = refused("mount_setattr(MOUNT_ATTR_IDMAP)");
	close(clone);
	return attempt;
}

/* A kernel that knows the flag looks at the descriptor; this one is not open. */
static bool flag_known(int mounted)
{
	const struct mount_attr map = {.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = INT_MAX};

	return kernel_mount_setattr(mounted, AT_EMPTY_PATH, &map) < 0 && errno == EBADF;
}

static void name_root(char *text, size_t size)
{
	static const struct {
		unsigned long magic;
		const char *name;
	} names[] = {
		{EXT4_SUPER_MAGIC, "ext4"},   {XFS_SUPER_MAGIC, "xfs"},
		{BTRFS_SUPER_MAGIC, "btrfs"}, {F2FS_SUPER_MAGIC, "f2fs"},
		{TMPFS_MAGIC, "tmpfs"},	      {OVERLAYFS_SUPER_MAGIC, "overlay"},
		{SQUASHFS_MAGIC, "squashfs"}, {EROFS_SUPER_MAGIC_V1, "erofs"},
		{RAMFS_MAGIC, "ramfs"},
	};
	struct statfs root;
	unsigned long magic = statfs("/", &root) == 0 ? (unsigned long)root.f_type : 0;

	snprintf(text, size, "type 0x%lx", magic);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (names[i].magic == magic)
			snprintf(text, size, "%s", names[i].name);
}

static void say(struct redprobe_finding *finding, const char *where, const struct attempt *attempt)
{
	if (attempt->before != attempt->after)
		finding_supported(finding,
				  "mount_setattr(MOUNT_ATTR_IDMAP) on a clone of %s: ok, "
				  "owner %u became %u",
				  where, attempt->before, attempt->after);
	else
		finding_unknown(finding, finding_as_documented,
				"mount_setattr(MOUNT_ATTR_IDMAP) on a clone of %s: ok, but the "
				"owner is still %u",
				where, attempt->after);
}

/* In a user namespace of one's own, / is a mount of others, which may not be mapped there. */
static void try_both(const struct mount_place *place, int user_namespace,
		     struct redprobe_finding *finding)
{
	struct attempt tmpfs = try_mount(place->tree, "", user_namespace), root;
	char name[24], where[40];

	if (!tmpfs.call) {
		say(finding, "a tmpfs", &tmpfs);
		return;
	}
	if (tmpfs.error != EINVAL || !flag_known(place->tree)) {
		finding_refused(finding, tmpfs.error, seccomp_filtered(), "%s of a tmpfs",
				tmpfs.call);
		return;
	}
	name_root(name, sizeof name);
	snprintf(where, sizeof where, "/ (%s)", name);
	root = try_mount(AT_FDCWD, "/", user_namespace);
	if (!root.call)
		say(finding, where, &root);
	else
		finding_restricted(finding,
				   place->in_user ? "missing privilege: CAP_SYS_ADMIN where the "
						    "file system was mounted"
						  : "mount state: no file system at hand allows it",
				   "mount_setattr(MOUNT_ATTR_IDMAP) of a tmpfs: EINVAL, but the "
				   "flag is known; of %s: %s: %s",
				   where, root.call, error_name(root.error));
}

void mount_try_idmapped(struct redprobe *probe, const void *argument,
			struct redprobe_finding *finding)
{
	const struct mount_place *place = mount_place_tree(probe, false, finding);
	const struct mount_attr none = {0};
	int user_namespace;

	(void)argument;
	if (!place)
		return;
	if (kernel_mount_setattr(place->tree, AT_EMPTY_PATH, &none) < 0) {
		finding_refused(finding, errno, seccomp_filtered(), "mount_setattr");
		return;
	}
	if (!mount_place_numbers(place, finding))
		return;
	user_namespace = make_user_namespace(place->proc);
	if (user_namespace < 0 && userns_absent(-user_namespace)) {
		finding_unsupported(finding,
				    "a kernel without user namespaces, which give the ids: %s",
				    error_name(-user_namespace));
		return;
	}
	if (user_namespace < 0) {
		finding_unknown(finding, "a user namespace to map to",
				"a user namespace with other ids: %s", error_name(-user_namespace));
		return;
	}
	try_both(place, user_namespace, finding);
	close(user_namespace);
}
