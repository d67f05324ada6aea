/* SPDX-License-Identifier: Apache-2.0 */
/* The privilege that a trial needs: this process has it, or gains it in a user namespace. */
#ifndef REDPROBE_PRIVILEGE_H
#define REDPROBE_PRIVILEGE_H

#include "redprobe.h"

#include <sys/capability.h>

/* True if the capability is effective in this process, that is, in its user namespace. */
bool privilege_has(cap_value_t capability);

/* The same of CAP_SYS_ADMIN, which most trials need. */
bool privileged(void);

/*
 * Makes a user namespace, where this process then has every capability, and with it the namespaces
 * `flags` (CLONE_NEW…). In `*unmapped` it stores 0 if its ids are known there as 0, otherwise a
 * positive errno: then no file can be made. It takes /proc, and of root also CAP_SETFCAP. Returns 0
 * or a positive errno.
 */
int privilege_gain(int flags, int *unmapped);

/*
 * Gives up all capabilities, and the ids of root for those of nobody, if this process has them to
 * give; stores in `*changed` whether it had. Such a process no longer dies with its parent unless
 * it asks for that again. Returns 0 or a positive errno.
 */
int privilege_give_up(bool *changed);

/* Says that a trial cannot be made, because privilege_gain failed with `error`. */
void privilege_missing(struct redprobe_finding *finding, int error);

/* Lowers all effective capabilities, or raises all permitted ones. Returns 0 or a positive errno.
 */
int privilege_lower(void);
int privilege_raise(void);

#endif
