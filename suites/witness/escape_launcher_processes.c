/* SPDX-License-Identifier: Apache-2.0 */
/* Ways through the other processes that a payload sees, among them the launcher's; proc(5). */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "witness.h"

enum { ROUNDS = 50 };

/* Directories that a process has open: a way to whatever file system it is on. */
static const char *const ways[] = {"root", "cwd",  "fd/3", "fd/4", "fd/5",
				   "fd/6", "fd/7", "fd/8", "fd/9", "fd/10"};

/* Calls `try` for each process that is there, but not for the one that asks and its parent; returns
 * 0 as soon as one is permitted, else an error of the last. */
static int for_others(int (*try)(const char *pid, const char *argument), const char *argument)
{
	int result = -ESRCH;
	struct dirent *entry;
	DIR *processes = opendir("/proc");

	if (!processes)
		return -errno;
	while (result != 0 && (entry = readdir(processes))) {
		int pid = isdigit((unsigned char)*entry->d_name) ? atoi(entry->d_name) : getpid();

		if (pid != getpid() && pid != getppid())
			result = try(entry->d_name, argument);
	}
	closedir(processes);
	return result;
}

static int enter(const char *pid, const char *file)
{
	int result = -ENOENT;

	for (size_t i = 0; result != 0 && i < sizeof(ways) / sizeof(ways[0]); i++) {
		char path[4096];
		int fd;

		snprintf(path, sizeof(path), "/proc/%s/%s/%s", pid, ways[i], file);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		result = fd < 0 ? -errno : 0;
		if (fd >= 0)
			close(fd);
	}
	return result;
}

/* Also as soon as possible, when a process may not have shut its ways yet. */
static int enter_others(const char *file)
{
	int result = -ESRCH;

	for (int i = 0; result != 0 && i < ROUNDS; i++)
		result = for_others(enter, file);
	return result;
}

static int enter_meanwhile(FILE *out, const char *file)
{
	int result = -ESRCH;

	while (result != 0 && !line_waits())
		result = for_others(enter, file);
	write_result(out, result);
	return 0;
}

/* A program that runs is busy: everything but that has been permitted. */
static int open_program(const char *pid, const char *unused)
{
	char path[64];

	(void)unused;
	snprintf(path, sizeof(path), "/proc/%s/exe", pid);
	return open(path, O_WRONLY | O_CLOEXEC) < 0 && errno != ETXTBSY ? -errno : 0;
}

static int overwrite_others(const char *unused)
{
	return for_others(open_program, unused);
}

const struct observation escape_launcher_process_observations[] = {
	{"enter_others", NULL, enter_others,
	 "open FILE through the directories of other processes"},
	{"enter_meanwhile", enter_meanwhile, NULL, "the same until a line of input comes"},
	{"overwrite_others", NULL, overwrite_others,
	 "open the program of another process for writing"},
	{0},
};
