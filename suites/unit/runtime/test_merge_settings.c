/* SPDX-License-Identifier: Apache-2.0 */
/* rednode.md 6: the single values of a chain. */
#include "support.h"

#include <string.h>

static void assert_text(const struct merged *merged, enum config_key key, const char *text)
{
	const struct setting *setting = merged->settings[key];

	if (text && setting)
		assert_string_equal(setting->text, text);
	else
		assert_true(!text && !setting);
}

/* Leaf A, parent A, root A, leaf N, parent N, root N: what is left of them, one after another. */
static void the_first_that_is_set_wins(void **state)
{
	static const char *const said[] = {"config: {hostname: a0}\n", "config: {hostname: a1}\n",
					   "config: {hostname: a2}\n", "config: {hostname: n0}\n",
					   "config: {hostname: n1}\n", "config: {hostname: n2}\n"};
	static const char *const names[] = {"a0", "a1", "a2", "n0", "n1", "n2"};
	struct bench *bench = *state;
	const char *texts[COUNT(said)];

	memcpy(texts, said, sizeof texts);
	for (size_t i = 0; i < COUNT(said); i++) {
		assert_text(good_merge(bench, CHAIN(bench, {texts[3], texts[0]},
						    {texts[4], texts[1]}, {texts[5], texts[2]})),
			    KEY_HOSTNAME, names[i]);
		texts[i] = "";
	}
	assert_text(good_merge(bench, CHAIN(bench, {"", ""}, {"", ""}, {"", ""})), KEY_HOSTNAME,
		    NULL);
}

/* Of each key a value that sets it, from the ancestor alone. */
static void every_key_is_inherited(void **state)
{
	static const char *const values[] = {"x", "1", "single", "default", "Enabled", "0"};
	struct bench *bench = *state;

	for (int key = 0; key < KEY_COUNT; key++) {
		bool inherited = false;

		for (size_t i = 0; i < COUNT(values) && !inherited; i++) {
			const char *text =
				pool_format(&bench->pool, "headers: {alias: a}\nconfig: {%s: %s}\n",
					    config_keys[key].name, values[i]);
			struct config config;

			if (read_config(bench, text, &config) < 0)
				continue;
			text = strchr(text, '\n') + 1;
			assert_text(good_merge(bench, CHAIN(bench, {""}, {text})), key, values[i]);
			inherited = true;
		}
		assert_true(inherited);
	}
}

static void unset_is_as_if_not_written(void **state)
{
	static const char *const keys[] = {"die-with-parent", "new-session", "share_all",
					   "share_user",      "share_uts",   "nested_userns"};
	struct bench *bench = *state;

	for (size_t i = 0; i < COUNT(keys); i++) {
		const char *unset = pool_format(&bench->pool, "config: {%s: Unset}\n", keys[i]);
		const char *set = pool_format(&bench->pool, "config: {%s: Enabled}\n", keys[i]);
		const struct merged *merged =
			good_merge(bench, CHAIN(bench, {unset, unset}, {set}));
		size_t count = 0;

		for (int key = 0; key < KEY_COUNT; key++)
			count += merged->settings[key] != NULL;
		assert_int_equal(count, 1);
	}
	assert_int_equal(merged_number(good_merge(bench, CHAIN(bench, {"config: {id_map: Unset}\n"},
							       {"config: {id_map: single}\n"})),
				       KEY_ID_MAP),
			 ID_MAP_SINGLE);
	assert_int_equal(
		merged_number(good_merge(bench, CHAIN(bench, {"config: {seccomp: Unset}\n"},
						      {"config: {seccomp: off}\n"})),
			      KEY_SECCOMP),
		SECCOMP_OFF);
}

#define ALL_BUT(without)                                                                         \
	"config: {verbose: 0, map-root-user: 0, gpgcheck: false, unsafe: no, inherit-env: off, " \
	"die-with-parent: Unset" without "}\n"

static const struct {
	enum config_key key;
	const char *name;
} zeros[] = {{KEY_VERBOSE, "verbose"},
	     {KEY_MAP_ROOT_USER, "map-root-user"},
	     {KEY_GPGCHECK, "gpgcheck"},
	     {KEY_UNSAFE, "unsafe"},
	     {KEY_INHERIT_ENV, "inherit-env"}};

/* F16: a child sets a boolean or number back. */
static void f16_false_and_0_count_as_set(void **state)
{
	struct bench *bench = *state;

	for (size_t i = 0; i < COUNT(zeros); i++) {
		const char *zero = pool_format(&bench->pool, "config: {%s: 0}\n", zeros[i].name);
		const char *one = pool_format(&bench->pool, "config: {%s: 1}\n", zeros[i].name);

		assert_text(good_merge(bench, CHAIN(bench, {zero}, {one})), zeros[i].key, "0");
		assert_text(good_merge(bench, CHAIN(bench, {one}, {zero})), zeros[i].key, "1");
		assert_text(good_merge(bench, CHAIN(bench, {one, zero}, {one})), zeros[i].key, "0");
		/* A file that lacks one of the seven was not written by `create`. */
		assert_text(good_merge(bench, CHAIN(bench, {ALL_BUT("")}, {one})), zeros[i].key,
			    zeros[i].key == KEY_GPGCHECK      ? "false"
			    : zeros[i].key == KEY_UNSAFE      ? "no"
			    : zeros[i].key == KEY_INHERIT_ENV ? "off"
							      : "0");
	}
}

/* A file with all seven keys is what `create` of the reference writes: its zeros mean nothing. */
static void zeros_of_a_file_with_all_seven_do_not_count(void **state)
{
	static const char created[] = ALL_BUT(", new-session: Unset");
	struct bench *bench = *state;

	for (size_t i = 0; i < COUNT(zeros); i++) {
		const char *one = pool_format(&bench->pool, "config: {%s: 1}\n", zeros[i].name);

		assert_text(good_merge(bench, CHAIN(bench, {created}, {one})), zeros[i].key, "1");
		assert_text(good_merge(bench, CHAIN(bench, {one, created})), zeros[i].key, "1");
		assert_text(good_merge(bench, CHAIN(bench, {created})), zeros[i].key, NULL);
	}
	/* What is not 0 in such a file counts. */
	assert_text(
		good_merge(bench, CHAIN(bench,
					{"config: {verbose: 3, map-root-user: 0, gpgcheck: false, "
					 "unsafe: no, inherit-env: on, die-with-parent: "
					 "Disabled, new-session: Unset}\n"},
					{"config: {verbose: 1, inherit-env: 0}\n"})),
		KEY_VERBOSE, "3");
}

static void each_time_offset_is_one_value(void **state)
{
	struct bench *bench = *state;
	const struct merged *merged =
		good_merge(bench, CHAIN(bench, {"config: {time_offsets: {boottime: 1}}\n"},
					{"config: {time_offsets: {boottime: 2}}\n"},
					{"config: {time_offsets: {boottime: 3, monotonic: 3}}\n"}));

	for (size_t i = 0; i < CLOCK_COUNT; i++)
		assert_string_equal(merged->time_offsets[i]->text,
				    strcmp(namespace_clocks[i], "boottime") ? "3" : "1");
	merged = good_merge(bench, CHAIN(bench, {"config: {time_offsets: {boottime: 1}}\n"},
					 {"", "config: {time_offsets: {boottime: 2}}\n"}));
	for (size_t i = 0; i < CLOCK_COUNT; i++) {
		if (strcmp(namespace_clocks[i], "boottime") != 0)
			assert_null(merged->time_offsets[i]);
		else
			assert_string_equal(merged->time_offsets[i]->text, "2");
	}
}

static void any_file_may_ask_for_limits(void **state)
{
	struct bench *bench = *state;
	const char *limits = "config: {cgroups: {pids: {max: 9}}}\n";

	assert_false(good_merge(bench, CHAIN(bench, {""}, {""}))->has_cgroups);
	assert_true(good_merge(bench, CHAIN(bench, {limits}, {""}))->has_cgroups);
	assert_true(good_merge(bench, CHAIN(bench, {""}, {limits}))->has_cgroups);
	assert_true(good_merge(bench, CHAIN(bench, {"", limits}, {""}))->has_cgroups);
	assert_true(good_merge(bench, CHAIN(bench, {""}, {"", limits}))->has_cgroups);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(the_first_that_is_set_wins),
		bench_test(every_key_is_inherited),
		bench_test(unset_is_as_if_not_written),
		bench_test(f16_false_and_0_count_as_set),
		bench_test(zeros_of_a_file_with_all_seven_do_not_count),
		bench_test(each_time_offset_is_one_value),
		bench_test(any_file_may_ask_for_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
