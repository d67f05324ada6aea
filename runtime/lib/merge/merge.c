/* SPDX-License-Identifier: Apache-2.0 */
#include "merge/merge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <unistd.h>

/* exports: the nearest node wins */

static const struct export *find_export(const struct merged *merged, const char *mount)
{
	for (size_t i = 0; i < merged->export_count; i++) {
		if (!strcmp(merged->exports[i]->mount, mount))
			return merged->exports[i];
	}
	return NULL;
}

static int by_mount(const void *a, const void *b)
{
	const struct export *const *first = a, *const *second = b;

	return strcmp((*first)->mount, (*second)->mount);
}

static int merge_exports(struct pool *pool, const struct node *leaf, struct merged *merged)
{
	for (const struct node *node = leaf; node; node = node->parent) {
		for (size_t i = 0; i < node->config.export_count; i++) {
			const struct export *export = &node->config.exports[i];

			if (find_export(merged, export->mount))
				continue;
			merged->exports = pool_append(pool, merged->exports, &merged->export_count,
						      sizeof(export));
			if (!merged->exports)
				return -ENOMEM;
			merged->exports[merged->export_count - 1] = export;
		}
	}
	if (merged->export_count)
		qsort(merged->exports, merged->export_count, sizeof(*merged->exports), by_mount);
	return 0;
}

/* capabilities: the nearest node wins, but a child keeps nothing that an ancestor drops */

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

static int merge_capabilities(const struct node *leaf, struct merged *merged,
			      struct redpak_error *error)
{
	uint64_t decided = 0;

	for (const struct node *node = leaf; node; node = node->parent) {
		struct capability_sets own = sets_of(&node->config);

		for (const struct node *above = node->parent; above; above = above->parent) {
			uint64_t undone = own.keep & sets_of(&above->config).drop;

			if (undone)
				return fail_at(error, origin_of_keep(&node->config, undone),
					       "a capability is kept that %s drops; drop it here "
					       "too",
					       above->path);
		}
		merged->keep |= own.keep & ~decided;
		decided |= own.keep | own.drop;
	}
	return 0;
}

/* shares: likewise */

static int check_share(const struct share *share, const struct share *above, const char *what,
		       const struct node *ancestor, struct redpak_error *error)
{
	if (share->state != SHARE_ENABLED || above->state != SHARE_DISABLED)
		return 0;
	return fail_at(error, share->origin,
		       "%s is shared here, which %s forbids (" ORIGIN_FORMAT ")", what,
		       ancestor->path, ORIGIN_ARGS(above->origin));
}

static int check_shares(const struct node *node, const struct node *above,
			struct redpak_error *error)
{
	int result = check_share(&node->config.share_all, &above->config.share_all,
				 "every namespace", above, error);

	for (int kind = 0; kind < NAMESPACE_COUNT && result == 0; kind++) {
		const struct share *own = &node->config.shares[kind];
		const char *name = namespace_types[kind].name;

		const struct share *theirs = &above->config.shares[kind];

		/* share_all is for what a node does not say by the key of its own. */
		if (theirs->state == SHARE_UNSET)
			theirs = &above->config.share_all;
		result = check_share(own, theirs, name, above, error);
	}
	return result;
}

/* The nearest share of the chain that is set; @offset: of the share in struct config. */
static const struct share *nearest_share(const struct node *node, size_t offset)
{
	for (; node; node = node->parent) {
		const struct share *share =
			(const struct share *)((const char *)&node->config + offset);

		if (share->state != SHARE_UNSET)
			return share;
	}
	return NULL;
}

static int merge_shares(const struct node *leaf, struct merged *merged, struct redpak_error *error)
{
	const struct share *all = nearest_share(leaf, offsetof(struct config, share_all));

	for (const struct node *node = leaf; node; node = node->parent) {
		for (const struct node *above = node->parent; above; above = above->parent) {
			int result = check_shares(node, above, error);

			if (result < 0)
				return result;
		}
	}
	for (int kind = 0; kind < NAMESPACE_COUNT; kind++) {
		bool implied = kind == NAMESPACE_MNT || (kind == NAMESPACE_USER && geteuid() != 0);
		const struct share *share = nearest_share(
			leaf, offsetof(struct config, shares) + (size_t)kind * sizeof(*share));

		if (!share)
			share = all;
		if (!share || implied)
			continue;
		merged->shared[kind] = share->state == SHARE_ENABLED;
		merged->shared_origin[kind] = share->origin;
	}
	return 0;
}

/* strings: the nearest node wins */

static const struct setting *nearest_setting(const struct node *node, size_t offset)
{
	for (; node; node = node->parent) {
		const struct setting *setting =
			(const struct setting *)((const char *)&node->config + offset);

		if (setting->text)
			return setting;
	}
	return NULL;
}

int merge_chain(struct pool *pool, const struct node *leaf, struct merged *merged,
		struct redpak_error *error)
{
	int result;

	*merged = (struct merged){.leaf = leaf};
	if (merge_exports(pool, leaf, merged) < 0)
		return out_of_memory(error);
	result = merge_capabilities(leaf, merged, error);
	if (result == 0)
		result = merge_shares(leaf, merged, error);
	merged->hostname = nearest_setting(leaf, offsetof(struct config, hostname));
	for (size_t i = 0; i < CLOCK_COUNT; i++)
		merged->time_offsets[i] = nearest_setting(
			leaf, offsetof(struct config, time_offsets) + i * sizeof(struct setting));
	merged->cgrouproot = nearest_setting(leaf, offsetof(struct config, cgrouproot));
	for (const struct node *node = leaf; node; node = node->parent)
		merged->has_cgroups |= node->config.has_cgroups;
	return result;
}
