/* SPDX-License-Identifier: Apache-2.0 */
/* Exports and environment variables: any A wins over any N, the nearest over the farther. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "apply/export.h"
#include "base/path.h"
#include "merge/merge.h"

static int refuse_path(struct expansion *expansion, const struct setting *setting, const char *text)
{
	if (errno == ENOMEM)
		return out_of_memory(expansion->error);
	if (strlen(text) >= PATH_MAX)
		return fail_at(expansion->error, setting->origin,
			       "a path has less than %d characters", PATH_MAX);
	return fail_at(expansion->error, setting->origin,
		       "'%s' must be an absolute path that does not climb above '/'", text);
}

/* Expands @setting; what must be a path of the host or the node is also normalised. */
static int resolve(struct expansion *expansion, const struct layer *layer,
		   const struct setting *setting, const char **text, const char **normalised)
{
	int result = expand_text(expansion, layer->node, setting, text);

	if (result < 0)
		return result;
	*normalised = *text;
	if (expansion->commands != COMMANDS_RUN && expand_has_command(setting->text))
		return 1;
	*normalised = strlen(*text) < PATH_MAX ? path_normalise(expansion->pool, *text) : NULL;
	return *normalised ? 0 : refuse_path(expansion, setting, *text);
}

static int resolve_source(struct expansion *expansion, struct merged_export *export)
{
	const struct export *said = export->said;
	const char *text;
	int result = 0;

	switch (said->mode->source) {
	case EXPORT_SOURCE_NONE:
		return 0;
	case EXPORT_SOURCE_HOST:
		if (said->path.text && *said->path.text)
			result = resolve(expansion, export->layer, &said->path, &text,
					 &export->path);
		else
			export->path = export->target;
		return result;
	case EXPORT_SOURCE_COMMAND:
		export->path = said->path.text;
		return 0;
	case EXPORT_SOURCE_TARGET:
	case EXPORT_SOURCE_DESCRIPTOR:
		return expand_text(expansion, export->layer->node, &said->path, &export->path);
	}
	return -EINVAL;
}

static int resolve_export(struct expansion *expansion, const struct layer *layer,
			  const struct export *said, struct merged_export *export)
{
	int result;

	*export = (struct merged_export){.said = said, .layer = layer};
	result = resolve(expansion, layer, &said->mount, &export->mount, &export->target);
	if (result < 0)
		return result;
	export->pending = result;
	result = resolve_source(expansion, export);
	export->pending |= result > 0;
	return result < 0 ? result : 0;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static void warn_overridden(const struct layer *winner, const struct layer *loser,
			    const struct setting *text, const char *name)
{
	if (text->text && !winner->admin && !loser->admin && winner != loser)
		warn(ORIGIN_FORMAT ": '%s' is overridden by %s: %s", ORIGIN_ARGS(text->origin),
		     name, winner->node->path, text->text);
}

/* @export meets @winner, which stands at the same mount and ranks higher. */
static int meet_export(struct redpak_error *error, const struct merged_export *winner,
		       const struct merged_export *export)
{
	const struct origin where = export->said->origin;

	warn_overridden(winner->layer, export->layer, &export->said->warn, export->mount);
	if (winner->layer != export->layer)
		return 0;
	if (winner->said->mode != export->said->mode || !same_text(winner->path, export->path))
		return fail_at(error, where,
			       "'%s' is exported a second time, differently (line %zu)",
			       export->mount, winner->said->origin.line);
	warn(ORIGIN_FORMAT ": '%s' is exported twice", ORIGIN_ARGS(where), export->mount);
	return 0;
}

static const struct merged_export *find_export(const struct merged *merged, const char *mount)
{
	for (size_t i = 0; i < merged->export_count; i++) {
		if (!strcmp(merged->exports[i].mount, mount))
			return &merged->exports[i];
	}
	return NULL;
}

static int merge_export(struct expansion *expansion, struct merged *merged,
			const struct layer *layer, const struct export *said)
{
	const struct merged_export *winner;
	struct merged_export export;
	int result;

	/* Removed before anything else: what a private export of an ancestor would hide shows. */
	if (said->mode->leaf_only && layer->node != merged->leaf)
		return 0;
	result = resolve_export(expansion, layer, said, &export);
	if (result < 0)
		return result;
	winner = find_export(merged, export.mount);
	if (winner)
		return meet_export(expansion->error, winner, &export);
	merged->exports = pool_append(expansion->pool, merged->exports, &merged->export_count,
				      sizeof(export));
	if (!merged->exports)
		return out_of_memory(expansion->error);
	merged->exports[merged->export_count - 1] = export;
	return 0;
}

static int by_mount(const void *a, const void *b)
{
	const struct merged_export *first = a, *second = b;

	return strcmp(first->mount, second->mount);
}

static int merge_exports(struct expansion *expansion, struct merged *merged)
{
	int result = 0;

	for (size_t i = 0; i < merged->layer_count; i++) {
		const struct config *config = merged->ranked[i]->config;

		for (size_t j = 0; j < config->export_count && result == 0; j++)
			result = merge_export(expansion, merged, merged->ranked[i],
					      &config->exports[j]);
	}
	if (merged->export_count)
		qsort(merged->exports, merged->export_count, sizeof(*merged->exports), by_mount);
	return result;
}

/* The file of highest rank that sets the variable @name. */
static const struct layer *variable_winner(const struct merged *merged, const char *name)
{
	for (size_t i = 0; i < merged->layer_count; i++) {
		const struct config *config = merged->ranked[i]->config;

		for (size_t j = 0; j < config->variable_count; j++) {
			if (!strcmp(config->variables[j].key.text, name))
				return merged->ranked[i];
		}
	}
	return NULL;
}

static int merge_variable(struct expansion *expansion, struct merged *merged,
			  const struct layer *layer, const struct variable *said)
{
	const struct layer *winner = variable_winner(merged, said->key.text);

	if (winner != layer) {
		warn_overridden(winner, layer, &said->warn, said->key.text);
		return 0;
	}
	merged->variables = pool_append(expansion->pool, merged->variables, &merged->variable_count,
					sizeof(*merged->variables));
	if (!merged->variables)
		return out_of_memory(expansion->error);
	merged->variables[merged->variable_count - 1] = (struct merged_variable){said, layer};
	return 0;
}

static int merge_variables(struct expansion *expansion, struct merged *merged)
{
	int result = 0;

	for (size_t i = 0; i < merged->layer_count; i++) {
		const struct layer *layer = &merged->layers[i];

		for (size_t j = 0; j < layer->config->variable_count && result == 0; j++)
			result = merge_variable(expansion, merged, layer,
						&layer->config->variables[j]);
	}
	return result;
}

int merge_lists(struct expansion *expansion, struct merged *merged)
{
	int result = merge_exports(expansion, merged);

	return result < 0 ? result : merge_variables(expansion, merged);
}
