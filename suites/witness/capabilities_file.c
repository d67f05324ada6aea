/* SPDX-License-Identifier: Apache-2.0 */
/* Operations on files that a capability permits. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "capabilities.h"
#include "witness.h"

struct own_file {
	char path[4096];
	int fd;
};

static void need_argument(const char *argument)
{
	errno = EINVAL;
	if (!argument)
		broken("the operation needs an argument");
}

/* Makes a file of the caller's own, with one byte in it; it ends with the node. */
static struct own_file make_own_file(const char *directory, mode_t mode)
{
	struct own_file file;
	need_argument(directory);
	snprintf(file.path, sizeof(file.path), "%s/witness-XXXXXX", directory);
	file.fd = mkostemp(file.path, O_CLOEXEC);
	if (file.fd < 0)
		broken("cannot make a file in %s", directory);
	if (write(file.fd, "", 1) != 1 || fchmod(file.fd, mode) < 0)
		broken("cannot prepare %s", file.path);
	return file;
}

int change_owner(const char *file)
{
	need_argument(file);
	return result_of(chown(file, geteuid() + 1, (gid_t)-1));
}

static int open_without_permission(const char *directory, int flags)
{
	struct own_file file = make_own_file(directory, 0);
	int result = result_of(open(file.path, flags | O_CLOEXEC));
	unlink(file.path);
	return result;
}

int write_unwritable(const char *directory)
{
	return open_without_permission(directory, O_WRONLY);
}

int read_unreadable(const char *directory)
{
	return open_without_permission(directory, O_RDONLY);
}

int change_mode_of_others(const char *file)
{
	need_argument(file);
	return result_of(chmod(file, 0604));
}

int keep_set_id_bits(const char *directory)
{
	struct own_file file = make_own_file(directory, 04755);
	struct stat status;
	if (write(file.fd, "", 1) != 1 || fstat(file.fd, &status) < 0)
		broken("cannot write to %s", file.path);
	unlink(file.path);
	return (status.st_mode & S_ISUID) ? 0 : IGNORED;
}

int make_immutable(const char *directory)
{
	struct own_file file = make_own_file(directory, 0600);
	int flags = 0;
	if (ioctl(file.fd, FS_IOC_GETFLAGS, &flags) < 0)
		broken("cannot get the attributes of %s", file.path);
	int wanted = flags | FS_IMMUTABLE_FL;
	int result = result_of(ioctl(file.fd, FS_IOC_SETFLAGS, &wanted));
	/* A directory with an immutable file cannot be removed. */
	if (result == 0 && ioctl(file.fd, FS_IOC_SETFLAGS, &flags) < 0)
		broken("cannot put back the attributes of %s", file.path);
	return result;
}

int map_block(const char *directory)
{
	struct own_file file = make_own_file(directory, 0600);
	int block = 0;
	return result_of(ioctl(file.fd, FIBMAP, &block));
}

int make_device(const char *directory)
{
	need_argument(directory);
	char path[4096];
	snprintf(path, sizeof(path), "%s/witness-device", directory);
	/* The numbers of /dev/null. */
	return result_of(mknod(path, S_IFCHR | 0600, makedev(1, 3)));
}

int lease_file_of_others(const char *file)
{
	need_argument(file);
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		broken("cannot open %s", file);
	return result_of(fcntl(fd, F_SETLEASE, F_RDLCK));
}

/* Version 3 names the user that is root where the file counts: one that every map contains. */
int give_capability_to_file(const char *directory)
{
	struct own_file file = make_own_file(directory, 0700);
	const struct vfs_ns_cap_data value = {
		.magic_etc = VFS_CAP_REVISION_3,
		.data[0].permitted = 1u << CAP_CHOWN,
		.rootid = geteuid(),
	};
	return result_of(fsetxattr(file.fd, "security.capability", &value, sizeof(value), 0));
}
