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

static int set_attributes(const struct root *root, int fd, const char *shown, uint64_t attributes,
			  unsigned int recursive)
{
	struct mount_attr attr = {.attr_set = attributes, .propagation = MS_PRIVATE};

	if (mount_setattr(fd, "", AT_EMPTY_PATH | recursive, &attr, sizeof(attr)) < 0)
		return fail_errno(root->error, -errno, "cannot restrict the mount of %s", shown);
	return 0;
}

int root_prepare(struct root *root)
{
	root->host = openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root->host < 0)
		return fail_errno(root->error, -errno, "cannot open /");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return fail_errno(root->error, -errno, "cannot make the mounts private");
	return 0;
}

int root_begin(struct root *root, int tree)
{
	root->fd = tree;
	if (move_mount(tree, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return fail_errno(root->error, -errno, "cannot mount the new root");
	if (fchdir(tree) < 0 || syscall(SYS_pivot_root, ".", ".") < 0)
		return advise(root->error,
			      fail_errno(root->error, -errno, "cannot enter the new root"),
			      "redwrap does not work from a chroot or an initramfs");
	return 0;
}

int root_finish(struct root *root)
{
	/* It lies on top of the new one, pivot_root(2). */
	if (fchdir(root->fd) < 0 || umount2(".", MNT_DETACH) < 0)
		return fail_errno(root->error, -errno, "cannot detach the root of the host");
	return 0;
}

void root_close(struct root *root)
{
	closing_add(root->closing, root->fd);
	closing_add(root->closing, root->host);
	closing_add(root->closing, root->proc);
	root->fd = root->host = root->proc = -1;
}

/* What was made where nobody else is belongs to the payload's user. */
static int own_made(const struct root *root, int parent, const char *name)
{
	if (root->made)
		return made_add(root->made, parent, name);
	if (root->gives && fchownat(parent, name, root->uid, root->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return 0;
}

static void leave(const struct root *root, int fd)
{
	if (fd != root->fd)
		close(fd);
}

/* Enters the directory @name of @parent, made if it is missing; leaves @parent. */
static int enter_directory(const struct root *root, int parent, const char *name)
{
	int result = 0;
	int fd = -1;

	/* Most are missing. One that exists may be in an export, maybe made by another start. */
	if (mkdirat(parent, name, 0755) == 0)
		result = own_made(root, parent, name);
	else if (errno != EEXIST)
		result = -errno;
	if (result == 0) {
		fd = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		result = fd < 0 ? -errno : fd;
	}
	leave(root, parent);
	return result;
}

/* As root_make_parent(), but where that is the root itself it is no other descriptor. */
static int make_parent(const struct root *root, const char *path, const char **name)
{
	int fd = root->fd;
	const char *start = path + 1;
	const char *slash;

	while (fd >= 0 && (slash = strchr(start, '/'))) {
		char component[NAME_MAX + 1];
		size_t length = (size_t)(slash - start);

		if (length > NAME_MAX) {
			leave(root, fd);
			return fail_errno(root->error, -ENAMETOOLONG, "cannot make %s", path);
		}
		memcpy(component, start, length);
		component[length] = '\0';
		fd = enter_directory(root, fd, component);
		start = slash + 1;
	}
	*name = start;
	if (fd < 0)
		return fail_errno(root->error, fd, "cannot make the way to %s in the node", path);
	return fd;
}

/* A descriptor that the caller may close. */
static int keep(const struct root *root, int fd, const char *path)
{
	if (fd != root->fd)
		return fd;
	fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return fd < 0 ? fail_errno(root->error, -errno, "cannot open %s in the node", path) : fd;
}

int root_make_parent(const struct root *root, const char *path, const char **name)
{
	return keep(root, make_parent(root, path, name), path);
}

int root_make_target(const struct root *root, const char *path, bool directory)
{
	const char *name = "";
	int parent = make_parent(root, path, &name);
	int fd;

	if (parent < 0 || !*name)
		return keep(root, parent, path);
	if (directory) {
		fd = enter_directory(root, parent, name);
	} else {
		fd = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		fd = fd < 0 ? -errno : fd;
		leave(root, parent);
	}
	if (fd < 0)
		return fail_errno(root->error, fd, "cannot make the mount point %s in the node",
				  path);
	return fd;
}

int root_open(const struct root *root, const char *path)
{
	struct open_how how = {.flags = O_PATH | O_CLOEXEC,
			       .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS};
	const char *relative = path + strspn(path, "/");
	int fd = (int)syscall(SYS_openat2, root->fd, *relative ? relative : ".", &how, sizeof(how));

	return fd < 0 ? fail_errno(root->error, -errno, "cannot reach %s in the node", path) : fd;
}

int mount_new(const struct root *root, const char *type, const struct mount_option *options,
	      uint64_t attributes)
{
	int context = fsopen(type, FSOPEN_CLOEXEC);
	int fd = -1;

	if (context < 0)
		return fail_errno(root->error, -errno, "cannot make a %s", type);
	closing_add(root->closing, context);
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

static int copy(const struct root *root, int directory, const char *name, const char *shown,
		uint64_t attributes)
{
	AUTO_CLOSE int tree = open_tree(directory, name,
					OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH |
						AT_RECURSIVE | AT_SYMLINK_NOFOLLOW);
	int result = 0;

	if (tree < 0)
		return fail_errno(root->error, -errno, "cannot copy the mount of %s", shown);
	if (root->has_setattr && attributes)
		result = set_attributes(root, tree, shown, attributes, AT_RECURSIVE);
	return result < 0 ? result : take_fd(&tree);
}

int mount_copy(const struct root *root, int source, const char *shown, uint64_t attributes)
{
	return copy(root, source, "", shown, attributes);
}

int mount_copy_entry(const struct root *root, int directory, const char *name, uint64_t attributes)
{
	return copy(root, directory, name, name, attributes);
}

static int attach(const struct root *root, int tree, int directory, const char *name,
		  const char *shown, uint64_t attributes)
{
	unsigned int flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;

	if (move_mount(tree, "", directory, name, flags) < 0)
		return fail_errno(root->error, -errno, "cannot mount %s", shown);
	if (root->has_setattr || !attributes)
		return 0;
	return mount_restrict_each(root, tree, shown, attributes);
}

int mount_attach(const struct root *root, int tree, int target, const char *shown,
		 uint64_t attributes)
{
	return attach(root, tree, target, "", shown, attributes);
}

int mount_attach_entry(const struct root *root, int tree, int directory, const char *name,
		       uint64_t attributes)
{
	return attach(root, tree, directory, name, name, attributes);
}

/* What was just made is no link: it is mounted on without being looked for. */
static int attach_made(const struct root *root, int tree, int parent, const char *name,
		       const char *path, bool directory, uint64_t attributes)
{
	int result =
		directory ? mkdirat(parent, name, 0755) : mknodat(parent, name, S_IFREG | 0444, 0);

	if (result < 0)
		return errno == EEXIST
			       ? 1
			       : fail_errno(root->error, -errno,
					    "cannot make the mount point %s in the node", path);
	result = own_made(root, parent, name);
	if (result < 0)
		return fail_errno(root->error, result, "cannot note the mount point %s", path);
	return attach(root, tree, parent, name, path, attributes);
}

int mount_attach_path(const struct root *root, int tree, const char *path, bool directory,
		      uint64_t attributes)
{
	const char *name = "";
	int parent = make_parent(root, path, &name);
	AUTO_CLOSE int target = -1;
	int result;

	if (parent < 0)
		return parent;
	result = *name ? attach_made(root, tree, parent, name, path, directory, attributes) : 1;
	leave(root, parent);
	if (result <= 0)
		return result;
	target = root_make_target(root, path, directory);
	return target < 0 ? target : attach(root, tree, target, "", path, attributes);
}

int mount_restrict_all(const struct root *root, int tree, const char *shown, uint64_t attributes)
{
	if (root->has_setattr)
		return set_attributes(root, tree, shown, attributes, AT_RECURSIVE);
	return mount_restrict_each(root, tree, shown, attributes);
}

int mount_restrict(const struct root *root, int tree, const char *shown, uint64_t attributes)
{
	if (root->has_setattr)
		return set_attributes(root, tree, shown, attributes, 0);
	return mount_restrict_one(root, tree, shown, attributes);
}
