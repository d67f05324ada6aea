/* SPDX-License-Identifier: Apache-2.0 */
/* The schema of `exports` and `environ`. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "apply/export.h"
#include "load/sections.h"

/* exports */

struct raw_export {
	struct setting mode, mount, path, info, warn;
};

static const struct field export_fields[] = {
	{"mode", read_text, offsetof(struct raw_export, mode), true},
	{"mount", read_text, offsetof(struct raw_export, mount), true},
	{"path", read_text, offsetof(struct raw_export, path), false},
	{"info", read_text, offsetof(struct raw_export, info), false},
	{"warn", read_text, offsetof(struct raw_export, warn), false},
};

static int check_export(struct reader *reader, const struct raw_export *raw,
			const struct export_mode *mode)
{
	bool given = raw->path.text && *raw->path.text;
	int result = check_commands(reader, &raw->mount);

	if (export_source_is_mandatory(mode->source) && !given)
		return fail_at(reader->error, raw->mode.origin, "mode %s needs a path", mode->name);
	if (mode->source == EXPORT_SOURCE_NONE && raw->path.text)
		warn(ORIGIN_FORMAT ": mode %s takes no path; ignored",
		     ORIGIN_ARGS(raw->path.origin), mode->name);
	/* A command line is not expanded. */
	if (result == 0 && mode->source != EXPORT_SOURCE_COMMAND)
		result = check_commands(reader, &raw->path);
	return result;
}

static int read_export(struct reader *reader, const struct value *value, void *target)
{
	struct config *config = target;
	struct raw_export raw = {0};
	const struct export_mode *mode;
	int result = read_mapping(reader, value, export_fields, FIELD_COUNT(export_fields), &raw);

	if (result < 0)
		return result;
	mode = export_mode_find(raw.mode.text);
	if (!mode)
		return fail_at(reader->error, raw.mode.origin,
			       "unknown export mode '%s'; the modes are: %s", raw.mode.text,
			       export_mode_names(reader->pool));
	result = check_export(reader, &raw, mode);
	if (result < 0)
		return result;
	config->exports = pool_append(reader->pool, config->exports, &config->export_count,
				      sizeof(*config->exports));
	if (!config->exports)
		return out_of_memory(reader->error);
	config->exports[config->export_count - 1] =
		(struct export){mode, raw.mount, raw.path, raw.info, raw.warn, value->origin};
	return 0;
}

int read_exports(struct reader *reader, const struct value *value, void *target)
{
	return read_sequence(reader, value, read_export, target);
}

/* environ */

const char *const variable_modes[VARIABLE_MODE_COUNT] = {
	[VARIABLE_STATIC] = "Static",	[VARIABLE_EXECFD] = "Execfd",
	[VARIABLE_DEFAULT] = "Default", [VARIABLE_REMOVE] = "Remove",
	[VARIABLE_INHERIT] = "Inherit",
};

static int read_variable_mode(struct reader *reader, const struct value *value, void *target)
{
	size_t index;
	int result = read_word(reader, value, variable_modes, VARIABLE_MODE_COUNT, &index);

	((struct variable *)target)->mode = (enum variable_mode)index;
	return result;
}

static int read_variable_name(struct reader *reader, const struct value *value, void *target)
{
	int result = read_nonempty(reader, value, target);

	if (result == 0 && strchr(value->text, '='))
		result = fail_at(reader->error, value->origin,
				 "the name of a variable holds no '=': '%s'", value->text);
	return result;
}

static const struct field variable_fields[] = {
	{"mode", read_variable_mode, 0, false},
	{"key", read_variable_name, offsetof(struct variable, key), true},
	{"value", read_text, offsetof(struct variable, value), false},
	{"info", read_text, offsetof(struct variable, info), false},
	{"warn", read_text, offsetof(struct variable, warn), false},
};

static bool needs_value(enum variable_mode mode)
{
	return mode != VARIABLE_REMOVE && mode != VARIABLE_INHERIT;
}

static int check_value(struct reader *reader, const struct variable *variable)
{
	bool needed = needs_value(variable->mode);

	if (needed == (variable->value.text != NULL))
		return variable->mode == VARIABLE_DEFAULT ? check_commands(reader, &variable->value)
							  : 0;
	return fail_at(reader->error, needed ? variable->key.origin : variable->value.origin,
		       "mode %s %s", variable_modes[variable->mode],
		       needed ? "needs a value" : "takes no value");
}

static bool same_variable(const struct variable *a, const struct variable *b)
{
	return a->mode == b->mode &&
	       (a->value.text == b->value.text ||
		(a->value.text && b->value.text && !strcmp(a->value.text, b->value.text)));
}

static int read_variable(struct reader *reader, const struct value *value, void *target)
{
	struct config *config = target;
	struct variable variable = {.mode = VARIABLE_DEFAULT, .origin = value->origin};
	int result = read_mapping(reader, value, variable_fields, FIELD_COUNT(variable_fields),
				  &variable);

	if (result == 0)
		result = check_value(reader, &variable);
	if (result < 0)
		return result;
	config->variables = pool_append(reader->pool, config->variables, &config->variable_count,
					sizeof(variable));
	if (!config->variables)
		return out_of_memory(reader->error);
	config->variables[config->variable_count - 1] = variable;
	return 0;
}

/* By name, then in the order of the file. */
static int by_name(const void *a, const void *b)
{
	const struct variable *first = *(struct variable *const *)a;
	const struct variable *second = *(struct variable *const *)b;
	int order = strcmp(first->key.text, second->key.text);

	return order ? order : (first > second) - (first < second);
}

/* @twin has the name of @first. */
static int meet_twin(struct reader *reader, const struct variable *first,
		     const struct variable *twin)
{
	if (!same_variable(first, twin))
		return fail_at(reader->error, twin->origin,
			       "'%s' is set a second time, differently (line %zu)", twin->key.text,
			       first->origin.line);
	warn(ORIGIN_FORMAT ": '%s' is set twice", ORIGIN_ARGS(twin->origin), twin->key.text);
	return 0;
}

/* Of variables that are the same one stays, as if it stood once; sorted first, to be quick. */
static int drop_twins(struct reader *reader, struct config *config)
{
	size_t count = config->variable_count, kept = 0;
	struct variable **sorted = pool_alloc(reader->pool, count * sizeof(*sorted));
	const struct variable *first = NULL;
	int result = 0;

	if (!sorted)
		return out_of_memory(reader->error);
	for (size_t i = 0; i < count; i++)
		sorted[i] = &config->variables[i];
	if (count)
		qsort(sorted, count, sizeof(struct variable *), by_name);
	for (size_t i = 0; i < count && result == 0; i++) {
		if (!first || strcmp(first->key.text, sorted[i]->key.text) != 0) {
			first = sorted[i];
			continue;
		}
		result = meet_twin(reader, first, sorted[i]);
		sorted[i]->key.text = NULL;
	}
	for (size_t i = 0; i < count; i++) {
		if (config->variables[i].key.text)
			config->variables[kept++] = config->variables[i];
	}
	config->variable_count = kept;
	return result;
}

int read_environ(struct reader *reader, const struct value *value, void *target)
{
	int result = read_sequence(reader, value, read_variable, target);

	return result < 0 ? result : drop_twins(reader, target);
}
