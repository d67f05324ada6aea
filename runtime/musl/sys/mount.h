/* SPDX-License-Identifier: Apache-2.0 */
/* The calls of the mount API that glibc 2.36 declares here, and musl does not; see calls.c. */
#ifndef REDPAK_MUSL_MOUNT_H
#define REDPAK_MUSL_MOUNT_H

#include_next <sys/mount.h>

#include <linux/mount.h>
#include <stddef.h>

int fsopen(const char *type, unsigned int flags);
int fsmount(int context, unsigned int flags, unsigned int attributes);
int fsconfig(int context, unsigned int command, const char *key, const void *value, int number);
int open_tree(int directory, const char *path, unsigned int flags);
int move_mount(int from, const char *from_path, int to, const char *to_path, unsigned int flags);
int mount_setattr(int directory, const char *path, unsigned int flags, struct mount_attr *attr,
		  size_t size);

#endif
