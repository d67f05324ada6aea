/* SPDX-License-Identifier: Apache-2.0 */
/* Shares of a chain: for every namespace and every combination of its key and share_all. */
#include "support.h"

#include <string.h>
#include <unistd.h>

enum { LEAF, PARENT, ROOT, NODES };

static const char *const words[] = {
	[SHARE_UNSET] = "Unset", [SHARE_ENABLED] = "Enabled", [SHARE_DISABLED] = "Disabled"};

/* What one node says of a namespace: by its own key, and by share_all. */
struct shares {
	enum share_state own, all;
};

/* What the node @at makes of the item; nothing by share_all where an ancestor has its key. */
static enum share_state effect(const struct shares *nodes, int at)
{
	for (int node = at; node < NODES; node++) {
		if (nodes[node].own)
			return node == at ? nodes[node].own : SHARE_UNSET;
	}
	return nodes[at].all;
}

/* The rules of rednode.md, section 6, said over again in another way. */
static bool is_allowed(const struct shares *nodes)
{
	for (int node = LEAF; node < ROOT; node++) {
		for (int above = node + 1; above < NODES; above++) {
			enum share_state theirs = effect(nodes, above);

			if (nodes[node].own == SHARE_ENABLED && theirs == SHARE_DISABLED)
				return false;
			if (nodes[node].all == SHARE_ENABLED && nodes[above].all == SHARE_DISABLED)
				return false;
		}
	}
	return true;
}

static bool is_shared(const struct shares *nodes)
{
	for (int node = LEAF; node < NODES; node++) {
		if (nodes[node].own)
			return nodes[node].own == SHARE_ENABLED;
	}
	for (int node = LEAF; node < NODES; node++) {
		if (nodes[node].all)
			return nodes[node].all == SHARE_ENABLED;
	}
	return false;
}

static void assert_combination(struct bench *bench, const char *name, int kind,
			       const struct shares *says)
{
	static const char *const paths[] = {"/r/p/l", "/r/p", "/r"};
	struct node *node = NULL;
	struct redpak_plan plan;
	int result;

	for (int i = NODES; i-- > 0;)
		node = good_node(bench, paths[i],
				 pool_format(&bench->pool,
					     "config: {share_all: %s, share_%s: %s}\n",
					     words[says[i].all], name, words[says[i].own]),
				 node);
	result = merge_chain(bench, node, &plan);
	if (result == 0 && is_allowed(says)) {
		assert_int_equal(!merged_is_new(&plan.merged, kind), is_shared(says));
		return;
	}
	if (result == 0 || is_allowed(says))
		fail_msg("%s: own %s %s %s, all %s %s %s: %s", name, words[says[LEAF].own],
			 words[says[PARENT].own], words[says[ROOT].own], words[says[LEAF].all],
			 words[says[PARENT].all], words[says[ROOT].all],
			 result < 0 ? bench->error.text : "accepted");
}

static void every_combination_of_three_nodes(void **state)
{
	enum { STATES = 3, COMBINATIONS = 729 /* states to the power of 2 * NODES */ };

	(void)state;
	for (int number = 0; number < COMBINATIONS; number++) {
		struct bench bench = {0};
		struct shares says[NODES];
		int rest = number;

		for (int i = 0; i < NODES; i++) {
			says[i].own = (enum share_state)(rest % STATES);
			says[i].all = (enum share_state)(rest / STATES % STATES);
			rest /= STATES * STATES;
		}
		assert_combination(&bench, "net", NAMESPACE_NET, says);
		pool_free(&bench.pool);
	}
}

static void every_namespace_follows_its_own_key(void **state)
{
	struct bench *bench = *state;

	for (int kind = 0; kind < NAMESPACE_COUNT; kind++) {
		struct redpak_plan plan;
		const char *text = pool_format(&bench->pool, "config: {share_%s: Enabled}\n",
					       namespace_types[kind].name);

		if (kind == NAMESPACE_MNT)
			continue;
		assert_int_equal(merge_chain(bench, good_node(bench, "/l", text, NULL), &plan), 0);
		for (int other = 0; other < NAMESPACE_COUNT; other++)
			assert_int_equal(!merged_is_new(&plan.merged, other), other == kind);
	}
}

static void share_all_shares_all_but_the_mounts(void **state)
{
	struct bench *bench = *state;
	struct node *node = good_node(bench, "/l", "config: {share_all: Enabled}\n", NULL);
	struct redpak_plan plan;

	assert_int_equal(merge_chain(bench, node, &plan), 0);
	for (int kind = 0; kind < NAMESPACE_COUNT; kind++)
		assert_int_equal(!merged_is_new(&plan.merged, kind), kind != NAMESPACE_MNT);
}

static void by_default_nothing_is_shared(void **state)
{
	struct bench *bench = *state;
	struct redpak_plan plan;

	assert_int_equal(merge_chain(bench, good_node(bench, "/l", "", NULL), &plan), 0);
	for (int kind = 0; kind < NAMESPACE_COUNT; kind++)
		assert_true(merged_is_new(&plan.merged, kind));
}

static void the_error_names_both_places(void **state)
{
	struct bench *bench = *state;
	struct node *root = good_node(bench, "/r", "config: {share_all: Disabled}\n", NULL);
	struct node *leaf = good_node(bench, "/r/l", "config:\n  share_ipc: Enabled\n", root);
	struct redpak_plan plan;

	assert_true(merge_chain(bench, leaf, &plan) < 0);
	assert_place(&bench->error, 3, 14);
	assert_non_null(
		strstr(bench->error.text, "ipc is shared here, which " TEXT_NAME ":2:21 forbids"));
}

#define CONFIG(text) "config: {" text "}\n"

static enum share_state state_of(struct bench *bench, struct node *leaf, enum namespace_kind kind)
{
	return good_merge(bench, leaf)->shares[kind].state;
}

static void joining_counts_as_enabling(void **state)
{
	struct bench *bench = *state;
	const char *join = CONFIG("share_net: /run/net");

	assert_int_equal(state_of(bench, CHAIN(bench, {join}), NAMESPACE_NET), SHARE_JOINED);
	assert_int_equal(state_of(bench, CHAIN(bench, {join}, {CONFIG("share_net: Enabled")}),
				  NAMESPACE_NET),
			 SHARE_JOINED);
	assert_int_equal(state_of(bench, CHAIN(bench, {CONFIG("share_net: Disabled")}, {join}),
				  NAMESPACE_NET),
			 SHARE_DISABLED);
	assert_merge_refused(bench, CHAIN(bench, {join}, {CONFIG("share_net: Disabled")}), 2, 21,
			     "net is shared here");
	assert_merge_refused(bench, CHAIN(bench, {join}, {CONFIG("share_all: Disabled")}), 2, 21,
			     "net is shared here");
	assert_merge_refused(bench, CHAIN(bench, {"", join}, {"", CONFIG("share_all: Disabled")}),
			     2, 21, "net is shared here");
}

static void admin_overrides_normal_both_ways(void **state)
{
	struct bench *bench = *state;
	const char *on = CONFIG("share_ipc: Enabled"), *off = CONFIG("share_ipc: Disabled");

	assert_int_equal(state_of(bench, CHAIN(bench, {off, on}), NAMESPACE_IPC), SHARE_ENABLED);
	assert_int_equal(state_of(bench, CHAIN(bench, {on, off}), NAMESPACE_IPC), SHARE_DISABLED);
	assert_int_equal(state_of(bench, CHAIN(bench, {off}, {"", on}), NAMESPACE_IPC),
			 SHARE_ENABLED);
	assert_int_equal(state_of(bench, CHAIN(bench, {on}, {"", off}), NAMESPACE_IPC),
			 SHARE_DISABLED);
	assert_int_equal(state_of(bench, CHAIN(bench, {"", on}, {off}), NAMESPACE_IPC),
			 SHARE_ENABLED);
	assert_merge_refused(bench, CHAIN(bench, {"", on}, {"", off}), 2, 21, "ipc is shared here");
	assert_merge_refused(bench,
			     CHAIN(bench, {"", CONFIG("share_all: Enabled")},
				   {"", CONFIG("share_all: Disabled")}),
			     2, 21, "every namespace is shared here");
}

static void what_share_all_of_admin_disables_normal_does_not_enable(void **state)
{
	struct bench *bench = *state;
	const char *none = CONFIG("share_all: Disabled"), *all = CONFIG("share_all: Enabled");
	const char *net = CONFIG("share_net: Enabled"), *join = CONFIG("share_net: /run/net");

	assert_int_equal(state_of(bench, CHAIN(bench, {net, none}), NAMESPACE_NET), SHARE_DISABLED);
	assert_int_equal(state_of(bench, CHAIN(bench, {join, none}), NAMESPACE_NET),
			 SHARE_DISABLED);
	assert_int_equal(state_of(bench, CHAIN(bench, {net}, {"", none}), NAMESPACE_NET),
			 SHARE_DISABLED);
	assert_int_equal(state_of(bench, CHAIN(bench, {all, none}), NAMESPACE_NET), SHARE_DISABLED);
	/* The key of an A itself wins over the share_all of another. */
	assert_int_equal(state_of(bench, CHAIN(bench, {"", none}, {"", net}), NAMESPACE_NET),
			 SHARE_ENABLED);
}

static void what_normal_disables_stays_so_under_share_all_of_admin(void **state)
{
	struct bench *bench = *state;
	struct node *leaf =
		CHAIN(bench, {CONFIG("share_net: Disabled"), CONFIG("share_all: Enabled")});

	assert_int_equal(state_of(bench, leaf, NAMESPACE_NET), SHARE_DISABLED);
	assert_int_equal(state_of(bench, leaf, NAMESPACE_IPC), SHARE_ENABLED);
}

/* W9: naming one share does not undo an ancestor's share_all. */
static void w9_share_all_of_an_ancestor_is_not_escaped_by_one_key(void **state)
{
	struct bench *bench = *state;

	for (int kind = 0; kind < NAMESPACE_MNT; kind++) {
		const char *name = namespace_types[kind].name;
		const char *one = pool_format(&bench->pool, CONFIG("share_%s: Enabled"), name);
		const char *reason = pool_format(&bench->pool, "%s is shared here", name);

		assert_merge_refused(bench, CHAIN(bench, {one}, {CONFIG("share_all: Disabled")}), 2,
				     strlen("config: {share_: ") + strlen(name) + 1, reason);
		assert_merge_refused(bench,
				     CHAIN(bench, {one}, {""}, {CONFIG("share_all: Disabled")}), 2,
				     strlen("config: {share_: ") + strlen(name) + 1, reason);
	}
}

/* A node between that sets the item by its key stands before the root's share_all. */
static void a_key_of_an_ancestor_stands_before_share_all(void **state)
{
	struct bench *bench = *state;
	const char *all = CONFIG("share_all: Enabled"), *none = CONFIG("share_all: Disabled");
	const char *net = CONFIG("share_net: Enabled"), *no_net = CONFIG("share_net: Disabled");

	assert_int_equal(state_of(bench, CHAIN(bench, {all}, {no_net}), NAMESPACE_NET),
			 SHARE_DISABLED);
	assert_int_equal(state_of(bench, CHAIN(bench, {none}, {net}), NAMESPACE_NET),
			 SHARE_ENABLED);
	assert_int_equal(state_of(bench, CHAIN(bench, {net}, {none}, {net}), NAMESPACE_NET),
			 SHARE_ENABLED);
	assert_merge_refused(bench, CHAIN(bench, {net}, {net}, {none}), 2, 21,
			     "net is shared here");
}

/* rednode.md 5: an ordinary user gets a user namespace unless one is joined, said as implied. */
static void an_ordinary_user_has_a_user_namespace(void **state)
{
	static const struct {
		const char *text;
		enum share_state state;
		bool implied;
	} cases[] = {
		{"", SHARE_DISABLED, true},
		{CONFIG("share_user: Enabled"), SHARE_DISABLED, true},
		{CONFIG("share_all: Enabled"), SHARE_DISABLED, true},
		{CONFIG("share_user: Disabled"), SHARE_DISABLED, false},
		{CONFIG("share_all: Disabled"), SHARE_DISABLED, false},
		{CONFIG("share_user: /run/user"), SHARE_JOINED, false},
	};
	struct bench *bench = *state;

	assert_int_equal(geteuid(), 0);
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct merged *merged;

		assert_int_equal(seteuid(1000), 0);
		merged = good_merge(bench, CHAIN(bench, {cases[i].text}));
		assert_int_equal(seteuid(0), 0);
		assert_int_equal(merged->shares[NAMESPACE_USER].state, cases[i].state);
		assert_int_equal(merged->shares[NAMESPACE_USER].implied, cases[i].implied);
		merged = good_merge(bench, CHAIN(bench, {cases[i].text}));
		assert_false(merged->shares[NAMESPACE_USER].implied);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_combination_of_three_nodes),
		bench_test(every_namespace_follows_its_own_key),
		bench_test(share_all_shares_all_but_the_mounts),
		bench_test(by_default_nothing_is_shared),
		bench_test(the_error_names_both_places),
		bench_test(joining_counts_as_enabling),
		bench_test(admin_overrides_normal_both_ways),
		bench_test(what_share_all_of_admin_disables_normal_does_not_enable),
		bench_test(what_normal_disables_stays_so_under_share_all_of_admin),
		bench_test(w9_share_all_of_an_ancestor_is_not_escaped_by_one_key),
		bench_test(a_key_of_an_ancestor_stands_before_share_all),
		bench_test(an_ordinary_user_has_a_user_namespace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
