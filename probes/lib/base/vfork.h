/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Children that share this process's memory: one costs a tenth of what fork(2) costs, which copies
 * the tables of all pages. Source: vfork(2), clone(2).
 */
#ifndef REDPROBE_VFORK_H
#define REDPROBE_VFORK_H

#include "base/child.h"

/* Runs in the child. It must not use stdio. What it has to tell it writes to shared memory. */
typedef void vfork_function(void *argument);

enum vfork_flags {
	VFORK_SHARED_FILES = 1, /* the descriptors that it opens are this process's as well */
	VFORK_OWN_MEMORY = 2,	/* for calls that a process which shares its memory is refused */
	VFORK_NESTED = 4,	/* the caller is such a child itself */
};

/*
 * Runs `function` in a child, which may change for good whatever it likes, and waits for its end.
 * It dies with this process. What it writes is sure to be seen here in memory of vfork_shared
 * only. Returns CHILD_ANSWERED if the function returned, otherwise what became of the child.
 */
struct child_fate vfork_run(vfork_function *function, void *argument, int flags);

/* The same, but the child dies after `patience_ms`: CHILD_SILENT. 0: it takes as long as it takes.
 */
struct child_fate vfork_run_within(int patience_ms, vfork_function *function, void *argument,
				   int flags);

/*
 * Memory that this process shares with all its children to come, zeroed. It is never freed: it goes
 * with the process of an area. Returns NULL if memory is short.
 */
void *vfork_shared(size_t size);

#endif
