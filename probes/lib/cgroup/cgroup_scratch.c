/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scratch group, and how nothing of it is left.
 *
 * All happens under an exclusive flock(2) of the directory of the group for trials, so two probes
 * in one group take turns. Controllers are enabled only in the root group or the own group, and
 * only while it has no other child group, because they would be enabled for those too. The scratch
 * group's name lists them: it is made before they are enabled and removed before they are disabled,
 * so that whoever finds a scratch group of a probe that was killed knows what there is to undo.
 *
 * Before a controller is disabled again, other child groups are looked for once more: a group that
 * somebody made meanwhile may rely on it. It then stays enabled. Where such a group has itself
 * enabled the controller further down, the kernel would refuse anyway (EBUSY).
 */
#include "base/file.h"
#include "cgroup/cgroup.h"
#include "survey/probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

const char cgroup_scratch[] = "redprobe-scratch";
static const char subtree_control[] = "cgroup.subtree_control";

enum { NAME_SIZE = 96 };

const char *const cgroup_controllers[CGROUP_CONTROLLERS] = {
	[CONTROLLER_CPU] = "cpu",   [CONTROLLER_CPUSET] = "cpuset",
	[CONTROLLER_IO] = "io",	    [CONTROLLER_MEMORY] = "memory",
	[CONTROLLER_PIDS] = "pids", [CONTROLLER_HUGETLB] = "hugetlb",
	[CONTROLLER_RDMA] = "rdma", [CONTROLLER_MISC] = "misc",
	[CONTROLLER_DMEM] = "dmem",
};

static bool is_scratch(const char *name)
{
	return strncmp(name, cgroup_scratch, strlen(cgroup_scratch)) == 0;
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

/* Writes "+cpu +memory" for the controllers `chosen`; 0 or a positive errno. */
static int set_controllers(int group, char sign, const bool chosen[CGROUP_CONTROLLERS])
{
	char text[128] = "";
	size_t used = 0;

	for (size_t i = 0; i < CGROUP_CONTROLLERS; i++)
		if (chosen[i])
			used += (size_t)snprintf(text + used, sizeof text - used, "%s%c%s",
						 used ? " " : "", sign, cgroup_controllers[i]);
	return used ? -file_write(group, subtree_control, text) : 0;
}

/* At once if possible, as each write makes the kernel wait; or one by one, to learn which fail. */
static void enable_controllers(int group, const bool chosen[CGROUP_CONTROLLERS],
			       int errors[CGROUP_CONTROLLERS])
{
	memset(errors, 0, CGROUP_CONTROLLERS * sizeof *errors);
	if (set_controllers(group, '+', chosen) == 0)
		return;
	for (size_t i = 0; i < CGROUP_CONTROLLERS; i++) {
		bool one[CGROUP_CONTROLLERS] = {false};

		one[i] = chosen[i];
		errors[i] = set_controllers(group, '+', one);
	}
}

/* What the name of a scratch group says was enabled for it. */
static void read_name(const char *name, bool chosen[CGROUP_CONTROLLERS])
{
	char listed[NAME_SIZE], *rest = listed, *word;

	memset(chosen, 0, CGROUP_CONTROLLERS * sizeof *chosen);
	snprintf(listed, sizeof listed, "%s", name);
	while ((word = strsep(&rest, ".")))
		for (size_t i = 0; i < CGROUP_CONTROLLERS; i++)
			if (strcmp(word, cgroup_controllers[i]) == 0)
				chosen[i] = true;
}

int cgroup_remove_scratch(int base, const char *name, bool *kept)
{
	bool chosen[CGROUP_CONTROLLERS];
	char unused[NAME_SIZE], below[NAME_SIZE + sizeof "/" CGROUP_BELOW];

	*kept = false;
	snprintf(below, sizeof below, "%s/" CGROUP_BELOW, name);
	unlinkat(base, below, AT_REMOVEDIR);
	if (unlinkat(base, name, AT_REMOVEDIR) < 0)
		return errno;
	if (!name[strlen(cgroup_scratch)])
		return 0;
	read_name(name, chosen);
	*kept = child_groups(base, unused) > 0 || set_controllers(base, '-', chosen) != 0;
	return 0;
}

int cgroup_lock(const struct cgroup_place *place)
{
	int base = openat(place->trial_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), error;

	if (base < 0 || flock(base, LOCK_EX) == 0)
		return base;
	error = errno;
	close(base);
	errno = error;
	return -1;
}

void cgroup_recover_locked(int base)
{
	char name[NAME_SIZE];
	bool kept;

	child_groups(base, name);
	if (name[0])
		cgroup_remove_scratch(base, name, &kept);
}

void cgroup_recover(void *argument, void *answer)
{
	int base = cgroup_lock(argument);

	*(char *)answer = 1;
	if (base < 0)
		return;
	cgroup_recover_locked(base);
	close(base);
}

/*
 * Decides for each controller whether to enable it, and makes the name that says so. In a group
 * above the own one others rely on what is enabled; the own group, if it is not the root, holds
 * processes, so that the kernel will refuse some.
 */
static void plan(const struct cgroup_place *place, int others, struct cgroup_answer *answer,
		 char name[NAME_SIZE])
{
	char available[256], enabled[256];
	size_t used;

	file_read(place->trial_fd, "cgroup.controllers", available, sizeof available);
	file_read(place->trial_fd, subtree_control, enabled, sizeof enabled);
	used = (size_t)snprintf(name, NAME_SIZE, "%s", cgroup_scratch);
	for (size_t i = 0; i < CGROUP_CONTROLLERS; i++) {
		enum cgroup_enabled *decision = &answer->controllers[i].enabled;

		if (!has_word(available, cgroup_controllers[i]))
			*decision = ENABLED_ABSENT;
		else if (has_word(enabled, cgroup_controllers[i]))
			*decision = ENABLED_BEFORE;
		else if (others || (!place->root && (enabled[0] || place->trial_fd != place->fd)))
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
	bool chosen[CGROUP_CONTROLLERS];
	int errors[CGROUP_CONTROLLERS];

	for (size_t i = 0; i < CGROUP_CONTROLLERS; i++)
		chosen[i] = answer->controllers[i].enabled == ENABLED_FOR_US;
	enable_controllers(base, chosen, errors);
	for (size_t i = 0; i < CGROUP_CONTROLLERS; i++) {
		answer->controllers[i].error = errors[i];
		if (errors[i])
			answer->controllers[i].enabled = ENABLED_REFUSED;
	}
}

/* Enables in the scratch group what is in force there: that is what delegating it would need. */
static void pass_on(int scratch, struct cgroup_answer *answer)
{
	bool chosen[CGROUP_CONTROLLERS];
	int errors[CGROUP_CONTROLLERS];

	for (size_t i = 0; i < CGROUP_CONTROLLERS; i++)
		chosen[i] = cgroup_in_force(answer->controllers[i].enabled);
	enable_controllers(scratch, chosen, errors);
	for (size_t i = 0; i < CGROUP_CONTROLLERS; i++)
		answer->controllers[i].passed_on = errors[i];
}

int cgroup_make_scratch(int base, const char *name)
{
	int scratch, error;

	if (mkdirat(base, name, 0700) < 0)
		return -1;
	scratch = openat(base, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (scratch < 0) {
		error = errno;
		unlinkat(base, name, AT_REMOVEDIR);
		errno = error;
	}
	return scratch;
}

void cgroup_try_all(void *argument, void *result)
{
	const struct cgroup_place *place = argument;
	struct cgroup_answer *answer = result;
	int base = cgroup_lock(place), scratch;
	char name[NAME_SIZE];

	if (base < 0) {
		answer->lock = errno;
		return;
	}
	cgroup_recover_locked(base);
	plan(place, child_groups(base, name), answer, name);
	scratch = cgroup_make_scratch(base, name);
	if (scratch < 0)
		answer->made = errno;
	else {
		/* First: groups below a group with processes cannot have any once controllers are
		 * on. */
		cgroup_give_birth(scratch, &answer->birth);
		enable(base, answer);
		cgroup_try_items(scratch, answer);
		pass_on(scratch, answer);
		close(scratch);
		answer->left = cgroup_remove_scratch(base, name, &answer->kept);
	}
	close(base);
}
