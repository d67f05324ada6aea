/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of a launch, as seen by the files that share them. */
#ifndef REDPAK_LAUNCH_H
#define REDPAK_LAUNCH_H

#include <signal.h>

#include "apply/mount.h"
#include "plan/plan.h"

/* @mask: the signal mask of the caller, for the payload. */
struct launch {
	struct redpak_plan *plan;
	struct redpak_error *error;
	struct root root;
	int channel; /* to init */
	int pidfd;   /* of init */
	pid_t init;
	sigset_t mask;
};

/* builder.c: what builds the node stands in a user namespace of its own where the plan has one. */
int enter_builder_user(struct launch *launch);

/* builder.c: maps the ids of the node's user namespace, user_namespaces(7). */
int map_init(struct launch *launch);

/*
 * supervise.c: waits for init, forwarding what processes send to redwrap. Returns the exit status.
 */
int supervise(const struct launch *launch);

#endif
