/* SPDX-License-Identifier: Apache-2.0 */
/* Asking the kernel in a child, so that a question that hangs or crashes is an answer too. */
#ifndef REDPROBE_CHILD_H
#define REDPROBE_CHILD_H

#include "redprobe.h"

#include <sys/types.h>

/* Runs in the child and fills in `answer`, which is zeroed before. It must not use stdio. */
typedef void child_function(void *argument, void *answer);

enum child_end {
	CHILD_ANSWERED,
	CHILD_EXITED, /* without an answer; `number` is its status */
	CHILD_KILLED, /* by the signal `number` */
	CHILD_SILENT, /* no answer in time; it has been sent SIGKILL */
	CHILD_NONE,   /* could not be made; `number` is the errno */
};

struct child_fate {
	enum child_end end;
	int number;
};

enum child_life {
	CHILD_DIES,	/* with this process */
	CHILD_COMPLETES /* its work even if this process dies: it has something to clean up */
};

/* A child that is at work; `fd` becomes readable when it has answered or is gone. */
struct child {
	pid_t pid;
	int fd;
};

/*
 * Has a child run `function` and send the `size` bytes of its answer. Returns 0 and fills in
 * `child`, which the caller gives to child_finish, or returns a positive errno.
 */
int child_begin(struct child *child, child_function *function, void *argument, void *answer,
		size_t size, enum child_life life);

/* Reaps a child that has answered, is gone, or has been sent SIGKILL. Returns its wait status. */
int child_finish(struct child *child, int patience_ms);

/* What a wait status says of a child that gave no answer. */
struct child_fate child_fate_of(int status);

/* Milliseconds of CLOCK_MONOTONIC. */
long long child_clock_ms(void);

/*
 * Runs `function` in a child and copies the `size` bytes of its answer to `answer`. Waits no longer
 * than `patience_ms`. `answer` is all zero unless the fate is CHILD_ANSWERED.
 */
struct child_fate child_ask(child_function *function, void *argument, void *answer, size_t size,
			    enum child_life life, int patience_ms);

/* Says the fate of a child that gave no answer as a finding. */
void finding_fate(struct redprobe_finding *finding, struct child_fate fate);

/*
 * fork(2) for a child of such a child: it dies with its parent. Returns as fork does.
 */
pid_t child_fork(void);

/* Waits for a child that will exit, and returns its status, or -1 if it did not exit by itself. */
int child_status(pid_t pid);

#endif
