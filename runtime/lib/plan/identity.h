/* SPDX-License-Identifier: Apache-2.0 */
/* Who the payload is: user, groups, security label, and how ids show in its user namespace. */
#ifndef REDPAK_IDENTITY_H
#define REDPAK_IDENTITY_H

#include <stdbool.h>
#include <sys/types.h>

#include "merge/merge.h"

struct redpak_plan;

/* No id, as for chown(2) and setresuid(2): what there is stays. */
#define ID_KEPT ((id_t)-1)

/* The files that name users and groups, passwd(5) and group(5). */
struct identity_sources {
	const char *passwd, *group;
};

extern const struct identity_sources identity_system_sources;

/* A run of @count ids; as lines of /proc/PID/uid_map, user_namespaces(7). */
struct id_range {
	id_t inside, outside, count;
};

struct id_ranges {
	struct id_range *ranges;
	size_t count;
};

/*
 * What is written for one kind of id, user or group.
 * @builder: for the user namespace of the builder; identical inside and outside.
 * @helper: the arguments of newuidmap(1) or newgidmap(1) that write it, NULL where redwrap may do
 * so itself; the second is that of the process, set when it is known.
 * @node: for the user namespace of the node.
 */
struct id_maps {
	const char *builder;
	const char **helper;
	const char *node;
};

/*
 * A user or group as asked for: @setting where a file says it, else by the option @name.
 * @text: expanded; NULL where nobody asks.
 */
struct identity_ask {
	const char *text;
	const char *name;
	const struct setting *setting;
};

/*
 * @uid, @gid: owner of what is made for the payload, as the builder of the root counts ids, for
 * chown(2); ID_KEPT where that is not known.
 * @inside_uid, @inside_gid: what the payload becomes, as its own user namespace counts ids.
 * @caller_uid, @caller_gid: of redwrap as it was started.
 * @stays: whoever starts the node is shown as the payload's user already.
 * @asked: a set-user or set-group is in force.
 * @sets_groups: the supplementary groups become @groups; else they stay the caller's.
 * @groups_may_stay: no error where the (joined) user namespace does not let them be set.
 * @label: of Smack, NULL for none.
 * @user_maps, @group_maps: of the user namespaces that are made.
 * @user_ask, @group_ask: where it comes from.
 */
struct plan_identity {
	uid_t uid, inside_uid;
	gid_t gid, inside_gid;
	uid_t caller_uid;
	gid_t caller_gid;
	bool stays, asked, sets_groups, groups_may_stay;
	gid_t *groups;
	size_t group_count;
	const char *label;
	struct id_maps user_maps, group_maps;
	struct identity_ask user_ask, group_ask;
};

/*
 * What set-user and set-group mean on this system.
 * @uid, @gid: ID_KEPT where they are the caller's.
 * @groups: supplementary, as initgroups(3) has them; none where the user is a bare number, or
 * only a group is asked for.
 */
struct identity_found {
	uid_t uid;
	gid_t gid;
	gid_t *groups;
	size_t group_count;
};

/*
 * Finds the user and the group: names, or decimal numbers below 4294967295.
 * Returns 0 or a negative errno with @error naming what was asked: -ENOENT for a name that the
 * system does not know, or a number whose group it does not know.
 */
int identity_find(struct pool *pool, const struct identity_sources *sources,
		  const struct identity_ask *user, const struct identity_ask *group,
		  struct identity_found *found, struct redpak_error *error);

/* The login name of @uid, or NULL where it has none; owned by @pool. */
const char *identity_login(struct pool *pool, const struct identity_sources *sources, uid_t uid);

/* Says in @error why the id is refused, naming who asked for it. Returns -EINVAL. */
int identity_refuse(const struct identity_ask *ask, struct redpak_error *error, const char *format,
		    ...) __attribute__((format(printf, 3, 4)));

/*
 * Resolves who the payload is. To be called when shares are merged, before texts that may hold
 * $UID and $GID are expanded: sets @expansion's uid and gid.
 */
int plan_identity(struct redpak_plan *plan, const struct redpak_request *request,
		  struct expansion *expansion);

/* Plans the id maps; refuses an id that would not be mapped. */
int plan_id_maps(struct redpak_plan *plan, struct redpak_error *error);

/* id_map.c: whether the process is in the initial user namespace, which maps all ids. */
bool id_map_is_whole(void);

/* id_map.c: the ids of the process' own user namespace, each to itself. @file: in /proc. */
int id_map_of_self(struct pool *pool, const char *file, struct id_ranges *map);

/* id_map.c: adds @range without the id @except (ID_KEPT: none is left out). */
int id_map_add(struct pool *pool, struct id_ranges *map, struct id_range range, id_t except);

/* id_map.c: the ranges printed by getsubids(1), each to itself; -EINVAL where @text is none. */
int id_map_parse_subids(struct pool *pool, const char *text, struct id_ranges *map);

bool id_map_holds(const struct id_ranges *map, id_t outside);

/* id_map.c: the lines for /proc/PID/uid_map; NULL with ENOMEM. */
const char *id_map_text(struct pool *pool, const struct id_ranges *map);

/* id_map.c: the arguments of @program, newuidmap(1); the place for the process is NULL. */
const char **id_map_arguments(struct pool *pool, const struct id_ranges *map, const char *program);

#endif
