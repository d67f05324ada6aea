/* SPDX-License-Identifier: Apache-2.0 */
/* The names of numbers. */
#ifndef REDPROBE_NAMES_H
#define REDPROBE_NAMES_H

/* "EPERM" for EPERM, "ok" for 0; one that has no name is "errno". */
const char *error_name(int error);

/* "SIGKILL" for SIGKILL; one that has no name is "a signal". */
const char *signal_name(int number);

#endif
