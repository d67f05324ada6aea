/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The root of a node under construction.
 *
 * root_begin() stacks the new root on "/" of the mount namespace and pivots into it at once; the
 * host stays reachable through a descriptor only, until root_finish() detaches it.  Mounts are
 * made detached, restricted, and attached last, always by descriptor (fsopen(2), open_tree(2),
 * move_mount(2)), so that no name is looked up twice.
 */
#ifndef REDPAK_MOUNT_H
#define REDPAK_MOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include <sys/types.h>

#include "apply/closing.h"
#include "apply/made.h"
#include "base/error.h"

/*
 * @fd: the new root. @host: the host's root. @proc: the host's /proc, which can be used even when
 * the host's root is detached.
 * @has_setattr: the kernel has mount_setattr(2) (5.12); without it attached mounts are restricted
 * one by one (mount_legacy.c).
 * @uid, @gid: the payload's user, to whom what is made in the node belongs.
 * @gives: that is another one than the builder's.
 * @tmpfs_size: of each tmpfs in bytes, 0 for the default of its kind.
 * @made: where mount points that are made are noted, NULL while they are not on the host.
 * @closing: takes over the descriptors that are done with.
 * @error: filled in by every function below that returns a negative errno.
 */
struct root {
	int fd;
	int host;
	int proc;
	bool has_setattr;
	uid_t uid;
	gid_t gid;
	bool gives;
	long long tmpfs_size;
	struct made_list *made;
	struct closing *closing;
	struct redpak_error *error;
};

/* One mount option of fsconfig(2). */
struct mount_option {
	const char *key, *value;
};

/*
 * Opens the host's root and makes every mount of the (new) namespace private.
 * The descriptors of @root, but for @root->proc, must be -1.
 */
int root_prepare(struct root *root);

/* Attaches @tree (detached), from now on @root's, as the new root and pivots into it. */
int root_begin(struct root *root, int tree);

/* Detaches the host's root; "/" is the node's from here on. */
int root_finish(struct root *root);

/* Is done with the descriptors of @root. */
void root_close(struct root *root);

/*
 * A descriptor (O_PATH) of @path (absolute) below the new root, that the caller closes; missing
 * directories on the way are made, and @path itself where it is to be a directory; a file is there.
 * No symbolic link is followed.
 */
int root_make_target(const struct root *root, const char *path, bool directory);

/* Opens @path (absolute) below the new root (O_PATH); neither it nor the way may be a link. */
int root_open(const struct root *root, const char *path);

/* The directory that holds @path, made if missing; @name receives the last component. */
int root_make_parent(const struct root *root, const char *path, const char **name);

/* A new file system, detached. @options ends with a NULL key. Returns a descriptor. */
int mount_new(const struct root *root, const char *type, const struct mount_option *options,
	      uint64_t attributes);

/* A detached recursive copy of the mounts at @source, with @attributes (MOUNT_ATTR_...) set. */
int mount_copy(const struct root *root, int source, const char *shown, uint64_t attributes);

/* Likewise of the entry @name of @directory; a link is not followed. @attributes: 0 for none. */
int mount_copy_entry(const struct root *root, int directory, const char *name, uint64_t attributes);

/*
 * Attaches the detached mount @tree to @target; on kernels without mount_setattr also sets
 * @attributes (0: none) on it and everything below.
 */
int mount_attach(const struct root *root, int tree, int target, const char *shown,
		 uint64_t attributes);

/* Likewise to the entry @name of a file system that is new, so that nobody else changes names. */
int mount_attach_entry(const struct root *root, int tree, int directory, const char *name,
		       uint64_t attributes);

/*
 * Attaches @tree at the path @path of the node as mount_attach() does; a missing mount point is
 * made, a directory or an empty file.
 */
int mount_attach_path(const struct root *root, int tree, const char *path, bool directory,
		      uint64_t attributes);

/* Sets @attributes on the attached mount @tree and all below it. */
int mount_restrict_all(const struct root *root, int tree, const char *shown, uint64_t attributes);

/* Sets @attributes on the attached mount @tree alone. */
int mount_restrict(const struct root *root, int tree, const char *shown, uint64_t attributes);

/*
 * mount_legacy.c, for kernels without mount_setattr: sets @attributes on the attached mount @tree
 * alone, or on it and all mounts below it.
 */
int mount_restrict_one(const struct root *root, int tree, const char *shown, uint64_t attributes);
int mount_restrict_each(const struct root *root, int tree, const char *shown, uint64_t attributes);

#endif
