/* SPDX-License-Identifier: Apache-2.0 */
/* glibc 2.36 declares close_range(2) here, musl does not; see calls.c. */
#ifndef REDPAK_MUSL_UNISTD_H
#define REDPAK_MUSL_UNISTD_H

#include_next <unistd.h>

int close_range(unsigned int first, unsigned int last, int flags);

#endif
