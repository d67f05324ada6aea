/* SPDX-License-Identifier: Apache-2.0 */
/* The terminal of redwrap's session and its foreground process group, tty_ioctl(4). */
#ifndef REDPAK_TERMINAL_H
#define REDPAK_TERMINAL_H

#include <sys/types.h>

/* Opens it. Returns a descriptor that the caller closes, or -1 where there is none. */
int terminal_open(void);

/*
 * A process group of the node cannot give the foreground back to one outside its PID namespace,
 * so that redwrap does it. All of these have no effect on a terminal of -1; SIGTTOU must be
 * blocked.
 */

/* Takes the foreground for redwrap's own group if the group that has it has ended. */
void terminal_inherit(int terminal);

/*
 * Stops redwrap by @signal as any process of a job, and gives the foreground, if it got it back
 * with SIGCONT, to the group that had it before. Returns when redwrap has been continued.
 */
void terminal_stop(int terminal, int signal);

#endif
