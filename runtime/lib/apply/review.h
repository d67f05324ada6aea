/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can only be told once the root is finished: which mounts came with the parts of the host
 * that are exported.
 */
#ifndef REDPAK_REVIEW_H
#define REDPAK_REVIEW_H

#include "apply/mount_table.h"
#include "plan/plan.h"

/*
 * Goes through the mounts of the finished root: control groups and what else is proc's of the host
 * become read-only, the files of the chain are covered, and where the plan says so a proc is
 * refused.
 * Returns 0 or a negative errno with the root's error filled in.
 */
int review_mounts(const struct root *root, const struct redpak_plan *plan);

/*
 * cover.c: the status and configuration files of the chain are shown read-only wherever a writable
 * mount of the node holds them, and the directories that lead there cannot be renamed.
 *
 * cover_begin() looks them up while the host can be reached.
 * cover_mount() covers what stands in the mount @fd (O_PATH of its root), at @point of the node.
 * Returns 1 when it covered something, 0, or a negative errno with the root's error filled in.
 */
int cover_begin(const struct root *root, struct redpak_plan *plan);
int cover_mount(const struct root *root, const struct redpak_plan *plan, int fd, const char *point);

#endif
