/* SPDX-License-Identifier: Apache-2.0 */
#include "merge/merge.h"

#include <errno.h>

/* The files of the chain, in the order of discovery and by rank. */
static int collect_layers(struct pool *pool, struct merged *merged)
{
	size_t count = 0, ranked = 0;

	for (const struct node *node = merged->leaf; node; node = node->parent)
		count += node->admin ? 2 : 1;
	merged->layers = pool_alloc(pool, count * sizeof(*merged->layers));
	merged->ranked = pool_alloc(pool, count * sizeof(const struct layer *));
	if (!merged->layers || !merged->ranked)
		return -1;
	for (const struct node *node = merged->leaf; node; node = node->parent) {
		if (node->admin)
			merged->layers[merged->layer_count++] =
				(struct layer){node, node->admin, true, 0};
		merged->layers[merged->layer_count++] =
			(struct layer){node, &node->config, false, 0};
	}
	for (int admin = 1; admin >= 0; admin--) {
		for (size_t i = 0; i < count; i++) {
			if (merged->layers[i].admin != admin)
				continue;
			merged->layers[i].rank = ranked;
			merged->ranked[ranked++] = &merged->layers[i];
		}
	}
	return 0;
}

static void merge_layer(struct merged *merged, const struct config *config)
{
	for (int key = 0; key < KEY_COUNT; key++) {
		if (!merged->settings[key])
			merged->settings[key] = config_setting(config, (enum config_key)key);
	}
	for (size_t i = 0; i < CLOCK_COUNT; i++) {
		if (!merged->time_offsets[i] && config->time_offsets[i].text)
			merged->time_offsets[i] = &config->time_offsets[i];
	}
	merged->has_cgroups |= config->has_cgroups;
}

int merge_settings(struct pool *pool, const struct node *leaf, struct merged *merged,
		   struct redpak_error *error)
{
	int result;

	*merged = (struct merged){.leaf = leaf};
	if (collect_layers(pool, merged) < 0)
		return out_of_memory(error);
	for (size_t i = 0; i < merged->layer_count; i++)
		merge_layer(merged, merged->ranked[i]->config);
	result = merge_capabilities(merged, error);
	return result < 0 ? result : merge_shares(merged, error);
}
