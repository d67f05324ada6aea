/* SPDX-License-Identifier: Apache-2.0 */
/* The schema of redpak.yaml. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sys/capability.h>

#include "apply/export.h"
#include "base/path.h"
#include "load/config.h"
#include "load/schema.h"

/* headers */

static int read_alias_name(struct reader *reader, const struct value *value, void *target)
{
	int result = read_text(reader, value, target);
	const char *c;

	if (result < 0)
		return result;
	for (c = value->text; isalnum((unsigned char)*c) || (*c && strchr("+-_@:", *c)); c++)
		;
	if (*c || c == value->text)
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

/* exports */

struct raw_export {
	struct setting mode, mount, path, info, warn;
};

static const struct field export_fields[] = {
	{"mode", read_text, offsetof(struct raw_export, mode), true},
	{"mount", read_expanded, offsetof(struct raw_export, mount), true},
	{"path", read_expanded, offsetof(struct raw_export, path), false},
	{"info", read_text, offsetof(struct raw_export, info), false},
	{"warn", read_text, offsetof(struct raw_export, warn), false},
};

static int resolve_path(struct reader *reader, const struct setting *setting, const char **path)
{
	*path = path_normalise(reader->pool, setting->text);
	if (*path && strlen(*path) < PATH_MAX)
		return 0;
	if (*path)
		return fail_at(reader->error, setting->origin, "a path has less than %d characters",
			       PATH_MAX);
	if (errno == ENOMEM)
		return out_of_memory(reader->error);
	return fail_at(reader->error, setting->origin,
		       "'%s' must be an absolute path that does not climb above '/'",
		       setting->text);
}

static int read_export_path(struct reader *reader, const struct raw_export *raw,
			    struct export *export)
{
	switch (export->mode->source) {
	case EXPORT_SOURCE_NONE:
		if (raw->path.text)
			warn(ORIGIN_FORMAT ": mode %s takes no path; ignored",
			     ORIGIN_ARGS(raw->path.origin), export->mode->name);
		return 0;
	case EXPORT_SOURCE_TARGET:
		if (!raw->path.text || !*raw->path.text)
			return fail_at(reader->error, raw->mode.origin, "mode %s needs a path",
				       export->mode->name);
		export->path = raw->path.text;
		return 0;
	case EXPORT_SOURCE_HOST:
		return resolve_path(reader, raw->path.text ? &raw->path : &raw->mount,
				    &export->path);
	}
	return -EINVAL;
}

static int read_export(struct reader *reader, const struct value *value, struct export *export)
{
	struct raw_export raw = {0};
	int result = read_mapping(reader, value, export_fields, FIELD_COUNT(export_fields), &raw);

	if (result < 0)
		return result;
	export->origin = value->origin;
	export->mode = export_mode_find(raw.mode.text);
	if (!export->mode)
		return fail_at(reader->error, raw.mode.origin,
			       "unknown export mode '%s'; the modes are: %s", raw.mode.text,
			       export_mode_names(reader->pool));
	result = resolve_path(reader, &raw.mount, &export->mount);
	return result < 0 ? result : read_export_path(reader, &raw, export);
}

static bool same_export(const struct export *a, const struct export *b)
{
	return a->mode == b->mode &&
	       (a->path == b->path || (a->path && b->path && !strcmp(a->path, b->path)));
}

/* Whether the mount point is there already: 1 the same (a warning), 0 new, or an error. */
static int find_export_twin(struct reader *reader, const struct config *config,
			    const struct export *export)
{
	for (size_t i = 0; i < config->export_count; i++) {
		const struct export *other = &config->exports[i];

		if (strcmp(other->mount, export->mount))
			continue;
		if (!same_export(other, export))
			return fail_at(reader->error, export->origin,
				       "'%s' is exported a second time, differently (line %zu)",
				       export->mount, other->origin.line);
		warn(ORIGIN_FORMAT ": '%s' is exported twice", ORIGIN_ARGS(export->origin),
		     export->mount);
		return 1;
	}
	return 0;
}

static int read_exports(struct reader *reader, const struct value *value, void *target)
{
	struct config *config = target;
	int result = want_type(reader, value, VALUE_SEQUENCE);

	for (size_t i = 0; i < value->count && result == 0; i++) {
		struct export export = {0};

		result = read_export(reader, value->items[i].value, &export);
		if (result == 0)
			result = find_export_twin(reader, config, &export);
		if (result != 0) {
			result = result < 0 ? result : 0;
			continue;
		}
		config->exports = pool_append(reader->pool, config->exports, &config->export_count,
					      sizeof(export));
		if (!config->exports)
			return out_of_memory(reader->error);
		config->exports[config->export_count - 1] = export;
	}
	return result;
}

/* config */

static int read_share(struct reader *reader, const struct value *value, void *target)
{
	static const char *const words[] = {[SHARE_UNSET] = "Unset",
					    [SHARE_ENABLED] = "Enabled",
					    [SHARE_DISABLED] = "Disabled"};
	struct share *share = target;
	size_t index;
	int result;

	if (value->type == VALUE_SCALAR && value->text[0] == '/')
		return fail_at(reader->error, value->origin,
			       "joining the namespace '%s' is not supported; use Enabled or "
			       "Disabled",
			       value->text);
	result = read_word(reader, value, words, FIELD_COUNT(words), &index);
	share->state = (enum share_state)index;
	share->origin = value->origin;
	return result;
}

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"

/* A capability by its name, with or without "cap_", or ALL. */
static int find_capability(const char *name, int *capability)
{
	char buffer[64] = "cap_";
	cap_value_t number;

	if (!strcasecmp(name, "all") || !strcasecmp(name, "cap_all")) {
		*capability = CAPABILITY_ALL;
		return 0;
	}
	/* cap_from_name(3) takes numbers, and ignores what follows a name. */
	if (strlen(name) >= sizeof(buffer) - 4 || strspn(name, NAME_CHARACTERS) != strlen(name))
		return -EINVAL;
	strcpy(buffer + (strncasecmp(name, "cap_", 4) ? 4 : 0), name);
	for (char *c = buffer; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	if (cap_from_name(buffer, &number) < 0 || number >= CAPABILITY_MAX)
		return -EINVAL;
	*capability = number;
	return 0;
}

struct raw_capability {
	struct setting cap, add, info, warn;
};

static const struct field capability_fields[] = {
	{"cap", read_text, offsetof(struct raw_capability, cap), true},
	{"add", read_text, offsetof(struct raw_capability, add), true},
	{"info", read_text, offsetof(struct raw_capability, info), false},
	{"warn", read_text, offsetof(struct raw_capability, warn), false},
};

static int read_capability(struct reader *reader, const struct value *value,
			   struct capability_rule *rule)
{
	struct raw_capability raw = {0};
	int result = read_mapping(reader, value, capability_fields, FIELD_COUNT(capability_fields),
				  &raw);

	if (result < 0)
		return result;
	rule->origin = value->origin;
	if (find_capability(raw.cap.text, &rule->capability) < 0)
		return fail_at(reader->error, raw.cap.origin, "unknown capability '%s'",
			       raw.cap.text);
	if (strcmp(raw.add.text, "0") && strcmp(raw.add.text, "1"))
		return fail_at(reader->error, raw.add.origin,
			       "add must be 0 (drop) or 1 (keep), not '%s'", raw.add.text);
	rule->keep = raw.add.text[0] == '1';
	return 0;
}

/* Whether the capability is given already: 1 the same (a warning), 0 new, or an error. */
static int find_rule_twin(struct reader *reader, const struct config *config,
			  const struct capability_rule *rule)
{
	for (size_t i = 0; i < config->capability_count; i++) {
		const struct capability_rule *other = &config->capabilities[i];

		if (other->capability != rule->capability)
			continue;
		if (other->keep != rule->keep)
			return fail_at(reader->error, rule->origin,
				       "the capability is given a second time, differently "
				       "(line %zu)",
				       other->origin.line);
		warn(ORIGIN_FORMAT ": the capability is given twice", ORIGIN_ARGS(rule->origin));
		return 1;
	}
	return 0;
}

static int read_capabilities(struct reader *reader, const struct value *value, void *target)
{
	struct config *config = target;
	int result = want_type(reader, value, VALUE_SEQUENCE);

	for (size_t i = 0; i < value->count && result == 0; i++) {
		struct capability_rule rule = {0};

		result = read_capability(reader, value->items[i].value, &rule);
		if (result == 0)
			result = find_rule_twin(reader, config, &rule);
		if (result != 0) {
			result = result < 0 ? result : 0;
			continue;
		}
		config->capabilities = pool_append(reader->pool, config->capabilities,
						   &config->capability_count, sizeof(rule));
		if (!config->capabilities)
			return out_of_memory(reader->error);
		config->capabilities[config->capability_count - 1] = rule;
	}
	return result;
}

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

#define SHARE_FIELD(name, kind)                                                         \
	{                                                                               \
		"share_" name, read_share, offsetof(struct config, shares[kind]), false \
	}

static const struct field config_fields[] = {
	{"share_all", read_share, offsetof(struct config, share_all), false},
	SHARE_FIELD("user", NAMESPACE_USER),
	SHARE_FIELD("cgroup", NAMESPACE_CGROUP),
	SHARE_FIELD("net", NAMESPACE_NET),
	SHARE_FIELD("pid", NAMESPACE_PID),
	SHARE_FIELD("ipc", NAMESPACE_IPC),
	SHARE_FIELD("time", NAMESPACE_TIME),
	SHARE_FIELD("uts", NAMESPACE_UTS),
	{"cgroups", read_cgroups, 0, false},
	{"hostname", read_expanded, offsetof(struct config, hostname), false},
	{"cgrouproot", read_expanded, offsetof(struct config, cgrouproot), false},
	{"time_offsets", read_time_offsets, 0, false},
	{"capabilities", read_capabilities, 0, false},
};

static int read_config(struct reader *reader, const struct value *value, void *target)
{
	return read_mapping(reader, value, config_fields, FIELD_COUNT(config_fields), target);
}

static const struct field file_fields[] = {
	{"headers", read_headers, 0, true},
	{"exports", read_exports, 0, false},
	{"config", read_config, 0, false},
};

int config_read(struct pool *pool, const struct value *root, struct config *config,
		struct redpak_error *error)
{
	struct reader reader = {pool, error};

	return read_mapping(&reader, root, file_fields, FIELD_COUNT(file_fields), config);
}
