/* SPDX-License-Identifier: Apache-2.0 */
/* The terminal of redwrap's session and its foreground process group, tty_ioctl(4). */
#ifndef REDPAK_TERMINAL_H
#define REDPAK_TERMINAL_H

#include <stdbool.h>

/* @foreground: redwrap's group had it when it was started, or continued the last time. */
struct terminal {
	int fd;
	bool foreground;
};

/* Opens it, where there is one; else @terminal->fd is -1, and the others do nothing with it. */
void terminal_open(struct terminal *terminal);

/*
 * A process group of the node cannot give the foreground back to one outside its PID namespace,
 * so that redwrap does it. SIGTTOU must be blocked.
 */

/* Takes the foreground for redwrap's own group if the group that has it has ended. */
void terminal_inherit(const struct terminal *terminal);

/*
 * Stops redwrap by @signal as any process of a job. If it was in the foreground and is again with
 * SIGCONT, the group that had it when redwrap stopped gets it. Returns whether it has been stopped
 * and continued: where no shell would continue it, the kernel discards the signal, setpgid(2).
 */
bool terminal_stop(struct terminal *terminal, int signal);

#endif
