/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Restricting a tree of mounts on kernels before 5.12, which lack mount_setattr(2): each mount of
 * the tree is found in the mountinfo of the node's own namespace by its parent, proc(5), and
 * remounted, mount(2).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "apply/mount.h"
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
static int restrict_one(const struct root *root, int fd, const char *shown, uint64_t attributes)
{
	unsigned long mount_flags = MS_REMOUNT | MS_BIND;
	struct statvfs status;
	char path[64];

	if (fstatvfs(fd, &status) < 0)
		return fail_errno(root->error, -errno, "cannot restrict the mount of %s", shown);
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		if ((flags[i].attribute & attributes) || (status.f_flag & flags[i].statvfs_flag))
			mount_flags |= flags[i].mount_flag;
	}
	/* mount(2) takes a name only: that of the descriptor, in the host's /proc. */
	snprintf(path, sizeof(path), "proc/self/fd/%d", fd);
	if (fchdir(root->host) < 0 || mount(NULL, path, NULL, mount_flags, NULL) < 0)
		return fail_errno(root->error, -errno, "cannot restrict the mount of %s", shown);
	return 0;
}

struct mount_row {
	unsigned long id, parent;
	bool inside;
	char *point; /* its path below the new root, escapes resolved */
};

struct mount_table {
	struct mount_row *rows;
	size_t count;
};

static void table_free(struct mount_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		free(table->rows[i].point);
	free(table->rows);
}

/* Resolves the \ooo escapes of mountinfo in place. */
static void unescape(char *text)
{
	char *out = text;

	for (; *text; text++) {
		if (*text == '\\' && strspn(text + 1, "01234567") >= 3) {
			*out++ = (char)(((text[1] - '0') << 6) | ((text[2] - '0') << 3) |
					(text[3] - '0'));
			text += 3;
		} else {
			*out++ = *text;
		}
	}
	*out = '\0';
}

static int table_read(FILE *file, struct mount_table *table)
{
	AUTO_FREE char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, file) > 0) {
		struct mount_row row = {0}, *rows;

		if (sscanf(line, "%lu %lu %*s %*s %ms", &row.id, &row.parent, &row.point) != 3)
			return -EIO;
		unescape(row.point);
		rows = reallocarray(table->rows, table->count + 1, sizeof(row));
		if (!rows) {
			free(row.point);
			return -ENOMEM;
		}
		table->rows = rows;
		rows[table->count++] = row;
	}
	return ferror(file) ? -EIO : 0;
}

/* Marks what hangs below the mount @id; rows stand in no particular order. */
static void mark_inside(struct mount_table *table, unsigned long id)
{
	for (size_t i = 0; i < table->count; i++) {
		if (table->rows[i].parent == id && !table->rows[i].inside) {
			table->rows[i].inside = true;
			mark_inside(table, table->rows[i].id);
		}
	}
}

static int restrict_row(const struct root *root, const struct mount_row *row, uint64_t attributes)
{
	struct open_how how = {.flags = O_PATH | O_CLOEXEC,
			       .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS};
	const char *relative = row->point + strspn(row->point, "/");
	AUTO_CLOSE int fd =
		(int)syscall(SYS_openat2, root->fd, *relative ? relative : ".", &how, sizeof(how));
	struct statx status;

	if (fd < 0 || statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &status) < 0)
		return fail_errno(root->error, -errno, "cannot restrict the mount at %s",
				  row->point);
	/* A mount covered by another one cannot be reached by the payload either. */
	if (status.stx_mnt_id != row->id)
		return 0;
	return restrict_one(root, fd, row->point, attributes);
}

int mount_restrict_each(const struct root *root, int tree, const char *shown, uint64_t attributes)
{
	struct mount_table table = {0};
	struct statx status;
	int fd = openat(root->host, "proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	int result = restrict_one(root, tree, shown, attributes);

	if (!file || statx(tree, "", AT_EMPTY_PATH, STATX_MNT_ID, &status) < 0) {
		result = fail_errno(root->error, -errno, "cannot list the mounts below %s", shown);
		auto_close(&fd);
		return result;
	}
	if (result == 0) {
		result = table_read(file, &table);
		if (result < 0)
			fail_errno(root->error, result, "cannot list the mounts below %s", shown);
	}
	fclose(file);
	mark_inside(&table, status.stx_mnt_id);
	for (size_t i = 0; i < table.count && result == 0; i++) {
		if (table.rows[i].inside)
			result = restrict_row(root, &table.rows[i], attributes);
	}
	table_free(&table);
	return result;
}
