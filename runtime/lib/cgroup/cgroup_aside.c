/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The processes of a base group that is not the root: a group with processes of its own cannot give
 * controllers to its children (Documentation/admin-guide/cgroup-v2.rst, No Internal Process
 * Constraint). They are aside while a node runs below the base, and come back at the end.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "cgroup/cgroup.h"

enum { ATTEMPTS_MAX = 100 };

/*
 * Locks the group @aside of @base: one start or end at a time moves processes. -ENOENT when an
 * end has removed it meanwhile.
 */
static int lock_aside(int base, int aside)
{
	struct stat locked, present;

	if (flock(aside, LOCK_EX) < 0 || fstat(aside, &locked) < 0 ||
	    fstatat(base, CGROUP_ASIDE, &present, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return locked.st_ino == present.st_ino ? 0 : -ENOENT;
}

/* Nobody else is to hold the lock: the group is closed to others. */
static int make_aside(int base)
{
	int result = -ENOENT;

	for (int attempt = 0; attempt < ATTEMPTS_MAX && result == -ENOENT; attempt++) {
		AUTO_CLOSE int aside = cgroup_make(base, CGROUP_ASIDE, 0700, NULL);

		result = aside < 0 ? aside : lock_aside(base, aside);
		if (result == 0)
			return take_fd(&aside);
	}
	return result;
}

/* @data: the group to move to. */
static int move_process(pid_t pid, void *data)
{
	char text[16];
	int result;

	snprintf(text, sizeof(text), "%d", pid);
	result = cgroup_write_file(*(int *)data, "cgroup.procs", text);
	return result == -ESRCH ? 0 : result;
}

int cgroup_clear_base(const struct cgroup_plan *plan, int base, struct redpak_error *error)
{
	AUTO_CLOSE int aside = make_aside(base);
	int result = aside < 0 ? aside : cgroup_each_process(base, move_process, &aside);

	if (result == 0)
		return take_fd(&aside);
	auto_close(&aside);
	aside = -1;
	cgroup_restore_base(plan, base);
	return fail_errno(error, result, "cannot move the processes of %s to " CGROUP_ASIDE,
			  plan->base);
}

/* Whether a group other than that of the processes is below; also where that cannot be told. */
static bool has_other_groups(int base)
{
	int fd = openat(base, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	bool found = false;

	if (!directory) {
		auto_close(&fd);
		return true;
	}
	while (!found && (entry = readdir(directory)))
		found = entry->d_type == DT_DIR && *entry->d_name != '.' &&
			strcmp(entry->d_name, CGROUP_ASIDE) != 0;
	closedir(directory);
	return found;
}

static void disable(int base, const char *enabled)
{
	char text[128];

	snprintf(text, sizeof(text), "%s", enabled);
	for (char *sign = strchr(text, '+'); sign; sign = strchr(sign, '+'))
		*sign = '-';
	(void)cgroup_write_file(base, CGROUP_CONTROLLERS, text);
}

void cgroup_restore_base(const struct cgroup_plan *plan, int base)
{
	AUTO_CLOSE int aside = -1;

	if (cgroup_is_root(base))
		return;
	aside = openat(base, CGROUP_ASIDE, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (aside < 0 || lock_aside(base, aside) < 0 || has_other_groups(base))
		return;
	disable(base, plan->base_enable);
	if (cgroup_each_process(aside, move_process, &base) == 0)
		unlinkat(base, CGROUP_ASIDE, AT_REMOVEDIR);
}
