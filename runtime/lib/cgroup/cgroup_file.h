/* SPDX-License-Identifier: Apache-2.0 */
/* The files of one control group; @group is a descriptor of its directory. */
#ifndef REDPAK_CGROUP_FILE_H
#define REDPAK_CGROUP_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The file that names the controllers which a group gives to those below. */
#define CGROUP_CONTROLLERS "cgroup.subtree_control"

/*
 * Makes the group @name below @parent, or finds it there. Returns its descriptor, which the caller
 * closes, or a negative errno, no message. @found: receives whether it was there; may be NULL.
 */
int cgroup_make(int parent, const char *name, mode_t mode, bool *found);

/*
 * Writes @text to the file @name of a group, each line by a call of its own, as the kernel takes
 * one device at a time. Returns 0 or a negative errno, no message.
 */
int cgroup_write_file(int group, const char *name, const char *text);

/* Reads the file @name into @text, cut at @size - 1. Returns 0 or a negative errno. */
int cgroup_read_file(int group, const char *name, char *text, size_t size);

/*
 * Calls @each for every process of the group; stops at the first result that is not
 * 0, and with -EPERM at a process of another PID namespace, which has no number here.
 */
int cgroup_each_process(int group, int (*each)(pid_t pid, void *data), void *data);

/* Whether @word, of @length, is one of the words of @text, such as names of controllers. */
bool cgroup_has_word(const char *text, const char *word, size_t length);

/* Whether it is the root of the hierarchy, which alone has no cgroup.type. */
bool cgroup_is_root(int group);

#endif
