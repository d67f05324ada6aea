/* SPDX-License-Identifier: Apache-2.0 */
/* Which descriptors a process of a launch holds. */
#ifndef REDPAK_DESCRIPTORS_H
#define REDPAK_DESCRIPTORS_H

#include <stddef.h>

/* A list of descriptors; those up to 2 in it do not count. */
struct descriptors {
	const int *numbers;
	size_t count;
};

/*
 * Closes all descriptors above 2 but those of @list and @other (-1: none).
 * Returns 0 or a negative errno.
 */
int descriptors_close_others(struct descriptors list, int other);

/* Closes those of the list. */
void descriptors_close(struct descriptors list);

/* Sets or clears close-on-exec for those of the list. Returns 0 or a negative errno. */
int descriptors_set_cloexec(struct descriptors list, int flag);

#endif
