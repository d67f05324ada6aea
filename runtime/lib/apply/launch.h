/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of a launch, as seen by the files that share them. */
#ifndef REDPAK_LAUNCH_H
#define REDPAK_LAUNCH_H

#include <signal.h>

#include "apply/mount.h"
#include "apply/terminal.h"
#include "plan/plan.h"

#define UMASK_KEPT ((mode_t)-1)

/*
 * @made: what was made on the host for this start.
 * @signals: all signals arrive there, signalfd(2).
 * @watcher: -1 where there is none; @tie: the pipe to it.
 * @joins: the namespaces to join, -1 for none.
 * @init_told: init has ended, and it is known why.
 * @init: as redwrap counts; @init_here: as who made it does.
 * @umask: of the caller, UMASK_KEPT while it is in force.
 * @mask: the signal mask of the caller, for the payload.
 */
struct launch {
	struct redpak_plan *plan;
	struct redpak_error *error;
	struct root root;
	struct made_list made;
	struct closing closing;
	int channel;	  /* to init */
	int init_channel; /* its end of it */
	int pidfd;	  /* of init */
	int mounts;	  /* the builder's mount namespace */
	int signals, tie;
	int joins[NAMESPACE_COUNT];
	struct terminal terminal; /* of the session */
	bool init_told;
	pid_t init, init_here, watcher;
	mode_t umask;
	sigset_t mask;
};

/* identity.c: sets the security label, which all processes of the node take over. */
int apply_label(struct launch *launch);

/*
 * identity.c: redwrap gives up its privileges, when it has nothing left to make, but for those that
 * remove what was made for the node, and pass signals; of the effective ones.
 */
int renounce(struct launch *launch);

/* identity.c: sets the supplementary groups, which all processes of the node take over. */
int apply_groups(struct launch *launch);

/* join.c: opens the namespaces to join, and refuses what is none of their kind. */
int open_joins(struct launch *launch);

/* join.c: enters them, but those that only init enters. */
int join_namespaces(struct launch *launch);

/*
 * join.c: makes process 1 of the node, in the user namespace that is joined, where one is.
 * @init: what it runs; must not return.
 * Returns 0 with launch->init_here, or a negative errno with the launch's error.
 */
struct clone_args;
int clone_init(struct launch *launch, struct clone_args *args, void (*init)(struct launch *launch));

/*
 * builder.c: runs @build in a process of its own that shares memory and descriptors with redwrap,
 * which waits for it, in the user namespace that the plan has for the builder.
 * Returns what @build does.
 */
int build_in_user(struct launch *launch, int (*build)(struct launch *launch));

/*
 * builder.c: maps the ids of the node's user namespace, user_namespaces(7); one that is joined
 * must map the payload's.
 */
int map_init(struct launch *launch);

/* build.c: looks up what is exported of the host, and makes what is missing, as the caller. */
int open_sources(struct launch *launch);

/* build.c: closes the descriptors that open_sources() opened. */
void close_sources(struct redpak_plan *plan);

/*
 * build.c: the root of the node as far as redwrap can build it alone; then, with init in the new
 * namespaces, the rest, and its review.
 */
int build_root(struct launch *launch);
int complete_root(struct launch *launch);

/*
 * builder.c: sets the limit of user namespaces, which counts below the one where it is set, to 0;
 * the node's own must exist already.
 */
int forbid_nested_users(struct launch *launch);

/* watcher.c: makes the watcher where the node needs one; comes first of all processes. */
int watcher_start(struct launch *launch);

/* watcher.c: ends it; its work is done. */
void watcher_end(struct launch *launch);

/* supervise.c: prepares for it, before anything is started. */
int supervise_begin(struct launch *launch);

/*
 * supervise.c: waits for init, passing signals, stops and continuations between it and redwrap.
 * Returns the exit status of the payload, or the error that kept it from running.
 */
int supervise(struct launch *launch);

#endif
