/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/cgroup_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"

int cgroup_make(int parent, const char *name)
{
	int fd;

	if (mkdirat(parent, name, 0755) < 0 && errno != EEXIST)
		return -errno;
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int cgroup_write_file(int group, const char *name, const char *text)
{
	AUTO_CLOSE int fd = openat(group, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return write(fd, text, strlen(text)) < 0 ? -errno : 0;
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
