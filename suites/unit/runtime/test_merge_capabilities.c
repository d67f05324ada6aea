/* SPDX-License-Identifier: Apache-2.0 */
/* rednode.md 6: the capabilities of a chain. */
#include "support.h"

#include <string.h>
#include <sys/capability.h>

#define BIT(capability)	      (UINT64_C(1) << (capability))
#define CAPABILITY(name, add) "{cap: " name ", add: " #add "}"
#define CAPABILITIES(list)    "config: {capabilities: [" list "]}\n"

static void without_an_entry_no_capability_is_kept(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(good_merge(bench, CHAIN(bench, {""}, {""}))->keep, 0);
	assert_int_equal(
		good_merge(bench, CHAIN(bench, {CAPABILITIES(CAPABILITY("chown", 1))}))->keep,
		BIT(CAP_CHOWN));
}

static void all_is_what_the_kernel_has(void **state)
{
	struct bench *bench = *state;
	uint64_t keep = good_merge(bench, CHAIN(bench, {CAPABILITIES(CAPABILITY("ALL", 1))}))->keep;

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
	uint64_t all = good_merge(bench, CHAIN(bench, {CAPABILITIES(CAPABILITY("ALL", 1))}))->keep;

	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(good_merge(bench, CHAIN(bench, {but_chown[i]}))->keep,
				 all & ~BIT(CAP_CHOWN));
		assert_int_equal(good_merge(bench, CHAIN(bench, {only_chown[i]}))->keep,
				 BIT(CAP_CHOWN));
	}
}

static void a_child_takes_what_its_ancestors_keep(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(good_merge(bench, CHAIN(bench, {CAPABILITIES(CAPABILITY("kill", 1))}, {""},
						 {CAPABILITIES(CAPABILITY("chown", 1))}))
				 ->keep,
			 BIT(CAP_CHOWN) | BIT(CAP_KILL));
}

static void a_child_may_drop_what_its_ancestors_keep(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(good_merge(bench, CHAIN(bench, {CAPABILITIES(CAPABILITY("ALL", 0))}, {""},
						 {CAPABILITIES(CAPABILITY("chown", 1))}))
				 ->keep,
			 0);
	assert_int_equal(
		good_merge(bench,
			   CHAIN(bench, {CAPABILITIES(CAPABILITY("chown", 0))},
				 {CAPABILITIES(CAPABILITY("chown", 1) "," CAPABILITY("kill", 1))}))
			->keep,
		BIT(CAP_KILL));
}

static void a_child_may_not_keep_what_an_ancestor_drops(void **state)
{
	struct bench *bench = *state;
	const char *keep = CAPABILITIES(CAPABILITY("kill", 1) "," CAPABILITY("chown", 1));
	const char *drop = CAPABILITIES(CAPABILITY("chown", 0));

	assert_merge_refused(bench, CHAIN(bench, {keep}, {drop}), 2, 45, "/r/p drops");
	assert_merge_refused(bench, CHAIN(bench, {keep}, {""}, {drop}), 2, 45, "/r drops");
	assert_merge_refused(bench, CHAIN(bench, {""}, {keep}, {drop}), 2, 45, "/r drops");
	/* The other way round, and with other ones, it may. */
	assert_int_equal(good_merge(bench, CHAIN(bench, {drop}, {keep}))->keep, BIT(CAP_KILL));
	assert_int_equal(
		good_merge(bench, CHAIN(bench, {CAPABILITIES(CAPABILITY("kill", 1))}, {drop}))
			->keep,
		BIT(CAP_KILL));
}

/* Also where a node between keeps it, which is an error already. */
static void all_drops_for_every_child(void **state)
{
	struct bench *bench = *state;
	const char *none = CAPABILITIES(CAPABILITY("ALL", 0));
	const char *but_chown = CAPABILITIES(CAPABILITY("ALL", 0) "," CAPABILITY("chown", 1));
	const char *chown = CAPABILITIES(CAPABILITY("chown", 1));

	assert_merge_refused(bench, CHAIN(bench, {chown}, {none}), 2, 25, "/r/p drops");
	assert_merge_refused(bench, CHAIN(bench, {chown}, {chown}, {none}), 2, 25, "/r drops");
	assert_merge_refused(bench, CHAIN(bench, {CAPABILITIES(CAPABILITY("ALL", 1))}, {but_chown}),
			     2, 25, "/r/p drops");
	assert_int_equal(good_merge(bench, CHAIN(bench, {chown}, {but_chown}))->keep,
			 BIT(CAP_CHOWN));
}

static void the_admin_configuration_overrides_both_ways(void **state)
{
	struct bench *bench = *state;
	const char *keep = CAPABILITIES(CAPABILITY("chown", 1));
	const char *drop = CAPABILITIES(CAPABILITY("chown", 0));

	assert_int_equal(good_merge(bench, CHAIN(bench, {drop, keep}))->keep, BIT(CAP_CHOWN));
	assert_int_equal(good_merge(bench, CHAIN(bench, {keep, drop}))->keep, 0);
	/* Also that of an ancestor over the leaf, and the leaf's over an ancestor's N. */
	assert_int_equal(good_merge(bench, CHAIN(bench, {keep}, {"", drop}))->keep, 0);
	assert_int_equal(good_merge(bench, CHAIN(bench, {drop}, {"", keep}))->keep, BIT(CAP_CHOWN));
	assert_int_equal(good_merge(bench, CHAIN(bench, {"", keep}, {drop}))->keep, BIT(CAP_CHOWN));
}

static void an_admin_configuration_obeys_those_of_its_ancestors(void **state)
{
	struct bench *bench = *state;
	const char *keep = CAPABILITIES(CAPABILITY("chown", 1));
	const char *drop = CAPABILITIES(CAPABILITY("chown", 0));

	assert_merge_refused(bench, CHAIN(bench, {"", keep}, {"", drop}), 2, 25, "/r/p drops");
	assert_merge_refused(bench, CHAIN(bench, {"", keep}, {""}, {"", drop}), 2, 25, "/r drops");
	assert_int_equal(good_merge(bench, CHAIN(bench, {"", drop}, {"", keep}))->keep, 0);
	/* The rule among N holds, whatever A says. */
	assert_merge_refused(bench, CHAIN(bench, {keep, keep}, {drop}), 2, 25, "/r/p drops");
}

/* W9: naming one capability does not undo an ancestor's ALL. */
static void w9_all_is_spelled_out_before_it_is_compared(void **state)
{
	struct bench *bench = *state;
	const char *none = CAPABILITIES(CAPABILITY("ALL", 0));
	const char *chown = CAPABILITIES(CAPABILITY("chown", 1));

	assert_merge_refused(bench, CHAIN(bench, {chown}, {none}), 2, 25, "/r/p drops");
	assert_merge_refused(bench, CHAIN(bench, {"", chown}, {"", none}), 2, 25, "/r/p drops");
	assert_int_equal(good_merge(bench, CHAIN(bench, {chown}, {"", none}))->keep, 0);
	assert_int_equal(good_merge(bench, CHAIN(bench, {none}, {"", chown}))->keep,
			 BIT(CAP_CHOWN));
	assert_int_equal(good_merge(bench, CHAIN(bench, {"", chown}, {none}))->keep,
			 BIT(CAP_CHOWN));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(without_an_entry_no_capability_is_kept),
		bench_test(all_is_what_the_kernel_has),
		bench_test(an_entry_of_its_own_wins_over_all),
		bench_test(a_child_takes_what_its_ancestors_keep),
		bench_test(a_child_may_drop_what_its_ancestors_keep),
		bench_test(a_child_may_not_keep_what_an_ancestor_drops),
		bench_test(all_drops_for_every_child),
		bench_test(the_admin_configuration_overrides_both_ways),
		bench_test(an_admin_configuration_obeys_those_of_its_ancestors),
		bench_test(w9_all_is_spelled_out_before_it_is_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
