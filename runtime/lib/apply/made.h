/* SPDX-License-Identifier: Apache-2.0 */
/* What a start has made on the host: removed again when the start is refused. */
#ifndef REDPAK_MADE_H
#define REDPAK_MADE_H

#include <stddef.h>

/* One entry of a directory of the host. */
struct made {
	int parent; /* descriptor */
	char *name;
};

/* Zeroed at first. */
struct made_list {
	struct made *items;
	size_t count;
};

/*
 * Notes @name in @parent (copied, as is the name); what cannot be noted is removed at once.
 * Returns 0 or a negative errno.
 */
int made_add(struct made_list *list, int parent, const char *name);

/*
 * Removes the entries, the last first, as far as they are empty directories or empty files;
 * what this mount namespace has mounted on them is unmounted before.  Empties the list.
 */
void made_remove(struct made_list *list);

/* Empties the list: its entries stay. */
void made_keep(struct made_list *list);

#endif
