/* SPDX-License-Identifier: Apache-2.0 */
/* Where the groups of a node may be made (Documentation/admin-guide/cgroup-v2.rst, Delegation). */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <redprobe-ids.h>

#include "base/auto.h"
#include "base/path.h"
#include "cgroup/cgroup.h"

#define MOUNT_POINT "/sys/fs/cgroup"
#define HOW_TO_OWN  "start it by `systemd-run --user --scope -p Delegate=yes`, or set cgrouproot"

static int is_cgroup2(int fd)
{
	struct statfs status;

	return fstatfs(fd, &status) == 0 && status.f_type == CGROUP2_SUPER_MAGIC;
}

/* Reads the path of the caller's own group below the mount point, "/" for the root group. */
static int read_own_path(char *path, size_t size, struct redpak_error *error)
{
	AUTO_CLOSE int proc = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char text[8192];
	const char *own = NULL;

	if (proc >= 0 && cgroup_read_file(proc, "cgroup", text, sizeof(text)) == 0)
		own = strstr(text, "0::/");
	if (!own)
		return fail(error, -EIO,
			    "cannot tell the caller's own group from /proc/self/cgroup; "
			    "mount /proc");
	own += strlen("0::");
	snprintf(path, size, "%.*s", (int)strcspn(own, "\n"), own);
	return 0;
}

const char *cgroup_own_base(struct pool *pool, struct redpak_error *error)
{
	AUTO_CLOSE int mount = open(MOUNT_POINT, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char own[8192];
	char *end;
	const char *base;

	if (mount < 0 || !is_cgroup2(mount)) {
		fail(error, -ENOTSUP,
		     "cannot limit the node: " MOUNT_POINT " is not cgroup version 2 "
		     "(" REDPROBE_CGROUP_MODE
		     "); boot with the unified hierarchy, or drop the cgroups section");
		return NULL;
	}
	if (read_own_path(own, sizeof(own), error) < 0)
		return NULL;
	end = strrchr(own, '/');
	/* An earlier start moved the caller aside. */
	if (!strcmp(end + 1, CGROUP_ASIDE))
		*end = '\0';
	base = pool_format(pool, MOUNT_POINT "%s", own);
	if (!base)
		error_memory(error);
	return base;
}

static int process_stat(pid_t pid, pid_t *parent, uid_t *owner)
{
	char path[64], text[1024];
	AUTO_CLOSE int directory = -1;
	struct stat status;
	const char *end;

	snprintf(path, sizeof(path), "/proc/%d", pid);
	directory = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0 || fstat(directory, &status) < 0 ||
	    cgroup_read_file(directory, "stat", text, sizeof(text)) < 0)
		return -ESRCH;
	*owner = status.st_uid;
	end = strrchr(text, ')');
	return end && sscanf(end, ") %*c %d", parent) == 1 ? 0 : -ESRCH;
}

/* 0 when the process is the caller's, or has ended meanwhile. */
static int is_callers(pid_t pid, void *data)
{
	pid_t parent;
	uid_t owner;

	(void)data;
	return process_stat(pid, &parent, &owner) < 0 || owner == getuid() ? 0 : -EPERM;
}

/* 0 when the process is redwrap or an ancestor of it, or has ended meanwhile. */
static int is_ancestor(pid_t pid, void *data)
{
	pid_t parent = getpid();
	uid_t owner;

	(void)data;
	while (parent > 0 && parent != pid) {
		if (process_stat(parent, &parent, &owner) < 0)
			break;
	}
	return parent == pid || process_stat(pid, &parent, &owner) < 0 ? 0 : -EPERM;
}

static int has_delegate_mark(int base)
{
	static const char *const marks[] = {"trusted.delegate", "user.delegate"};
	char path[64], value[2];

	/* fgetxattr(2) refuses a descriptor opened with O_PATH. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", base);
	for (size_t i = 0; i < 2; i++) {
		if (getxattr(path, marks[i], value, sizeof(value)) == 1 && value[0] == '1')
			return 1;
	}
	return 0;
}

static int check_delegated(const struct cgroup_plan *plan, int base, struct redpak_error *error)
{
	int result = 0;

	if (faccessat(base, "cgroup.procs", W_OK, AT_EACCESS) < 0 ||
	    faccessat(base, CGROUP_CONTROLLERS, W_OK, AT_EACCESS) < 0)
		result = -errno;
	else if (cgroup_is_root(base))
		return 0;
	else if (geteuid() != 0)
		result = cgroup_each_process(base, is_callers, NULL);
	else if (!plan->given && !has_delegate_mark(base))
		result = cgroup_each_process(base, is_ancestor, NULL);
	if (result < 0)
		return advise(error,
			      fail(error, result,
				   "cannot limit the node: the group %s is not delegated to the "
				   "caller",
				   plan->base),
			      HOW_TO_OWN);
	return 0;
}

int cgroup_refuse_populated(const char *group, int code, struct redpak_error *error)
{
	fail_errno(
		error, code,
		"cannot limit the node: the group %s, or one above it, gives controllers to others "
		"and has processes of its own",
		group);
	return advise(error, code, "move them to another group, and start it again");
}

static int open_group(const char *path)
{
	struct open_how how = {.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
			       .resolve = RESOLVE_NO_SYMLINKS};

	return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
}

int cgroup_move_through_own(int group, pid_t pid, struct redpak_error *error)
{
	char own[8192], path[sizeof(MOUNT_POINT) + sizeof(own)], text[16];
	AUTO_CLOSE int home = -1;
	int result = read_own_path(own, sizeof(own), error);

	if (result < 0)
		return result;
	snprintf(path, sizeof(path), MOUNT_POINT "%s", own);
	snprintf(text, sizeof(text), "%d", pid);
	home = open_group(path);
	result = home < 0 ? -errno : cgroup_write_file(home, "cgroup.procs", text);
	if (result == 0)
		result = cgroup_write_file(group, "cgroup.procs", text);
	if (result < 0)
		return fail_errno(error, result,
				  "cannot move the first process of the node through %s", path);
	return 0;
}

/* Before anybody is moved: what the base has none of it cannot give. */
static int check_controllers(const struct cgroup_plan *plan, int base, struct redpak_error *error)
{
	char present[512];
	int result = cgroup_read_file(base, "cgroup.controllers", present, sizeof(present));

	if (result < 0)
		return fail_errno(error, result, "cannot read the controllers of the group %s",
				  plan->base);
	for (const char *wanted = plan->base_enable; *wanted; wanted = strchr(wanted, ' ') + 1) {
		int length = (int)strcspn(++wanted, " ");

		if (!cgroup_has_word(present, wanted, (size_t)length))
			return fail(error, -ENOTSUP,
				    "cannot limit the node: the group %s has no controller %.*s "
				    "(%s); enable it in " CGROUP_CONTROLLERS " of the groups above",
				    plan->base, length, wanted,
				    cgroup_controller_id(wanted, (size_t)length));
	}
	return 0;
}

int cgroup_open_base(const struct cgroup_plan *plan, int *aside, struct redpak_error *error)
{
	AUTO_CLOSE int base = path_has_parent(plan->base) ? -1 : open_group(plan->base);
	int result;

	if (base < 0)
		return fail_errno(error, path_has_parent(plan->base) ? -EINVAL : -errno,
				  "cannot open the group %s", plan->base);
	if (!is_cgroup2(base))
		return fail(error, -EINVAL,
			    "cannot limit the node: %s is not a group of cgroup version 2; "
			    "correct cgrouproot",
			    plan->base);
	result = check_delegated(plan, base, error);
	if (result == 0)
		result = check_controllers(plan, base, error);
	if (result == 0 && !cgroup_is_root(base))
		result = *aside = cgroup_clear_base(plan, base, error);
	return result < 0 ? result : take_fd(&base);
}

/* Bytes of a memory value; "max" is all there is. */
static unsigned long long bytes_of(const char *text)
{
	static const char units[] = "KMGT";
	char *end;
	unsigned long long bytes = strtoull(text, &end, 10);
	const char *unit = *end && *end != '\n' ? strchr(units, *end & ~0x20) : NULL;

	if (!strncmp(text, "max", 3))
		return ~0ULL;
	return unit ? bytes << (10 * (unit - units + 1)) : bytes;
}

int cgroup_check_protection(const struct cgroup_plan *plan, const struct cgroup_write *write,
			    struct redpak_error *error)
{
	char path[4096], text[64];
	int result;

	if (snprintf(path, sizeof(path), "%s", plan->base) >= (int)sizeof(path))
		return fail_errno(error, -ENAMETOOLONG, "cannot open the group %s", plan->base);
	for (;;) {
		AUTO_CLOSE int group = open_group(path);

		result = group < 0 ? -errno
				   : cgroup_read_file(group, write->item->file, text, sizeof(text));
		/* The root group has no such file: it gives all there is. */
		if (result == -ENOENT)
			return 0;
		if (result < 0)
			return fail_errno(error, result, "cannot read %s of the group %s",
					  write->item->file, path);
		if (bytes_of(text) < bytes_of(write->setting->text))
			return fail_at(
				error, write->setting->origin,
				"%s %s cannot hold: the group %s above the node has only %.*s",
				write->item->file, write->setting->text, path,
				(int)strcspn(text, "\n"), text);
		*strrchr(path, '/') = '\0';
	}
}
