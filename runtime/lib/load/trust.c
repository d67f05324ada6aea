/* SPDX-License-Identifier: Apache-2.0 */
#include "load/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "load/writers.h"

enum { LINKS_MAX = 40 /* as the kernel's own limit, path_resolution(7) */ };

static int check_trust(int fd, const char *shown, struct stat *status, struct redpak_error *error)
{
	int result;

	if (fstat(fd, status) < 0)
		return fail_errno(error, -errno, "cannot read the owner of %s", shown);
	result = check_owner(status, shown, error);
	return result < 0 ? result : check_writers(fd, status, shown, error);
}

/*
 * @fd: the directory reached. @start: where the walk began, if that is the caller's; else -1.
 * @done: its canonical path, without a final slash, empty for the root.
 * @todo: what remains of the path to resolve.
 * @file: the last component is to be a regular file, which @fd then is, open for reading.
 */
struct walk {
	int fd, start;
	char done[PATH_MAX];
	char todo[PATH_MAX];
	int links;
	bool file;
	struct redpak_error *error;
};

static void end_walk(struct walk *walk)
{
	if (walk->fd != walk->start)
		auto_close(&walk->fd);
	walk->fd = -1;
}

#define AUTO_END __attribute__((cleanup(end_walk)))

static void walk_to(struct walk *walk, int fd)
{
	end_walk(walk);
	walk->fd = fd;
}

static int walk_root(struct walk *walk)
{
	struct stat status;

	walk->done[0] = '\0';
	end_walk(walk);
	walk->fd = openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (walk->fd < 0)
		return fail_errno(walk->error, -errno, "cannot open /");
	return check_trust(walk->fd, "/", &status, walk->error);
}

/* Puts the target of the link @link, the entry @name, in front of what remains. */
static int walk_link(struct walk *walk, int link, const char *name)
{
	char target[PATH_MAX], rest[PATH_MAX];
	ssize_t length = readlinkat(link, "", target, sizeof(target) - 1);

	if (length < 0)
		return fail_errno(walk->error, -errno, "cannot read the link %s/%s", walk->done,
				  name);
	target[length] = '\0';
	strcpy(rest, walk->todo);
	if (++walk->links > LINKS_MAX ||
	    snprintf(walk->todo, sizeof(walk->todo), "%s%s%s", target, *rest ? "/" : "", rest) >=
		    (int)sizeof(walk->todo))
		return fail_errno(walk->error, -ELOOP, "cannot follow the link %s/%s", walk->done,
				  name);
	return target[0] == '/' ? walk_root(walk) : 0;
}

/* @file: for reading; a link is opened as itself either way. */
static int open_component(const struct walk *walk, const char *name, bool file)
{
	/* O_NONBLOCK: a FIFO in the place of the file must not block. */
	int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	int fd = file ? openat(walk->fd, name, flags) : -1;

	if (file && (fd >= 0 || errno != ELOOP))
		return fd;
	return openat(walk->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

static int check_component(struct walk *walk, const struct stat *status, int fd, bool file)
{
	bool fits = file ? S_ISREG(status->st_mode) : S_ISDIR(status->st_mode);
	int result = check_owner(status, walk->done, walk->error);

	if (result == 0)
		result = check_writers(fd, status, walk->done, walk->error);
	if (result < 0 || fits)
		return result;
	return file ? fail(walk->error, -EINVAL, "cannot read %s: it is not a regular file",
			   walk->done)
		    : fail_errno(walk->error, -ENOTDIR, "cannot open the directory %s", walk->done);
}

static int walk_down(struct walk *walk, const char *name, bool file)
{
	size_t used = strlen(walk->done);
	AUTO_CLOSE int fd = -1;
	struct stat status;
	int result;

	if (used + strlen(name) + 2 > sizeof(walk->done))
		return fail_errno(walk->error, -ENAMETOOLONG, "cannot open the node below %s",
				  walk->done);
	fd = open_component(walk, name, file);
	if (fd < 0 || fstat(fd, &status) < 0)
		return fail_errno(walk->error, -errno, "cannot open %s/%s", walk->done, name);
	sprintf(walk->done + used, "/%s", name);
	if (S_ISLNK(status.st_mode)) {
		result = check_owner(&status, walk->done, walk->error);
		walk->done[used] = '\0';
		return result < 0 ? result : walk_link(walk, fd, name);
	}
	result = check_component(walk, &status, fd, file);
	if (result == 0)
		walk_to(walk, take_fd(&fd));
	return result;
}

static int walk_up(struct walk *walk)
{
	char *slash = strrchr(walk->done, '/');
	int fd = openat(walk->fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return fail_errno(walk->error, -errno, "cannot open the directory above %s",
				  walk->done);
	if (slash)
		*slash = '\0';
	walk_to(walk, fd);
	return 0;
}

/* Cuts the first component off what remains; *@last: nothing is behind it. */
static int next_component(struct walk *walk, char name[NAME_MAX + 1], bool *last)
{
	char *start = walk->todo + strspn(walk->todo, "/");
	size_t length = strcspn(start, "/");

	if (length > NAME_MAX)
		return fail_errno(walk->error, -ENAMETOOLONG, "cannot open the node below %s",
				  walk->done);
	memcpy(name, start, length);
	name[length] = '\0';
	*last = !start[length];
	memmove(walk->todo, start + length, strlen(start + length) + 1);
	return 0;
}

/* Goes on from walk->fd until nothing remains. */
static int walk_all(struct walk *walk)
{
	int result = 0;

	while (result == 0 && walk->todo[0]) {
		char name[NAME_MAX + 1] = "";
		bool last = false;

		result = next_component(walk, name, &last);
		if (result < 0)
			break;
		if (!strcmp(name, ".."))
			result = walk_up(walk);
		else if (*name && strcmp(name, ".") != 0)
			result = walk_down(walk, name, last && walk->file);
	}
	return result;
}

/* Starts at the directory @fd, which has been checked, at the canonical path @path. */
static int walk_from(struct walk *walk, int fd, const char *path, const char *name)
{
	int result;

	if (snprintf(walk->done, sizeof(walk->done), "%s", strcmp(path, "/") ? path : "") >=
		    (int)sizeof(walk->done) ||
	    snprintf(walk->todo, sizeof(walk->todo), "%s", name) >= (int)sizeof(walk->todo))
		return fail_errno(walk->error, -ENAMETOOLONG, "cannot open %s/%s", path, name);
	walk->fd = walk->start = fd;
	result = walk_all(walk);
	if (result < 0 || walk->fd != fd)
		return result;
	/* It led nowhere else, as a link to "." does. */
	walk->fd = openat(fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return walk->fd < 0 ? fail_errno(walk->error, -errno, "cannot open %s", path) : 0;
}

static int walked_directory(struct pool *pool, struct walk *walk, const char **canonical)
{
	*canonical = pool_format(pool, "%s", walk->done[0] ? walk->done : "/");
	return *canonical ? take_fd(&walk->fd) : out_of_memory(walk->error);
}

int trust_open_directory(struct pool *pool, const char *path, const char **canonical,
			 struct redpak_error *error)
{
	AUTO_END struct walk walk = {.fd = -1, .start = -1, .error = error};
	char here[PATH_MAX] = "";
	int result;

	/* As open(2) has it; a variable that was never set does not mean the current directory. */
	if (!*path)
		return fail(error, -ENOENT,
			    "cannot open the node at '': give the directory of a node");
	if (path[0] != '/' && !getcwd(here, sizeof(here)))
		return fail_errno(error, -errno, "cannot tell the current directory");
	if (snprintf(walk.todo, sizeof(walk.todo), "%s/%s", here, path) >= (int)sizeof(walk.todo))
		return fail_errno(error, -ENAMETOOLONG, "cannot open the node at %s", path);
	result = walk_root(&walk);
	if (result == 0)
		result = walk_all(&walk);
	if (result == -ENOENT)
		return advise(error, result, "give the directory of a node");
	return result < 0 ? result : walked_directory(pool, &walk, canonical);
}

int trust_open_below(struct pool *pool, int directory, const char *path, const char *name,
		     const char **canonical, struct redpak_error *error)
{
	AUTO_END struct walk walk = {.fd = -1, .start = -1, .error = error};
	int result = walk_from(&walk, directory, path, name);

	return result < 0 ? result : walked_directory(pool, &walk, canonical);
}

int trust_open_file(int directory, const char *path, const char *name, struct redpak_error *error)
{
	AUTO_END struct walk walk = {.fd = -1, .start = -1, .file = true, .error = error};
	/* An empty name is that of no file, path_resolution(7); the walk would stay at the
	 * directory. */
	int result = *name ? walk_from(&walk, directory, path, name) : -ENOENT;
	struct stat status;

	if (result == 0)
		return take_fd(&walk.fd);
	if (result != -ENOENT)
		return result;
	/* A link to nothing is no reason to take another file in its place. */
	return fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 ? -EINVAL : -ENOENT;
}
