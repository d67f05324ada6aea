/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control groups. cgroup_place.c finds the own group, cgroup_scratch.c makes a scratch group below
 * it and tries the items there, cgroup.c turns both into findings.
 */
#ifndef REDPROBE_CGROUP_H
#define REDPROBE_CGROUP_H

#include "child.h"
#include "redprobe.h"

#include <limits.h>

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
	char group[PATH_MAX +
		   64]; /* path of the own group, below the mount point; "" if not found */
	int fd;		/* its directory, or -1 */
	bool root;	/* it is the root of the whole hierarchy */
	char root_controllers[128]; /* of that root; "" if it cannot be seen from here */
	char why[160];		    /* how the mode shows; why there is no fd */
};

/* Finds the own group. The caller closes `place->fd`. Writes nothing. */
void cgroup_locate(struct cgroup_place *place);

enum { CGROUP_CONTROLLERS = 5, CGROUP_ITEMS = 12 };

enum cgroup_controller {
	CONTROLLER_CPU,
	CONTROLLER_CPUSET,
	CONTROLLER_IO,
	CONTROLLER_MEMORY,
	CONTROLLER_PIDS,
};

extern const char *const cgroup_controllers[CGROUP_CONTROLLERS];

/* Why a controller is in force below the own group, or not. */
enum cgroup_enabled {
	ENABLED_ABSENT,	 /* not available to the own group */
	ENABLED_BEFORE,	 /* it was */
	ENABLED_FOR_US,	 /* it was not, and has been for the trials */
	ENABLED_OTHERS,	 /* not tried: other groups there would be affected */
	ENABLED_MEMBERS, /* not tried: the own group is not the root and holds processes */
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
};

/* What the child that made the scratch group has to tell. */
struct cgroup_answer {
	int lock;  /* of the own group's directory: 0 or a positive errno */
	int made;  /* the scratch group: 0 or a positive errno */
	int left;  /* the scratch group could not be removed: a positive errno */
	bool kept; /* controllers stay enabled, because others use them by now */
	struct {
		enum cgroup_enabled enabled;
		int error;
	} controllers[CGROUP_CONTROLLERS];
	struct cgroup_trial items[CGROUP_ITEMS];
};

struct cgroup_survey {
	struct cgroup_place place;
	struct child_fate fate;
	struct cgroup_answer answer;
};

/* One row for each item that the requirement names. */
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
 * `place` is a struct cgroup_place of mode CGROUP_V2 with a descriptor, `answer` a struct
 * cgroup_answer.
 */
void cgroup_try_all(void *place, void *answer);

/*
 * A child_function, which takes away what a probe that was killed midway has left below the own
 * group: its scratch group, and the controllers it had enabled. `answer` is a char.
 */
void cgroup_recover(void *place, void *answer);

/* The name of a scratch group for which no controllers were enabled. */
extern const char cgroup_scratch[];

/*
 * Opens the own group's directory anew and locks it, until it is closed. Returns -1 with errno if
 * that cannot be done.
 */
int cgroup_lock(const struct cgroup_place *place);

/* Does what cgroup_recover does, in the locked group `base`. */
void cgroup_recover_locked(int base);

/*
 * Removes the scratch group and disables what its name says was enabled for it. Returns 0 or a
 * positive errno, with nothing disabled; `*kept` tells that controllers stay, for others.
 */
int cgroup_remove_scratch(int base, const char *name, bool *kept);

/*
 * Says whether a process can be born in a group, if a scratch group could be made. Returns false,
 * with the finding untouched, if not.
 */
bool cgroup_born(struct redprobe *probe, struct redprobe_finding *finding);

#endif
