/* SPDX-License-Identifier: Apache-2.0 */
#include "escape.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "witness.h"

int is_secret(const char *bytes, size_t length)
{
	return memmem(bytes, length, SECRET, strlen(SECRET)) ? 0 : IGNORED;
}

int find_secret(int fd)
{
	enum { OVERLAP = sizeof(SECRET) - 2 };
	char bytes[OVERLAP + 8192];
	size_t kept = 0;
	ssize_t got;

	while ((got = read(fd, bytes + kept, sizeof(bytes) - kept)) > 0) {
		size_t length = kept + (size_t)got;

		if (is_secret(bytes, length) == 0)
			return 0;
		kept = length < OVERLAP ? length : OVERLAP;
		memmove(bytes, bytes + length - kept, kept);
	}
	return got < 0 ? -errno : IGNORED;
}

int read_secret_at(int directory, const char *path)
{
	int fd = openat(directory, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	return fd < 0 ? -errno : find_secret(fd);
}

int leave_mounts(void)
{
	if (unshare(CLONE_NEWNS) < 0)
		return -errno;
	return result_of(mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL));
}

int make_volatile(const char *directory)
{
	int error = leave_mounts();

	return error ? error : result_of(mount("witness", directory, "tmpfs", 0, NULL));
}

int mount_and_look(const char *source, const char *directory, const char *type, unsigned long flags,
		   const char *options, const char *file)
{
	char path[4096];
	int error = leave_mounts();

	if (error)
		return error;
	if (mount(source, directory, type, flags, options) < 0)
		return -errno;
	snprintf(path, sizeof(path), "%s/%s", directory, file);
	return read_some(path);
}

static int read_secret(const char *path)
{
	return read_secret_at(AT_FDCWD, path);
}

int read_some(const char *path)
{
	char byte;
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, &byte, 1);

	return got < 0 ? -errno : got > 0 ? 0 : IGNORED;
}

static int write_file(const char *argument)
{
	const char *texts[2];

	split(argument, texts, 2);
	return write_text(texts[0], texts[1]);
}

const struct observation escape_file_observations[] = {
	{"read_secret", NULL, read_secret, "=PATH: read the file, in which the secret is"},
	{"read_some", NULL, read_some, "=PATH: read anything from the file"},
	{"write_text", NULL, write_file, "=PATH,TEXT: write the text to the existing file"},
	{0},
};
