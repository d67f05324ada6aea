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

/* Others may read the files of a group; to lock one they would have to open it. */
enum { GROUP_MODE = 0711 };

#define RUN_PREFIX "run-"

/* One of the groups; @was_there: running instances may share it. */
struct target {
	const struct cgroup_plan *plan;
	struct cgroup_instance *instance;
	const char *name;
	int fd;
	bool was_there;
};

static int refuse_value(const struct target *target, const struct cgroup_write *write, int code,
			struct redpak_error *error)
{
	const struct cgroup_item *item = write->item;

	return fail_errno(error, code, ORIGIN_FORMAT ": cannot set %s to '%s' in the group %s (%s)",
			  ORIGIN_ARGS(write->setting->origin), item->file, write->setting->text,
			  target->name, item->id);
}

static int write_value(const struct target *target, const struct cgroup_write *write,
		       struct redpak_error *error)
{
	const char *file = write->item->file, *text = write->setting->text;
	char shown[4096];
	int result = 0;

	if (target->was_there) {
		result = cgroup_read_file(target->fd, file, shown, sizeof(shown));
		if (result == 0 && write->item->same(text, shown))
			return 0;
		if (result == 0)
			result = cgroup_save_value(target->instance, target->fd, write);
	}
	if (result == 0)
		result = cgroup_write_file(target->fd, file, text);
	if (result == 0)
		result = cgroup_read_file(target->fd, file, shown, sizeof(shown));
	if (result < 0)
		return refuse_value(target, write, result, error);
	if (!write->item->same(text, shown))
		return fail_at(error, write->setting->origin,
			       "cannot set %s to '%s' in the group %s: the kernel made it '%.*s'",
			       file, text, target->name, (int)strcspn(shown, "\n"), shown);
	return 0;
}

static int enable(const struct target *target, const char *controllers, struct redpak_error *error)
{
	int result = 0;

	if (!*controllers)
		return 0;
	if (target->was_there)
		result = cgroup_save_controllers(target->instance, target->fd, controllers);
	if (result == 0)
		result = cgroup_write_file(target->fd, CGROUP_CONTROLLERS, controllers);
	if (result == -EBUSY)
		return cgroup_refuse_populated(target->name, result, error);
	if (result == -EOPNOTSUPP)
		return cgroup_refuse_populated(target->plan->base, result, error);
	if (result < 0)
		fail_errno(error, result,
			   "cannot enable the controllers %sbelow the group %s "
			   "(cgroup.controller.*)",
			   controllers, target->name);
	return result;
}

/* Makes (or finds) the group @i below @parent and sets it up. */
static int create_group(const struct cgroup_plan *plan, struct cgroup_instance *instance,
			int parent, size_t i, struct redpak_error *error)
{
	const struct cgroup_group *group = &plan->groups[i];
	struct target target = {.plan = plan,
				.instance = instance,
				.name = group->name ? group->name : instance->name};
	int result = 0;

	target.fd = cgroup_make(parent, target.name, GROUP_MODE, &target.was_there);
	instance->fds[i] = target.fd;
	if (target.fd < 0)
		return fail_errno(error, target.fd, "cannot make the group %s", target.name);
	if (i == 0)
		result = cgroup_claim(instance);
	if (result < 0)
		return fail_errno(error, result, "cannot lock and sign the group %s", target.name);
	for (size_t j = 0; j < group->write_count && result == 0; j++)
		result = write_value(&target, &group->writes[j], error);
	return result < 0 ? result : enable(&target, group->enable, error);
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
	/* What a base gives is shared with nodes that do not know of this start: it stays. */
	const struct target base = {.plan = plan, .name = plan->base, .fd = instance->base};
	size_t last = plan->group_count - 1;
	int parent = instance->base;
	int result = enable(&base, plan->base_enable, error);

	for (size_t i = 0; i <= last && result == 0; i++) {
		if (i == last)
			remove_leftovers(parent);
		result = create_group(plan, instance, parent, i, error);
		parent = instance->fds[i];
	}
	if (result == 0)
		result = lock_instance(instance->fds[last - 1], instance, instance->fds[last],
				       error);
	if (result == 0)
		cgroup_release(instance);
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
	cgroup_bring_back(instance);
	if (instance->base >= 0)
		cgroup_restore_base(plan, instance->base);
	close_groups(plan, instance);
}
