/* SPDX-License-Identifier: Apache-2.0 */
/* Roots that show more of the host, or let more of it be changed. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "apply/export.h"
#include "apply/host.h"
#include "apply/mount.h"
#include "base/auto.h"
#include "weak.h"

/* Of an export of a part of the host: never read-only. */
long export_writable(struct call *call)
{
	struct plan_export export = *(const struct plan_export *)pointer(call, 1);
	struct export_mode mode = *export.mode;

	mode.attributes &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	export.mode = &mode;
	call->arguments[1] = (long)&export;
	return make(call);
}

/* Of mount_setattr(2). */
long restrict_top_only(struct call *call)
{
	const struct mount_attr *attr = pointer(call, 3);

	if (attr && (attr->attr_set & MOUNT_ATTR_RDONLY))
		call->arguments[2] &= ~AT_RECURSIVE;
	return make(call);
}

/* Of mount_setattr(2). @number: the attribute that is not set. */
long drop_attribute(struct call *call)
{
	struct mount_attr *attr = pointer(call, 3);

	if (attr)
		attr->attr_set &= ~(uint64_t)call->weakness->number;
	return make(call);
}

/* The same of fsmount(2). */
long drop_flag(struct call *call)
{
	call->arguments[2] &= ~call->weakness->number;
	return make(call);
}

/* Of root_finish(): the root of the host stays mounted, on top of the new one. */
long leave_old_root(struct call *call)
{
	const struct root *root = pointer(call, 0);

	return fchdir(root->fd) < 0 ? -errno : 0;
}

/* Of mount(2): what the host mounts later comes into the node. */
long receive_mounts(struct call *call)
{
	if (call->arguments[3] & MS_PRIVATE)
		call->arguments[3] ^= MS_PRIVATE | MS_SLAVE;
	return make(call);
}

/* Of mount_setattr(2). */
long keep_propagation(struct call *call)
{
	struct mount_attr *attr = pointer(call, 3);

	if (attr)
		attr->propagation = 0;
	return make(call);
}

/* Of fsconfig(2). @text: the option that a new file system is not given. */
long skip_option(struct call *call)
{
	const char *key = pointer(call, 2);

	return key && !strcmp(key, call->weakness->text) ? 0 : make(call);
}

/* A number for the node and the mount point, the same at each start. */
static unsigned int place_of(const struct plan_export *export)
{
	const char *const texts[] = {weak_plan->leaf->path, export->mount};
	unsigned int sum = 0;

	for (size_t i = 0; i < 2; i++) {
		for (const char *c = texts[i]; *c; c++)
			sum = sum * 31 + (unsigned char)*c;
	}
	return sum;
}

/* Instead of export_tree_tmpfs(): a directory on the disk of the host. */
long put_on_disk(struct call *call)
{
	const struct root *root = pointer(call, 0);
	const struct plan_export *export = pointer(call, 1);
	AUTO_CLOSE int fd = -1;
	char path[48];

	snprintf(path, sizeof(path), "var/tmp/weak-volatile-%08x", place_of(export));
	if (mkdirat(root->host, path, 0777) < 0 && errno != EEXIST)
		return fail_errno(root->error, -errno, "cannot make /%s", path);
	fd = openat(root->host, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fail_errno(root->error, -errno, "cannot open /%s", path);
	return mount_copy(root, fd, path, export->mode->attributes);
}

/* Instead of what makes a new file system. @text: the directory of the host that is shown. */
long show_host(struct call *call)
{
	const struct root *root = pointer(call, 0);
	const struct plan_export *export = pointer(call, 1);
	const char *name = call->weakness->text;
	AUTO_CLOSE int fd = openat(root->host, name, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return fail_errno(root->error, -errno, "cannot open /%s", name);
	return mount_copy(root, fd, name, export->mode->attributes);
}

/* Of mount_attach_entry(). @text: the entry on which nothing is mounted; @number: what is said of
 * it. */
long skip_entry(struct call *call)
{
	return strcmp(pointer(call, 3), call->weakness->text) ? make(call) : call->weakness->number;
}

/* Of mount_restrict(). @number: the type of the file system that is left as it is, statfs(2). */
long skip_file_system(struct call *call)
{
	struct statfs status;

	if (fstatfs((int)call->arguments[1], &status) == 0 &&
	    (long)status.f_type == call->weakness->number)
		return 0;
	return make(call);
}

/* A path of the host as anybody would open it; its root is no longer that of the process. */
static int open_anyhow(int host, const char *path)
{
	struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
	const char *relative = path + strspn(path, "/");
	int fd = (int)syscall(SYS_openat2, host, *relative ? relative : ".", &how, sizeof(how));

	return fd < 0 ? -errno : fd;
}

/* The host, and of what open_tree(2) returned a copy last; no device is copied without being looked
 * at next. */
static struct {
	int host, tree;
	const char *name;
} copied = {-1, -1, ""};

/* Of root_prepare(). */
long remember_host(struct call *call)
{
	const struct root *root = pointer(call, 0);
	long result = make(call);

	copied.host = root->host;
	return result;
}

/* Of open_tree(2): where a link of the host leads on the host. */
long follow_tree(struct call *call)
{
	const char *name = pointer(call, 1);
	char target[PATH_MAX];
	ssize_t length = readlinkat((int)call->arguments[0], name, target, sizeof(target) - 1);
	AUTO_CLOSE int fd = -1;

	if (*name && length > 0) {
		target[length] = '\0';
		fd = open_anyhow(copied.host, target);
		call->arguments[0] = fd;
		call->arguments[1] = (long)"";
	}
	copied.tree = (int)make(call);
	copied.name = name;
	return copied.tree;
}

/* Of fstat(2): what was copied for a device is taken for it. */
long believe_device(struct call *call)
{
	static const struct {
		const char *name;
		unsigned int major, minor;
	} devices[] = {{"null", 1, 3},	 {"zero", 1, 5},    {"full", 1, 7},
		       {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0}};
	struct stat *status = pointer(call, 1);
	long result = make(call);

	for (size_t i = 0; i < sizeof(devices) / sizeof(*devices); i++) {
		if (result == 0 && call->arguments[0] == copied.tree &&
		    !strcmp(copied.name, devices[i].name)) {
			status->st_mode = S_IFCHR | 0666;
			status->st_rdev = makedev(devices[i].major, devices[i].minor);
		}
	}
	return result;
}

/* Of host_open(). */
long follow(struct call *call)
{
	const struct host_making *making = pointer(call, 0);
	const char *path = pointer(call, 1);
	int fd = open_anyhow(making->host, path);

	*(bool *)pointer(call, 2) = fd >= 0;
	return fd < 0 ? fail_errno(making->error, fd, "cannot export %s of the host", path) : fd;
}

/* Of host_open_again(). */
long follow_again(struct call *call)
{
	const char *path = pointer(call, 1);
	int fd = open_anyhow((int)call->arguments[0], path);

	return fd < 0 ? fail_errno(pointer(call, 3), fd, "cannot export %s of the host", path) : fd;
}

/* Of host_make_directory(). */
long make_anywhere(struct call *call)
{
	struct host_making making = *(const struct host_making *)pointer(call, 0);

	making.places = NULL;
	call->arguments[0] = (long)&making;
	return make(call);
}

/* Of path_normalise(): what climbs above "/" is left as it is. */
long climb(struct call *call)
{
	const char *text = pointer(call, 1);
	long result = make(call);

	if (!result && *text == '/')
		result = (long)pool_copy(pointer(call, 0), text, strlen(text));
	return result;
}
