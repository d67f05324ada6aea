/* SPDX-License-Identifier: Apache-2.0 */
/* The schema of redpak.yaml: headers, and the section `config`. */
#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "load/sections.h"

/* headers */

bool alias_is_valid(const char *text)
{
	const char *c;

	for (c = text; isalnum((unsigned char)*c) || (*c && strchr("+-_@:", *c)); c++)
		;
	return !*c && c != text;
}

static int read_alias_name(struct reader *reader, const struct value *value, void *target)
{
	int result = read_text(reader, value, target);

	if (result < 0)
		return result;
	if (!alias_is_valid(value->text))
		return fail_at(reader->error, value->origin,
			       "alias '%s' must be made of A-Z a-z 0-9 + - _ @ :", value->text);
	return 0;
}

static const struct field header_fields[] = {
	{"alias", read_alias_name, offsetof(struct config, alias), true},
	{"name", read_text, offsetof(struct config, name), false},
	{"info", read_text, offsetof(struct config, info), false},
};

static int read_headers(struct reader *reader, const struct value *value, void *target)
{
	return read_mapping(reader, value, header_fields, FIELD_COUNT(header_fields), target);
}

/* config */

static int read_cgroup_item(struct reader *reader, const char *section,
			    const struct value_item *item, struct config *config)
{
	for (size_t i = 0; i < CGROUP_ITEM_COUNT; i++) {
		if (strcasecmp(cgroup_items[i].section, section) ||
		    strcasecmp(cgroup_items[i].key, item->key))
			continue;
		config->has_cgroups = true;
		if (item->value->type == VALUE_SCALAR && !*item->value->text)
			return fail_at(reader->error, item->value->origin, "'%s' has no value",
				       item->key);
		if (cgroup_items[i].system_wide)
			warn(ORIGIN_FORMAT ": %s is of the whole system, not of a node; ignored",
			     ORIGIN_ARGS(item->key_origin), cgroup_items[i].file);
		return read_text(reader, item->value, &config->cgroup[i]);
	}
	return fail_at(reader->error, item->key_origin, "unknown key '%s' in cgroups.%s", item->key,
		       section);
}

static bool known_cgroup_section(const char *section)
{
	for (size_t i = 0; i < CGROUP_ITEM_COUNT; i++) {
		if (!strcasecmp(cgroup_items[i].section, section))
			return true;
	}
	return false;
}

static int read_cgroups(struct reader *reader, const struct value *value, void *target)
{
	int result = want_type(reader, value, VALUE_MAPPING);

	for (size_t i = 0; i < value->count && result == 0; i++) {
		const struct value_item *section = &value->items[i];

		if (!known_cgroup_section(section->key))
			return fail_at(reader->error, section->key_origin,
				       "unknown key '%s' in cgroups", section->key);
		result = want_type(reader, section->value, VALUE_MAPPING);
		for (size_t j = 0; j < section->value->count && result == 0; j++)
			result = read_cgroup_item(reader, section->key, &section->value->items[j],
						  target);
	}
	return result;
}

static int read_time_offset(struct reader *reader, const struct value_item *item,
			    struct config *config)
{
	const char *text = item->value->text;
	char *end;

	for (size_t i = 0; i < CLOCK_COUNT; i++) {
		if (strcasecmp(namespace_clocks[i], item->key) != 0)
			continue;
		if (want_type(reader, item->value, VALUE_SCALAR) < 0)
			return -EINVAL;
		errno = 0;
		(void)strtoll(text, &end, 10);
		if (errno || *end || !isdigit((unsigned char)text[*text == '-']))
			return fail_at(reader->error, item->value->origin,
				       "'%s' is not a number of seconds", text);
		return read_text(reader, item->value, &config->time_offsets[i]);
	}
	return fail_at(reader->error, item->key_origin, "unknown key '%s' in time_offsets",
		       item->key);
}

static int read_time_offsets(struct reader *reader, const struct value *value, void *target)
{
	int result = want_type(reader, value, VALUE_MAPPING);

	for (size_t i = 0; i < value->count && result == 0; i++)
		result = read_time_offset(reader, &value->items[i], target);
	return result;
}

/* What `config` holds besides the single values of keys.c. */
static const struct field config_fields[] = {
	{"cgroups", read_cgroups, 0, false},
	{"time_offsets", read_time_offsets, 0, false},
	{"capabilities", read_capabilities, 0, false},
};

static int read_setting(struct reader *reader, const struct value *value,
			const struct config_key_type *type, struct setting *setting)
{
	int result = type->read(reader, value, setting);

	return result == 0 && type->commands ? check_commands(reader, setting) : result;
}

static int read_config_item(struct reader *reader, const struct value_item *item,
			    struct config *config)
{
	for (int key = 0; key < KEY_COUNT; key++) {
		if (!strcasecmp(config_keys[key].name, item->key))
			return read_setting(reader, item->value, &config_keys[key],
					    &config->settings[key]);
	}
	for (size_t i = 0; i < FIELD_COUNT(config_fields); i++) {
		if (!strcasecmp(config_fields[i].key, item->key))
			return config_fields[i].read(reader, item->value, config);
	}
	return fail_at(reader->error, item->key_origin, "unknown key '%s'", item->key);
}

/* Whether the file looks as the reference's `create` writes it, with zeros that mean nothing. */
static bool has_all_defaults(const struct config *config)
{
	for (int key = 0; key < KEY_COUNT; key++) {
		if (config_keys[key].always_printed && !config->settings[key].text)
			return false;
	}
	return true;
}

static int read_config(struct reader *reader, const struct value *value, void *target)
{
	struct config *config = target;
	int result = want_type(reader, value, VALUE_MAPPING);

	for (size_t i = 0; i < value->count && result == 0; i++)
		result = read_config_item(reader, &value->items[i], config);
	config->zeros_count = !has_all_defaults(config);
	return result;
}

const struct setting *config_setting(const struct config *config, enum config_key key)
{
	const struct setting *setting = &config->settings[key];
	const struct config_key_type *type = &config_keys[key];

	if (!setting->text || (type->can_be_unset && setting->number == 0))
		return NULL;
	if (type->default_zero && setting->number == 0 && !config->zeros_count)
		return NULL;
	return setting;
}

static const struct field file_fields[] = {
	{"headers", read_headers, 0, true},
	{"exports", read_exports, 0, false},
	{"environ", read_environ, 0, false},
	{"config", read_config, 0, false},
};

int config_read(struct pool *pool, const struct value *root, struct config *config,
		struct redpak_error *error)
{
	struct reader reader = {pool, error};

	return read_mapping(&reader, root, file_fields, FIELD_COUNT(file_fields), config);
}
