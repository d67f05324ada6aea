/* SPDX-License-Identifier: Apache-2.0 */
/* The questions about processes: rows of the table in process.c, by subject. */
#ifndef REDPROBE_PROCESS_H
#define REDPROBE_PROCESS_H

#include "redprobe.h"

/* process_clone.c: making processes. */
redprobe_function process_try_clone3, process_try_clone_newtime, process_try_set_tid,
	process_find_clone_into_cgroup;

/* process_pidfd.c */
redprobe_function process_try_pidfd, process_try_pidfd_setns;

/* process_files.c: opening and closing descriptors. */
redprobe_function process_try_openat2, process_try_resolve, process_try_close_range,
	process_try_close_range_cloexec;

/* A flag of openat2(2): the argument of process_try_resolve. */
struct resolve_flag;
extern const struct resolve_flag resolve_beneath, resolve_in_root, resolve_no_symlinks,
	resolve_no_magiclinks, resolve_no_xdev, resolve_cached;

/* process_seccomp.c */
redprobe_function process_find_no_new_privs, process_find_seccomp, process_find_action,
	process_find_notify_continue, process_find_tsync;

/* An action of a filter: the argument of process_find_action. */
struct seccomp_action;
extern const struct seccomp_action action_kill_process, action_kill_thread, action_trap,
	action_errno, action_trace, action_log, action_allow, action_user_notif;

/* process_landlock.c */
redprobe_function process_try_landlock;

/* process_tiocsti.c */
redprobe_function process_try_tiocsti;

#endif
