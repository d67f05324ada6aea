/* SPDX-License-Identifier: Apache-2.0 */
/* A chain made into one node: exports, capabilities, strings. Shares are in test_merge_shares.c. */
#include "support.h"

#include <string.h>
#include <sys/capability.h>

#include "apply/export.h"

#define BIT(capability) (UINT64_C(1) << (capability))

/* The sections of each node, leaf first, made into a chain. */
static struct node *chain(struct bench *bench, const char *const *texts, size_t count)
{
	static const char *const paths[] = {"/r/p/l", "/r/p", "/r"};
	struct node *node = NULL;

	for (size_t i = count; i-- > 0;)
		node = good_node(bench, paths[i], texts[i], node);
	return node;
}

#define CHAIN(bench, ...)                                \
	chain(bench, (const char *const[]){__VA_ARGS__}, \
	      sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

#define TMPFS(mount)	      "{mode: Tmpfs, mount: " mount "}"
#define PUBLIC(mount, path)   "{mode: Public, mount: " mount ", path: " path "}"
#define EXPORTS(list)	      "exports: [" list "]\n"
#define CAPABILITY(name, add) "{cap: " name ", add: " #add "}"
#define CAPABILITIES(list)    "config: {capabilities: [" list "]}\n"

static void the_nearest_export_wins(void **state)
{
	struct bench *bench = *state;
	const struct merged *merged = good_merge(
		bench, CHAIN(bench, EXPORTS(PUBLIC("/a", "/leaf")),
			     EXPORTS(PUBLIC("/a", "/parent") "," PUBLIC("/b", "/parent")),
			     EXPORTS(PUBLIC("/a", "/root") "," PUBLIC("/b", "/root") "," PUBLIC(
				     "/c", "/root"))));

	assert_int_equal(merged->export_count, 3);
	assert_string_equal(merged->exports[0].path, "/leaf");
	assert_string_equal(merged->exports[1].path, "/parent");
	assert_string_equal(merged->exports[2].path, "/root");
}

static void exports_are_sorted_bytewise(void **state)
{
	static const char *const order[] = {"/", "/A", "/a", "/a-b", "/a/b", "/a/b/c", "/é"};
	struct bench *bench = *state;
	const struct merged *merged = good_merge(
		bench,
		CHAIN(bench,
		      EXPORTS(TMPFS("/é") "," TMPFS("/a/b/c") "," TMPFS("/a-b") "," TMPFS("/a")),
		      EXPORTS(TMPFS("/a/b") "," TMPFS("/") "," TMPFS("/A"))));

	assert_int_equal(merged->export_count, COUNT(order));
	for (size_t i = 0; i < COUNT(order); i++)
		assert_string_equal(merged->exports[i].mount, order[i]);
}

static void without_exports_there_are_none(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(good_merge(bench, CHAIN(bench, "", ""))->export_count, 0);
}

static void without_an_entry_no_capability_is_kept(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(good_merge(bench, CHAIN(bench, "", ""))->keep, 0);
	assert_int_equal(
		good_merge(bench, CHAIN(bench, CAPABILITIES(CAPABILITY("chown", 1))))->keep,
		BIT(CAP_CHOWN));
}

static void all_is_what_the_kernel_has(void **state)
{
	struct bench *bench = *state;
	uint64_t keep = good_merge(bench, CHAIN(bench, CAPABILITIES(CAPABILITY("ALL", 1))))->keep;

	for (int number = 0; number < CAPABILITY_MAX; number++)
		assert_int_equal(keep >> number & 1, number < cap_max_bits());
}

/* Wherever it stands. */
static void an_entry_of_its_own_wins_over_all(void **state)
{
	static const char *const but_chown[] = {
		CAPABILITIES(CAPABILITY("ALL", 1) "," CAPABILITY("chown", 0)),
		CAPABILITIES(CAPABILITY("chown", 0) "," CAPABILITY("ALL", 1))};
	static const char *const only_chown[] = {
		CAPABILITIES(CAPABILITY("ALL", 0) "," CAPABILITY("chown", 1)),
		CAPABILITIES(CAPABILITY("chown", 1) "," CAPABILITY("ALL", 0))};
	struct bench *bench = *state;
	uint64_t all = good_merge(bench, CHAIN(bench, CAPABILITIES(CAPABILITY("ALL", 1))))->keep;

	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(good_merge(bench, chain(bench, &but_chown[i], 1))->keep,
				 all & ~BIT(CAP_CHOWN));
		assert_int_equal(good_merge(bench, chain(bench, &only_chown[i], 1))->keep,
				 BIT(CAP_CHOWN));
	}
}

static void a_child_takes_what_its_ancestors_keep(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(good_merge(bench, CHAIN(bench, CAPABILITIES(CAPABILITY("kill", 1)), "",
						 CAPABILITIES(CAPABILITY("chown", 1))))
				 ->keep,
			 BIT(CAP_CHOWN) | BIT(CAP_KILL));
}

static void a_child_may_drop_what_its_ancestors_keep(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(good_merge(bench, CHAIN(bench, CAPABILITIES(CAPABILITY("ALL", 0)), "",
						 CAPABILITIES(CAPABILITY("chown", 1))))
				 ->keep,
			 0);
	assert_int_equal(
		good_merge(bench,
			   CHAIN(bench, CAPABILITIES(CAPABILITY("chown", 0)),
				 CAPABILITIES(CAPABILITY("chown", 1) "," CAPABILITY("kill", 1))))
			->keep,
		BIT(CAP_KILL));
}

static void a_child_may_not_keep_what_an_ancestor_drops(void **state)
{
	struct bench *bench = *state;
	const char *keep = CAPABILITIES(CAPABILITY("kill", 1) "," CAPABILITY("chown", 1));
	const char *drop = CAPABILITIES(CAPABILITY("chown", 0));

	assert_merge_refused(bench, CHAIN(bench, keep, drop), 2, 45, "/r/p drops");
	assert_merge_refused(bench, CHAIN(bench, keep, "", drop), 2, 45, "/r drops");
	assert_merge_refused(bench, CHAIN(bench, "", keep, drop), 2, 45, "/r drops");
	/* The other way round, and with other ones, it may. */
	assert_int_equal(good_merge(bench, CHAIN(bench, drop, keep))->keep, BIT(CAP_KILL));
	assert_int_equal(
		good_merge(bench, CHAIN(bench, CAPABILITIES(CAPABILITY("kill", 1)), drop))->keep,
		BIT(CAP_KILL));
}

/* Also where a node between keeps it, which is an error already. */
static void all_drops_for_every_child(void **state)
{
	struct bench *bench = *state;
	const char *none = CAPABILITIES(CAPABILITY("ALL", 0));
	const char *but_chown = CAPABILITIES(CAPABILITY("ALL", 0) "," CAPABILITY("chown", 1));
	const char *chown = CAPABILITIES(CAPABILITY("chown", 1));

	assert_merge_refused(bench, CHAIN(bench, chown, none), 2, 25, "/r/p drops");
	assert_merge_refused(bench, CHAIN(bench, chown, chown, none), 2, 25, "/r drops");
	assert_merge_refused(bench, CHAIN(bench, CAPABILITIES(CAPABILITY("ALL", 1)), but_chown), 2,
			     25, "/r/p drops");
	assert_int_equal(good_merge(bench, CHAIN(bench, chown, but_chown))->keep, BIT(CAP_CHOWN));
}

static void the_nearest_string_wins(void **state)
{
	struct bench *bench = *state;
	const struct merged *merged =
		good_merge(bench, CHAIN(bench, "config: {time_offsets: {boottime: 1}}\n",
					"config: {hostname: parent, time_offsets: {boottime: 2}}\n",
					"config: {hostname: root, cgrouproot: /root, time_offsets: "
					"{boottime: 3, monotonic: 3}}\n"));

	assert_string_equal(merged->settings[KEY_HOSTNAME]->text, "parent");
	assert_string_equal(merged->settings[KEY_CGROUPROOT]->text, "/root");
	for (size_t i = 0; i < CLOCK_COUNT; i++)
		assert_string_equal(merged->time_offsets[i]->text,
				    strcmp(namespace_clocks[i], "boottime") ? "3" : "1");
	merged = good_merge(bench, CHAIN(bench, ""));
	assert_null(merged->settings[KEY_HOSTNAME]);
	assert_null(merged->settings[KEY_CGROUPROOT]);
	assert_null(merged->time_offsets[0]);
}

static void any_node_may_ask_for_limits(void **state)
{
	struct bench *bench = *state;
	const char *limits = "config: {cgroups: {pids: {max: 9}}}\n";

	assert_false(good_merge(bench, CHAIN(bench, "", ""))->has_cgroups);
	assert_true(good_merge(bench, CHAIN(bench, limits, ""))->has_cgroups);
	assert_true(good_merge(bench, CHAIN(bench, "", limits))->has_cgroups);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(the_nearest_export_wins),
		bench_test(exports_are_sorted_bytewise),
		bench_test(without_exports_there_are_none),
		bench_test(without_an_entry_no_capability_is_kept),
		bench_test(all_is_what_the_kernel_has),
		bench_test(an_entry_of_its_own_wins_over_all),
		bench_test(a_child_takes_what_its_ancestors_keep),
		bench_test(a_child_may_drop_what_its_ancestors_keep),
		bench_test(a_child_may_not_keep_what_an_ancestor_drops),
		bench_test(all_drops_for_every_child),
		bench_test(the_nearest_string_wins),
		bench_test(any_node_may_ask_for_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
