/* SPDX-License-Identifier: Apache-2.0 */
#include "apply/host.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/auto.h"
#include "load/writers.h"

enum { LINKS_MAX = 40 /* as the kernel's own limit, path_resolution(7) */ };

/*
 * A path being walked.
 * @fd: the directory reached. @depth: how far below the root of the host it stands.
 * @todo: what remains. @own: length of what remains of the path itself, behind the target of the
 * last link; what comes before that was read from the link.
 * @making: what links are not followed; NULL for a path that the payload has nothing to do with.
 */
struct walk {
	const char *path;
	int host, fd;
	size_t depth, own;
	int links;
	char todo[PATH_MAX];
	const struct host_making *making;
	struct redpak_error *error;
};

static int open_beneath(int parent, const char *name, uint64_t flags)
{
	struct open_how how = {.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC | flags,
			       .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};

	if (flags & O_DIRECTORY)
		how.resolve |= RESOLVE_NO_SYMLINKS;
	return (int)syscall(SYS_openat2, parent, name, &how, sizeof(how));
}

static int refuse(const struct walk *walk, int code)
{
	return fail_errno(walk->error, code, "cannot export %s of the host", walk->path);
}

static int walk_begin(struct walk *walk)
{
	walk->depth = 0;
	walk->fd = fcntl(walk->host, F_DUPFD_CLOEXEC, 0);
	return walk->fd < 0 ? refuse(walk, -errno) : 0;
}

static void walk_to(struct walk *walk, int fd)
{
	close(walk->fd);
	walk->fd = fd;
}

/* Above the root of the host stands itself; its own ".." may be the root of the node. */
static int walk_up(struct walk *walk)
{
	int fd;

	if (walk->depth == 0)
		return 0;
	fd = openat(walk->fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return refuse(walk, -errno);
	walk->depth--;
	walk_to(walk, fd);
	return 0;
}

static size_t remaining(const struct walk *walk)
{
	return strlen(walk->todo + strspn(walk->todo, "/"));
}

static int is_beneath(const struct walk *walk, const char *place);

/*
 * A link of the payload's user where an earlier payload of the node could make it: it chose where
 * it leads, which may be outside of the node. In an export of all of the host that is no more than
 * it has anyway.
 */
static int check_planted(const struct walk *walk, const struct stat *status)
{
	const char *const *place = walk->making ? walk->making->writable : NULL;

	if (!place || status->st_uid != walk->making->uid)
		return 0;
	for (; *place; place++) {
		int found = strcmp(*place, "/") != 0 ? is_beneath(walk, *place) : 0;

		if (found > 0)
			return fail(walk->error, -EPERM,
				    "cannot export %s of the host: a symbolic link on the way "
				    "stands in %s, which the payload may write to; export what it "
				    "leads to",
				    walk->path, *place);
		if (found < 0 && found != -ENOENT)
			return found;
	}
	return 0;
}

/* Puts the target of the link (a descriptor) in front of what remains. */
static int walk_link(struct walk *walk, int link, const struct stat *status)
{
	char target[PATH_MAX], rest[PATH_MAX];
	ssize_t length;
	int result;

	if (status->st_uid != 0 && !is_callers_user(status->st_uid))
		return fail(walk->error, -EPERM,
			    "cannot export %s of the host: a symbolic link on the way belongs to "
			    "user %u; give it to root or to the caller (chown -h)",
			    walk->path, status->st_uid);
	result = check_planted(walk, status);
	if (result < 0)
		return result;
	length = readlinkat(link, "", target, sizeof(target) - 1);
	if (length < 0)
		return refuse(walk, -errno);
	target[length] = '\0';
	strcpy(rest, walk->todo);
	walk->own = remaining(walk);
	if (++walk->links > LINKS_MAX || snprintf(walk->todo, sizeof(walk->todo), "%s/%s", target,
						  rest) >= (int)sizeof(walk->todo))
		return refuse(walk, -ELOOP);
	if (target[0] != '/')
		return 0;
	close(walk->fd);
	return walk_begin(walk);
}

/* Returns -ENOENT, without an error, when @name is missing. */
static int walk_down(struct walk *walk, const char *name)
{
	AUTO_CLOSE int fd = open_beneath(walk->fd, name, 0);
	struct stat status;

	if (fd < 0 && errno == ENOENT)
		return -ENOENT;
	if (fd < 0 || fstat(fd, &status) < 0)
		return refuse(walk, -errno);
	if (S_ISLNK(status.st_mode))
		return walk_link(walk, fd, &status);
	walk->depth++;
	walk_to(walk, take_fd(&fd));
	return 0;
}

/* Takes the next component off what remains: its length, 0 at the end, or a negative errno. */
static int next_component(struct walk *walk, char name[NAME_MAX + 1])
{
	char *start = walk->todo + strspn(walk->todo, "/");
	size_t length = strcspn(start, "/");

	if (length > NAME_MAX)
		return refuse(walk, -ENAMETOOLONG);
	memcpy(name, start, length);
	name[length] = '\0';
	memmove(walk->todo, start + length, strlen(start + length) + 1);
	return (int)length;
}

/*
 * Walks as far as the path exists. Returns 1 at its end; 0 when the component @missing is not
 * there; or a negative errno.
 */
static int walk_existing(struct walk *walk, char missing[NAME_MAX + 1])
{
	int result = walk_begin(walk);

	walk->own = remaining(walk);
	while (result == 0) {
		bool of_link = remaining(walk) > walk->own;
		int length = next_component(walk, missing);

		if (length <= 0)
			return length < 0 ? length : 1;
		if (!strcmp(missing, ".."))
			result = walk_up(walk);
		else if (strcmp(missing, ".") != 0)
			result = walk_down(walk, missing);
		if (result == -ENOENT && of_link)
			return fail(walk->error, result,
				    "cannot export %s of the host: a symbolic link on the way "
				    "leads to '%s', which is missing; make it, or remove the link",
				    walk->path, missing);
		if (result == -ENOENT)
			return 0;
	}
	return result;
}

static int walk_path(struct walk *walk, const char *path, char missing[NAME_MAX + 1])
{
	int result;

	if (snprintf(walk->todo, sizeof(walk->todo), "%s", path) >= (int)sizeof(walk->todo))
		return refuse(walk, -ENAMETOOLONG);
	result = walk_existing(walk, missing);
	if (result < 0)
		auto_close(&walk->fd);
	return result;
}

/* The whole path, as the kernel resolves it; -1 with errno. */
static int open_whole(int host, const char *path, uint64_t resolve)
{
	struct open_how how = {.flags = O_PATH | O_CLOEXEC,
			       .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | resolve};
	const char *relative = path + strspn(path, "/");

	return (int)syscall(SYS_openat2, host, *relative ? relative : ".", &how, sizeof(how));
}

/* @walk: at its beginning. */
static int open_walk(struct walk *walk, bool *through_link)
{
	char missing[NAME_MAX + 1];
	int result;

	/* Mostly there is no link on the way, which costs one call only. */
	int fd = open_whole(walk->host, walk->path, RESOLVE_NO_SYMLINKS);

	*through_link = fd < 0 && errno == ELOOP;
	if (!*through_link)
		return fd < 0 ? refuse(walk, -errno) : fd;
	result = walk_path(walk, walk->path, missing);
	if (result == 0) {
		close(walk->fd);
		return refuse(walk, -ENOENT);
	}
	return result < 0 ? result : walk->fd;
}

int host_open(const struct host_making *making, const char *path, bool *through_link)
{
	struct walk walk = {.path = path,
			    .host = making->host,
			    .fd = -1,
			    .making = making,
			    .error = making->error};

	return open_walk(&walk, through_link);
}

int host_open_again(int host, const char *path, int former, struct redpak_error *error)
{
	AUTO_CLOSE int fd = open_whole(host, path, former < 0 ? RESOLVE_NO_SYMLINKS : 0);
	struct walk walk = {.path = path, .error = error};
	bool replaced = fd < 0 && errno == ELOOP && former < 0;
	struct stat now, then;

	if (fd < 0 && !replaced)
		return refuse(&walk, -errno);
	if (fd >= 0 && former >= 0) {
		if (fstat(fd, &now) < 0 || fstat(former, &then) < 0)
			return refuse(&walk, -errno);
		replaced = !host_is_same(&now, &then);
	}
	if (replaced)
		return fail(error, -EPERM,
			    "cannot export %s of the host: it was replaced meanwhile", path);
	return take_fd(&fd);
}

bool host_is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Whether the directory @fd is @place or stands below it. */
static int is_beneath(const struct walk *walk, const char *place)
{
	struct walk way = {.path = place, .host = walk->host, .fd = -1, .error = walk->error};
	bool through_link;
	AUTO_CLOSE int top = open_walk(&way, &through_link);
	AUTO_CLOSE int fd = fcntl(walk->fd, F_DUPFD_CLOEXEC, 0);
	struct stat wanted, status;

	if (top < 0)
		return top;
	if (fd < 0 || fstat(top, &wanted) < 0)
		return refuse(walk, -errno);
	for (size_t depth = walk->depth;; depth--) {
		int above;

		if (fstat(fd, &status) < 0)
			return refuse(walk, -errno);
		if (host_is_same(&wanted, &status))
			return 1;
		if (depth == 0)
			return 0;
		above = openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (above < 0)
			return refuse(walk, -errno);
		close(fd);
		fd = above;
	}
}

static int check_place(const struct walk *walk, const char *const *places)
{
	int found = places ? 0 : 1;

	for (; places && *places && found == 0; places++)
		found = is_beneath(walk, *places);
	if (found == 0)
		return fail(walk->error, -EPERM,
			    "cannot make the missing directory %s of the host: it is not beneath a "
			    "node; make it, or give --force",
			    walk->path);
	return found < 0 ? found : 0;
}

/* Gives the directory that was just made to whom it is for. */
static int hand_over(const struct host_making *making, const struct walk *walk, const char *name)
{
	AUTO_CLOSE int fd = openat(walk->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		return refuse(walk, -errno);
	if (status.st_uid != geteuid())
		return fail(walk->error, -EPERM,
			    "cannot make the directory %s of the host: '%s' was replaced meanwhile",
			    walk->path, name);
	if (making->label &&
	    fsetxattr(fd, "security.SMACK64", making->label, strlen(making->label), 0) < 0)
		return fail_errno(walk->error, -errno,
				  "cannot label the directory %s of the host '%s'", walk->path,
				  making->label);
	if ((making->uid != geteuid() || making->gid != getegid()) &&
	    fchown(fd, making->uid, making->gid) < 0)
		return fail_errno(walk->error, -errno, "cannot give %s of the host to %u:%u",
				  walk->path, making->uid, making->gid);
	return 0;
}

static int make_one(const struct host_making *making, struct walk *walk, const char *name)
{
	/* Another start may make the same one meanwhile. */
	bool made = mkdirat(walk->fd, name, 0775) == 0;
	int result = 0, fd;

	if (!made && errno != EEXIST)
		return advise(walk->error,
			      fail_errno(walk->error, -errno,
					 "cannot make the directory %s of the host", walk->path),
			      "make it beforehand");
	if (made) {
		result = made_add(making->list, walk->fd, name);
		if (result < 0)
			return refuse(walk, result);
		result = hand_over(making, walk, name);
	}
	if (result < 0)
		return result;
	fd = open_beneath(walk->fd, name, O_DIRECTORY);
	if (fd < 0)
		return refuse(walk, -errno);
	walk_to(walk, fd);
	return 0;
}

int host_make_directory(const struct host_making *making, const char *path)
{
	struct walk walk = {.path = path,
			    .host = making->host,
			    .fd = -1,
			    .making = making,
			    .error = making->error};
	char name[NAME_MAX + 1];
	int length = 1, result = walk_path(&walk, path, name);

	if (result != 0)
		return result < 0 ? result : walk.fd;
	result = check_place(&walk, making->places);
	while (result == 0 && length > 0) {
		result = make_one(making, &walk, name);
		if (result == 0)
			length = next_component(&walk, name);
	}
	if (result == 0 && length < 0)
		result = length;
	if (result < 0)
		auto_close(&walk.fd);
	return result < 0 ? result : walk.fd;
}
