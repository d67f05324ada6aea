/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A chain of nodes made into one: who wins, and what a child may not undo. N is the normal
 * configuration of a node, A its admin configuration.
 */
#ifndef REDPAK_MERGE_H
#define REDPAK_MERGE_H

#include "load/node.h"
#include "merge/expand.h"

/* One file of the chain. @rank: its place among all, 0 for the one that wins. */
struct layer {
	const struct node *node;
	const struct config *config;
	bool admin;
	size_t rank;
};

/*
 * @mount: expanded; two exports are the same when these texts are. @target: it, normalised.
 * @path: expanded, NULL where the mode takes none: on the host, the target of a link, a number.
 * @pending: mount or path holds a command that is not run (expansion.h), so neither is checked.
 */
struct merged_export {
	const struct export *said;
	const struct layer *layer;
	const char *mount, *target, *path;
	bool pending;
};

struct merged_variable {
	const struct variable *said;
	const struct layer *layer;
};

/*
 * @state: effective, never SHARE_UNSET. @setting: what decided it, NULL for the default.
 * @implied: an ordinary user gets a user namespace whatever the configuration says.
 */
struct merged_share {
	enum share_state state;
	const struct setting *setting;
	bool implied;
};

/*
 * @layers: in the order of discovery: leaf A, leaf N, parent A, parent N, ...
 * @ranked: the same by rank: A from the leaf up, then N from the leaf up; the first that says
 * something wins.
 * @settings: NULL where no file says.
 * @keep: capabilities to keep, bit N for capability N.
 * @exports: sorted bytewise by mount, so that a parent comes before its children.
 * @variables: in the order of discovery.
 */
struct merged {
	const struct node *leaf;
	struct layer *layers;
	const struct layer **ranked;
	size_t layer_count;
	const struct setting *settings[KEY_COUNT];
	const struct setting *time_offsets[CLOCK_COUNT];
	struct merged_share shares[NAMESPACE_COUNT];
	uint64_t keep;
	bool has_cgroups;
	struct merged_export *exports;
	size_t export_count;
	struct merged_variable *variables;
	size_t variable_count;
};

/*
 * Merges what needs no expansion: layers, settings, shares, capabilities.
 * Returns 0 or a negative errno with @error naming the entry that undoes a restriction.
 */
int merge_settings(struct pool *pool, const struct node *leaf, struct merged *merged,
		   struct redpak_error *error);

/* Merges exports and variables; mounts and paths are expanded. */
int merge_lists(struct expansion *expansion, struct merged *merged);

/* merge_shares.c, merge_capabilities.c: parts of merge_settings(). */
int merge_shares(struct merged *merged, struct redpak_error *error);
int merge_capabilities(struct merged *merged, struct redpak_error *error);

/* Whether a file that ranks above @layer says something of @capability, or of all. */
bool merged_is_overridden(const struct merged *merged, const struct layer *layer, int capability);

/* Whether the node gets a namespace of its own of this kind. */
static inline bool merged_is_new(const struct merged *merged, enum namespace_kind kind)
{
	return merged->shares[kind].state == SHARE_DISABLED;
}

/* The number of an enumerated setting, 0 where no file says. */
static inline long long merged_number(const struct merged *merged, enum config_key key)
{
	return merged->settings[key] ? merged->settings[key]->number : 0;
}

#endif
