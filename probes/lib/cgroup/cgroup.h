/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control groups. cgroup_place.c finds the own group, cgroup_scratch.c makes a scratch group and
 * cgroup_items.c tries the items there, cgroup_say.c turns both into findings, of which cgroup.c
 * has the table.
 */
#ifndef REDPROBE_CGROUP_H
#define REDPROBE_CGROUP_H

#include "base/child.h"
#include "redprobe.h"

#include <limits.h>

enum { CGROUP_PATH = PATH_MAX + 64, CGROUP_CONTROLLERS = 9, CGROUP_ITEMS = 16 };

enum cgroup_mode {
	CGROUP_UNSEEN, /* cannot be told */
	CGROUP_ABSENT, /* the kernel has no control groups */
	CGROUP_NONE,   /* no hierarchy is mounted */
	CGROUP_V1,
	CGROUP_HYBRID,
	CGROUP_V2,
};

/* Where this process is in the control groups. */
struct cgroup_place {
	enum cgroup_mode mode;
	char group[CGROUP_PATH]; /* path of the own group, below the mount point; "" if not found */
	int fd;			 /* its directory, or -1 */
	bool root;		 /* the group for trials is the root of the whole hierarchy */
	char trial[CGROUP_PATH]; /* where a scratch group can be made: the own group or one above */
	int trial_fd;		 /* its directory, or -1 */
	int top;		 /* the directory where the hierarchy is mounted, or -1 */
	char mount_point[PATH_MAX];
	char root_controllers[160]; /* of the root of the hierarchy; "" if it is not to be seen */
	int v1_count;		    /* version 1 hierarchies that this process is in */
	char v1_controllers[160];   /* what is bound to them */
	bool nsdelegate, recursive; /* options of the mount */
	char why[160];		    /* how the mode shows; why there is no fd */
};

/* Finds the own group; the caller gives the place to cgroup_leave. Writes nothing. */
void cgroup_locate(struct cgroup_place *place);

/* Closes the descriptors. */
void cgroup_leave(struct cgroup_place *place);

enum cgroup_controller {
	CONTROLLER_CPU,
	CONTROLLER_CPUSET,
	CONTROLLER_IO,
	CONTROLLER_MEMORY,
	CONTROLLER_PIDS,
	CONTROLLER_HUGETLB,
	CONTROLLER_RDMA,
	CONTROLLER_MISC,
	CONTROLLER_DMEM,
};

extern const char *const cgroup_controllers[CGROUP_CONTROLLERS];

/* Why a controller is in force below the group for trials, or not. */
enum cgroup_enabled {
	ENABLED_ABSENT,	 /* not available to the own group */
	ENABLED_BEFORE,	 /* it was */
	ENABLED_FOR_US,	 /* it was not, and has been for the trials */
	ENABLED_OTHERS,	 /* not tried: other groups there would be affected */
	ENABLED_REFUSED, /* the kernel refused: `error` */
};

enum cgroup_stage {
	STAGE_NOT_TRIED,
	STAGE_ABSENT,	/* no such file in the scratch group */
	STAGE_NO_VALUE, /* nothing that could be written on this machine, for example no disk */
	STAGE_WRITE,
	STAGE_READ,
	STAGE_DIFFERENT, /* it was not read back as written */
	STAGE_ACCEPTED,
};

struct cgroup_trial {
	enum cgroup_stage stage;
	int error; /* positive errno of the stage */
	char wrote[48], read[96];
	char also[160]; /* what was tried besides, to be said after that; or "" */
};

/* A process that is made in the scratch group, and killed by that. */
struct cgroup_birth {
	int error; /* of clone3 with CLONE_INTO_CGROUP */
	bool seen; /* the child was seen in the group */
	int kill;  /* of writing to cgroup.kill */
	bool killed;
};

/* What the child that made the scratch group has to tell. Errors are positive errnos or 0. */
struct cgroup_answer {
	int lock;  /* of the directory of the group for trials */
	int made;  /* the scratch group */
	int left;  /* the scratch group could not be removed */
	bool kept; /* controllers stay enabled, because others use them by now */
	struct {
		enum cgroup_enabled enabled;
		int error;
		int passed_on; /* to be in force in groups below the scratch group */
	} controllers[CGROUP_CONTROLLERS];
	struct cgroup_trial items[CGROUP_ITEMS];
	struct cgroup_birth birth;
};

struct cgroup_survey {
	struct cgroup_place place;
	struct child_fate fate;
	struct cgroup_answer answer;
};

/* What was found out, when first wanted; it belongs to the probe. NULL if memory is short. */
const struct cgroup_survey *cgroup_survey(struct redprobe *probe);

/* One row for each item that is written in a scratch group. */
struct cgroup_item {
	const char *file;
	enum cgroup_controller controller;
	void (*try)(int scratch, const struct cgroup_item *item, struct cgroup_trial *trial);
	const char *value; /* what is written; where that is found out: what it is taken from */
	const char *needs; /* what this machine must have for a value to be found */
};

/* In the order of `cgroup_answer.items`. */
extern const struct cgroup_item cgroup_items[CGROUP_ITEMS];

/* Tries the items of those controllers that `answer` says are in force in `scratch`. */
void cgroup_try_items(int scratch, struct cgroup_answer *answer);

/* True if the controller is in force in the scratch group. */
bool cgroup_in_force(enum cgroup_enabled enabled);

/*
 * A child_function, which makes the scratch group, tries everything in it and takes it away again.
 * `place` is a struct cgroup_place of mode CGROUP_V2 with descriptors, `answer` a struct
 * cgroup_answer.
 */
void cgroup_try_all(void *place, void *answer);

/*
 * A child_function, which takes away what a probe that was killed midway has left below the group
 * for trials: its scratch group, and the controllers it had enabled. `answer` is a char.
 */
void cgroup_recover(void *place, void *answer);

/* The name of a scratch group for which no controllers were enabled. */
extern const char cgroup_scratch[];

/* The name of a group below it, for a trial that takes one. */
#define CGROUP_BELOW "redprobe-below"

/*
 * Opens the directory of the group for trials anew and locks it, until it is closed. Returns -1
 * with errno if that cannot be done.
 */
int cgroup_lock(const struct cgroup_place *place);

/* Does what cgroup_recover does, in the locked group `base`. */
void cgroup_recover_locked(int base);

/* Makes a scratch group. Returns a descriptor of it, or -1 with errno and nothing made. */
int cgroup_make_scratch(int base, const char *name);

/*
 * Removes the scratch group and disables what its name says was enabled for it. Returns 0 or a
 * positive errno, with nothing disabled; `*kept` tells that controllers stay, for others.
 */
int cgroup_remove_scratch(int base, const char *name, bool *kept);

/* Has a process born in the scratch group, and killed by way of cgroup.kill where there is one. */
void cgroup_give_birth(int scratch, struct cgroup_birth *birth);

/* Findings; the argument is named for each. */
redprobe_function cgroup_find_mode, cgroup_find_version1, cgroup_find_version2, /* none */
	cgroup_find_kill, cgroup_find_nsdelegate, cgroup_find_recursive,	/* none */
	cgroup_find_controller, /* an enum cgroup_controller */
	cgroup_find_item,	/* a struct cgroup_item */
	cgroup_find_root_item;	/* the name of a file of the root group */

/*
 * Says whether a process can be born in a group, if a scratch group could be made, which it makes.
 * Returns false, with the finding untouched, if not.
 */
bool cgroup_born(struct redprobe *probe, struct redprobe_finding *finding);

#endif
