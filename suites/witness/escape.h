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

/* The host does something that can be heard all the time, so that this is never waited out. */
enum { PATIENCE_MILLISECONDS = 5000 };

/* Of cgroup2: whoever mounts it in the initial cgroup namespace sets them for all of the machine.
 */
#define GROUP_OPTIONS "nsdelegate,memory_recursiveprot"

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

/* A mount namespace of the attempt's own, of which nothing comes back. 0 or a negative errno. */
int leave_mounts(void);

/* The same, with a new tmpfs at directory. */
int make_volatile(const char *directory);

/* Mounts in a mount namespace of the attempt's own, with the arguments of mount(2), and then reads
 * anything from the file there. Returns what read_some does, or a negative errno. */
int mount_and_look(const char *source, const char *directory, const char *type, unsigned long flags,
		   const char *options, const char *file);

#endif
