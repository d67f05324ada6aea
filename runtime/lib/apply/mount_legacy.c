/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Restricting a tree of mounts on kernels before 5.12, which lack mount_setattr(2): each mount of
 * the tree is found in the mountinfo of the node's own namespace by its parent, proc(5), and
 * remounted, mount(2).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "apply/mount_table.h"
#include "base/auto.h"

/* The attribute of mount_setattr(2), the flag of mount(2), and what fstatvfs(3) reports. */
static const struct {
	uint64_t attribute;
	unsigned long mount_flag, statvfs_flag;
} flags[] = {
	{MOUNT_ATTR_RDONLY, MS_RDONLY, ST_RDONLY},
	{MOUNT_ATTR_NOSUID, MS_NOSUID, ST_NOSUID},
	{MOUNT_ATTR_NODEV, MS_NODEV, ST_NODEV},
	{MOUNT_ATTR_NOEXEC, MS_NOEXEC, ST_NOEXEC},
	{MOUNT_ATTR_NOATIME, MS_NOATIME, ST_NOATIME},
	{MOUNT_ATTR_NODIRATIME, MS_NODIRATIME, ST_NODIRATIME},
	{0, MS_RELATIME, ST_RELATIME},
};

/* A remount replaces the flags: those that are set already must be given again. */
int mount_restrict_one(const struct root *root, int tree, const char *shown, uint64_t attributes)
{
	unsigned long mount_flags = MS_REMOUNT | MS_BIND;
	struct statvfs status;
	char path[64];

	if (fstatvfs(tree, &status) < 0)
		return fail_errno(root->error, -errno, "cannot restrict the mount of %s", shown);
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		if ((flags[i].attribute & attributes) || (status.f_flag & flags[i].statvfs_flag))
			mount_flags |= flags[i].mount_flag;
	}
	/* mount(2) takes a name only: that of the descriptor, in the host's /proc. */
	snprintf(path, sizeof(path), "self/fd/%d", tree);
	if (fchdir(root->proc) < 0 || mount(NULL, path, NULL, mount_flags, NULL) < 0)
		return fail_errno(root->error, -errno, "cannot restrict the mount of %s", shown);
	return 0;
}

static int restrict_row(const struct root *root, const struct mount_table *table,
			const struct mount_row *row, uint64_t attributes)
{
	AUTO_CLOSE int fd = mount_table_open(root, table, row);

	if (fd == -ENOENT)
		return 0;
	return fd < 0 ? fd : mount_restrict_one(root, fd, row->point, attributes);
}

int mount_restrict_each(const struct root *root, int tree, const char *shown, uint64_t attributes)
{
	struct mount_table table = {0};
	struct statx status;
	int result = mount_restrict_one(root, tree, shown, attributes);

	if (result == 0 && statx(tree, "", AT_EMPTY_PATH, STATX_MNT_ID, &status) < 0)
		result = fail_errno(root->error, -errno, "cannot restrict the mount of %s", shown);
	if (result == 0)
		result = mount_table_read(root, &table);
	if (result == 0)
		mount_table_mark(&table, status.stx_mnt_id);
	for (size_t i = 0; i < table.count && result == 0; i++) {
		if (table.rows[i].inside)
			result = restrict_row(root, &table, &table.rows[i], attributes);
	}
	mount_table_free(&table);
	return result;
}
