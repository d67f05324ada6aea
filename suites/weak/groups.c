/* SPDX-License-Identifier: Apache-2.0 */
/* Control groups that do not limit, are not joined or stay. */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cgroup/cgroup.h"
#include "weak.h"

/* Of cgroup_plan(). @text: the file that is not written. */
long drop_item(struct call *call)
{
	const struct cgroup_plan *plan = pointer(call, 3);
	long result = make(call);

	for (size_t i = 0; result == 0 && i < plan->group_count; i++) {
		struct cgroup_group *group = &plan->groups[i];
		size_t kept = 0;

		for (size_t j = 0; j < group->write_count; j++) {
			if (strcmp(group->writes[j].item->file, call->weakness->text) != 0)
				group->writes[kept++] = group->writes[j];
		}
		group->write_count = kept;
	}
	return result;
}

/* The groups go from the root node over the leaf to the instance. */
long drop_limits_of_parents(struct call *call)
{
	const struct cgroup_plan *plan = pointer(call, 3);
	long result = make(call);

	for (size_t i = 0; result == 0 && i + 2 < plan->group_count; i++)
		plan->groups[i].write_count = 0;
	return result;
}

/* Of cgroup_create(). */
long go_on_without_group(struct call *call)
{
	struct cgroup_plan *plan = pointer(call, 0);

	if (make(call) < 0)
		plan->wanted = plan->has_cpuset = false;
	return 0;
}

/* Of cgroup_plan(). */
long share_group(struct call *call)
{
	const struct merged *merged = pointer(call, 1);
	const struct config *admin = merged->leaf->admin;
	const struct cgroup_plan *plan = pointer(call, 3);
	long result = make(call);

	if (result == 0 && plan->wanted && admin && admin->has_cgroups)
		plan->groups[plan->group_count - 2].name = "weak.admin";
	return result;
}

/* Of redpak_dump(), which is handed what is planned before the groups are. */
long make_groups(struct call *call)
{
	struct redpak_plan *plan = pointer(call, 0);
	struct cgroup_plan groups;
	struct redpak_error error;
	int result;

	if (pointer(call, 3) != stdout)
		return make(call);
	result = cgroup_plan(&plan->pool, &plan->merged, plan->texts[KEY_CGROUPROOT], &groups,
			     &error);
	if (result == 0 && groups.wanted) {
		int fds[groups.group_count];
		struct cgroup_instance instance = {.fds = fds};

		result = cgroup_create(&groups, &instance, &error);
	}
	return result < 0 ? result : make(call);
}

/* Of syscall(2). */
long stay_out_of_group(struct call *call)
{
	const long *arguments = pointer(call, 1);

	if (call->arguments[0] == SYS_clone3)
		((struct clone_args *)arguments[0])->flags &= ~CLONE_INTO_CGROUP;
	return make(call);
}

/* Of cgroup_remove(): the groups are still there afterwards. */
long leave_group(struct call *call)
{
	const struct cgroup_plan *plan = pointer(call, 0);

	return plan->wanted ? 0 : make(call);
}

/* Of cgroup_end(). */
long leave_processes(struct call *call)
{
	(void)call;
	return -EBUSY;
}
