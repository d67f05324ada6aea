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

static void an_identical_capability_is_warned_of_once_and_counts_once(void **state)
{
	struct bench *bench = *state;
	const char *list = "config:\n  capabilities";

	assert_int_equal(
		config_warns(bench, list, "{cap: chown, add: 1}, {cap: CAP_CHOWN, add: 1}", 1)
			.capability_count,
		1);
	assert_int_equal(config_warns(bench, list,
				      "{cap: chown, add: 1}, {cap: chown, add: 1}, "
				      "{cap: chown, add: 1}, {cap: kill, add: 1}",
				      2)
				 .capability_count,
			 2);
}

static void another_entry_of_the_same_capability_is_an_error(void **state)
{
	struct bench *bench = *state;

	assert_refused(bench,
		       "headers: {alias: a}\nconfig:\n  capabilities:\n  - {cap: chown, add: 1}\n"
		       "  - {cap: CAP_CHOWN, add: 0}\n",
		       5, 5, "a second time, differently (line 4)");
	/* ALL is an entry of its own, not all others. */
	good_config(bench, "config: {capabilities: [{cap: all, add: 1}, {cap: chown, add: 0}]}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(each_capability_has_its_name),
		bench_test(all_capabilities_have_a_word),
		bench_test(other_names_are_no_capability),
		bench_test(an_identical_capability_is_warned_of_once_and_counts_once),
		bench_test(another_entry_of_the_same_capability_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
