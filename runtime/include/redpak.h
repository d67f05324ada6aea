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
#include <stdio.h>

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
 * @display: the plan is for redpak_dump() alone: no command is run, and nothing of the system but
 *           the node's files is looked at.
 * @no_commands: refuse a node that holds commands, instead of running them.
 * @strict: refuse missing directories of the host instead of making them.
 * @force: make them also where no node of the chain is.
 * @user, @group, @smack: win over the keys set-user, set-group and smack; NULL for none.
 * @preserve: numbers of the open descriptors above 2 that the program gets; all others above 2 are
 *            closed by redpak_run().
 * @verbose: the log level, redpak_set_log_level(); -1 for what the node says.
 * @argv: the program and its arguments, NULL terminated (empty will do for @display); argv[0]
 *        is looked up in the node, in its PATH or else the default search path of execvp(3), if it
 *        holds no slash.
 */
struct redpak_request {
	const char *redpath;
	bool admin;
	bool display;
	bool no_commands;
	bool strict, force;
	const char *user, *group, *smack;
	const int *preserve;
	size_t preserve_count;
	int verbose;
	char *const *argv;
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
 * Must be called from a process with a single thread, once for a plan: it closes descriptors, and
 * the process keeps less than it had, for good: of root's effective capabilities few, the default
 * action of SIGCHLD, the namespaces that the node joins, and, where the node shares its user
 * namespace, a mount namespace with the node as root. The descriptors 0, 1 and 2 must be open.
 * While the node runs it takes all signals.
 * Returns the program's status (0..255), or a negative errno with @error filled in; in that case
 * the program has not run and nothing is left behind.
 */
int redpak_run(struct redpak_plan *plan, struct redpak_error *error);

/*
 * Prints the plan as the equivalent bubblewrap command, bwrap(1), one option a line.
 * @bwrap: what to call bubblewrap. @name: what the caller was called, argv[0].
 * Returns 0 or a negative errno of writing to @out.
 */
int redpak_dump(const struct redpak_plan *plan, const char *bwrap, const char *name, FILE *out);

/* Prints what bubblewrap has no option for (time, uts, cgroups, seccomp), as lines "# ...". */
int redpak_dump_rest(const struct redpak_plan *plan, FILE *out);

void redpak_plan_free(struct redpak_plan *plan);

#endif
