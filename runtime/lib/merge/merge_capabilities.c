/* SPDX-License-Identifier: Apache-2.0 */
/* Which capabilities the node keeps. */
#include <errno.h>
#include <sys/capability.h>

#include "merge/merge.h"

struct capability_sets {
	uint64_t keep, drop;
};

static uint64_t capability_bits(int capability)
{
	if (capability == CAPABILITY_ALL)
		return cap_max_bits() >= 64 ? UINT64_MAX : (UINT64_C(1) << cap_max_bits()) - 1;
	return UINT64_C(1) << capability;
}

static void add_rule(struct capability_sets *sets, const struct capability_rule *rule)
{
	uint64_t bits = capability_bits(rule->capability);

	sets->keep = rule->keep ? sets->keep | bits : sets->keep & ~bits;
	sets->drop = rule->keep ? sets->drop & ~bits : sets->drop | bits;
}

/* ALL is spelled out first: an entry of its own wins over it, wherever it stands. */
static struct capability_sets sets_of(const struct config *config)
{
	struct capability_sets sets = {0, 0};

	for (int own = 0; own <= 1; own++) {
		for (size_t i = 0; i < config->capability_count; i++) {
			if ((config->capabilities[i].capability != CAPABILITY_ALL) == own)
				add_rule(&sets, &config->capabilities[i]);
		}
	}
	return sets;
}

/* The entry that keeps one of @bits, to be named in the error. */
static struct origin origin_of_keep(const struct config *config, uint64_t bits)
{
	for (size_t i = config->capability_count; i-- > 0;) {
		const struct capability_rule *rule = &config->capabilities[i];

		if (rule->keep && (capability_bits(rule->capability) & bits))
			return rule->origin;
	}
	return (struct origin){"?", 0, 0};
}

/* A file keeps nothing that a file of the same kind drops in an ancestor. */
static int check_layer(const struct merged *merged, size_t child, struct redpak_error *error)
{
	const struct layer *layer = merged->ranked[child];
	struct capability_sets own = sets_of(layer->config);

	for (size_t i = child + 1; i < merged->layer_count; i++) {
		const struct layer *above = merged->ranked[i];
		uint64_t undone = own.keep & sets_of(above->config).drop;

		if (above->admin == layer->admin && undone)
			return fail_at(error, origin_of_keep(layer->config, undone),
				       "a capability is kept that %s drops; drop it here too",
				       above->node->path);
	}
	return 0;
}

int merge_capabilities(struct merged *merged, struct redpak_error *error)
{
	uint64_t decided = 0;
	int result = 0;

	for (size_t i = 0; i < merged->layer_count && result == 0; i++) {
		struct capability_sets own = sets_of(merged->ranked[i]->config);

		result = check_layer(merged, i, error);
		merged->keep |= own.keep & ~decided;
		decided |= own.keep | own.drop;
	}
	return result;
}

bool merged_is_overridden(const struct merged *merged, const struct layer *layer, int capability)
{
	for (size_t i = 0; merged->ranked[i] != layer; i++) {
		const struct config *config = merged->ranked[i]->config;

		for (size_t j = 0; j < config->capability_count; j++) {
			if (config->capabilities[j].capability == capability ||
			    config->capabilities[j].capability == CAPABILITY_ALL)
				return true;
		}
	}
	return false;
}
