/* SPDX-License-Identifier: Apache-2.0 */
/* Which namespaces the node shares. */
#include <errno.h>
#include <stddef.h>
#include <unistd.h>

#include "merge/merge.h"

static bool enables(const struct setting *share)
{
	return share && share->number != SHARE_DISABLED;
}

static bool disables(const struct setting *share)
{
	return share && share->number == SHARE_DISABLED;
}

static int refuse(const struct setting *share, const char *what, const struct setting *above,
		  struct redpak_error *error)
{
	return fail_at(error, share->origin,
		       "%s is shared here, which " ORIGIN_FORMAT " forbids; drop one of the two",
		       what, ORIGIN_ARGS(above->origin));
}

/* Whether an ancestor beyond @at in rank, of the same kind of file, sets @key itself. */
static bool set_above(const struct merged *merged, size_t at, enum config_key key)
{
	for (size_t i = at; i < merged->layer_count; i++) {
		if (merged->ranked[i]->admin == merged->ranked[at]->admin &&
		    config_setting(merged->ranked[i]->config, key))
			return true;
	}
	return false;
}

/*
 * What the ancestor ranked @above forbids its descendant ranked @child. share_all is for what
 * neither the ancestor nor one above it says by the key of its own.
 */
static int check_pair(const struct merged *merged, size_t child, size_t above,
		      struct redpak_error *error)
{
	const struct config *own = merged->ranked[child]->config;
	const struct config *theirs = merged->ranked[above]->config;
	const struct setting *own_all = config_setting(own, KEY_SHARE_ALL);
	const struct setting *their_all = config_setting(theirs, KEY_SHARE_ALL);

	if (enables(own_all) && disables(their_all))
		return refuse(own_all, "every namespace", their_all, error);
	for (int kind = 0; kind < NAMESPACE_MNT; kind++) {
		enum config_key key = share_key((enum namespace_kind)kind);
		const struct setting *share = config_setting(own, key);
		const struct setting *their_share = config_setting(theirs, key);

		if (!their_share && !set_above(merged, above, key))
			their_share = their_all;
		if (enables(share) && disables(their_share))
			return refuse(share, namespace_types[kind].name, their_share, error);
	}
	return 0;
}

static int check_pairs(const struct merged *merged, struct redpak_error *error)
{
	int result = 0;

	for (size_t child = 0; child < merged->layer_count; child++) {
		for (size_t above = child + 1; above < merged->layer_count && result == 0;
		     above++) {
			if (merged->ranked[above]->admin == merged->ranked[child]->admin)
				result = check_pair(merged, child, above, error);
		}
	}
	return result;
}

/* The first file by rank that sets @key; *@admin: whether it is an A. */
static const struct setting *first_set(const struct merged *merged, enum config_key key,
				       bool *admin)
{
	for (size_t i = 0; i < merged->layer_count; i++) {
		const struct setting *share = config_setting(merged->ranked[i]->config, key);

		*admin = merged->ranked[i]->admin;
		if (share)
			return share;
	}
	return NULL;
}

/* N opens nothing that the share_all of an A closes; what it closes stays closed. */
static void merge_share(struct merged *merged, enum namespace_kind kind)
{
	bool own_admin, all_admin;
	const struct setting *own = first_set(merged, share_key(kind), &own_admin);
	const struct setting *all = first_set(merged, KEY_SHARE_ALL, &all_admin);
	struct merged_share *share = &merged->shares[kind];

	/* A hostname needs a namespace, whatever is said of all. */
	if (kind == NAMESPACE_UTS && !own && merged->settings[KEY_HOSTNAME])
		all = NULL;
	share->setting = own ? own : all;
	if (own && all && enables(own) && disables(all) && all_admin && !own_admin)
		share->setting = all;
	share->state = share->setting ? (enum share_state)share->setting->number : SHARE_DISABLED;
	/* An ordinary user can make no other namespace without one, user_namespaces(7). */
	if (kind == NAMESPACE_USER && !disables(share->setting) && share->state != SHARE_JOINED &&
	    geteuid() != 0) {
		share->implied = true;
		share->state = SHARE_DISABLED;
	}
}

int merge_shares(struct merged *merged, struct redpak_error *error)
{
	for (int kind = 0; kind < NAMESPACE_MNT; kind++)
		merge_share(merged, (enum namespace_kind)kind);
	merged->shares[NAMESPACE_MNT].state = SHARE_DISABLED;
	return check_pairs(merged, error);
}
