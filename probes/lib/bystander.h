/* SPDX-License-Identifier: Apache-2.0 */
/* A process that does nothing but be there, for its namespaces or to be signalled. */
#ifndef REDPROBE_BYSTANDER_H
#define REDPROBE_BYSTANDER_H

#include <sys/types.h>

/* Starts one in new namespaces `flags` (CLONE_NEW…). Returns its number, or -1 with errno. */
pid_t bystander_start(int flags);

/* Kills it and waits for its end. */
void bystander_stop(pid_t pid);

#endif
