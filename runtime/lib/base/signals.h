/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REDPAK_SIGNALS_H
#define REDPAK_SIGNALS_H

#include <signal.h>
#include <string.h>

/* All signals; sigfillset(3) leaves out those that the C library has for threads. */
static inline void signals_fill(sigset_t *set)
{
	memset(set, 0xff, sizeof(*set));
}

#endif
