/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the modes give to the table of export.c, and to each other. */
#ifndef REDPAK_EXPORT_MODES_H
#define REDPAK_EXPORT_MODES_H

#include <sys/mount.h>

#include "apply/export.h"
#include "apply/mount.h"

/* The attributes of what is exported; none is set-user-id, none but devices has device nodes. */
enum {
	EXPORT_PLAIN = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
	EXPORT_READ_ONLY = EXPORT_PLAIN | MOUNT_ATTR_RDONLY,
	EXPORT_NO_EXEC = EXPORT_PLAIN | MOUNT_ATTR_NOEXEC,
	EXPORT_DEVICES = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
};

/* Makes the symbolic link @mount, a path of the node; one with the same target may be there. */
int export_make_link(const struct root *root, const char *target, const char *mount);

/* export_bind.c: parts of the host. */
int export_tree_directory(const struct root *root, const struct plan_export *export);
int export_tree_host_file(const struct root *root, const struct plan_export *export);

/*
 * export_memory.c: file systems in memory. A new tmpfs is detached and belongs to the payload's
 * user; @mode: NULL for 01777, that of all; @fallback is its size where the node gives none, NULL
 * for the kernel's default.
 */
int export_new_tmpfs(const struct root *root, const char *mode, const char *fallback,
		     uint64_t attributes);
int export_tree_tmpfs(const struct root *root, const struct plan_export *export);
int export_tree_mqueue(const struct root *root, const struct plan_export *export);
int export_tree_content(const struct root *root, const struct plan_export *export);

/* export_dev.c, export_proc.c */
int export_tree_dev(const struct root *root, const struct plan_export *export);
int export_fill_dev(const struct root *root, const struct plan_export *export, int tree);
int export_tree_proc(const struct root *root, const struct plan_export *export);
int export_fill_proc(const struct root *root, const struct plan_export *export, int tree);

/*
 * export_dev.c: a detached copy of the device @name in the host's /dev, which is refused when it
 * is anything else than that device. Returns a descriptor, which is closed with the others.
 */
int export_copy_device(const struct root *root, const char *name, uint64_t attributes);

#endif
