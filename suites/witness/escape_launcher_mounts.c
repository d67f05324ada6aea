/* SPDX-License-Identifier: Apache-2.0 */
/* Undoing what the mounts of a node forbid; and, for controls, mounts that forbid as much. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "witness.h"

/* What a mount may not lose where it was made by somebody else; mount_namespaces(7). */
enum { KEPT = MS_NOSUID | MS_NODEV | MS_NOEXEC };

static int map_itself(const char *file, unsigned id)
{
	char text[64];

	snprintf(text, sizeof(text), "%u %u 1", id, id);
	return write_text(file, text);
}

/* The witness itself, with all that it observes later, is in namespaces whose mounts it may change.
 */
static int enter_own_namespaces(FILE *out, const char *unused)
{
	unsigned uid = getuid(), gid = getgid();
	int error;

	(void)unused;
	error = result_of(unshare(CLONE_NEWUSER | CLONE_NEWNS));
	if (!error)
		error = write_text("/proc/self/setgroups", "deny");
	if (!error)
		error = map_itself("/proc/self/uid_map", uid);
	if (!error)
		error = map_itself("/proc/self/gid_map", gid);
	if (!error)
		error = result_of(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	if (!error)
		fputs("true", out);
	return error;
}

static int bind_read_only(const char *path)
{
	if (mount(path, path, NULL, MS_BIND | MS_REC, NULL) < 0)
		return -errno;
	return result_of(mount(NULL, path, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | KEPT, NULL));
}

/* Each of these tries one way, and whether it has led anywhere shows in the file. */

static int make_file_below(const char *path)
{
	int directory = open(path, O_PATH | O_CLOEXEC);

	return directory < 0 ? -errno : make_file_at(directory, "made");
}

static int write_by_remount(const char *path)
{
	mount(NULL, path, NULL, MS_REMOUNT | MS_BIND | KEPT, NULL);
	return make_file_below(path);
}

static int write_by_bind(const char *path)
{
	mount(path, path, NULL, MS_BIND, NULL);
	mount(NULL, path, NULL, MS_REMOUNT | MS_BIND | KEPT, NULL);
	return make_file_below(path);
}

static int write_by_setattr(const char *path)
{
	struct mount_attr writable = {.attr_clr = MOUNT_ATTR_RDONLY};

	mount_setattr(AT_FDCWD, path, AT_RECURSIVE, &writable, sizeof(writable));
	return make_file_below(path);
}

static int write_by_clone(const char *path)
{
	struct mount_attr writable = {.attr_clr = MOUNT_ATTR_RDONLY};
	int tree = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (tree < 0)
		return -errno;
	mount_setattr(tree, "", AT_EMPTY_PATH, &writable, sizeof(writable));
	return make_file_at(tree, "made");
}

static int read_by_unmount(const char *path)
{
	char directory[4096], byte;
	int fd;

	snprintf(directory, sizeof(directory), "%s", path);
	umount2(dirname(directory), MNT_DETACH);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : result_of(read(fd, &byte, 1));
}

/* Opens a file for writing, and leaves it as it is. */
static int open_by_remount(const char *path)
{
	char directory[4096];

	snprintf(directory, sizeof(directory), "%s", path);
	mount(NULL, dirname(directory), NULL, MS_REMOUNT | MS_BIND | KEPT, NULL);
	return result_of(open(path, O_WRONLY | O_CLOEXEC));
}

const struct observation escape_launcher_mount_observations[] = {
	{"own_namespaces", enter_own_namespaces, NULL, "enter a new user and mount namespace"},
	{"bind_read_only", NULL, bind_read_only, "mount the directory PATH on itself, read-only"},
	{"write_by_remount", NULL, write_by_remount, "remount PATH writable, make a file in it"},
	{"write_by_bind", NULL, write_by_bind, "mount PATH once more, writable, make a file"},
	{"write_by_setattr", NULL, write_by_setattr, "the same by mount_setattr"},
	{"write_by_clone", NULL, write_by_clone, "make a file in a clone of the mount PATH"},
	{"read_by_unmount", NULL, read_by_unmount, "unmount the directory of PATH, read PATH"},
	{"open_by_remount", NULL, open_by_remount,
	 "remount the directory of PATH, open PATH to write"},
	{0},
};
