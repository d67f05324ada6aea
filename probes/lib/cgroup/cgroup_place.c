/* SPDX-License-Identifier: Apache-2.0 */
/* Which control group hierarchies there are, and the own group in them. Only reads. */
#include "base/file.h"
#include "cgroup/cgroup.h"

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
static int read_membership(struct cgroup_place *place, char path[CGROUP_PATH])
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	char line[CGROUP_PATH], *controllers;
	size_t used = 0;

	path[0] = '\0';
	if (!file)
		return -errno;
	while (fgets(line, sizeof line, file)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "0::/", 4) == 0) {
			snprintf(path, CGROUP_PATH, "%s", line + 3);
			continue;
		}
		place->v1_count++;
		controllers = strchr(line, ':');
		if (!controllers)
			continue;
		controllers[1 + strcspn(controllers + 1, ":")] = '\0';
		if (used < sizeof place->v1_controllers)
			used += (size_t)snprintf(place->v1_controllers + used,
						 sizeof place->v1_controllers - used, "%s%s",
						 used ? " " : "", controllers + 1);
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

/* Opens a group below a mount point; `path` begins with a slash. Returns -1 if it is not there. */
static int open_group(int top, const char *path)
{
	struct open_how how = {.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
			       .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
					  RESOLVE_NO_MAGICLINKS};

	return (int)syscall(SYS_openat2, top, path[1] ? path + 1 : ".", &how, sizeof how);
}

/* Looks whether the mount shows the own group, and what its root has to offer. */
static bool take_mount(struct cgroup_place *place, const struct mntent *entry, const char *path)
{
	int top = open(entry->mnt_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (top < 0)
		return false;
	if (fstatfs(top, &fs) < 0 || fs.f_type != CGROUP2_SUPER_MAGIC)
		goto other;
	place->fd = open_group(top, path);
	if (place->fd < 0)
		goto other;
	if (!holds_this_process(place->fd)) {
		close(place->fd);
		place->fd = -1;
		goto other;
	}
	if (is_root(top))
		file_read(top, "cgroup.controllers", place->root_controllers,
			  sizeof place->root_controllers);
	place->top = top;
	place->nsdelegate = hasmntopt(entry, "nsdelegate");
	place->recursive = hasmntopt(entry, "memory_recursiveprot");
	snprintf(place->group, sizeof place->group, "%s", path);
	return true;
other:
	close(top);
	return false;
}

/* Looks through the cgroup2 mounts for one that shows the own group. */
static void open_own_group(struct cgroup_place *place, const char *path)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	char buffer[2 * PATH_MAX];
	struct mntent entry;

	if (!mounts)
		return;
	while (getmntent_r(mounts, &entry, buffer, sizeof buffer)) {
		if (strcmp(entry.mnt_type, "cgroup2") != 0)
			continue;
		snprintf(place->mount_point, sizeof place->mount_point, "%s", entry.mnt_dir);
		if (take_mount(place, &entry, path))
			break;
	}
	endmntent(mounts);
}

/* How many controllers are in force below a group where this process may make others; -1: none. */
static int worth_of(int group)
{
	char enabled[256];
	int worth = 0;

	if (faccessat(group, ".", W_OK, 0) < 0 ||
	    file_read(group, "cgroup.subtree_control", enabled, sizeof enabled) < 0)
		return -1;
	for (size_t i = 0; i < CGROUP_CONTROLLERS; i++)
		worth += has_word(enabled, cgroup_controllers[i]);
	return worth;
}

/*
 * A group with processes enables no controllers, so that little can be tried below the own group.
 * Trials are made below the one above it that has most in force, if that is more.
 */
static void choose_trial_group(struct cgroup_place *place)
{
	char path[CGROUP_PATH];
	int most = worth_of(place->fd);

	place->trial_fd = place->fd;
	snprintf(place->trial, sizeof place->trial, "%s", place->group);
	snprintf(path, sizeof path, "%s", place->group);
	while (path[1]) {
		char *slash = strrchr(path, '/');
		int group, worth;

		slash[slash == path] = '\0';
		group = open_group(place->top, path);
		if (group < 0)
			break;
		worth = worth_of(group);
		if (worth <= most) {
			close(group);
			continue;
		}
		most = worth;
		if (place->trial_fd != place->fd)
			close(place->trial_fd);
		place->trial_fd = group;
		snprintf(place->trial, sizeof place->trial, "%s", path);
	}
	place->root = is_root(place->trial_fd);
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
	char path[CGROUP_PATH];
	bool mounted;

	memset(place, 0, sizeof *place);
	place->fd = place->trial_fd = place->top = -1;
	if (read_membership(place, path) < 0) {
		locate_without_proc(place);
		return;
	}
	if (path[0])
		open_own_group(place, path);
	mounted = place->mount_point[0];
	if (place->v1_count) {
		place->mode = mounted ? CGROUP_HYBRID : CGROUP_V1;
		snprintf(place->why, sizeof place->why,
			 "/proc/self/cgroup lists %d version 1 hierarchies, cgroup2 is %smounted",
			 place->v1_count, mounted ? "" : "not ");
		return;
	}
	place->mode = mounted ? CGROUP_V2 : CGROUP_NONE;
	if (place->fd >= 0) {
		choose_trial_group(place);
		snprintf(place->why, sizeof place->why, "cgroup2, own group %.100s", place->group);
	} else
		snprintf(place->why, sizeof place->why, "own group %.60s %s", path,
			 mounted ? "is not below any cgroup2 mount" : "and no cgroup2 mount");
}

void cgroup_leave(struct cgroup_place *place)
{
	if (place->trial_fd >= 0 && place->trial_fd != place->fd)
		close(place->trial_fd);
	if (place->fd >= 0)
		close(place->fd);
	if (place->top >= 0)
		close(place->top);
}
