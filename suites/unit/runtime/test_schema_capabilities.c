/* SPDX-License-Identifier: Apache-2.0 */
/* rednode.md 2: the list capabilities. */
#include "support.h"

#include <stdio.h>
#include <string.h>
#include <sys/capability.h>

static void each_capability_has_its_name(void **state)
{
	static const char *const forms[] = {"%s", "CAP_%s", "Cap_%s", "cap_%s"};
	struct bench *bench = *state;

	for (cap_value_t number = 0; number <= CAP_LAST_CAP; number++) {
		char *name = cap_to_name(number);

		for (size_t i = 0; i < COUNT(forms); i++) {
			/* "cap_" is part of what libcap calls it. */
			char form[32], text[128];
			struct config config;

			snprintf(form, sizeof form, forms[i], name + 4);
			snprintf(text, sizeof text,
				 "config: {capabilities: [{cap: %s, add: %zu}]}\n", form, i % 2);
			config = good_config(bench, text);
			assert_int_equal(config.capability_count, 1);
			assert_int_equal(config.capabilities[0].capability, number);
			assert_int_equal(config.capabilities[0].keep, i % 2);
		}
		cap_free(name);
	}
}

static void all_capabilities_have_a_word(void **state)
{
	static const char *const words[] = {"ALL", "all", "cap_all", "CAP_All"};
	struct bench *bench = *state;

	for (size_t i = 0; i < COUNT(words); i++) {
		struct config config = good_config(
			bench,
			pool_format(&bench->pool, "config: {capabilities: [{cap: %s, add: 1}]}\n",
				    words[i]));

		assert_int_equal(config.capabilities[0].capability, CAPABILITY_ALL);
	}
}

static void other_names_are_no_capability(void **state)
{
	static const char *const names[] = {"al",	   "alll",	"cap_",	    "cap",
					    "_chown",	   "chown,",	"chown=ep", "cap_cap_chown",
					    "chown chown", "cap-chown", "net_raw1", "0",
					    "cap_0",	   "ch own"};
	struct bench *bench = *state;

	for (size_t i = 0; i < COUNT(names); i++)
		assert_refused(bench,
			       pool_format(&bench->pool,
					   "headers: {alias: a}\n"
					   "config: {capabilities: [{cap: \"%s\", add: 1}]}\n",
					   names[i]),
			       2, 31, "unknown capability");
}

struct repetition {
	struct bench *bench;
	const char *text;
	struct config config;
};

static void read_repetition(void *data)
{
	struct repetition *repetition = data;

	repetition->config = good_config(repetition->bench, repetition->text);
}

static void an_identical_capability_is_warned_of_once_and_counts_once(void **state)
{
	struct repetition twice = {
		.bench = *state,
		.text = "config: {capabilities: [{cap: chown, add: 1}, {cap: CAP_CHOWN, add: "
			"1}]}\n",
	};
	struct repetition four = {
		.bench = *state,
		.text = "config: {capabilities: [{cap: chown, add: 1}, {cap: chown, add: 1},"
			" {cap: chown, add: 1}, {cap: chown, add: 1}, {cap: kill, add: 1}]}\n",
	};

	assert_int_equal(count_warnings(*state, read_repetition, &twice), 1);
	assert_int_equal(twice.config.capability_count, 1);
	assert_int_equal(count_warnings(*state, read_repetition, &four), 3);
	assert_int_equal(four.config.capability_count, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(each_capability_has_its_name),
		bench_test(all_capabilities_have_a_word),
		bench_test(other_names_are_no_capability),
		bench_test(an_identical_capability_is_warned_of_once_and_counts_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
