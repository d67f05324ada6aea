/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "apply/host.h"
#include "apply/review.h"
#include "base/auto.h"

/* What is not there for the caller is not there for the payload either. */
static bool is_absence(int code)
{
	return code == ENOENT || code == ENOTDIR || code == ELOOP || code == EACCES;
}

static int look_for_files(int node, struct guarded *step)
{
	for (size_t i = 0; i < NODE_FILE_COUNT; i++) {
		step->has_file[i] = fstatat(node, node_files[i], &step->files[i], 0) == 0;
		if (!step->has_file[i] && !is_absence(errno))
			return -errno;
	}
	return 0;
}

/* Opens the way from the root of the host on; 0 or a negative errno. */
static int look_up(const struct root *root, struct guarded_path *way)
{
	AUTO_CLOSE int fd = fcntl(root->host, F_DUPFD_CLOEXEC, 0);
	int result = fd < 0 ? -errno : 0;

	for (size_t i = 0; i < way->count && result == 0; i++) {
		struct guarded *step = &way->steps[i];
		int next = openat(fd, step->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

		if (next < 0 || fstat(next, &step->status) < 0) {
			result = -errno;
			auto_close(&next);
			return result;
		}
		close(fd);
		fd = next;
		if (step->node)
			result = look_for_files(fd, step);
	}
	return result;
}

int cover_begin(const struct root *root, struct redpak_plan *plan)
{
	int result = 0;

	for (size_t i = 0; i < plan->guarded_count && result == 0; i++)
		result = look_up(root, &plan->guarded[i]);
	if (result < 0)
		return fail_errno(root->error, result, "cannot find the files of the node %s again",
				  plan->leaf->path);
	return 0;
}

/* Whether @status is one of the chain's own files, or a directory of them. */
static bool is_guarded_file(const struct redpak_plan *plan, const struct stat *status)
{
	const struct guarded_path *way = &plan->guarded[0];

	for (size_t i = 0; i < way->count; i++) {
		for (size_t j = 0; j < NODE_FILE_COUNT; j++) {
			if (way->steps[i].has_file[j] &&
			    host_is_same(status, &way->steps[i].files[j]))
				return true;
		}
	}
	return false;
}

/*
 * Mounts the file or directory *@fd on itself, unless it is the root of a mount already, and sets
 * @attributes; *@fd becomes the new mount. Returns 1, or 0 when nothing was to be done.
 */
static int cover(const struct root *root, int *fd, const char *shown, uint64_t attributes)
{
	struct statvfs flags;
	struct statx status;
	int tree, result;

	if (fstatvfs(*fd, &flags) < 0 || statx(*fd, "", AT_EMPTY_PATH, 0, &status) < 0)
		return fail_errno(root->error, -errno, "cannot cover %s", shown);
	if ((flags.f_flag & ST_RDONLY) ||
	    (!attributes && (status.stx_attributes & STATX_ATTR_MOUNT_ROOT)))
		return 0;
	if (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) {
		result = mount_restrict(root, *fd, shown, attributes);
		return result < 0 ? result : 1;
	}
	tree = mount_copy(root, *fd, shown, attributes);
	result = tree < 0 ? tree : mount_attach(root, tree, *fd, shown, attributes);
	if (result < 0) {
		auto_close(&tree);
		return result;
	}
	close(*fd);
	*fd = tree;
	return 1;
}

/* Covers the entry @name of the node @fd, if it is there. */
static int cover_entry(const struct root *root, int node, const char *name, const char *shown)
{
	AUTO_CLOSE int fd = openat(node, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return fail_errno(root->error, -errno, "cannot cover %s", shown);
	return cover(root, &fd, shown, MOUNT_ATTR_RDONLY);
}

/*
 * The directory of the configurations as a whole: no file can be added to it. Nothing can be
 * mounted on a link, so where one of the two is a link the node is covered as a whole.
 */
static int cover_node(const struct root *root, int *node, const char *shown)
{
	static const char *const names[] = {NODE_CONFIG_DIRECTORY, NODE_STATUS_FILE};
	struct stat status;
	int covered = 0;

	for (size_t i = 0; i < 2; i++) {
		bool is_there = fstatat(*node, names[i], &status, AT_SYMLINK_NOFOLLOW) == 0;
		int result;

		if (!is_there && !is_absence(errno))
			return fail_errno(root->error, -errno, "cannot cover %s", shown);
		if (is_there && S_ISLNK(status.st_mode))
			result = cover(root, node, shown, MOUNT_ATTR_RDONLY);
		else
			result = cover_entry(root, *node, names[i], shown);
		if (result < 0)
			return result;
		covered |= result;
	}
	return covered;
}

/* 1 when @fd now is the directory below it that @guarded means, 0 when that is not there. */
static int step_down(const struct root *root, int *fd, const struct guarded *guarded,
		     const char *shown)
{
	int next = openat(*fd, guarded->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat status;

	if (next < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (next < 0 || fstat(next, &status) < 0) {
		auto_close(&next);
		return fail_errno(root->error, -errno, "cannot cover %s", shown);
	}
	close(*fd);
	*fd = next;
	return host_is_same(&status, &guarded->status);
}

/* @first: the step of the way that stands at @fd. */
static int cover_way(const struct root *root, const struct guarded_path *way, size_t first, int fd,
		     const char *point)
{
	AUTO_CLOSE int here = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	int covered = 0;

	if (here < 0)
		return fail_errno(root->error, -errno, "cannot cover %s", point);
	for (size_t i = first; i < way->count; i++) {
		const struct guarded *step = &way->steps[i];
		int result = i > first ? step_down(root, &here, step, point) : 1;

		if (result <= 0)
			return result < 0 ? result : covered;
		result = 0;
		if (i > first)
			result = cover(root, &here, point, step->is_target ? MOUNT_ATTR_RDONLY : 0);
		if (result >= 0 && step->node)
			result = cover_node(root, &here, point);
		if (result < 0)
			return result;
		covered |= result;
	}
	return covered;
}

/* @status: of the root of the mount @fd. */
static int cover_ways(const struct root *root, const struct redpak_plan *plan, int fd,
		      const struct stat *status, const char *point)
{
	int covered = 0;

	for (size_t i = 0; i < plan->guarded_count; i++) {
		const struct guarded_path *way = &plan->guarded[i];

		for (size_t j = 0; j < way->count; j++) {
			int result = host_is_same(status, &way->steps[j].status)
					     ? cover_way(root, way, j, fd, point)
					     : 0;

			if (result < 0)
				return result;
			covered |= result;
		}
	}
	return covered;
}

int cover_mount(const struct root *root, const struct redpak_plan *plan, int fd, const char *point)
{
	struct stat status;
	int result;

	if (fstat(fd, &status) < 0)
		return fail_errno(root->error, -errno, "cannot cover %s", point);
	if (is_guarded_file(plan, &status)) {
		result = mount_restrict(root, fd, point, MOUNT_ATTR_RDONLY);
		return result < 0 ? result : 1;
	}
	return cover_ways(root, plan, fd, &status, point);
}
