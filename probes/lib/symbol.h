/* SPDX-License-Identifier: Apache-2.0 */
/* Names of the running kernel's functions. */
#ifndef REDPROBE_SYMBOL_H
#define REDPROBE_SYMBOL_H

#include <stdbool.h>
#include <stddef.h>

/* What has been read of the kernel's type information; zeroed at first. */
struct symbols {
	bool read;
	char *strings; /* NULL: the kernel has none */
	size_t size;
};

enum symbol { SYMBOL_ABSENT, SYMBOL_BUILT_IN, SYMBOL_UNSEEN };

/*
 * Whether the running kernel has a function called `symbol` built in. Looks into its type
 * information or, where it has none, into /proc/kallsyms, which is slower. Unseen without both.
 */
enum symbol symbol_look(struct symbols *symbols, const char *symbol);

#endif
