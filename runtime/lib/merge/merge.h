/* SPDX-License-Identifier: Apache-2.0 */
/* A chain of nodes made into one: who wins, and what a child may not undo. */
#ifndef REDPAK_MERGE_H
#define REDPAK_MERGE_H

#include "load/node.h"

/*
 * @exports: sorted bytewise by mount, so that a parent comes before its children.
 * @shared: effective; the mount namespace never is, nor that of the users for an ordinary user,
 * who cannot make the others without it.
 * @keep: capabilities to keep, bit N for capability N.
 */
struct merged {
	const struct node *leaf;
	const struct export **exports;
	size_t export_count;
	bool shared[NAMESPACE_COUNT];
	struct origin shared_origin[NAMESPACE_COUNT];
	uint64_t keep;
	const struct setting *hostname, *cgrouproot; /* NULL where no node says */
	const struct setting *time_offsets[CLOCK_COUNT];
	bool has_cgroups;
};

/* Returns 0 or a negative errno with @error naming the entry that undoes a restriction. */
int merge_chain(struct pool *pool, const struct node *leaf, struct merged *merged,
		struct redpak_error *error);

#endif
