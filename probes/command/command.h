/* SPDX-License-Identifier: Apache-2.0 */
/* What the command can do, each in a file of its own. */
#ifndef REDPROBE_COMMAND_H
#define REDPROBE_COMMAND_H

#include "options.h"

action_function command_report, command_explain, command_list, command_require, command_diff,
	command_version, command_help;

/* A probe, and what is known of modules. */
struct session {
	struct modules *modules;
	struct redprobe *loaded; /* of modules, when they were loaded; or NULL */
	struct redprobe *probe;
};

/*
 * Begins a probe of `areas`, ended by NULL; loads modules before if the options say so. Returns 0,
 * or says why not and returns EXIT_MACHINERY. The caller ends it by session_close.
 */
int session_open(struct session *session, const struct options *options,
		 const struct redprobe_area *const *areas);
void session_close(struct session *session);

#endif
