/* SPDX-License-Identifier: Apache-2.0 */
/* The questions about mounting: rows of the table in mount.c, by subject. */
#ifndef REDPROBE_MOUNT_H
#define REDPROBE_MOUNT_H

#include "redprobe.h"

/* mount_tree.c: whole mounts and their flags. */
redprobe_function mount_try_new_api, mount_try_setattr, mount_try_open_tree_attr,
	mount_try_nosymfollow;

/* mount_idmapped.c */
redprobe_function mount_try_idmapped;

/* mount_overlay.c */
redprobe_function mount_try_overlay, mount_try_overlay_userns;

/* mount_tmpfs.c */
redprobe_function mount_try_size, mount_try_nr_inodes, mount_try_noswap, mount_try_mode;

/* mount_queues.c */
redprobe_function mount_try_mqueue;

/* mount_proc.c */
redprobe_function mount_try_hidepid, mount_try_subset, mount_try_pidns;

#endif
