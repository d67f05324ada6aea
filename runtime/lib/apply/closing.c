/* SPDX-License-Identifier: Apache-2.0 */
#include "apply/closing.h"

#include <stdbool.h>
#include <unistd.h>

/* Whether it was there. */
static bool drop(struct closing *closing, int fd)
{
	for (size_t i = 0; i < closing->count; i++) {
		if (closing->fds[i] == fd) {
			closing->fds[i] = closing->fds[--closing->count];
			return true;
		}
	}
	return false;
}

/* The kernel gives the lowest free number, so that most of them are one run. */
void closing_flush(struct closing *closing)
{
	while (closing->count > 0) {
		int low = closing->fds[--closing->count];
		int high = low;

		while (drop(closing, low - 1))
			low--;
		while (drop(closing, high + 1))
			high++;
		close_range((unsigned int)low, (unsigned int)high, 0);
	}
}

void closing_add(struct closing *closing, int fd)
{
	/* What finds no room ends with the process. */
	if (fd >= 0 && closing->count < CLOSING_MAX)
		closing->fds[closing->count++] = fd;
}

void closing_make_room(struct closing *closing)
{
	if (closing->count > CLOSING_MAX - CLOSING_EXPORT)
		closing_flush(closing);
}
