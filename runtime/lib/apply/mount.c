/* SPDX-License-Identifier: Apache-2.0 */
#include "apply/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/auto.h"

static int set_attributes(const struct root *root, int fd, const char *shown, uint64_t attributes)
{
	struct mount_attr attr = {.attr_set = attributes, .propagation = MS_PRIVATE};

	if (mount_setattr(fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)) < 0)
		return fail_errno(root->error, -errno, "cannot restrict the mount of %s", shown);
	return 0;
}

int root_prepare(struct root *root)
{
	root->host = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root->host < 0)
		return fail_errno(root->error, -errno, "cannot open /");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return fail_errno(root->error, -errno, "cannot make the mounts private");
	return 0;
}

int root_begin(struct root *root, int tree)
{
	if (move_mount(tree, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return fail_errno(root->error, -errno, "cannot mount the new root");
	root->fd = fcntl(tree, F_DUPFD_CLOEXEC, 0);
	if (root->fd < 0 || fchdir(root->fd) < 0 || syscall(SYS_pivot_root, ".", ".") < 0)
		return advise(root->error,
			      fail_errno(root->error, -errno, "cannot enter the new root"),
			      "redwrap does not work from a chroot or an initramfs");
	return 0;
}

int root_finish(struct root *root)
{
	if (fchdir(root->host) < 0 || umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return fail_errno(root->error, -errno, "cannot detach the root of the host");
	close(root->host);
	root->host = -1;
	return 0;
}

int root_open_host(const struct root *root, const char *path)
{
	struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
	const char *relative = path + strspn(path, "/");
	long fd = syscall(SYS_openat2, root->host, *relative ? relative : ".", &how, sizeof(how));

	if (fd < 0)
		return fail_errno(root->error, -errno, "cannot export %s of the host", path);
	return (int)fd;
}

/* Enters the directory @name of @parent, made if it is missing; closes @parent. */
static int enter_directory(int parent, const char *name)
{
	int fd = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	/* Another start may make the same one meanwhile, in an export that both have. */
	if (fd < 0 && errno == ENOENT && (mkdirat(parent, name, 0755) == 0 || errno == EEXIST))
		fd = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	close(parent);
	return fd;
}

int root_make_parent(const struct root *root, const char *path, const char **name)
{
	int fd = fcntl(root->fd, F_DUPFD_CLOEXEC, 0);
	const char *start = path + 1;
	const char *slash;

	while (fd >= 0 && (slash = strchr(start, '/'))) {
		char component[NAME_MAX + 1];
		size_t length = (size_t)(slash - start);

		if (length > NAME_MAX) {
			close(fd);
			return fail_errno(root->error, -ENAMETOOLONG, "cannot make %s", path);
		}
		memcpy(component, start, length);
		component[length] = '\0';
		fd = enter_directory(fd, component);
		start = slash + 1;
	}
	*name = start;
	if (fd < 0)
		return fail_errno(root->error, -errno, "cannot make the way to %s in the node",
				  path);
	return fd;
}

static int make_file(int parent, const char *name)
{
	int fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0444);

	if (fd >= 0)
		close(fd);
	else if (errno != EEXIST)
		return -1;
	return openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

int root_make_target(const struct root *root, const char *path, bool directory)
{
	const char *name = "";
	int fd = root_make_parent(root, path, &name);

	if (fd < 0 || !*name)
		return fd;
	if (directory) {
		fd = enter_directory(fd, name);
	} else {
		AUTO_CLOSE int parent = fd;

		fd = make_file(parent, name);
	}
	if (fd < 0)
		return fail_errno(root->error, -errno, "cannot make the mount point %s in the node",
				  path);
	return fd;
}

int mount_new(const struct root *root, const char *type, const struct mount_option *options,
	      uint64_t attributes)
{
	AUTO_CLOSE int context = fsopen(type, FSOPEN_CLOEXEC);
	int fd = -1;

	if (context < 0)
		return fail_errno(root->error, -errno, "cannot make a %s", type);
	/* What mount(8) shows in the first column. */
	if (fsconfig(context, FSCONFIG_SET_STRING, "source", type, 0) < 0)
		return fail_errno(root->error, -errno, "cannot name a %s", type);
	for (; options && options->key; options++) {
		if (fsconfig(context, FSCONFIG_SET_STRING, options->key, options->value, 0) < 0)
			return fail_errno(root->error, -errno, "cannot make a %s with %s=%s", type,
					  options->key, options->value);
	}
	if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		fd = fsmount(context, FSMOUNT_CLOEXEC, (unsigned int)attributes);
	if (fd < 0)
		return fail_errno(root->error, -errno, "cannot make a %s", type);
	return fd;
}

int mount_copy(const struct root *root, int source, const char *shown, uint64_t attributes)
{
	AUTO_CLOSE int tree = open_tree(
		source, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE);
	int result = 0;

	if (tree < 0)
		return fail_errno(root->error, -errno, "cannot copy the mount of %s", shown);
	if (root->has_setattr)
		result = set_attributes(root, tree, shown, attributes);
	return result < 0 ? result : take_fd(&tree);
}

int mount_attach(const struct root *root, int tree, int target, const char *shown,
		 uint64_t attributes)
{
	if (move_mount(tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return fail_errno(root->error, -errno, "cannot mount %s", shown);
	if (root->has_setattr || !attributes)
		return 0;
	return mount_restrict_each(root, tree, shown, attributes);
}
