/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control groups of a node, cgroups(7), version 2.
 *
 * Below the base stands one group for each node of the chain, root to leaf, with the limits of
 * that node; in the leaf's, a group `run-ID` for each running instance holds its processes. The
 * starter of an instance holds flock(2) on it, so that an instance whose lock is free is known
 * to be left over, and is removed by the next start.
 */
#ifndef REDPAK_CGROUP_H
#define REDPAK_CGROUP_H

#include <sys/types.h>

#include "cgroup/cgroup_file.h"
#include "merge/merge.h"

#define CGROUP_ASIDE "redpak-pids-leaf"

struct cgroup_write {
	const struct cgroup_item *item;
	const struct setting *setting;
};

/* @enable: what to write to its cgroup.subtree_control, "" for nothing. */
struct cgroup_group {
	const char *name;
	struct cgroup_write *writes;
	size_t write_count;
	const char *enable;
};

/*
 * @wanted: some node of the chain asks for limits; else nothing below is set.
 * @base: path of the base group. @given: it is the node's cgrouproot.
 * @groups: root to leaf; the last one, for the instance, has no name yet.
 * @has_cpuset: some group is given processors or memory nodes.
 */
struct cgroup_plan {
	bool wanted;
	const char *base;
	bool given;
	const char *base_enable;
	struct cgroup_group *groups;
	size_t group_count;
	bool has_cpuset;
};

/* @group: a descriptor of a cgroup_instance. @undo: what brings back the former content of @file.
 */
struct cgroup_change {
	int group;
	const char *file;
	const char *undo;
};

/*
 * Descriptors are -1 where there is none. @fds: those of the groups, root to instance.
 * @changes: of groups that were there, in order; they are in @pool.
 */
struct cgroup_instance {
	int base;
	int *fds;
	char name[32];
	struct pool pool;
	struct cgroup_change *changes;
	size_t change_count;
};

/* @root: the expanded cgrouproot, or NULL. Returns 0 or a negative errno. */
int cgroup_plan(struct pool *pool, const struct merged *merged, const char *root,
		struct cgroup_plan *plan, struct redpak_error *error);

/* Inside one node the value of A stands over that of N; NULL when neither has one. */
const struct setting *cgroup_own_setting(const struct node *node, size_t item);

/*
 * Makes and checks the groups; every value is read back. On failure nothing of it is left, and
 * groups that were there have their former values.
 * @instance: receives the groups; fds is an array of plan->group_count, allocated by the caller.
 */
int cgroup_create(const struct cgroup_plan *plan, struct cgroup_instance *instance,
		  struct redpak_error *error);

/*
 * cgroup_former.c: the start has not been refused: its values stay. To be called before
 * cgroup_remove(), which else brings the former ones back.
 */
void cgroup_keep(struct cgroup_instance *instance);

/*
 * Ends what runs in the instance, then removes it and every group that is empty now. After the
 * last one the base is as it was.
 */
void cgroup_remove(const struct cgroup_plan *plan, struct cgroup_instance *instance);

/*
 * cgroup_end.c: kills every process of @group and of the groups below it, which a payload may have
 * made, waits until it has none, and removes those groups. Returns 0 or a negative errno, no
 * message.
 */
int cgroup_end(int group);

/* The descriptor of the instance's group, for clone3(2); -1 where no limits are asked for. */
int cgroup_instance_fd(const struct cgroup_plan *plan, const struct cgroup_instance *instance);

/*
 * Has the groups' processors and memory nodes apply to @pid, the process that was born in the
 * instance. Kernels before 6.3 leave it those of its parent (kernel/cgroup/cpuset.c,
 * cpuset_fork); only entering a group applies them, so that the process goes out and comes back.
 */
int cgroup_apply_cpuset(const struct cgroup_plan *plan, const struct cgroup_instance *instance,
			pid_t pid, struct redpak_error *error);

/*
 * cgroup_former.c: locks and signs the topmost group, before any value is compared or written;
 * frees the lock. 0 or a negative errno, no message.
 */
int cgroup_claim(const struct cgroup_instance *instance);
void cgroup_release(const struct cgroup_instance *instance);

/*
 * cgroup_former.c: note what brings back the value that is about to be written to @group, or the
 * controllers that it gives. 0 or a negative errno, no message.
 */
int cgroup_save_value(struct cgroup_instance *instance, int group,
		      const struct cgroup_write *write);
int cgroup_save_controllers(struct cgroup_instance *instance, int group, const char *controllers);

/*
 * cgroup_former.c: brings back what was noted, unless another start relies on it now, and frees the
 * lock.
 */
void cgroup_bring_back(struct cgroup_instance *instance);

/* cgroup_base.c: moves @pid to the caller's own group, then to @group. */
int cgroup_move_through_own(int group, pid_t pid, struct redpak_error *error);

/*
 * cgroup_base.c: opens the base, refuses one that is not delegated or lacks a controller, moves its
 * processes aside. @aside: receives what cgroup_clear_base() returns, unless the base is the root.
 */
int cgroup_open_base(const struct cgroup_plan *plan, int *aside, struct redpak_error *error);

/*
 * cgroup_aside.c: moves the processes of @base to CGROUP_ASIDE below it. Returns the descriptor of
 * that group; other starts and ends wait until the caller closes it. On failure all are back.
 */
int cgroup_clear_base(const struct cgroup_plan *plan, int base, struct redpak_error *error);

/* cgroup_aside.c: moves them back, and disables the controllers, unless a node still runs there. */
void cgroup_restore_base(const struct cgroup_plan *plan, int base);

/*
 * cgroup_base.c: refuses a group below which none takes processes, as it has some, or one above it;
 * @code: what the kernel said, -EBUSY or -EOPNOTSUPP. Returns @code.
 */
int cgroup_refuse_populated(const char *group, int code, struct redpak_error *error);

/* cgroup_base.c: the path of the caller's own group; NULL with @error filled in. */
const char *cgroup_own_base(struct pool *pool, struct redpak_error *error);

/* cgroup_base.c: refuses a protection (memory.min) above what the groups from the base up give. */
int cgroup_check_protection(const struct cgroup_plan *plan, const struct cgroup_write *write,
			    struct redpak_error *error);

#endif
