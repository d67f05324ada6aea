/* SPDX-License-Identifier: Apache-2.0 */
#include "merge/restriction.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "apply/export.h"

/* @normal: the chain without A; @layer: the A being looked at. */
struct search {
	const struct merged *normal;
	const struct layer *layer;
	void (*each)(const struct restriction *restriction, void *data);
	void *data;
};

static void found(const struct search *search, const char *section, const char *name,
		  struct origin origin)
{
	struct restriction restriction = {section, name, origin};

	search->each(&restriction, search->data);
}

enum restricting {
	NEVER,
	/* It restricts when the value is this number, and another one holds without A. */
	WHEN_NUMBER,
	/* Any value that does not hold without A. */
	WHEN_DIFFERENT,
};

/* @otherwise: what holds where no file says. */
static const struct {
	enum restricting when;
	long long number, otherwise;
} keys[KEY_COUNT] = {
	[KEY_UMASK] = {WHEN_DIFFERENT, 0, 0},
	[KEY_SET_USER] = {WHEN_DIFFERENT, 0, 0},
	[KEY_SET_GROUP] = {WHEN_DIFFERENT, 0, 0},
	[KEY_SMACK] = {WHEN_DIFFERENT, 0, 0},
	[KEY_TMPFS_SIZE] = {WHEN_DIFFERENT, 0, 0},
	[KEY_CGROUPROOT] = {WHEN_DIFFERENT, 0, 0},
	[KEY_MAP_ROOT_USER] = {WHEN_NUMBER, 0, 0},
	[KEY_INHERIT_ENV] = {WHEN_NUMBER, 0, 0},
	[KEY_DIE_WITH_PARENT] = {WHEN_NUMBER, SWITCH_ENABLED, SWITCH_DISABLED},
	[KEY_NEW_SESSION] = {WHEN_NUMBER, SWITCH_ENABLED, SWITCH_DISABLED},
	[KEY_ID_MAP] = {WHEN_NUMBER, ID_MAP_SINGLE, ID_MAP_SINGLE},
	[KEY_SECCOMP] = {WHEN_NUMBER, SECCOMP_DEFAULT, SECCOMP_DEFAULT},
	[KEY_NESTED_USERNS] = {WHEN_NUMBER, SWITCH_DISABLED, SWITCH_DISABLED},
};

static bool key_restricts(const struct search *search, int key, const struct setting *setting)
{
	const struct setting *normal = search->normal->settings[key];

	if (keys[key].when == WHEN_DIFFERENT)
		return !normal || strcmp(normal->text, setting->text) != 0;
	return keys[key].when == WHEN_NUMBER && setting->number == keys[key].number &&
	       (normal ? normal->number : keys[key].otherwise) != setting->number;
}

static void find_keys(const struct search *search)
{
	for (int key = 0; key < KEY_COUNT; key++) {
		const struct setting *setting =
			config_setting(search->layer->config, (enum config_key)key);

		if (setting && key_restricts(search, key, setting))
			found(search, "", config_keys[key].name, setting->origin);
	}
}

static void find_shares(const struct search *search)
{
	const struct setting *all = config_setting(search->layer->config, KEY_SHARE_ALL);
	bool all_needed = false;

	for (int kind = 0; kind < NAMESPACE_MNT; kind++) {
		enum config_key key = share_key((enum namespace_kind)kind);
		const struct setting *share = config_setting(search->layer->config, key);
		bool open = !merged_is_new(search->normal, (enum namespace_kind)kind);

		if (share && share->number == SHARE_DISABLED && open)
			found(search, "", config_keys[key].name, share->origin);
		all_needed |= !share && open;
	}
	if (all && all->number == SHARE_DISABLED && all_needed)
		found(search, "", config_keys[KEY_SHARE_ALL].name, all->origin);
}

static void find_capabilities(const struct search *search)
{
	const struct config *config = search->layer->config;

	for (size_t i = 0; i < config->capability_count; i++) {
		const struct capability_rule *rule = &config->capabilities[i];
		uint64_t bits = rule->capability == CAPABILITY_ALL
					? UINT64_MAX
					: UINT64_C(1) << rule->capability;

		if (!rule->keep && (search->normal->keep & bits))
			found(search, "capabilities.", rule->cap.text, rule->origin);
	}
}

static void find_limits(const struct search *search)
{
	for (size_t i = 0; i < CGROUP_ITEM_COUNT; i++) {
		const struct setting *limit = &search->layer->config->cgroup[i];
		const char *normal = search->layer->node->config.cgroup[i].text;

		if (limit->text && (!normal || strcmp(normal, limit->text) != 0))
			found(search, "cgroups.", cgroup_items[i].file, limit->origin);
	}
}

static const struct merged_export *normal_export(const struct search *search, const char *mount)
{
	for (size_t i = 0; i < search->normal->export_count; i++) {
		if (!strcmp(search->normal->exports[i].mount, mount))
			return &search->normal->exports[i];
	}
	return NULL;
}

/* An export of A that stands in the place of a writable one of the host, and is none itself. */
static void find_exports(const struct search *search, const struct merged *admin)
{
	for (size_t i = 0; i < admin->export_count; i++) {
		const struct merged_export *export = &admin->exports[i];
		const struct merged_export *normal = normal_export(search, export->mount);

		if (export->layer->config == search->layer->config && normal &&
		    export_mode_writes_host(normal->said->mode) &&
		    !export_mode_writes_host(export->said->mode))
			found(search, "exports.", export->mount, export->said->origin);
	}
}

static void find_variables(const struct search *search)
{
	const struct config *config = search->layer->config;

	for (size_t i = 0; i < config->variable_count; i++) {
		if (config->variables[i].mode == VARIABLE_REMOVE)
			found(search, "environ.", config->variables[i].key.text,
			      config->variables[i].origin);
	}
}

void restriction_each(const struct merged *admin, const struct merged *normal,
		      void (*each)(const struct restriction *restriction, void *data), void *data)
{
	for (size_t i = 0; i < admin->layer_count; i++) {
		struct search search = {normal, &admin->layers[i], each, data};

		if (!search.layer->admin)
			continue;
		find_exports(&search, admin);
		find_variables(&search);
		find_keys(&search);
		find_shares(&search);
		find_limits(&search);
		find_capabilities(&search);
	}
}
