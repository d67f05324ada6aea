/* SPDX-License-Identifier: Apache-2.0 */
/* The export modes: what each makes in the root of the node. */
#ifndef REDPAK_EXPORT_H
#define REDPAK_EXPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "load/config.h"

struct host_making;
struct root;

/*
 * What one export makes.
 * @mount: normalised; @path: as the mode's source has it.
 * @within: the export in which the mount point lies, NULL for a root that is new.
 * @content: of a file, @length bytes.
 * @source: descriptor of what the path led to on the host, where it was made or links led there,
 * else -1.
 */
struct plan_export {
	const struct export_mode *mode;
	const char *mount, *path;
	struct origin origin;
	const struct plan_export *within;
	const char *content;
	size_t length;
	int source;
};

enum export_source {
	EXPORT_SOURCE_NONE,	  /* `path` is ignored with a warning */
	EXPORT_SOURCE_HOST,	  /* `path` is on the host, and defaults to `mount` */
	EXPORT_SOURCE_TARGET,	  /* `path` is the text of a link, mandatory */
	EXPORT_SOURCE_COMMAND,	  /* `path` is a command line, mandatory, run as it is */
	EXPORT_SOURCE_DESCRIPTOR, /* `path` is the number of an inherited descriptor, mandatory */
};

/*
 * An export is made in three steps: @tree makes a detached mount, which is attached at its mount
 * point with @attributes (MOUNT_ATTR_...), then @fill completes it.  Both are NULL for a mode that
 * makes nothing, the lock.
 * @tree returns a descriptor; both return a negative errno with the root's error filled in.
 * @option: of bubblewrap, bwrap(1), for dumps.
 * @leaf_only: an ancestor's export of this mode does not count (the private modes).
 * @makes_source: a missing directory of the host is made.
 * @root: the mode can stand at "/" itself, in the place of the tmpfs root.
 * @inside: CLONE_NEW... of the new namespace that the process which makes it must be in, or 0.
 * @id: of the feature of the kernel that no other mode needs (redprobe), or NULL.
 */
struct export_mode {
	const char *name;
	const char *option;
	enum export_source source;
	bool leaf_only, makes_source, root;
	uint64_t inside;
	uint64_t attributes;
	const char *id;
	int (*tree)(const struct root *root, const struct plan_export *export);
	int (*fill)(const struct root *root, const struct plan_export *export, int tree);
};

bool export_source_is_mandatory(enum export_source source);

/* NULL when there is no mode of that name (compared without case). */
const struct export_mode *export_mode_find(const char *name);

/* The names of all modes, for messages: "Restricted Public ...". */
const char *export_mode_names(struct pool *pool);

/* What Procfs becomes where the PID namespace is shared: the host's proc, read-only. */
extern const struct export_mode export_mode_host_proc;

/* Whether what is exported is part of the host, and can be written to. */
bool export_mode_writes_host(const struct export_mode *mode);

/* Whether the mode is the lock of a file. */
bool export_mode_is_lock(const struct export_mode *mode);

/*
 * The detached mount of the root: that of @export, which stands at "/", or where that is NULL a
 * new tmpfs. Returns a descriptor that the caller closes.
 */
int export_root_tree(const struct root *root, const struct plan_export *export);

/*
 * Looks the path of @export up on the host, and makes it if it is missing and the mode wants that;
 * see host.h. @strict: refuse it instead. Returns 0 or a negative errno.
 */
int export_open_source(const struct host_making *making, struct plan_export *export, bool strict);

/* Makes one export below the root. Returns 0 or a negative errno. */
int export_perform(const struct root *root, const struct plan_export *export);

#endif
