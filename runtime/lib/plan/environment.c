/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/environment.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static size_t name_length(const char *entry)
{
	return strcspn(entry, "=");
}

/* Where the variable of this name stands in @variables, or where the list ends. */
static size_t find_variable(char *const *variables, const char *name, size_t length)
{
	size_t i = 0;

	while (variables[i] &&
	       !(name_length(variables[i]) == length && !memcmp(variables[i], name, length)))
		i++;
	return i;
}

static int set_variable(struct expansion *expansion, struct environment *environment,
			const char *name, const char *value)
{
	char *entry = pool_format(expansion->pool, "%s=%s", name, value);

	if (!entry)
		return out_of_memory(expansion->error);
	environment->variables[find_variable(environment->variables, name, strlen(name))] = entry;
	return 0;
}

/* The last one takes its place; the first is PWD's as long as it is there. */
static void remove_variable(struct environment *environment, const char *name)
{
	char **variables = environment->variables;
	size_t at = find_variable(variables, name, strlen(name));
	size_t last = at;

	while (variables[last] && variables[last + 1])
		last++;
	variables[at] = variables[last];
	variables[last] = NULL;
}

static int variable_value(struct expansion *expansion, const struct merged_variable *merged,
			  const char **value)
{
	const struct variable *said = merged->said;
	size_t length;
	int result;

	switch (said->mode) {
	case VARIABLE_STATIC:
		*value = said->value.text;
		return 0;
	case VARIABLE_DEFAULT:
		return expand_text(expansion, merged->layer->node, &said->value, value);
	case VARIABLE_EXECFD:
		result = expand_command(expansion, &said->value, value, &length);
		if (result == 0 && strlen(*value) != length)
			result =
				fail_at(expansion->error, said->value.origin,
					"the command wrote a NUL byte, which no variable can hold");
		return result;
	case VARIABLE_INHERIT:
		*value = getenv(said->key.text);
		if (!*value)
			*value = "";
		return 0;
	default:
		return -EINVAL;
	}
}

static int apply_variable(struct expansion *expansion, const struct merged_variable *merged,
			  struct environment *environment)
{
	const char *name = merged->said->key.text;
	const char *value;
	int result;

	if (!strcmp(name, "PWD"))
		environment->pwd = NULL;
	if (merged->said->mode == VARIABLE_REMOVE) {
		remove_variable(environment, name);
		return 0;
	}
	result = variable_value(expansion, merged, &value);
	return result < 0 ? result : set_variable(expansion, environment, name, value);
}

/* Adds the elements of @list that @text does not hold yet. */
static const char *add_elements(struct pool *pool, const char *text, const char *list)
{
	while (*list && text) {
		size_t length = strcspn(list, ":");
		const char *one = pool_format(pool, ":%.*s:", (int)length, list);

		if (!one)
			return NULL;
		/* @text begins and ends with ':', so that whole elements are compared. */
		if (length && !strstr(text, one))
			text = pool_format(pool, "%s%s", text, one + 1);
		list += length + (list[length] == ':');
	}
	return text;
}

/* Each element once, in the order of discovery; NULL in *@text when no file gives one. */
static int join_search_path(struct expansion *expansion, const struct merged *merged,
			    enum config_key key, const char **text)
{
	const char *all = ":";
	const char *list;
	int result = 0;

	for (size_t i = 0; i < merged->layer_count && result == 0; i++) {
		const struct setting *setting = config_setting(merged->layers[i].config, key);

		if (!setting)
			continue;
		result = expand_tags(expansion, expansion->leaf, setting, &list);
		if (result == 0)
			all = add_elements(expansion->pool, all, list);
		if (!all)
			return out_of_memory(expansion->error);
	}
	*text = NULL;
	if (result == 0 && all[1]) {
		*text = pool_copy(expansion->pool, all + 1, strlen(all) - 2);
		result = *text ? 0 : out_of_memory(expansion->error);
	}
	return result;
}

const char *const search_path_names[SEARCH_PATH_COUNT] = {"PATH", "LD_LIBRARY_PATH"};

static int set_search_paths(struct expansion *expansion, const struct merged *merged,
			    struct environment *environment)
{
	static const enum config_key keys[SEARCH_PATH_COUNT] = {KEY_PATH, KEY_LDPATH};
	int result = 0;

	for (size_t i = 0; i < SEARCH_PATH_COUNT && result == 0; i++) {
		const char **text = &environment->search_paths[i];

		result = join_search_path(expansion, merged, keys[i], text);
		if (result == 0 && *text)
			result = set_variable(expansion, environment, search_path_names[i], *text);
	}
	return result;
}

const char *environment_value(const struct environment *environment, const char *name)
{
	size_t length = strlen(name);
	const char *entry =
		environment->variables[find_variable(environment->variables, name, length)];

	return entry ? entry + length + 1 : NULL;
}

/* Replaced before it is seen; no constant, as execve(2) takes none. */
static char unset_pwd[] = "PWD=/";

/* Room for what may come, with PWD in front and, where the node wants it, the caller's. */
static int begin(struct expansion *expansion, const struct merged *merged,
		 struct environment *environment)
{
	bool inherits = merged_number(merged, KEY_INHERIT_ENV) != 0;
	size_t inherited = 0, count = 0;

	while (inherits && environ[inherited])
		inherited++;
	/* PWD, PATH, LD_LIBRARY_PATH and the end. */
	environment->variables = pool_alloc(
		expansion->pool, (inherited + merged->variable_count + 4) * sizeof(char *));
	if (!environment->variables)
		return out_of_memory(expansion->error);
	environment->pwd = &environment->variables[count++];
	*environment->pwd = unset_pwd;
	for (size_t i = 0; i < inherited; i++) {
		if (strncmp(environ[i], "PWD=", 4) != 0)
			environment->variables[count++] = environ[i];
	}
	return 0;
}

int environment_plan(struct expansion *expansion, const struct merged *merged,
		     struct environment *environment)
{
	int result;

	*environment = (struct environment){0};
	result = begin(expansion, merged, environment);
	for (size_t i = 0; i < merged->variable_count && result == 0; i++)
		result = apply_variable(expansion, &merged->variables[i], environment);
	return result < 0 ? result : set_search_paths(expansion, merged, environment);
}
