/* SPDX-License-Identifier: Apache-2.0 */
/* rednode.md 6: the variables of a chain. */
#include "support.h"

#include <string.h>

#define SET(key, value)	   "{key: " key ", value: " value "}"
#define ENVIRON(list)	   "environ: [" list "]\n"
#define WARNED(key, value) "{key: " key ", value: " value ", warn: of " value "}"

static const char *value_of(const struct merged *merged, const char *name)
{
	const char *value = NULL;

	for (size_t i = 0; i < merged->variable_count; i++) {
		if (strcmp(merged->variables[i].said->key.text, name) != 0)
			continue;
		assert_null(value);
		value = merged->variables[i].said->value.text;
	}
	return value;
}

static void the_nearest_wins_and_admin_before_normal(void **state)
{
	static const char *const names[] = {"a0", "a1", "a2", "n0", "n1", "n2"};
	struct bench *bench = *state;
	const char *texts[COUNT(names)];

	for (size_t i = 0; i < COUNT(names); i++)
		texts[i] = pool_format(&bench->pool, ENVIRON(SET("X", "%s")), names[i]);
	for (size_t i = 0; i < COUNT(names); i++) {
		const struct merged *merged =
			good_merge(bench, CHAIN(bench, {texts[3], texts[0]}, {texts[4], texts[1]},
						{texts[5], texts[2]}));

		assert_int_equal(merged->variable_count, 1);
		assert_string_equal(value_of(merged, "X"), names[i]);
		texts[i] = "";
	}
}

/* Discovery: leaf A, leaf N, parent A, parent N, each in the order of the file. */
static void variables_stay_in_the_order_of_discovery(void **state)
{
	static const char *const order[] = {"z", "b", "y", "a", "c", "x"};
	struct bench *bench = *state;
	const struct merged *merged =
		good_merge(bench, CHAIN(bench,
					{ENVIRON(SET("y", "1") "," SET("c", "0")),
					 ENVIRON(SET("z", "1") "," SET("b", "1"))},
					{ENVIRON(SET("x", "1") "," SET("y", "0")),
					 ENVIRON(SET("a", "1") "," SET("c", "1"))}));

	assert_int_equal(merged->variable_count, COUNT(order));
	for (size_t i = 0; i < COUNT(order); i++) {
		assert_string_equal(merged->variables[i].said->key.text, order[i]);
		assert_string_equal(merged->variables[i].said->value.text, "1");
	}
}

/* F6: an ancestor's variable whose name differs in case is another. */
static void f6_names_are_compared_exactly(void **state)
{
	struct bench *bench = *state;
	const struct merged *merged = good_merge(
		bench, CHAIN(bench, {ENVIRON(SET("Path", "1"))}, {ENVIRON(SET("PATH", "2"))}));

	assert_int_equal(merged->variable_count, 2);
	assert_string_equal(value_of(merged, "Path"), "1");
	assert_string_equal(value_of(merged, "PATH"), "2");
}

static void a_removal_wins_like_a_value(void **state)
{
	struct bench *bench = *state;
	const struct merged *merged = good_merge(
		bench, CHAIN(bench, {ENVIRON("{mode: Remove, key: X}")}, {ENVIRON(SET("X", "1"))}));

	assert_int_equal(merged->variable_count, 1);
	assert_int_equal(merged->variables[0].said->mode, VARIABLE_REMOVE);
}

static void the_warn_text_of_an_overridden_entry_is_printed(void **state)
{
	struct bench *bench = *state;
	const char *near = ENVIRON(WARNED("X", "near")), *far = ENVIRON(WARNED("X", "far"));
	const char *said = merge_says(bench, CHAIN(bench, {near}, {far}));

	assert_non_null(strstr(said, "'X' is overridden by /r/p/l: of far\n"));
	assert_null(strstr(said, "of near"));
	assert_string_equal(merge_says(bench, CHAIN(bench, {near}, {ENVIRON(SET("X", "far"))})),
			    "");
	assert_string_equal(merge_says(bench, CHAIN(bench, {near}, {ENVIRON(WARNED("Y", "far"))})),
			    "");
	assert_string_equal(merge_says(bench, CHAIN(bench, {far, near})), "");
	assert_string_equal(merge_says(bench, CHAIN(bench, {"", near}, {"", far})), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(the_nearest_wins_and_admin_before_normal),
		bench_test(variables_stay_in_the_order_of_discovery),
		bench_test(f6_names_are_compared_exactly),
		bench_test(a_removal_wins_like_a_value),
		bench_test(the_warn_text_of_an_overridden_entry_is_printed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
