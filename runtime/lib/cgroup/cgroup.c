/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"

enum { RESTARTS_MAX = 100, ID_DIGITS = 16 };

#define RUN_PREFIX "run-"

static int write_one(const char *name, int group, const struct cgroup_write *write,
		     struct redpak_error *error)
{
	const char *text = write->setting->text;
	char shown[4096];
	int result = cgroup_write_file(group, write->item->file, text);

	if (result == 0)
		result = cgroup_read_file(group, write->item->file, shown, sizeof(shown));
	if (result < 0) {
		fail_errno(error, result,
			   ORIGIN_FORMAT ": cannot set %s to '%s' in the group %s (%s%s)",
			   ORIGIN_ARGS(write->setting->origin), write->item->file, text, name,
			   write->item->is_probed ? "cgroup.item." : "cgroup.controller.",
			   write->item->is_probed ? write->item->file : write->item->controller);
		return result;
	}
	if (!write->item->same(text, shown))
		return fail_at(error, write->setting->origin,
			       "cannot set %s to '%s' in the group %s: the kernel made it '%.*s'",
			       write->item->file, text, name, (int)strcspn(shown, "\n"), shown);
	return 0;
}

static int enable(int group, const char *name, const char *controllers, struct redpak_error *error)
{
	int result =
		*controllers ? cgroup_write_file(group, "cgroup.subtree_control", controllers) : 0;

	if (result < 0)
		fail_errno(error, result,
			   "cannot enable the controllers %sbelow the group %s "
			   "(cgroup.controller.*)",
			   controllers, name);
	return result;
}

/* Makes (or finds) one group and sets it up. @fd: receives its descriptor, or the errno of that. */
static int create_group(int parent, const struct cgroup_group *group, const char *name, int *fd,
			struct redpak_error *error)
{
	int result = 0;

	*fd = cgroup_make(parent, name, 0755);
	if (*fd < 0)
		return fail_errno(error, *fd, "cannot make the group %s", name);
	for (size_t i = 0; i < group->write_count && result == 0; i++)
		result = write_one(name, *fd, &group->writes[i], error);
	return result < 0 ? result : enable(*fd, name, group->enable, error);
}

/* The group of a node below /run begins with the prefix, too. */
static bool is_instance(const char *name)
{
	const char *id = name + strlen(RUN_PREFIX);

	return strncmp(name, RUN_PREFIX, strlen(RUN_PREFIX)) == 0 &&
	       strspn(id, "0123456789abcdef") == ID_DIGITS && id[ID_DIGITS] == '\0';
}

/* Removes the instances whose starter is gone, and what they left running. */
static void remove_leftovers(int node)
{
	int fd = openat(node, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!directory) {
		auto_close(&fd);
		return;
	}
	while ((entry = readdir(directory))) {
		AUTO_CLOSE int instance = -1;

		if (!is_instance(entry->d_name))
			continue;
		instance = openat(node, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (instance >= 0 && flock(instance, LOCK_EX | LOCK_NB) == 0 &&
		    cgroup_end(instance) == 0)
			unlinkat(node, entry->d_name, AT_REMOVEDIR);
	}
	closedir(directory);
}

static void close_groups(const struct cgroup_plan *plan, struct cgroup_instance *instance)
{
	for (size_t i = 0; i < plan->group_count; i++) {
		auto_close(&instance->fds[i]);
		instance->fds[i] = -1;
	}
	auto_close(&instance->base);
	instance->base = -1;
}

/* Locks the new instance; -ENOENT when a cleaner was faster. */
static int lock_instance(int node, const struct cgroup_instance *instance, int fd,
			 struct redpak_error *error)
{
	struct stat status;

	if (flock(fd, LOCK_EX | LOCK_NB) < 0 || fstatat(node, instance->name, &status, 0) < 0)
		return fail_errno(error, -ENOENT, "cannot lock the group %s", instance->name);
	return 0;
}

static int create_once(const struct cgroup_plan *plan, struct cgroup_instance *instance,
		       struct redpak_error *error)
{
	size_t last = plan->group_count - 1;
	int parent = instance->base;
	int result = enable(parent, plan->base, plan->base_enable, error);

	for (size_t i = 0; i <= last && result == 0; i++) {
		const struct cgroup_group *group = &plan->groups[i];

		if (i == last)
			remove_leftovers(parent);
		result = create_group(parent, group, i == last ? instance->name : group->name,
				      &instance->fds[i], error);
		parent = instance->fds[i];
	}
	if (result == 0)
		result = lock_instance(instance->fds[last - 1], instance, instance->fds[last],
				       error);
	return result;
}

/*
 * Whether another redwrap removed one of the groups as it became empty: all are to be made again.
 * The errors do not tell: a value may name a device that is not there.
 */
static bool has_vanished(const struct cgroup_plan *plan, const struct cgroup_instance *instance)
{
	for (size_t i = 0; i < plan->group_count; i++) {
		if (instance->fds[i] < 0)
			return instance->fds[i] == -ENOENT;
		if (faccessat(instance->fds[i], "cgroup.procs", F_OK, 0) < 0)
			return true;
	}
	return false;
}

int cgroup_instance_fd(const struct cgroup_plan *plan, const struct cgroup_instance *instance)
{
	return plan->wanted ? instance->fds[plan->group_count - 1] : -1;
}

int cgroup_apply_cpuset(const struct cgroup_plan *plan, const struct cgroup_instance *instance,
			pid_t pid, struct redpak_error *error)
{
	if (!plan->has_cpuset)
		return 0;
	return cgroup_move_through_own(cgroup_instance_fd(plan, instance), pid, error);
}

static int check_protections(const struct cgroup_plan *plan, struct redpak_error *error)
{
	const struct cgroup_group *top = &plan->groups[0];
	int result = 0;

	for (size_t i = 0; i < top->write_count && result == 0; i++) {
		if (top->writes[i].item->protects)
			result = cgroup_check_protection(plan, &top->writes[i], error);
	}
	return result;
}

int cgroup_create(const struct cgroup_plan *plan, struct cgroup_instance *instance,
		  struct redpak_error *error)
{
	bool again = true;
	uint64_t id;
	int result;

	*instance = (struct cgroup_instance){.base = -1, .fds = instance->fds};
	if (!plan->wanted)
		return 0;
	for (size_t i = 0; i < plan->group_count; i++)
		instance->fds[i] = -1;
	if (getrandom(&id, sizeof(id), 0) != (ssize_t)sizeof(id))
		return fail_errno(error, -errno, "cannot name the group of the instance");
	snprintf(instance->name, sizeof(instance->name), RUN_PREFIX "%0*" PRIx64, ID_DIGITS, id);
	result = check_protections(plan, error);
	if (result < 0)
		return result;
	for (int attempt = 0; attempt < RESTARTS_MAX && again; attempt++) {
		AUTO_CLOSE int aside = -1;

		instance->base = cgroup_open_base(plan, &aside, error);
		if (instance->base < 0)
			return instance->base;
		result = create_once(plan, instance, error);
		if (result == 0)
			return 0;
		/* An end takes the lock, too. */
		auto_close(&aside);
		aside = -1;
		again = has_vanished(plan, instance);
		cgroup_remove(plan, instance);
	}
	return result;
}

void cgroup_remove(const struct cgroup_plan *plan, struct cgroup_instance *instance)
{
	if (!plan->wanted)
		return;
	for (size_t i = plan->group_count; i-- > 0;) {
		int parent = i ? instance->fds[i - 1] : instance->base;
		const char *name = plan->groups[i].name ? plan->groups[i].name : instance->name;

		if (i == plan->group_count - 1 && instance->fds[i] >= 0)
			cgroup_end(instance->fds[i]);
		/* A group of a node that another instance uses stays. */
		if (parent >= 0)
			unlinkat(parent, name, AT_REMOVEDIR);
	}
	if (instance->base >= 0)
		cgroup_restore_base(plan, instance->base);
	close_groups(plan, instance);
}
