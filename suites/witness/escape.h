/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the attempts to get out of a node (escape_*.c) have in common. Their arguments are fields
 * with commas between them, as the table of each file says; ADDRESS and the like are what the host
 * knows, so that an attempt fails for want of a right and not of knowledge.
 */
#ifndef ESCAPE_H
#define ESCAPE_H

#include <stddef.h>

/* In whatever a node must not read. */
#define SECRET "redproof-secret"

/* Of cgroup2: whoever mounts it in the initial cgroup namespace sets them for all of the machine.
 */
#define GROUP_OPTIONS "nsdelegate,memory_recursiveprot"

/* Takes the fields of an argument apart. texts point into a copy of it, of which there is one only.
 * Too few fields end the attempt (see broken in witness.h). */
void split(const char *argument, const char **texts, size_t count);

/* A field as a number, in C's notation; ends the attempt when it is none. */
long number_of(const char *text);

/* Reads on from fd until SECRET was seen. Returns what an attempt does: 0 if it was, IGNORED if
 * there was an end without it, or the negative errno. */
int find_secret(int fd);

/* The same for a file by its path, at a directory as of openat(2). */
int read_secret_at(int directory, const char *path);

/* Whether there is anything in a file: 0, IGNORED as for one that is masked, or a negative errno.
 */
int read_some(const char *path);

/* Whether SECRET is among bytes in memory: 0 or IGNORED. */
int is_secret(const char *bytes, size_t length);

/* Writes text to an existing file. Returns 0 or a negative errno. */
int write_text(const char *path, const char *text);

/* A mount namespace of the attempt's own, of which nothing comes back. 0 or a negative errno. */
int leave_mounts(void);

/* The same, with a new tmpfs at directory. */
int make_volatile(const char *directory);

#endif
