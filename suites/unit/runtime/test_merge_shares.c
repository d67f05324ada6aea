/* SPDX-License-Identifier: Apache-2.0 */
/* Shares of a chain: for every namespace and every combination of its key and share_all. */
#include "support.h"

#include <string.h>

enum { LEAF, PARENT, ROOT, NODES };

static const char *const words[] = {
	[SHARE_UNSET] = "Unset", [SHARE_ENABLED] = "Enabled", [SHARE_DISABLED] = "Disabled"};

/* What one node says of a namespace: by its own key, and by share_all. */
struct says {
	enum share_state own, all;
};

/* What the node @at makes of the item; nothing by share_all where an ancestor has its key. */
static enum share_state effect(const struct says *nodes, int at)
{
	for (int node = at; node < NODES; node++) {
		if (nodes[node].own)
			return node == at ? nodes[node].own : SHARE_UNSET;
	}
	return nodes[at].all;
}

/* The rules of rednode.md, section 6, said over again in another way. */
static bool is_allowed(const struct says *nodes)
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

static bool is_shared(const struct says *nodes)
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
			       const struct says *says)
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
		struct says says[NODES];
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_combination_of_three_nodes),
		bench_test(every_namespace_follows_its_own_key),
		bench_test(share_all_shares_all_but_the_mounts),
		bench_test(by_default_nothing_is_shared),
		bench_test(the_error_names_both_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
