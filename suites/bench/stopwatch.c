/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times commands: stopwatch MOUNTS DIRECTORY GROUP... < SCHEDULE
 *
 * A GROUP is `PLACE COUNT WIDTH COMMAND WORD... ;`: start the command COUNT times, at most WIDTH at
 * once. PLACE is `plain`, or `crowded` for a mount namespace with MOUNTS tmpfs more, below
 * DIRECTORY. Both are copies of the caller's, so that nothing is seen of it outside. SCHEDULE holds
 * the numbers of groups, from 0, in the order in which to time them; the nanoseconds of each go to
 * standard output, one a line. A command that does not end with status 0 ends everything with 2.
 */
#include <errno.h>
#include <error.h>
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FAILED = 2, GROUPS_MAX = 32 };

struct group {
	int place; /* descriptor of a mount namespace */
	unsigned long count, width;
	char **command;
};

extern char **environ;
static posix_spawn_file_actions_t quiet; /* nothing to read, and no way to the results */

static unsigned long number(const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (!*text || *end)
		error(FAILED, 0, "'%s' is not a number", text);
	return value;
}

static int open_namespace(void)
{
	int fd = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		error(FAILED, errno, "cannot open the mount namespace");
	return fd;
}

/* Moves to a copy of the mount namespace that is cut off from the first. */
static int copy_namespace(void)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		error(FAILED, errno, "cannot make a mount namespace; start it as root");
	return open_namespace();
}

static void crowd(unsigned long mounts, const char *directory)
{
	char path[4096];

	for (unsigned long i = 0; i < mounts; i++) {
		snprintf(path, sizeof(path), "%s/%lu", directory, i);
		if ((mkdir(path, 0755) < 0 && errno != EEXIST) ||
		    mount("tmpfs", path, "tmpfs", 0, "size=4k") < 0)
			error(FAILED, errno, "cannot mount at %s", path);
	}
}

/* Reads a group at @words and returns what follows it. */
static char **read_group(char **words, struct group *group, int plain, int crowded)
{
	for (int i = 0; i < 4; i++) {
		if (!words[i])
			error(FAILED, 0, "a group is cut short");
	}
	group->place = strcmp(words[0], "crowded") ? plain : crowded;
	group->count = number(words[1]);
	group->width = number(words[2]);
	group->command = words += 3;
	while (*words && strcmp(*words, ";") != 0)
		words++;
	if (!*words)
		error(FAILED, 0, "a group has no end");
	*words = NULL;
	return words + 1;
}

static void start(char **command)
{
	pid_t pid;
	int code = posix_spawn(&pid, command[0], &quiet, NULL, command, environ);

	if (code)
		error(FAILED, code, "cannot start %s", command[0]);
}

static void await(char **command)
{
	int status;

	if (wait(&status) < 0 || status != 0)
		error(FAILED, 0, "%s ended with wait status %#x", command[0], (unsigned)status);
}

static long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static long long time_group(const struct group *group)
{
	long long begin;

	if (setns(group->place, CLONE_NEWNS) < 0)
		error(FAILED, errno, "cannot enter the mount namespace");
	begin = now();
	for (unsigned long i = 0; i < group->count; i++) {
		if (i >= group->width)
			await(group->command);
		start(group->command);
	}
	for (unsigned long i = 0; i < group->count && i < group->width; i++)
		await(group->command);
	return now() - begin;
}

int main(int argc, char **argv)
{
	struct group groups[GROUPS_MAX];
	size_t count = 0, chosen;
	int plain, crowded;

	if (argc < 4)
		error(FAILED, 0, "usage: stopwatch MOUNTS DIRECTORY GROUP... < SCHEDULE");
	plain = copy_namespace();
	crowded = copy_namespace();
	crowd(number(argv[1]), argv[2]);
	for (char **words = argv + 3; *words; count++) {
		if (count == GROUPS_MAX)
			error(FAILED, 0, "more than %d groups", GROUPS_MAX);
		words = read_group(words, &groups[count], plain, crowded);
	}
	/* All alike: other work of the machine disturbs less. */
	if (setpriority(PRIO_PROCESS, 0, -20) < 0)
		error(FAILED, errno, "cannot raise the priority; start it as root");
	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&quiet, STDERR_FILENO, STDOUT_FILENO);
	while (scanf("%zu", &chosen) == 1) {
		if (chosen >= count)
			error(FAILED, 0, "there is no group %zu", chosen);
		printf("%lld\n", time_group(&groups[chosen]));
	}
	return feof(stdin) && fflush(stdout) == 0 ? 0 : FAILED;
}
