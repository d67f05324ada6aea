/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/cgroup_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"

int cgroup_make(int parent, const char *name, mode_t mode, bool *found)
{
	bool made = mkdirat(parent, name, mode) == 0;
	int fd;

	if (!made && errno != EEXIST)
		return -errno;
	if (found)
		*found = !made;
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int cgroup_write_file(int group, const char *name, const char *text)
{
	AUTO_CLOSE int fd = openat(group, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	do {
		size_t length = strcspn(text, "\n");

		/* With its end, as an empty write would not be one. */
		length += text[length] == '\n';
		if (write(fd, text, length) < 0)
			return -errno;
		text += length;
	} while (*text);
	return 0;
}

int cgroup_read_file(int group, const char *name, char *text, size_t size)
{
	AUTO_CLOSE int fd = openat(group, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, size - 1);

	if (length < 0)
		return -errno;
	text[length] = '\0';
	return 0;
}

int cgroup_each_process(int group, int (*each)(pid_t pid, void *data), void *data)
{
	int fd = openat(group, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	int result = 0;
	pid_t pid;

	if (!file)
		return -errno;
	/* 0 stands for a process that this PID namespace does not see. */
	while (result == 0 && fscanf(file, "%d", &pid) == 1)
		result = pid > 0 ? each(pid, data) : -EPERM;
	fclose(file);
	return result;
}

bool cgroup_has_word(const char *text, const char *word, size_t length)
{
	for (; *text; text += strcspn(text, " \n"), text += strspn(text, " \n")) {
		if (strcspn(text, " \n") == length && !memcmp(text, word, length))
			return true;
	}
	return false;
}

bool cgroup_is_root(int group)
{
	return faccessat(group, "cgroup.type", F_OK, 0) < 0 && errno == ENOENT;
}
