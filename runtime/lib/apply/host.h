/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths of the host.  They are walked by descriptors: a symbolic link on the way is followed only
 * if root or the caller made it, and no payload of the node, so that nobody else decides what a
 * node gets to see; and no link
 * that leads to nothing, nor any below the existing part of a path, leads to where a missing
 * directory is made.
 */
#ifndef REDPAK_HOST_H
#define REDPAK_HOST_H

#include <stdbool.h>
#include <sys/stat.h>

#include "apply/closing.h"
#include "apply/made.h"
#include "base/error.h"

/*
 * What one start needs of the host.
 * @uid, @gid: whom they belong to. @label: their SMACK label, NULL for none.
 * @places: directories (absolute paths without links) beneath which they may be made, ends with
 * NULL; NULL itself: anywhere.
 * @writable: directories into which the payload may write, ends with NULL: a link of its user
 * beneath one of them is not followed.
 * @list: receives what was made. @closing: descriptors that are done with.
 */
struct host_making {
	int host;
	uid_t uid;
	gid_t gid;
	const char *label;
	const char *const *places;
	const char *const *writable;
	struct made_list *list;
	struct closing *closing;
	struct redpak_error *error;
};

/*
 * Opens @path (absolute); must be called before the user namespace of the builder is made, where
 * all users but one look alike.
 * @through_link: receives whether a link was followed.
 * Returns a descriptor (O_PATH) that the caller closes, or a negative errno with the error filled
 * in.
 */
int host_open(const struct host_making *making, const char *path, bool *through_link);

/*
 * Opens @path in another mount namespace, whose root is @host: open_tree(2) copies only what the
 * own namespace has.
 * @former: what host_open() returned, to which the path must lead again; -1 where it followed no
 * link: then there must be none now.
 */
int host_open_again(int host, const char *path, int former, struct redpak_error *error);

/*
 * Makes the directory @path (absolute, normalised) and what is missing above it, mode 0775 less
 * the caller's umask. Must be called as the caller, before any namespace is made: no other user
 * namespace may label, xattr(7).
 * Returns a descriptor (O_PATH) of it that the caller closes, or a negative errno.
 */
int host_make_directory(const struct host_making *making, const char *path);

/* Whether two descriptors are the same file. */
bool host_is_same(const struct stat *a, const struct stat *b);

#endif
