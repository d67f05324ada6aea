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

enum { LINKS_MAX = 40 /* as the kernel's own limit, path_resolution(7) */ };

static int check_owner(const struct stat *status, const char *shown, struct redpak_error *error)
{
	if (status->st_uid != 0 && status->st_uid != getuid())
		return fail(error, -EPERM,
			    "cannot trust %s: it belongs to user %u; give it to root or to the "
			    "caller (chown)",
			    shown, status->st_uid);
	return 0;
}

/* The group bits of a mode hold the mask of an ACL: without them no entry of it lets write. */
static int check_writers(const struct stat *status, const char *shown, struct redpak_error *error)
{
	int sticky = S_ISDIR(status->st_mode) && (status->st_mode & S_ISVTX);

	if ((status->st_mode & (S_IWGRP | S_IWOTH)) && !sticky)
		return fail(error, -EPERM,
			    "cannot trust %s: others may write to it (mode %04o); chmod go-w it",
			    shown, status->st_mode & 07777);
	return 0;
}

static int check_trust(int fd, const char *shown, struct stat *status, struct redpak_error *error)
{
	int result;

	if (fstat(fd, status) < 0)
		return fail_errno(error, -errno, "cannot read the owner of %s", shown);
	result = check_owner(status, shown, error);
	return result < 0 ? result : check_writers(status, shown, error);
}

/*
 * @done: the canonical path so far, without a final slash, empty for the root.
 * @todo: what remains of the path to resolve.
 */
struct walk {
	int fd;
	char done[PATH_MAX];
	char todo[PATH_MAX];
	int links;
	struct redpak_error *error;
};

static int walk_to(struct walk *walk, int fd)
{
	if (fd < 0)
		return fail_errno(walk->error, -errno, "cannot open the directory %s", walk->done);
	close(walk->fd);
	walk->fd = fd;
	return 0;
}

static int walk_root(struct walk *walk)
{
	struct stat status;

	walk->done[0] = '\0';
	walk->fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (walk->fd < 0)
		return fail_errno(walk->error, -errno, "cannot open /");
	return check_trust(walk->fd, "/", &status, walk->error);
}

/* Puts the target of a link in front of what remains. */
static int walk_link(struct walk *walk, const char *name)
{
	char target[PATH_MAX], rest[PATH_MAX];
	ssize_t length = readlinkat(walk->fd, name, target, sizeof(target) - 1);

	if (length < 0)
		return fail_errno(walk->error, -errno, "cannot read the link %s/%s", walk->done,
				  name);
	target[length] = '\0';
	strcpy(rest, walk->todo);
	if (++walk->links > LINKS_MAX || snprintf(walk->todo, sizeof(walk->todo), "%s/%s", target,
						  rest) >= (int)sizeof(walk->todo))
		return fail_errno(walk->error, -ELOOP, "cannot follow the link %s/%s", walk->done,
				  name);
	if (target[0] != '/')
		return 0;
	close(walk->fd);
	return walk_root(walk);
}

static int walk_down(struct walk *walk, const char *name)
{
	size_t used = strlen(walk->done);
	struct stat status;
	int result;

	if (used + strlen(name) + 2 > sizeof(walk->done))
		return fail_errno(walk->error, -ENAMETOOLONG, "cannot open the node below %s",
				  walk->done);
	if (fstatat(walk->fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return advise(walk->error,
			      fail_errno(walk->error, -errno, "cannot open the node at %s/%s",
					 walk->done, name),
			      "give the directory of a node");
	sprintf(walk->done + used, "/%s", name);
	if (S_ISLNK(status.st_mode)) {
		result = check_owner(&status, walk->done, walk->error);
		walk->done[used] = '\0';
		return result < 0 ? result : walk_link(walk, name);
	}
	result = walk_to(walk,
			 openat(walk->fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	return result < 0 ? result : check_trust(walk->fd, walk->done, &status, walk->error);
}

static int walk_up(struct walk *walk)
{
	char *slash = strrchr(walk->done, '/');

	if (slash)
		*slash = '\0';
	return walk_to(walk, openat(walk->fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC));
}

static int walk_all(struct walk *walk)
{
	int result = walk_root(walk);

	while (result == 0 && walk->todo[0]) {
		char name[NAME_MAX + 1];
		char *start = walk->todo + strspn(walk->todo, "/");
		size_t length = strcspn(start, "/");

		if (length > NAME_MAX)
			return fail_errno(walk->error, -ENAMETOOLONG,
					  "cannot open the node below %s", walk->done);
		memcpy(name, start, length);
		name[length] = '\0';
		memmove(walk->todo, start + length, strlen(start + length) + 1);
		if (!strcmp(name, ".."))
			result = walk_up(walk);
		else if (length && strcmp(name, ".") != 0)
			result = walk_down(walk, name);
	}
	return result;
}

int trust_open_directory(struct pool *pool, const char *path, const char **canonical,
			 struct redpak_error *error)
{
	struct walk walk = {.fd = -1, .error = error};
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
	result = walk_all(&walk);
	if (result < 0) {
		auto_close(&walk.fd);
		return result;
	}
	*canonical = pool_format(pool, "%s", walk.done[0] ? walk.done : "/");
	if (!*canonical) {
		auto_close(&walk.fd);
		return out_of_memory(error);
	}
	return walk.fd;
}

int trust_open_file(int directory, const char *name, const char *shown, struct redpak_error *error)
{
	/* O_NONBLOCK: a FIFO in the place of the file must not block. */
	AUTO_CLOSE int fd =
		openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat status;
	int result;

	if (fd < 0) {
		result = -errno;
		return result == -ENOENT ? result
					 : fail_errno(error, result, "cannot open %s", shown);
	}
	result = check_trust(fd, shown, &status, error);
	if (result < 0)
		return result;
	if (!S_ISREG(status.st_mode))
		return fail(error, -EINVAL, "cannot read %s: it is not a regular file", shown);
	return take_fd(&fd);
}
