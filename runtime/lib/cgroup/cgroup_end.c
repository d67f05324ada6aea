/* SPDX-License-Identifier: Apache-2.0 */
/* The end of what runs in a group (Documentation/admin-guide/cgroup-v2.rst, Core Interface Files).
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "cgroup/cgroup.h"

typedef int (*group_function)(int parent, const char *name, int group);

/* Calls @each for every group below, the deepest first; stops at the first result that is not 0. */
static int each_below(int group, group_function each)
{
	int fd = openat(group, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	int result = 0;

	if (!directory) {
		auto_close(&fd);
		return -errno;
	}
	while (result == 0 && (entry = readdir(directory))) {
		AUTO_CLOSE int below = -1;

		if (entry->d_type != DT_DIR || *entry->d_name == '.')
			continue;
		below = openat(group, entry->d_name,
			       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		result = below < 0 ? -errno : each_below(below, each);
		if (result == 0)
			result = each(group, entry->d_name, below);
	}
	closedir(directory);
	return result;
}

static int kill_process(pid_t pid, void *data)
{
	(void)data;
	/* It may have ended meanwhile. */
	(void)kill(pid, SIGKILL);
	return 0;
}

static int kill_group(int parent, const char *name, int group)
{
	(void)parent;
	(void)name;
	return cgroup_each_process(group, kill_process, NULL);
}

static int remove_group(int parent, const char *name, int group)
{
	(void)group;
	return unlinkat(parent, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

/* What cgroup.kill does, which 5.10 to 5.13 lack; frozen, nothing is started meanwhile. */
static int kill_all(int group)
{
	int result;

	if (cgroup_write_file(group, "cgroup.kill", "1") == 0)
		return 0;
	(void)cgroup_write_file(group, "cgroup.freeze", "1");
	result = each_below(group, kill_group);
	return result < 0 ? result : kill_group(-1, "", group);
}

int cgroup_end(int group)
{
	char text[256];

	for (;;) {
		AUTO_CLOSE int events =
			openat(group, "cgroup.events", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
		ssize_t length = events < 0 ? -1 : read(events, text, sizeof(text) - 1);
		struct pollfd change = {.fd = events, .events = POLLPRI};
		int result;

		if (length < 0)
			return -errno;
		text[length] = '\0';
		if (strstr(text, "populated 0"))
			return each_below(group, remove_group);
		result = kill_all(group);
		if (result < 0)
			return result;
		poll(&change, 1, 100);
	}
}
