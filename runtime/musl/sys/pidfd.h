/* SPDX-License-Identifier: Apache-2.0 */
/* glibc 2.36 has this header, musl does not; see calls.c. */
#ifndef REDPAK_MUSL_PIDFD_H
#define REDPAK_MUSL_PIDFD_H

#include <sys/types.h>

int pidfd_open(pid_t process, unsigned int flags);

#endif
