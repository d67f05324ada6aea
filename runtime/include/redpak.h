/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libredpak: run a program in a REDNODE.
 *
 * A launch is one straight line: load the files of the node, merge them with those of its
 * ancestors, check, plan; redpak_plan() does this much and touches nothing.  redpak_run() applies
 * the plan, executes the program, reaps the processes of the node and cleans up.
 */
#ifndef REDPAK_H
#define REDPAK_H

#include <stdbool.h>
#include <stddef.h>

/* Exit statuses of redwrap, besides those of the program: 0..124, 128+N when signal N ended it. */
enum redpak_status {
	REDPAK_STATUS_USAGE = 2,
	REDPAK_STATUS_SETUP = 125,    /* the node could not be set up */
	REDPAK_STATUS_NOEXEC = 126,   /* the program cannot be executed */
	REDPAK_STATUS_NOTFOUND = 127, /* the program is not there */
};

#define REDPAK_ERROR_MAX 1024

/*
 * Why something was refused.
 * @status: the exit status that belongs to it (enum redpak_status).
 * @text: one line without a final newline: what was attempted, on what, why, what to do.
 */
struct redpak_error {
	int status;
	char text[REDPAK_ERROR_MAX];
};

/*
 * What to run.
 * @redpath: directory of the node.
 * @admin: use the admin configurations too.
 * @no_commands: refuse a node that holds commands, instead of running them.
 * @argv: the program and its arguments, NULL terminated; argv[0] is looked up in the node, in the
 *        default search path of execvp(3) if it holds no slash.
 * @preserve: numbers of the open descriptors above 2 that the program gets; all others above 2 are
 *            closed by redpak_run().
 */
struct redpak_request {
	const char *redpath;
	bool admin;
	bool no_commands;
	char *const *argv;
	const int *preserve;
	size_t preserve_count;
};

struct redpak_plan;

/*
 * How much is said on standard error besides errors: 0 nothing .. 8 everything, 5 at first;
 * warnings belong to 4. The only state that is not a plan's: set it before the first plan.
 */
void redpak_set_log_level(int level);

/*
 * Loads, merges, checks and plans.  Nothing is changed on the system, but by the commands that the
 * node's files hold.
 * @request: borrowed; must outlive the plan.
 * @plan: receives the plan; the caller frees it with redpak_plan_free().
 * Returns 0 or a negative errno with @error filled in.
 */
int redpak_plan(const struct redpak_request *request, struct redpak_plan **plan,
		struct redpak_error *error);

/*
 * Applies the plan, runs the program, waits for the last process of the node, cleans up.
 * Must be called from a process with a single thread, once for a plan: it closes descriptors,
 * enters a mount namespace of its own (and a user namespace, for an ordinary user) and does not
 * come back. The descriptors 0, 1 and 2 must be open. While the node runs it takes all signals.
 * Returns the program's status (0..255), or a negative errno with @error filled in; in that case
 * the program has not run and nothing is left behind.
 */
int redpak_run(struct redpak_plan *plan, struct redpak_error *error);

void redpak_plan_free(struct redpak_plan *plan);

#endif
