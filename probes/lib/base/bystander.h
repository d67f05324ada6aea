/* SPDX-License-Identifier: Apache-2.0 */
/* A process that does nothing but be there, for its namespaces or to be signalled. */
#ifndef REDPROBE_BYSTANDER_H
#define REDPROBE_BYSTANDER_H

#include <sys/types.h>

/*
 * Starts one in new namespaces `flags` (CLONE_NEW…); it dies with this process. It shares the
 * memory of this process, which makes it cheap, and runs on a stack that there is once: so there is
 * no more than one at a time. Returns its number, or -1 with errno.
 */
pid_t bystander_start(int flags);

/* Kills it and waits for its end. */
void bystander_stop(pid_t pid);

/* For one that was killed and waited for otherwise. */
void bystander_gone(void);

#endif
