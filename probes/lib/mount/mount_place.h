/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where mounting is tried. The process of the area of mounts moves into a mount namespace of its
 * own once, and its working directory into an empty tmpfs there. All rows are asked in that place:
 * they leave its mounts as they were, and files in it by names of their own.
 */
#ifndef REDPROBE_MOUNT_PLACE_H
#define REDPROBE_MOUNT_PLACE_H

#include "mount/mount_context.h"
#include "redprobe.h"

struct mount_place {
	bool in_user;	  /* in a user namespace, because CAP_SYS_ADMIN is missing */
	int unmapped;	  /* 0 if files can be made, otherwise why ids have no numbers: an errno */
	const char *call; /* that failed on the way to the namespace, or NULL */
	int error;	  /* of it: a positive errno */
	bool exposed;	  /* what is attached could be seen by others, so nothing is */
	struct mount_context made; /* the tmpfs */
	const char *attach;	   /* the call that failed to put it in its place, or NULL */
	int attach_error;
	int tree;     /* its root, also the working directory; or -1 */
	int proc;     /* a procfs that shows this process, or negative */
	bool numbers; /* it has the numbers of this PID namespace */
};

/* Moves into a new place; with a user namespace where `in_user` says so. Nothing is undone. */
void mount_place_enter(struct mount_place *place, bool in_user);

/*
 * The place of this process, which enters it when it is first wanted. Returns NULL, with the
 * finding said, if there is no namespace to try anything in.
 */
const struct mount_place *mount_place(struct redprobe *probe, struct redprobe_finding *finding);

/* Says why files cannot be made in a place. */
void mount_place_unmapped(const struct mount_place *place, struct redprobe_finding *finding);

/* The place, if files can be made there on a new mount. */
const struct mount_place *mount_place_files(struct redprobe *probe,
					    struct redprobe_finding *finding);

/* Likewise, with a tmpfs as working directory; and, if `files`, one where files can be made. */
const struct mount_place *mount_place_tree(struct redprobe *probe, bool files,
					   struct redprobe_finding *finding);

/* True if the procfs of the place has processes by their numbers here; says the finding if not. */
bool mount_place_numbers(const struct mount_place *place, struct redprobe_finding *finding);

/*
 * Makes one more procfs, with options as in mount(2), which the kernel must know: others it writes
 * to the kernel log. Uses the working directory, where it leaves an empty directory "proc". Returns
 * a descriptor of its root, mounted nowhere, or a negative errno.
 */
int mount_place_procfs(const char *options);

/* Says that `context` failed; `tried` is what it was for. */
void mount_context_refused(struct redprobe_finding *finding, const struct mount_context *context,
			   const char *tried);

#endif
