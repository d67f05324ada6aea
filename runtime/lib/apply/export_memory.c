/* SPDX-License-Identifier: Apache-2.0 */
/* Exports of file systems in memory: tmpfs(5), mq_overview(7), and single files. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apply/export_modes.h"
#include "base/auto.h"

int export_new_tmpfs(const struct root *root, const char *mode, const char *fallback,
		     uint64_t attributes)
{
	char uid[16], gid[16], given[24];
	const char *size = root->tmpfs_size ? given : fallback;
	struct mount_option options[5] = {{NULL, NULL}};
	size_t count = 0;

	snprintf(uid, sizeof(uid), "%u", root->uid);
	snprintf(gid, sizeof(gid), "%u", root->gid);
	snprintf(given, sizeof(given), "%lld", root->tmpfs_size);
	/* By itself it belongs to who makes it. */
	if (root->gives) {
		options[count++] = (struct mount_option){"uid", uid};
		options[count++] = (struct mount_option){"gid", gid};
	}
	if (mode)
		options[count++] = (struct mount_option){"mode", mode};
	if (size)
		options[count] = (struct mount_option){"size", size};
	return mount_new(root, "tmpfs", options, attributes);
}

int export_tree_tmpfs(const struct root *root, const struct plan_export *export)
{
	return export_new_tmpfs(root, NULL, NULL, export->mode->attributes);
}

int export_tree_mqueue(const struct root *root, const struct plan_export *export)
{
	return mount_new(root, "mqueue", NULL, export->mode->attributes);
}

/* The file @name of the tmpfs @stage, with the content of @export. */
static int write_content(const struct root *root, const struct plan_export *export, int stage)
{
	AUTO_CLOSE int fd = openat(stage, "content", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	size_t done = 0;

	if (fd < 0)
		return fail_errno(root->error, -errno, "cannot make the file %s", export->mount);
	while (done < export->length) {
		ssize_t count = write(fd, export->content + done, export->length - done);

		if (count < 0)
			return fail_errno(root->error, -errno, "cannot fill the file %s",
					  export->mount);
		done += (size_t)count;
	}
	if (fchown(fd, root->uid, root->gid) < 0)
		return fail_errno(root->error, -errno, "cannot give the file %s to the payload",
				  export->mount);
	return 0;
}

/* A detached mount of the file alone. */
static int copy_content(const struct root *root, const struct plan_export *export, int stage)
{
	AUTO_CLOSE int file = openat(stage, "content", O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (file < 0)
		return fail_errno(root->error, -errno, "cannot open the file %s", export->mount);
	return mount_copy(root, file, export->mount, export->mode->attributes);
}

/*
 * Only what is attached in the own namespace can be copied, open_tree(2): the tmpfs stands on top
 * of the new root meanwhile. It holds the file alone and cannot grow far.
 */
int export_tree_content(const struct root *root, const struct plan_export *export)
{
	static const struct mount_option options[] = {
		{"mode", "0700"}, {"size", "2M"}, {"nr_inodes", "2"}, {NULL, NULL}};
	int stage = mount_new(root, "tmpfs", options, export->mode->attributes);
	AUTO_CLOSE int tree = -1;
	int result;

	if (stage < 0)
		return stage;
	closing_add(root->closing, stage);
	result = write_content(root, export, stage);
	if (result == 0)
		result = mount_attach(root, stage, root->fd, export->mount, 0);
	if (result < 0)
		return result;
	tree = copy_content(root, export, stage);
	if (fchdir(stage) < 0 || umount2(".", MNT_DETACH) < 0 || fchdir(root->fd) < 0)
		return fail_errno(root->error, -errno, "cannot detach the file %s", export->mount);
	return take_fd(&tree);
}
