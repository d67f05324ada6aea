/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/identity.h"

#include <errno.h>
#include <unistd.h>

#include "merge/command.h"
#include "plan/plan.h"

#define GETSUBIDS "/usr/bin/getsubids"

/* The option wins over the key. */
static int ask(struct redpak_plan *plan, const char *option, const char *option_name,
	       enum config_key key, struct expansion *expansion, struct identity_ask *ask)
{
	const struct setting *setting = plan->merged.settings[key];
	int result = 0;

	*ask = (struct identity_ask){option, option_name, NULL};
	if (setting)
		result = expand_text(expansion, plan->leaf, setting, &plan->texts[key]);
	if (result == 0 && setting && !option)
		*ask = (struct identity_ask){plan->texts[key], config_keys[key].name, setting};
	plan->texts[key] = ask->text;
	return result;
}

/* Where commands are shown and not run, a text that holds one says nothing yet. */
static bool is_pending(const struct redpak_plan *plan, const struct identity_ask *ask)
{
	return ask->text && plan->commands == COMMANDS_SHOW && expand_has_command(ask->text);
}

static int find(const struct redpak_plan *plan, struct expansion *expansion,
		struct identity_found *found)
{
	const struct plan_identity *identity = &plan->identity;
	int result;

	*found = (struct identity_found){.uid = ID_KEPT, .gid = ID_KEPT};
	if (is_pending(plan, &identity->user_ask) || is_pending(plan, &identity->group_ask))
		return 0;
	result = identity_find(expansion->pool, &identity_system_sources, &identity->user_ask,
			       &identity->group_ask, found, expansion->error);
	/* What is only shown may be for another system. */
	return result == -ENOENT && plan->commands == COMMANDS_SHOW ? 0 : result;
}

static void decide_groups(struct redpak_plan *plan, const struct identity_found *found)
{
	struct plan_identity *identity = &plan->identity;
	bool joined = plan->merged.shares[NAMESPACE_USER].state == SHARE_JOINED;
	bool root = identity->caller_uid == 0;

	identity->asked = identity->user_ask.text || identity->group_ask.text;
	identity->sets_groups =
		identity->asked &&
		(root || joined || merged_number(&plan->merged, KEY_ID_MAP) == ID_MAP_SUBID);
	identity->groups_may_stay = joined && !root;
	/* The numbers of this system's files mean others in a user namespace that is joined. */
	if (identity->sets_groups && !joined) {
		identity->groups = found->groups;
		identity->group_count = found->group_count;
	}
}

static id_t owner(const struct redpak_plan *plan, id_t target, id_t inside)
{
	if (plan->merged.shares[NAMESPACE_USER].state != SHARE_JOINED)
		return target;
	/* An ordinary user builds the root inside the joined user namespace, root outside. */
	return plan->identity.caller_uid == 0 ? ID_KEPT : inside;
}

static void decide_ids(struct redpak_plan *plan, const struct identity_found *found)
{
	struct plan_identity *identity = &plan->identity;
	bool joined = plan->merged.shares[NAMESPACE_USER].state == SHARE_JOINED;
	bool map_root = merged_number(&plan->merged, KEY_MAP_ROOT_USER) != 0;
	uid_t uid = found->uid != ID_KEPT || joined ? found->uid : identity->caller_uid;
	gid_t gid = found->gid != ID_KEPT || joined ? found->gid : identity->caller_gid;

	identity->inside_uid = map_root ? 0 : uid;
	identity->inside_gid = map_root ? 0 : gid;
	identity->uid = owner(plan, uid, identity->inside_uid);
	identity->gid = owner(plan, gid, identity->inside_gid);
	identity->stays = !joined && uid == identity->caller_uid && gid == identity->caller_gid;
}

/* What an id cannot be, whatever the system says. */
static int check_ids(const struct redpak_plan *plan, struct redpak_error *error)
{
	const struct plan_identity *identity = &plan->identity;
	const struct setting *map_root = plan->merged.settings[KEY_MAP_ROOT_USER];
	const struct setting *id_map = plan->merged.settings[KEY_ID_MAP];
	bool moved = identity->uid != identity->inside_uid || identity->gid != identity->inside_gid;

	if (id_map && id_map->number == ID_MAP_FULL && identity->caller_uid != 0)
		return fail_at(error, id_map->origin,
			       "id_map full is for root alone; use single, or subid");
	if (!map_root || map_root->number == 0 || !moved ||
	    plan->merged.shares[NAMESPACE_USER].state == SHARE_JOINED)
		return 0;
	if (!merged_is_new(&plan->merged, NAMESPACE_USER))
		return fail_at(error, map_root->origin,
			       "map-root-user needs a user namespace of the node's own; make "
			       "share_user Disabled");
	if (id_map && id_map->number == ID_MAP_FULL)
		return fail_at(error, map_root->origin,
			       "map-root-user cannot hold with id_map full (" ORIGIN_FORMAT
			       "), which maps 0 to itself; use single, or subid",
			       ORIGIN_ARGS(id_map->origin));
	return 0;
}

int plan_identity(struct redpak_plan *plan, const struct redpak_request *request,
		  struct expansion *expansion)
{
	struct plan_identity *identity = &plan->identity;
	struct identity_found found;
	int result =
		ask(plan, request->user, "--user", KEY_SET_USER, expansion, &identity->user_ask);

	identity->caller_uid = expansion->uid;
	identity->caller_gid = expansion->gid;
	if (result == 0)
		result = ask(plan, request->group, "--group", KEY_SET_GROUP, expansion,
			     &identity->group_ask);
	if (result == 0)
		result = find(plan, expansion, &found);
	if (result != 0)
		return result;
	expansion->uid = found.uid != ID_KEPT ? found.uid : identity->caller_uid;
	expansion->gid = found.gid != ID_KEPT ? found.gid : identity->caller_gid;
	decide_ids(plan, &found);
	decide_groups(plan, &found);
	return check_ids(plan, expansion->error);
}

/*
 * Users and groups are mapped alike.
 * @whole: redwrap has all ids. @own: of redwrap. @target, @inside: of the payload.
 */
struct id_kind {
	const char *self_map, *subid_option, *subid_file, *helper;
	bool whole;
	id_t own, target, inside;
	const struct identity_ask *ask;
	struct id_maps *maps;
	struct id_ranges builder, subids;
};

static int read_subids(struct redpak_plan *plan, struct id_kind *kind, struct redpak_error *error)
{
	const char *login =
		identity_login(&plan->pool, &identity_system_sources, plan->identity.caller_uid);
	const char *argv[4] = {GETSUBIDS}, *output;
	size_t count = 1;
	int result;

	if (!login)
		return fail(error, -ENOENT,
			    "id_map subid needs a login name, and user %u has none in %s",
			    plan->identity.caller_uid, identity_system_sources.passwd);
	if (kind->subid_option)
		argv[count++] = kind->subid_option;
	argv[count] = login;
	result = program_run(&plan->pool, argv, &output, error);
	if (result < 0)
		return advise(error, result,
			      "id_map subid needs the package uidmap, and ranges of the caller in "
			      "/etc/subuid and /etc/subgid");
	result = id_map_parse_subids(&plan->pool, output, &kind->subids);
	if (result == 0 && !kind->subids.count)
		result = -ENOENT;
	if (result < 0)
		return fail_errno(error, result, "%s has no ranges of ids for %s in %s", GETSUBIDS,
				  login, kind->subid_file);
	return 0;
}

static int add_subids(struct pool *pool, struct id_ranges *map, const struct id_ranges *subids,
		      id_t except)
{
	int result = 0;

	for (size_t i = 0; i < subids->count && result == 0; i++)
		result = id_map_add(pool, map, subids->ranges[i], except);
	return result;
}

/* Root maps all that it has itself, an ordinary user what it may. */
static int map_builder(struct redpak_plan *plan, struct id_kind *kind, struct redpak_error *error)
{
	struct pool *pool = &plan->pool;
	int result;

	if (plan->identity.caller_uid == 0 && kind->whole) {
		result =
			id_map_add(pool, &kind->builder, (struct id_range){0, 0, ID_KEPT}, ID_KEPT);
	} else if (plan->identity.caller_uid == 0) {
		result = id_map_of_self(pool, kind->self_map, &kind->builder);
		if (result < 0)
			return fail_errno(error, result, "cannot read %s", kind->self_map);
	} else {
		result = id_map_add(pool, &kind->builder,
				    (struct id_range){kind->own, kind->own, 1}, ID_KEPT);
		if (result == 0)
			result = add_subids(pool, &kind->builder, &kind->subids, kind->own);
	}
	kind->maps->builder = id_map_text(pool, &kind->builder);
	if (plan->identity.caller_uid != 0 && kind->subids.count) {
		kind->maps->helper = id_map_arguments(pool, &kind->builder, kind->helper);
		if (!kind->maps->helper)
			result = -ENOMEM;
	}
	return result < 0 || !kind->maps->builder ? out_of_memory(error) : 0;
}

static int map_node(struct redpak_plan *plan, struct id_kind *kind, struct redpak_error *error)
{
	struct id_ranges map = {0};
	int result;

	kind->maps->node = kind->maps->builder;
	if (merged_number(&plan->merged, KEY_ID_MAP) == ID_MAP_FULL)
		return 0;
	result = id_map_add(&plan->pool, &map, (struct id_range){kind->inside, kind->target, 1},
			    ID_KEPT);
	if (result == 0)
		result = add_subids(&plan->pool, &map, &kind->subids, kind->target);
	kind->maps->node = id_map_text(&plan->pool, &map);
	return result < 0 || !kind->maps->node ? out_of_memory(error) : 0;
}

static int map_kind(struct redpak_plan *plan, struct id_kind *kind, struct redpak_error *error)
{
	int result = 0;

	if (merged_number(&plan->merged, KEY_ID_MAP) == ID_MAP_SUBID)
		result = read_subids(plan, kind, error);
	if (result == 0)
		result = map_builder(plan, kind, error);
	if (result < 0)
		return result;
	if (!id_map_holds(&kind->builder, kind->target))
		return identity_refuse(
			kind->ask, error,
			"%u is not among the ids that the caller may map; an ordinary user may map "
			"its own, and with 'id_map: subid' its ranges",
			kind->target);
	return map_node(plan, kind, error);
}

/* Groups that are not mapped cannot be given to the payload. */
static void keep_mapped_groups(struct plan_identity *identity, const struct id_ranges *map)
{
	size_t kept = 0;

	for (size_t i = 0; i < identity->group_count; i++) {
		if (id_map_holds(map, identity->groups[i]))
			identity->groups[kept++] = identity->groups[i];
	}
	identity->group_count = kept;
}

int plan_id_maps(struct redpak_plan *plan, struct redpak_error *error)
{
	struct plan_identity *identity = &plan->identity;
	bool whole = id_map_is_whole();
	struct id_kind users = {.self_map = "/proc/self/uid_map",
				.subid_file = "/etc/subuid",
				.helper = "/usr/bin/newuidmap",
				.whole = whole,
				.own = identity->caller_uid,
				.target = identity->uid,
				.inside = identity->inside_uid,
				.ask = &identity->user_ask,
				.maps = &identity->user_maps};
	struct id_kind groups = {.self_map = "/proc/self/gid_map",
				 .subid_option = "-g",
				 .subid_file = "/etc/subgid",
				 .helper = "/usr/bin/newgidmap",
				 .whole = whole,
				 .own = identity->caller_gid,
				 .target = identity->gid,
				 .inside = identity->inside_gid,
				 .ask = identity->group_ask.text ? &identity->group_ask
								 : &identity->user_ask,
				 .maps = &identity->group_maps};
	int result;

	if (!merged_is_new(&plan->merged, NAMESPACE_USER))
		return 0;
	result = map_kind(plan, &users, error);
	if (result == 0)
		result = map_kind(plan, &groups, error);
	keep_mapped_groups(identity, &groups.builder);
	return result;
}
