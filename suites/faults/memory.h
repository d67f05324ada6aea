/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Allocations of the runtime, of which one fails. What is linked with memory.o and MEMORY_WRAPPED
 * has them: a unit test that sets `memory`, or a command, of which the allocation fails whose
 * number FAILING_ALLOCATION is, from 1; it ends with status 4 when it makes fewer.
 */
#ifndef SUITES_FAULTS_MEMORY_H
#define SUITES_FAULTS_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* @left: allocations until the one that fails, 0 for none. @met: it has failed. */
struct failing_memory {
	size_t left;
	bool met;
};

extern struct failing_memory memory;

#endif
