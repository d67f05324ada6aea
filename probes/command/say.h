/* SPDX-License-Identifier: Apache-2.0 */
/* What the command says when something goes wrong, and its exit statuses. */
#ifndef REDPROBE_SAY_H
#define REDPROBE_SAY_H

/*
 * EXIT_SUCCESS the probe was made, the profile is met, nothing was lost; EXIT_FAILURE the profile
 * is not met, something was lost; EXIT_MACHINERY wrong usage, bad input, or the machinery failed.
 */
enum { EXIT_MACHINERY = 2 };

/*
 * Writes one line to standard error, "redprobe: " before it; control characters become "?". Returns
 * EXIT_MACHINERY.
 */
int refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Writes out what is left in the buffer of standard output. Returns `status`, or refuses if
 * anything could not be written, for example to a full disk.
 */
int flushed(int status);

#endif
