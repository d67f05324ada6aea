/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that a launch will do, decided and allocated; apply/ carries it out. */
#ifndef REDPAK_PLAN_H
#define REDPAK_PLAN_H

#include <sys/capability.h>
#include <sys/stat.h>

#include "apply/descriptors.h"
#include "apply/export.h"
#include "cgroup/cgroup.h"
#include "merge/merge.h"
#include "plan/environment.h"
#include "plan/filter.h"
#include "plan/identity.h"

/* A directory of the node, and the variable that names it. */
struct plan_directory {
	const char *path;
	char *variable; /* "PWD=path" */
};

/* Where the payload may start: the caller's directory, $HOME, "/". */
enum { PLAN_DIRECTORY_COUNT = 3 };

/*
 * One step on the way from "/" to a node, or to where a link of a node leads.
 * @name: in the directory above. @node: the node of the chain whose directory it is, or NULL.
 * @is_target: what the link means, a file or the directory of the configurations.
 * The rest is filled in at the start: what stands there, and which of node_files[].
 */
struct guarded {
	const char *name;
	const struct node *node;
	bool is_target;
	bool has_file[NODE_FILE_COUNT];
	struct stat status, files[NODE_FILE_COUNT];
};

struct guarded_path {
	struct guarded *steps;
	size_t count;
};

/*
 * @texts: the settings that are texts, expanded, or given by an option; NULL where nobody says.
 * @commands: what was done with the commands in them.
 * @builder_user: redwrap itself enters a user namespace before it mounts, of which that of the
 * node, where it is new, is a child.
 * @joins: the settings whose texts are the paths of namespaces to join; @join_flags: their kinds.
 * @born_in_joined_user: redwrap builds the node outside the user namespace that is joined.
 * @forbids_nested: the node's processes may not make user namespaces.
 * @ahead_flags: what redwrap itself makes ahead of init, in a user namespace that it has joined.
 * @birth_flags, @meanwhile_flags, @last_flags: CLONE_NEW... by moment, see namespace.h.
 * @root: the export that stands at "/"; its mode is NULL when none does.
 * @exports: the others, by mount; from @late on they are made inside the new @late_namespaces.
 * @owner_uid, @owner_gid: to whom belongs what is made for the payload on the host.
 * @strict: no missing directory of the host is made; @places: beneath which directories they are,
 * ends with NULL; NULL for anywhere. @writable: directories of the host that are exported
 * read-write, ends with NULL.
 * @reviewed: the finished root is looked at once more (review.h), for proc where @refuses_proc,
 * for the files of the chain, to which the paths @guarded lead; the first is the leaf's.
 * @capabilities: those to keep, as the three sets of capset(2).
 * @directories: the payload starts in the first that exists in the node; where none does, not.
 * @umask: -1 to keep the caller's.
 * @filter: of the payload's system calls; its length is 0 for none.
 * @parent: the process that started redwrap, as of the plan.
 * @preserve: numbers of inherited descriptors for the payload; the caller's.
 * @locks: files of the node to hold a shared record lock on.
 */
struct redpak_plan {
	struct pool pool;
	char *const *argv;
	const struct node *leaf;
	struct merged merged;
	enum expansion_commands commands;
	const char *texts[KEY_COUNT];
	struct plan_identity identity;
	const struct setting *joins[NAMESPACE_COUNT];
	uint64_t join_flags;
	bool builder_user, born_in_joined_user, forbids_nested;
	uint64_t ahead_flags, birth_flags, meanwhile_flags, last_flags;
	const char *time_offsets; /* for /proc/PID/timens_offsets, "" for none */
	struct plan_export root;
	struct plan_export *exports;
	size_t export_count, late;
	uint64_t late_namespaces;
	uid_t owner_uid;
	gid_t owner_gid;
	const char **places;
	const char **writable;
	bool strict, reviewed, refuses_proc, new_session, die_with_parent, has_setattr;
	struct guarded_path *guarded;
	size_t guarded_count;
	cap_t capabilities;
	struct plan_directory directories[PLAN_DIRECTORY_COUNT];
	size_t directory_count;
	struct environment environment;
	cap_value_t capability_last;
	int umask;
	struct sock_fprog filter;
	pid_t parent;
	struct descriptors preserve;
	const char **locks;
	size_t lock_count;
	struct cgroup_plan cgroup;
	struct cgroup_instance instance;
};

/*
 * check.c: refuse what the configuration itself forbids; check_states() first of all, as the files
 * of a node that is not enabled mean nothing.
 */
int check_states(const struct node *leaf, struct redpak_error *error);
int check_plan(const struct redpak_plan *plan, struct redpak_error *error);

/* namespaces.c: which namespaces are made and joined. */
void plan_namespaces(struct redpak_plan *plan);

/* process.c: how the payload is started; comes after its environment. */
int plan_process(struct redpak_plan *plan, const struct redpak_request *request,
		 struct redpak_error *error);

#endif
