/* SPDX-License-Identifier: Apache-2.0 */
/* Names of the running kernel's functions. */
#ifndef REDPROBE_SYMBOL_H
#define REDPROBE_SYMBOL_H

#include <stdbool.h>
#include <stddef.h>

enum symbol { SYMBOL_ABSENT, SYMBOL_BUILT_IN, SYMBOL_UNSEEN };

/* The names in the kernel's type information, as far as they have been read. Zeroed at first. */
struct symbols {
	bool looked;
	const char *names; /* each ended by a 0; NULL: there is no type information */
	size_t size;
	const char *last; /* what was looked for last */
	enum symbol found;
};

/*
 * Whether the running kernel has a function called `name` built in. Looks into its type information
 * or, where it has none, into /proc/kallsyms, which takes longer. Unseen without both. `name` is
 * static; what `symbols` holds goes with the process.
 */
enum symbol symbol_look(struct symbols *symbols, const char *name);

#endif
