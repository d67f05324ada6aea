/* SPDX-License-Identifier: Apache-2.0 */
/* Which control group hierarchies there are, and the own group in them. Only reads. */
#include "cgroup.h"
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char usual_mount[] = "/sys/fs/cgroup";

/* The lines of /proc/self/cgroup, "number:controllers:path". Number 0 is version 2. */
struct membership {
	bool v1, v2;
	char path[PATH_MAX + 64]; /* in version 2 */
};

static int read_membership(struct membership *membership)
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	char line[PATH_MAX + 64];

	memset(membership, 0, sizeof *membership);
	if (!file)
		return -errno;
	while (fgets(line, sizeof line, file)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "0::/", 4) != 0) {
			membership->v1 = true;
			continue;
		}
		membership->v2 = true;
		snprintf(membership->path, sizeof membership->path, "%s", line + 3);
	}
	fclose(file);
	return 0;
}

/* A path names the own group if this process is a member: what else is mounted there is not. */
static bool holds_this_process(int group)
{
	int fd = openat(group, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	bool found = false;
	char line[32];

	if (!file) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	while (!found && fgets(line, sizeof line, file))
		found = strtol(line, NULL, 10) == getpid();
	fclose(file);
	return found;
}

static bool is_root(int group)
{
	return faccessat(group, "cgroup.type", F_OK, 0) < 0;
}

/* Opens the own group below a mount point, and looks what the root has to offer. */
static int open_group(const char *mount_point, const char *path, struct cgroup_place *place)
{
	struct open_how how = {.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
			       .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
					  RESOLVE_NO_MAGICLINKS};
	int root = open(mount_point, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;
	long group = -1;

	if (root < 0)
		return -1;
	if (fstatfs(root, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC) {
		if (is_root(root))
			file_read(root, "cgroup.controllers", place->root_controllers,
				  sizeof place->root_controllers);
		group = syscall(SYS_openat2, root, path[1] ? path + 1 : ".", &how, sizeof how);
	}
	close(root);
	if (group >= 0 && !holds_this_process((int)group)) {
		close((int)group);
		group = -1;
	}
	return (int)group;
}

/* Looks through the cgroup2 mounts for one that shows the own group. */
static void open_own_group(struct cgroup_place *place, const char *path, bool *mounted)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	char buffer[2 * PATH_MAX];
	struct mntent entry;

	*mounted = false;
	if (!mounts)
		return;
	while (place->fd < 0 && getmntent_r(mounts, &entry, buffer, sizeof buffer)) {
		if (strcmp(entry.mnt_type, "cgroup2") != 0)
			continue;
		*mounted = true;
		place->fd = open_group(entry.mnt_dir, path, place);
	}
	endmntent(mounts);
	if (place->fd < 0)
		return;
	snprintf(place->group, sizeof place->group, "%s", path);
	place->root = is_root(place->fd);
}

/* Without /proc only the usual mount point can tell, and not where this process is. */
static void locate_without_proc(struct cgroup_place *place)
{
	struct statfs fs;

	if (access("/proc/self", F_OK) == 0) {
		place->mode = CGROUP_ABSENT;
		snprintf(place->why, sizeof place->why, "no /proc/self/cgroup");
		return;
	}
	if (statfs(usual_mount, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC) {
		place->mode = CGROUP_V2;
		snprintf(place->why, sizeof place->why,
			 "cgroup2 on %s, own group unknown: /proc is not mounted", usual_mount);
		return;
	}
	place->mode = CGROUP_UNSEEN;
	snprintf(place->why, sizeof place->why, "/proc is not mounted");
}

void cgroup_locate(struct cgroup_place *place)
{
	struct membership membership;
	bool mounted;

	memset(place, 0, sizeof *place);
	place->fd = -1;
	if (read_membership(&membership) < 0) {
		locate_without_proc(place);
		return;
	}
	open_own_group(place, membership.path, &mounted);
	if (membership.v1) {
		place->mode = mounted ? CGROUP_HYBRID : CGROUP_V1;
		snprintf(place->why, sizeof place->why,
			 "/proc/self/cgroup lists version 1 hierarchies, cgroup2 is %smounted",
			 mounted ? "" : "not ");
		return;
	}
	place->mode = mounted ? CGROUP_V2 : CGROUP_NONE;
	if (place->fd >= 0)
		snprintf(place->why, sizeof place->why, "cgroup2, own group %.100s", place->group);
	else
		snprintf(place->why, sizeof place->why, "own group %.60s %s", membership.path,
			 mounted ? "is not below any cgroup2 mount" : "and no cgroup2 mount");
}
