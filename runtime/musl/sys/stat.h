/* SPDX-License-Identifier: Apache-2.0 */
/* glibc 2.36 declares statx(2) here, musl does not; see calls.c. */
#ifndef REDPAK_MUSL_STAT_H
#define REDPAK_MUSL_STAT_H

#include_next <sys/stat.h>

#include <linux/stat.h>

int statx(int directory, const char *restrict path, int flags, unsigned int mask,
	  struct statx *restrict status);

#endif
