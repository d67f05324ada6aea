/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Weak runtimes: redwrap, linked once more with some functions wrapped (--wrap of ld(1)), which
 * does one thing worse than it should. Which thing, the name says that it is called by;
 * weaknesses[] has them all.
 */
#ifndef SUITES_WEAK_WEAK_H
#define SUITES_WEAK_WEAK_H

#include <stdbool.h>
#include <stddef.h>

#include "plan/plan.h"

enum { WEAK_ARGUMENTS = 6 };

struct weakness;

/*
 * A call of a wrapped function. @arguments: in order, each as a long; what is handed over by value
 * and is no number is a pointer here. @real: makes it.
 */
struct call {
	const struct weakness *weakness;
	long (*real)(const long *arguments);
	long arguments[WEAK_ARGUMENTS];
};

/*
 * @name: of the runtime, several rows make one. @about: what it does worse; NULL in all rows but
 * its first.
 * @function: the one that is called otherwise. @instead: stands in its place, and returns what it
 * returns.
 * @number, @text: for @instead.
 */
struct weakness {
	const char *name, *about, *function;
	long (*instead)(struct call *call);
	long number;
	const char *text;
};

/* The last one has no name. */
extern const struct weakness weaknesses[];

/* For wrappers: makes the call @function, as it is or as the weakness has it. */
long weak_call(const char *function, long (*real)(const long *arguments), const long *arguments);

/* The plan that is being run, and by which process. */
extern const struct redpak_plan *weak_plan;
extern pid_t weak_launcher;

/* Whether this is the process that becomes the payload: until its exec it has the memory of init.
 */
bool weak_is_payload(void);

static inline long make(const struct call *call)
{
	return call->real(call->arguments);
}

/* An argument as what it was. */
static inline void *pointer(const struct call *call, int index)
{
	return (void *)call->arguments[index];
}

/* Not made, but said to be done. */
long skip(struct call *call);

/* The same in the payload only. */
long skip_in_payload(struct call *call);

/* namespaces.c */
long share_namespace(struct call *call);
long share_unless_said(struct call *call);
long ignore_joins(struct call *call);
long keep_mount_namespace(struct call *call);
long keep_mounts_as_they_are(struct call *call);
long mount_on_host(struct call *call);
long stay_in_root(struct call *call);
long change_root(struct call *call);
long skip_request(struct call *call);
long keep_clocks(struct call *call);
long map_everybody(struct call *call);

/* groups.c */
long drop_item(struct call *call);
long drop_limits_of_parents(struct call *call);
long go_on_without_group(struct call *call);
long share_group(struct call *call);
long make_groups(struct call *call);
long stay_out_of_group(struct call *call);
long leave_group(struct call *call);
long leave_processes(struct call *call);

/* privileges.c */
long keep_capability(struct call *call);
long lose_capability(struct call *call);
long inherit_capability(struct call *call);
long set_inheritable(struct call *call);
long set_all(struct call *call);
long skip_prctl(struct call *call);
long keep_ambient(struct call *call);
long skip_tie(struct call *call);
long filter_instead(struct call *call);
long skip_syscall(struct call *call);
long filter_less(struct call *call);
long permit_other_abis(struct call *call);

/* mounts.c */
long export_writable(struct call *call);
long restrict_top_only(struct call *call);
long drop_attribute(struct call *call);
long drop_flag(struct call *call);
long leave_old_root(struct call *call);
long receive_mounts(struct call *call);
long keep_propagation(struct call *call);
long skip_option(struct call *call);
long put_on_disk(struct call *call);
long show_host(struct call *call);
long skip_entry(struct call *call);
long skip_file_system(struct call *call);
long remember_host(struct call *call);
long follow_tree(struct call *call);
long believe_device(struct call *call);
long follow(struct call *call);
long follow_again(struct call *call);
long make_anywhere(struct call *call);
long climb(struct call *call);

/* process.c */
long succeed(struct call *call);
long forgive_signals(struct call *call);
long wait_for_first(struct call *call);
long leak_proc(struct call *call);
long close_in_launcher_only(struct call *call);
long take_words(struct call *call);

/* configuration.c */
long ignore_setting(struct call *call);
long prefer_switched_on(struct call *call);
long inherit_environment(struct call *call);
long allow(struct call *call);
long inherit_private(struct call *call);
long wrap_id(struct call *call);

#endif
