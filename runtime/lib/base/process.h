/* SPDX-License-Identifier: Apache-2.0 */
/* Processes that share the memory of the one that makes them. */
#ifndef REDPAK_PROCESS_H
#define REDPAK_PROCESS_H

#include <linux/sched.h>
#include <stdbool.h>
#include <sys/types.h>

/*
 * Makes a process by clone3(2) that runs @run(@data) on a stack of its own and ends with what that
 * returns.  It shares the memory of the caller: with CLONE_VFORK in @args the caller is suspended
 * until it ends or executes a program; without, one of them must do nothing that writes (errno too
 * is shared).
 * @args: with all but the stack.
 * @stack: 16-byte aligned, @size bytes, in use for as long as the process shares it.
 * Returns the process id, or -1 with errno.
 */
pid_t process_share(struct clone_args *args, void *stack, size_t size, int (*run)(void *data),
		    void *data);

/* Waits for the end of such a process. Returns whether @run returned, and 0. */
bool process_ends(pid_t pid);

/* Whether the process @pidfd, pidfd_open(2), has ended, or nobody can tell. */
bool process_has_ended(int pidfd);

#endif
