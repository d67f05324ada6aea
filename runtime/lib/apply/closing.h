/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors that are done with, closed many at once: a root takes some fifty. */
#ifndef REDPAK_CLOSING_H
#define REDPAK_CLOSING_H

#include <stddef.h>

enum {
	CLOSING_MAX = 64,
	CLOSING_EXPORT = 16 /* more than any one export takes */
};

struct closing {
	int fds[CLOSING_MAX];
	size_t count;
};

/* Takes @fd over; below 0 there is none. It stays open until the next flush. */
void closing_add(struct closing *closing, int fd);

/* Between two exports: makes room for the next. */
void closing_make_room(struct closing *closing);

/* Closes what was taken over. */
void closing_flush(struct closing *closing);

#endif
