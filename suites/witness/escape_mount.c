/* SPDX-License-Identifier: Apache-2.0 */
/* Ways round a node's mounts: to what is masked, was left, or is beside an export. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "escape.h"
#include "witness.h"

/* Seeing what is masked. */

/* Fields: MASK (a path), PATH for it to go. */
static int move_mask(const char *argument)
{
	const char *texts[2];
	int error, fd;

	split(argument, texts, 2);
	error = leave_mounts();
	if (error)
		return error;
	fd = open(texts[1], O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	error = fd < 0 ? -errno : result_of(mount(texts[0], texts[1], NULL, MS_MOVE, NULL));
	/* Where there is no mask there is nothing to move. */
	return read_some(texts[0]) == 0 ? 0 : error ? error : IGNORED;
}

/* Fields: PATH, DIRECTORY to mount it at without what is mounted on it, FILE there. */
static int look_below(const char *argument)
{
	const char *texts[3];

	split(argument, texts, 3);
	return mount_and_look(texts[0], texts[1], NULL, MS_BIND, NULL, texts[2]);
}

/* Seeing what was left when the root was changed. The arguments are paths of the host. */

/* Fields: DIRECTORY, PATH of the secret. */
static int swap_roots(const char *argument)
{
	const char *texts[2];
	char path[4096];
	int error;

	split(argument, texts, 2);
	error = make_volatile(texts[0]);
	snprintf(path, sizeof(path), "%s/old", texts[0]);
	if (error)
		return error;
	if (mkdir(path, 0700) < 0 || syscall(SYS_pivot_root, texts[0], path) < 0)
		return -errno;
	snprintf(path, sizeof(path), "/old/%s", texts[1]);
	return read_secret_at(AT_FDCWD, path);
}

/* A directory that is open above a chroot(2) leads out of it. */
static int climb_from_descriptor(const char *path)
{
	int top = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char inner[] = "/tmp/witness-XXXXXX";

	if (top < 0 || !mkdtemp(inner) || chroot(inner) < 0 || fchdir(top) < 0)
		return -errno;
	rmdir(inner);
	for (int i = 0; i < 64; i++)
		if (chdir("..") < 0)
			return -errno;
	return read_secret_at(AT_FDCWD, path + 1);
}

/* Past what is exported. */

/* Fields: FILE, PATH of another name for it. */
static int link_file(const char *argument)
{
	const char *texts[2];
	int fd;

	split(argument, texts, 2);
	if (link(texts[0], texts[1]) < 0)
		return -errno;
	fd = open(texts[1], O_WRONLY | O_APPEND | O_CLOEXEC);
	return fd < 0 ? -errno : result_of(write(fd, "linked\n", 7));
}

/* Fields: DIRECTORY, NAME of a new link there, PATH of the secret that it leads to. */
static int follow_link(const char *argument)
{
	const char *texts[3];
	int directory;

	split(argument, texts, 3);
	directory = open(texts[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0 || symlinkat(texts[2], directory, texts[1]) < 0)
		return -errno;
	return read_secret_at(directory, texts[1]);
}

/* Fields: DIRECTORY, PATH of the secret from there, which begins with `..`. */
static int climb_from_export(const char *argument)
{
	const char *texts[2];
	int directory;

	split(argument, texts, 2);
	directory = open(texts[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return directory < 0 ? -errno : read_secret_at(directory, texts[1]);
}

const struct observation escape_mount_observations[] = {
	{"move_mask", NULL, move_mask, "=MASK,PATH: move the mount, and read what was below"},
	{"look_below", NULL, look_below, "=PATH,DIRECTORY,FILE: bind without submounts, read"},
	{"swap_roots", NULL, swap_roots, "=DIRECTORY,PATH: pivot_root, read the secret in the old"},
	{"climb_from_descriptor", NULL, climb_from_descriptor,
	 "=PATH: chroot, fchdir above it, climb, read the secret"},
	{"link_file", NULL, link_file, "=FILE,PATH: hard link, and write to the file by it"},
	{"follow_link", NULL, follow_link, "=DIRECTORY,NAME,PATH: symbolic link, read the secret"},
	{"climb_from_export", NULL, climb_from_export, "=DIRECTORY,PATH: read the secret by `..`"},
	{0},
};
