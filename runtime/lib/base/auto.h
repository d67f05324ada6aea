/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors that close themselves when their scope ends. */
#ifndef REDPAK_AUTO_H
#define REDPAK_AUTO_H

#include <stdlib.h>
#include <unistd.h>

static inline void auto_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void auto_free(void *memory)
{
	free(*(void **)memory);
}

#define AUTO_CLOSE __attribute__((cleanup(auto_close)))
#define AUTO_FREE  __attribute__((cleanup(auto_free)))

/* Hands the descriptor on: the scope no longer closes it. */
static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#endif
