/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scratch group, and how nothing of it is left.
 *
 * All happens under an exclusive flock(2) of the own group's directory, so two probes in one group
 * take turns. Controllers are enabled only in the root group and only while it has no other child
 * group, because they would be enabled for those too. The scratch group's name lists them: it is
 * made before they are enabled and removed before they are disabled, so that whoever finds a
 * scratch group of a probe that was killed knows what there is to undo.
 *
 * Before a controller is disabled again, other child groups are looked for once more: a group that
 * somebody made meanwhile may rely on it. It then stays enabled. Where such a group has itself
 * enabled the controller further down, the kernel would refuse anyway (EBUSY).
 */
#include "cgroup.h"
#include "file.h"
#include "probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char scratch_prefix[] = "redprobe-scratch";
static const char subtree_control[] = "cgroup.subtree_control";

enum { NAME_SIZE = 64 };

const char *const cgroup_controllers[CGROUP_CONTROLLERS] = {
	[CONTROLLER_CPU] = "cpu",	[CONTROLLER_CPUSET] = "cpuset", [CONTROLLER_IO] = "io",
	[CONTROLLER_MEMORY] = "memory", [CONTROLLER_PIDS] = "pids",
};

static bool is_scratch(const char *name)
{
	return strncmp(name, scratch_prefix, strlen(scratch_prefix)) == 0;
}

/*
 * Looks through the child groups. Returns the number of those that are no scratch groups; copies
 * the name of a scratch group to `scratch`, "" if there is none.
 */
static int child_groups(int base, char scratch[NAME_SIZE])
{
	int fd = openat(base, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), others = 0;
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	scratch[0] = '\0';
	if (!directory) {
		if (fd >= 0)
			close(fd);
		return 1; /* not seen: as if there were one, which changes the least */
	}
	while ((entry = readdir(directory))) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		if (is_scratch(entry->d_name) && strlen(entry->d_name) < NAME_SIZE)
			strcpy(scratch, entry->d_name);
		else
			others++;
	}
	closedir(directory);
	return others;
}

static int set_controller(int base, char sign, const char *controller)
{
	char text[16];

	snprintf(text, sizeof text, "%c%s", sign, controller);
	return -file_write(base, subtree_control, text);
}

/*
 * Removes the scratch group and disables what its name says was enabled for it. Returns 0 or a
 * positive errno, with nothing disabled; `*kept` tells that controllers stay, for others.
 */
static int remove_scratch(int base, const char *name, bool *kept)
{
	char listed[NAME_SIZE], unused[NAME_SIZE], *rest = listed, *word;

	*kept = false;
	if (unlinkat(base, name, AT_REMOVEDIR) < 0)
		return errno;
	if (!name[strlen(scratch_prefix)])
		return 0;
	if (child_groups(base, unused) > 0) {
		*kept = true;
		return 0;
	}
	snprintf(listed, sizeof listed, "%s", name + strlen(scratch_prefix) + 1);
	while ((word = strsep(&rest, ".")))
		if (set_controller(base, '-', word))
			*kept = true;
	return 0;
}

/* Opens the own group's directory anew and locks it, until it is closed. -1 with errno if not. */
static int lock_group(const struct cgroup_place *place)
{
	int base = openat(place->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), error;

	if (base < 0 || flock(base, LOCK_EX) == 0)
		return base;
	error = errno;
	close(base);
	errno = error;
	return -1;
}

static void recover_locked(int base)
{
	char name[NAME_SIZE];
	bool kept;

	child_groups(base, name);
	if (name[0])
		remove_scratch(base, name, &kept);
}

void cgroup_recover(void *argument, void *answer)
{
	int base = lock_group(argument);

	*(char *)answer = 1;
	if (base < 0)
		return;
	recover_locked(base);
	close(base);
}

/* Decides for each controller whether to enable it, and makes the name that says so. */
static void plan(const struct cgroup_place *place, int others, struct cgroup_answer *answer,
		 char name[NAME_SIZE])
{
	char available[256], enabled[256];
	size_t used;

	file_read(place->fd, "cgroup.controllers", available, sizeof available);
	file_read(place->fd, subtree_control, enabled, sizeof enabled);
	used = (size_t)snprintf(name, NAME_SIZE, "%s", scratch_prefix);
	for (size_t i = 0; i < CGROUP_CONTROLLERS; i++) {
		enum cgroup_enabled *decision = &answer->controllers[i].enabled;

		if (!has_word(available, cgroup_controllers[i]))
			*decision = ENABLED_ABSENT;
		else if (has_word(enabled, cgroup_controllers[i]))
			*decision = ENABLED_BEFORE;
		else if (!place->root)
			*decision = ENABLED_MEMBERS;
		else if (others)
			*decision = ENABLED_OTHERS;
		else {
			*decision = ENABLED_FOR_US;
			used += (size_t)snprintf(name + used, NAME_SIZE - used, ".%s",
						 cgroup_controllers[i]);
		}
	}
}

static void enable(int base, struct cgroup_answer *answer)
{
	for (size_t i = 0; i < CGROUP_CONTROLLERS; i++) {
		if (answer->controllers[i].enabled != ENABLED_FOR_US)
			continue;
		answer->controllers[i].error = set_controller(base, '+', cgroup_controllers[i]);
		if (answer->controllers[i].error)
			answer->controllers[i].enabled = ENABLED_REFUSED;
	}
}

static bool has_member(int group, long pid)
{
	char members[256], number[24];

	snprintf(number, sizeof number, "%ld", pid);
	return file_read(group, "cgroup.procs", members, sizeof members) == 0 &&
	       has_word(members, number);
}

static void try_birth(int scratch, struct cgroup_answer *answer)
{
	struct clone_args how = {
		.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = (uint64_t)scratch};
	long pid = syscall(SYS_clone3, &how, sizeof how);

	if (pid == 0)
		for (;;)
			pause();
	if (pid < 0) {
		answer->born_error = errno;
		return;
	}
	answer->born = has_member(scratch, pid);
	kill((pid_t)pid, SIGKILL);
	child_status((pid_t)pid);
}

void cgroup_try_all(void *argument, void *result)
{
	const struct cgroup_place *place = argument;
	struct cgroup_answer *answer = result;
	int base = lock_group(place), scratch;
	char name[NAME_SIZE];

	if (base < 0) {
		answer->lock = errno;
		return;
	}
	recover_locked(base);
	plan(place, child_groups(base, name), answer, name);
	if (mkdirat(base, name, 0700) < 0) {
		answer->made = errno;
		goto out;
	}
	enable(base, answer);
	scratch = openat(base, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (scratch < 0) {
		answer->made = errno;
	} else {
		cgroup_try_items(scratch, answer);
		try_birth(scratch, answer);
		close(scratch);
	}
	answer->left = remove_scratch(base, name, &answer->kept);
out:
	close(base);
}
