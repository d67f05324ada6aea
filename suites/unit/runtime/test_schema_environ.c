/* SPDX-License-Identifier: Apache-2.0 */
/* rednode.md 2: the section environ. */
#include "support.h"

#include <string.h>

static struct variable only_variable(struct bench *bench, const char *entry)
{
	struct config config =
		good_config(bench, pool_format(&bench->pool, "environ: [%s]\n", entry));

	assert_int_equal(config.variable_count, 1);
	return config.variables[0];
}

static void assert_entry_refused(struct bench *bench, const char *entry, size_t column,
				 const char *reason)
{
	assert_refused(bench,
		       pool_format(&bench->pool, "headers: {alias: a}\nenviron: [%s]\n", entry), 2,
		       column, reason);
}

static void the_mode_is_default_unless_given(void **state)
{
	struct bench *bench = *state;
	struct variable variable = only_variable(bench, "{key: A, value: b, info: c, warn: d}");

	assert_int_equal(variable.mode, VARIABLE_DEFAULT);
	assert_string_equal(variable.key.text, "A");
	assert_string_equal(variable.value.text, "b");
	assert_string_equal(variable.info.text, "c");
	assert_string_equal(variable.warn.text, "d");
}

static void modes_are_words_of_any_case(void **state)
{
	static const struct {
		const char *word, *value;
		enum variable_mode mode;
	} modes[] = {
		{"Static", ", value: x", VARIABLE_STATIC},
		{"STATIC", ", value: x", VARIABLE_STATIC},
		{"Execfd", ", value: x", VARIABLE_EXECFD},
		{"Default", ", value: x", VARIABLE_DEFAULT},
		{"Remove", "", VARIABLE_REMOVE},
		{"rEMOVE", "", VARIABLE_REMOVE},
		{"Inherit", "", VARIABLE_INHERIT},
	};
	struct bench *bench = *state;

	for (size_t i = 0; i < COUNT(modes); i++) {
		const char *entry = pool_format(&bench->pool, "{mode: %s, key: A%s}", modes[i].word,
						modes[i].value);

		assert_int_equal(only_variable(bench, entry).mode, modes[i].mode);
	}
	assert_entry_refused(bench, "{mode: Statics, key: A, value: x}", 18, "unknown word");
	assert_entry_refused(bench, "{mode: 0, key: A, value: x}", 18, "unknown word '0'");
	assert_entry_refused(bench, "{mode: '', key: A, value: x}", 18, "unknown word ''");
}

/* A value is required exactly when its mode needs one, and refused when it does not. */
static void a_value_belongs_to_the_modes_that_need_one(void **state)
{
	struct bench *bench = *state;

	assert_entry_refused(bench, "{key: A}", 17, "mode Default needs a value");
	assert_entry_refused(bench, "{mode: Static, key: A}", 31, "mode Static needs a value");
	assert_entry_refused(bench, "{mode: Execfd, key: A}", 31, "mode Execfd needs a value");
	assert_entry_refused(bench, "{mode: Remove, key: A, value: x}", 41,
			     "mode Remove takes no value");
	assert_entry_refused(bench, "{mode: Inherit, key: A, value: ''}", 42,
			     "mode Inherit takes no value");
	assert_null(only_variable(bench, "{mode: Remove, key: A}").value.text);
}

static void an_empty_value_is_a_value(void **state)
{
	struct bench *bench = *state;

	assert_string_equal(only_variable(bench, "{key: A, value: \"\"}").value.text, "");
	assert_string_equal(only_variable(bench, "{key: A, value: }").value.text, "");
	assert_string_equal(only_variable(bench, "{key: A, value: ~}").value.text, "~");
	assert_string_equal(only_variable(bench, "{key: A, value: null}").value.text, "null");
}

static void a_name_is_not_empty_and_holds_no_equals_sign(void **state)
{
	struct bench *bench = *state;

	assert_entry_refused(bench, "{key: '', value: x}", 17, "empty");
	assert_entry_refused(bench, "{key: A=B, value: x}", 17, "holds no '='");
	assert_entry_refused(bench, "{key: =, value: x}", 17, "holds no '='");
	assert_entry_refused(bench, "{value: x}", 11, "key 'key' is missing");
	assert_string_equal(only_variable(bench, "{key: 1 é, value: x}").key.text, "1 é");
}

/* Of mode Default alone: the others are not expanded. */
static void a_command_without_an_end_is_an_error(void **state)
{
	struct bench *bench = *state;

	assert_entry_refused(bench, "{key: A, value: x$(id}", 27, "no closing ')'");
	assert_entry_refused(bench, "{key: A, value: '$(a (b)'}", 27, "no closing ')'");
	only_variable(bench, "{key: A, value: '$(a (b))'}");
	only_variable(bench, "{key: A, value: '\\$(a'}");
	only_variable(bench, "{mode: Static, key: A, value: '$(a'}");
	only_variable(bench, "{mode: Execfd, key: A, value: '$(a'}");
}

static void assert_warnings(void **state, const char *entries, size_t warnings, size_t variables)
{
	assert_int_equal(config_warns(*state, "environ", entries, warnings).variable_count,
			 variables);
}

static void the_same_entry_twice_is_a_warning_and_counts_once(void **state)
{
	assert_warnings(state, "{key: A, value: x}, {key: B, value: x}", 0, 2);
	assert_warnings(state, "{key: A, value: x}, {mode: default, key: A, value: x}", 1, 1);
	assert_warnings(state, "{mode: Remove, key: A}, {key: B, value: x}, {mode: remove, key: A}",
			1, 2);
	assert_warnings(state,
			"{key: A, value: x}, {key: A, value: x}, {key: A, value: x}, "
			"{key: B, value: x}",
			2, 2);
}

static void another_entry_of_the_same_name_is_an_error(void **state)
{
	struct bench *bench = *state;
	static const char *const entries[] = {"{key: A, value: y}",
					      "{mode: Static, key: A, value: x}",
					      "{mode: Remove, key: A}", "{key: A, value: ''}"};

	for (size_t i = 0; i < COUNT(entries); i++)
		assert_refused(bench,
			       pool_format(&bench->pool,
					   "headers: {alias: a}\nenviron:\n- {key: A, value: x}\n"
					   "- {key: B, value: x}\n- %s\n",
					   entries[i]),
			       5, 3, "'A' is set a second time, differently (line 3)");
}

/* F6: names that differ only in case are two. */
static void f6_names_are_compared_exactly(void **state)
{
	assert_warnings(state, "{key: A, value: x}, {key: a, value: y}", 0, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(the_mode_is_default_unless_given),
		bench_test(modes_are_words_of_any_case),
		bench_test(a_value_belongs_to_the_modes_that_need_one),
		bench_test(an_empty_value_is_a_value),
		bench_test(a_name_is_not_empty_and_holds_no_equals_sign),
		bench_test(a_command_without_an_end_is_an_error),
		bench_test(the_same_entry_twice_is_a_warning_and_counts_once),
		bench_test(another_entry_of_the_same_name_is_an_error),
		bench_test(f6_names_are_compared_exactly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
