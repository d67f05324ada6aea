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
	int result;

	if (export->path)
		return 0;
	switch (said->mode->source) {
	case EXPORT_SOURCE_NONE:
		return 0;
	case EXPORT_SOURCE_HOST:
		if (!said->path.text || !*said->path.text) {
			export->path = export->target;
			return 0;
		}
		result = resolve(expansion, export->layer, &said->path, &text, &export->path);
		export->pending |= result > 0;
		return result < 0 ? result : 0;
	case EXPORT_SOURCE_COMMAND:
		export->path = said->path.text;
		return 0;
	case EXPORT_SOURCE_TARGET:
	case EXPORT_SOURCE_DESCRIPTOR:
		return expand_text(expansion, export->layer->node, &said->path, &export->path);
	}
	return -EINVAL;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static void warn_overridden(const struct layer *winner, const struct layer *loser,
			    const struct setting *text, const char *name)
{
	if (text->text && !winner->admin && !loser->admin)
		warn(ORIGIN_FORMAT ": '%s' is overridden by %s: %s", ORIGIN_ARGS(text->origin),
		     name, winner->node->path, text->text);
}

/* @twin stands in the same file as @first, for the same mount. */
static int meet_twin(struct expansion *expansion, struct merged_export *first,
		     struct merged_export *twin)
{
	const struct origin where = twin->said->origin;
	int result = resolve_source(expansion, first);

	if (result == 0)
		result = resolve_source(expansion, twin);
	if (result < 0)
		return result;
	if (first->said->mode != twin->said->mode || !same_text(first->path, twin->path))
		return fail_at(expansion->error, where,
			       "'%s' is exported a second time, differently (line %zu)",
			       twin->mount, first->said->origin.line);
	warn(ORIGIN_FORMAT ": '%s' is exported twice", ORIGIN_ARGS(where), twin->mount);
	return 0;
}

static int keep_export(struct expansion *expansion, struct merged *merged,
		       struct merged_export *export)
{
	int result = resolve_source(expansion, export);

	if (result < 0)
		return result;
	merged->exports = pool_append(expansion->pool, merged->exports, &merged->export_count,
				      sizeof(*export));
	if (!merged->exports)
		return out_of_memory(expansion->error);
	merged->exports[merged->export_count - 1] = *export;
	return 0;
}

/* By mount, then by rank, then in the order of the file. */
static int by_mount(const void *a, const void *b)
{
	const struct merged_export *first = a, *second = b;
	int order = strcmp(first->mount, second->mount);

	if (order == 0)
		order = (first->layer->rank > second->layer->rank) -
			(first->layer->rank < second->layer->rank);
	return order ? order : (first->said > second->said) - (first->said < second->said);
}

/* Of the sorted @all the first of each mount stays. Those that do not are expanded no further. */
static int keep_winners(struct expansion *expansion, struct merged *merged,
			struct merged_export *all, size_t count)
{
	struct merged_export *winner = NULL, *first = NULL; /* of the mount; and of its file */
	int result = 0;

	for (struct merged_export *export = all; export < all + count && result == 0; export ++) {
		if (!winner || strcmp(winner->mount, export->mount) != 0) {
			winner = first = export;
			result = keep_export(expansion, merged, export);
		} else if (export->layer == first->layer) {
			result = meet_twin(expansion, first, export);
		} else {
			first = export;
			warn_overridden(winner->layer, export->layer, &export->said->warn,
					export->mount);
		}
	}
	return result;
}

static int add_export(struct expansion *expansion, const struct layer *layer,
		      const struct export *said, struct merged_export *export)
{
	int result;

	*export = (struct merged_export){.said = said, .layer = layer};
	result = resolve(expansion, layer, &said->mount, &export->mount, &export->target);
	export->pending = result > 0;
	return result < 0 ? result : 0;
}

static size_t count_exports(const struct merged *merged)
{
	size_t count = 0;

	for (size_t i = 0; i < merged->layer_count; i++)
		count += merged->layers[i].config->export_count;
	return count;
}

static int merge_exports(struct expansion *expansion, struct merged *merged)
{
	struct merged_export *all =
		pool_alloc(expansion->pool, count_exports(merged) * sizeof(*all));
	size_t count = 0;

	if (!all)
		return out_of_memory(expansion->error);
	for (size_t i = 0; i < merged->layer_count; i++) {
		const struct layer *layer = merged->ranked[i];

		for (size_t j = 0; j < layer->config->export_count; j++) {
			const struct export *said = &layer->config->exports[j];
			int result;

			/* Removed before anything else: what it would hide shows. */
			if (said->mode->leaf_only && layer->node != merged->leaf)
				continue;
			result = add_export(expansion, layer, said, &all[count++]);
			if (result < 0)
				return result;
		}
	}
	if (count)
		qsort(all, count, sizeof(*all), by_mount);
	return keep_winners(expansion, merged, all, count);
}

/* By name, then by rank. */
static int by_name(const void *a, const void *b)
{
	const struct merged_variable *first = *(struct merged_variable *const *)a;
	const struct merged_variable *second = *(struct merged_variable *const *)b;
	int order = strcmp(first->said->key.text, second->said->key.text);

	return order ? order
		     : (first->layer->rank > second->layer->rank) -
			       (first->layer->rank < second->layer->rank);
}

/* Marks all variables but the first by rank of each name: they get no layer. */
static int drop_overridden(struct pool *pool, struct merged *merged)
{
	size_t count = merged->variable_count;
	struct merged_variable **sorted = pool_alloc(pool, count * sizeof(*sorted));
	const struct merged_variable *winner = NULL;

	if (!sorted)
		return -1;
	for (size_t i = 0; i < count; i++)
		sorted[i] = &merged->variables[i];
	if (count)
		qsort(sorted, count, sizeof(struct merged_variable *), by_name);
	for (size_t i = 0; i < count; i++) {
		const struct variable *said = sorted[i]->said;

		if (!winner || strcmp(winner->said->key.text, said->key.text) != 0) {
			winner = sorted[i];
			continue;
		}
		warn_overridden(winner->layer, sorted[i]->layer, &said->warn, said->key.text);
		sorted[i]->layer = NULL;
	}
	return 0;
}

static size_t count_variables(const struct merged *merged)
{
	size_t count = 0;

	for (size_t i = 0; i < merged->layer_count; i++)
		count += merged->layers[i].config->variable_count;
	return count;
}

static int merge_variables(struct pool *pool, struct merged *merged)
{
	size_t kept = 0;

	merged->variables = pool_alloc(pool, count_variables(merged) * sizeof(*merged->variables));
	if (!merged->variables)
		return -1;
	for (size_t i = 0; i < merged->layer_count; i++) {
		const struct layer *layer = &merged->layers[i];

		for (size_t j = 0; j < layer->config->variable_count; j++)
			merged->variables[merged->variable_count++] =
				(struct merged_variable){&layer->config->variables[j], layer};
	}
	if (drop_overridden(pool, merged) < 0)
		return -1;
	for (size_t i = 0; i < merged->variable_count; i++) {
		if (merged->variables[i].layer)
			merged->variables[kept++] = merged->variables[i];
	}
	merged->variable_count = kept;
	return 0;
}

int merge_lists(struct expansion *expansion, struct merged *merged)
{
	int result = merge_exports(expansion, merged);

	if (result == 0 && merge_variables(expansion->pool, merged) < 0)
		result = out_of_memory(expansion->error);
	return result;
}
