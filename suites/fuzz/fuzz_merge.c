/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A chain: files divided by lines `=====`, leaf first, N and A by turns (an empty one is none);
 * merged, expanded and checked as for a display, so that nothing is run.
 */
#include <string.h>

#include "chain.h"
#include "plan/plan.h"

#define DIVIDER "=====\n"

enum { NODES_MAX = 4 };

/* Cuts a part off; its end is that of the data, or the next divider. */
static size_t cut(const uint8_t **data, size_t *size)
{
	const uint8_t *end = memmem(*data, *size, DIVIDER, strlen(DIVIDER));
	size_t length = end ? (size_t)(end - *data) : *size;
	size_t step = end ? length + strlen(DIVIDER) : length;

	*data += step;
	*size -= step;
	return length;
}

static int read_part(struct pool *pool, const uint8_t *part, size_t length, struct config *config,
		     struct redpak_error *error)
{
	const struct value *root;
	int result = fuzz_document(pool, part, length, &root, error);

	return result < 0 ? result : config_read(pool, root, config, error);
}

/* The chain that the data are, or NULL where one of its files is refused. */
static struct node *make_chain(struct pool *pool, struct node nodes[NODES_MAX], const uint8_t *data,
			       size_t size, struct redpak_error *error)
{
	static const char *const paths[NODES_MAX] = {"/r/a/b/c", "/r/a/b", "/r/a", "/r"};

	for (size_t i = 0; i < NODES_MAX && (size || i == 0); i++) {
		const uint8_t *part = data;
		size_t length = cut(&data, &size);

		nodes[i].path = paths[i];
		nodes[i].status.state = NODE_ENABLE;
		if (i > 0)
			nodes[i - 1].parent = &nodes[i];
		if (read_part(pool, part, length, &nodes[i].config, error) < 0)
			return NULL;
		part = data;
		length = cut(&data, &size);
		if (!length)
			continue;
		nodes[i].admin = pool_alloc(pool, sizeof(*nodes[i].admin));
		if (!nodes[i].admin || read_part(pool, part, length, nodes[i].admin, error) < 0)
			return NULL;
	}
	return nodes;
}

static int merge(struct redpak_plan *plan, struct redpak_error *error)
{
	struct expansion expansion = {.pool = &plan->pool,
				      .leaf = plan->leaf,
				      .commands = plan->commands,
				      .error = error};
	int result = merge_settings(&plan->pool, plan->leaf, &plan->merged, error);

	for (int key = 0; key < KEY_COUNT && result == 0; key++) {
		if (config_keys[key].commands && plan->merged.settings[key])
			result = expand_text(&expansion, plan->leaf, plan->merged.settings[key],
					     &plan->texts[key]);
	}
	if (result == 0)
		result = merge_lists(&expansion, &plan->merged);
	return result == 0 ? check_plan(plan, error) : result;
}

static void must_be_merged(const struct merged *merged)
{
	for (int kind = 0; kind < NAMESPACE_COUNT; kind++)
		must(merged->shares[kind].state != SHARE_UNSET);
	for (size_t i = 0; i < merged->export_count; i++) {
		must(merged->exports[i].mount && merged->exports[i].target);
		must(i == 0 || strcmp(merged->exports[i - 1].mount, merged->exports[i].mount) < 0);
	}
	for (size_t i = 0; i < merged->variable_count; i++)
		must(merged->variables[i].layer && merged->variables[i].said->key.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct redpak_plan plan = {.commands = COMMANDS_SHOW};
	struct node nodes[NODES_MAX] = {0};
	struct redpak_error error = {0};

	plan.leaf = make_chain(&plan.pool, nodes, data, size, &error);
	if (plan.leaf && merge(&plan, &error) == 0)
		must_be_merged(&plan.merged);
	else
		must_be_error(&error);
	pool_free(&plan.pool);
	return 0;
}
