/* SPDX-License-Identifier: Apache-2.0 */
/* What a launcher may leave to a payload by mistake: descriptors, files, variables, memory. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "witness.h"

enum { ROUNDS = 2000, MORE = 1 << 24 };

/* descriptors */

static int read_at(const char *argument)
{
	const char *texts[2];
	char byte;
	int fd;

	split(argument, texts, 2);
	fd = openat((int)number_of(texts[0]), texts[1], O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : result_of(read(fd, &byte, 1));
}

static int read_descriptor(const char *number)
{
	char byte;

	return result_of(pread((int)number_of(number), &byte, 1, 0));
}

static int send_to_descriptor(const char *number)
{
	return result_of(send((int)number_of(number), "x", 1, MSG_NOSIGNAL));
}

/* files */

static int append_file(const char *path)
{
	int fd = open(need(path), O_WRONLY | O_APPEND | O_CLOEXEC);

	return fd < 0 ? -errno : result_of(write(fd, "made\n", 5));
}

static int make_directory(const char *path)
{
	return result_of(mkdir(need(path), 0755));
}

static int move_aside(const char *path)
{
	char other[4096];

	snprintf(other, sizeof(other), "%s-aside", need(path));
	return result_of(rename(path, other));
}

/* Where a path leads to changes all the time: what it led to at least once. */

static int find_text(const char *argument)
{
	const char *texts[2];
	char content[4096];

	split(argument, texts, 2);
	for (int i = 0; i < ROUNDS; i++) {
		int fd = open(texts[0], O_RDONLY | O_CLOEXEC);
		ssize_t got = fd < 0 ? 0 : read(fd, content, sizeof(content));

		if (fd >= 0)
			close(fd);
		if (got == (ssize_t)strlen(texts[1]) && memcmp(content, texts[1], (size_t)got) == 0)
			return 0;
	}
	return -ENOENT;
}

/* The directory PATH is made again and again until MADE is there: it led elsewhere. */
static int make_elsewhere(const char *argument)
{
	const char *texts[2];

	split(argument, texts, 2);
	for (int i = 0; i < ROUNDS; i++) {
		if (mkdir(texts[0], 0755) == 0 && access(texts[1], F_OK) == 0)
			return 0;
		rmdir(texts[0]);
	}
	return -ENOENT;
}

/* the caller's environment */

static int tell_variable(FILE *out, const char *name)
{
	json_string(out, name ? getenv(name) : NULL);
	return 0;
}

/* memory: a file that takes a quarter of it, and more */

static int allocate(const char *path)
{
	struct sysinfo system;
	int fd = open(need(path), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || sysinfo(&system) < 0)
		broken("cannot make %s", path);
	return result_of(
		fallocate(fd, 0, 0, (off_t)(system.totalram / 4 * system.mem_unit) + MORE));
}

const struct observation escape_launcher_observations[] = {
	{"read_at", NULL, read_at, "=N,NAME: read a file of the directory that N is open on"},
	{"read_descriptor", NULL, read_descriptor, "=N: read the file that it is open on"},
	{"send_to_descriptor", NULL, send_to_descriptor, "=N: send a byte to the socket"},
	{"append_file", NULL, append_file, "=PATH: add a line to the file"},
	{"make_directory", NULL, make_directory, "=PATH: mkdir"},
	{"move_aside", NULL, move_aside, "=PATH: rename it to PATH-aside"},
	{"find_text", NULL, find_text, "=PATH,TEXT: read PATH until its content is TEXT"},
	{"make_elsewhere", NULL, make_elsewhere, "=PATH,MADE: mkdir PATH until MADE is there"},
	{"variable", tell_variable, NULL, "=NAME: value of the environment variable"},
	{"allocate", NULL, allocate, "=PATH: make a file larger than a quarter of memory"},
	{0},
};
