/* SPDX-License-Identifier: Apache-2.0 */
/* What the keys of the sections headers and config mean, and those of the status file. */
#include "support.h"

#include <string.h>

static void headers_are_texts(void **state)
{
	struct bench *bench = *state;
	struct config config;

	assert_int_equal(
		read_config(bench, "headers: {alias: a+B-3_d@e:f, name: 1, info: ~}\n", &config),
		0);
	assert_string_equal(config.alias.text, "a+B-3_d@e:f");
	assert_string_equal(config.name.text, "1");
	assert_string_equal(config.info.text, "~");
	assert_int_equal(config.info.origin.column, 46);
	assert_int_equal(read_config(bench, "headers: {alias: a}\n", &config), 0);
	assert_null(config.name.text);
}

static void every_character_of_an_alias_is_checked(void **state)
{
	static const char good[] = "ABCXYZabcxyz0189+-_@:";
	struct bench *bench = *state;
	struct config config;

	for (int c = 0x20; c < 0x7f; c++) {
		const char *text = pool_format(&bench->pool, "headers: {alias: \"x%s%cx\"}\n",
					       c == '"' || c == '\\' ? "\\" : "", c);

		if (strchr(good, c) || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		    (c >= 'A' && c <= 'Z'))
			assert_int_equal(read_config(bench, text, &config), 0);
		else
			assert_refused(bench, text, 1, 18, "must be made of");
	}
	assert_refused(bench, "headers: {alias: é}\n", 1, 18, "must be made of");
}

static void time_offsets_are_whole_seconds(void **state)
{
	static const char *const good[] = {"0", "-0", "1", "-86400", "9223372036854775807", "007"};
	static const char *const bad[] = {"+1",	 "0x10",  "1e3", "-",	 "--1",
					  "1.0", "1 000", "1s",	 "'1 '", "-9223372036854775809"};
	struct bench *bench = *state;

	for (size_t clock = 0; clock < CLOCK_COUNT; clock++) {
		const char *name = namespace_clocks[clock];

		for (size_t i = 0; i < COUNT(good); i++) {
			struct config config =
				good_config(bench, pool_format(&bench->pool,
							       "config: {time_offsets: {%s: %s}}\n",
							       name, good[i]));

			assert_string_equal(config.time_offsets[clock].text, good[i]);
			assert_null(config.time_offsets[!clock].text);
		}
		for (size_t i = 0; i < COUNT(bad); i++)
			assert_refused(bench,
				       pool_format(&bench->pool,
						   "headers: {alias: a}\n"
						   "config: {time_offsets: {%s: %s}}\n",
						   name, bad[i]),
				       2, 27 + strlen(name), "number of seconds");
	}
}

/* Every item by its section and key, in any case, to its own place. */
static void cgroup_items_have_their_places(void **state)
{
	struct bench *bench = *state;

	for (size_t i = 0; i < CGROUP_ITEM_COUNT; i++) {
		struct config config = good_config(
			bench, pool_format(&bench->pool, "config: {CGROUPS: {%s: {%s: 7 x}}}\n",
					   cgroup_items[i].section, cgroup_items[i].key));

		assert_true(config.has_cgroups);
		for (size_t j = 0; j < CGROUP_ITEM_COUNT; j++) {
			if (j == i)
				assert_string_equal(config.cgroup[j].text, "7 x");
			else
				assert_null(config.cgroup[j].text);
		}
	}
	assert_false(good_config(bench, "config: {cgroups: {mem: {}}}\n").has_cgroups);
	assert_true(good_config(bench, "config: {cgroups: {MEM: {Max: 1M}}}\n").has_cgroups);
}

static int read_status(struct bench *bench, const char *text, struct status *status)
{
	const struct value *root = NULL;
	int result = read_document(bench, text, &root);

	return result < 0 ? result : status_read(&bench->pool, root, status, &bench->error);
}

static void a_status_has_one_of_four_states(void **state)
{
	static const char *const words[] = {"Disable", "Enable", "Unknown", "Error"};
	static const enum node_state states[] = {NODE_DISABLE, NODE_ENABLE, NODE_UNKNOWN,
						 NODE_ERROR};
	struct bench *bench = *state;

	for (size_t i = 0; i < COUNT(words); i++) {
		struct status status = {0};
		const char *text =
			pool_format(&bench->pool,
				    "REALPATH: /a\nTimestamp: 12\nSTATE: %s\ninfo: x\n", words[i]);

		assert_int_equal(read_status(bench, text, &status), 0);
		assert_int_equal(status.state, states[i]);
		assert_string_equal(status.realpath.text, "/a");
		assert_string_equal(status.info.text, "x");
		assert_int_equal(status.timestamp, 12);
	}
}

static void a_timestamp_takes_the_forms_of_integers(void **state)
{
	static const struct {
		const char *text;
		unsigned long long value;
	} good[] = {
		{"0", 0},
		{"0x10", 16},
		{"010", 8},
		{"18446744073709551615", UINT64_MAX},
	};
	static const char *const bad[] = {"''", "0x", "08", "1.0", "+1", "' 1'", "1ms", "~"};
	struct bench *bench = *state;
	struct status status = {0};

	for (size_t i = 0; i < COUNT(good); i++) {
		assert_int_equal(read_status(bench,
					     pool_format(&bench->pool,
							 "{realpath: a, state: enable, timestamp: "
							 "%s}\n",
							 good[i].text),
					     &status),
				 0);
		assert_int_equal(status.timestamp, good[i].value);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_true(read_status(bench,
					pool_format(&bench->pool,
						    "{realpath: a, state: enable, timestamp: %s}\n",
						    bad[i]),
					&status) < 0);
		assert_place(&bench->error, 1, 41);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(headers_are_texts),
		bench_test(every_character_of_an_alias_is_checked),
		bench_test(time_offsets_are_whole_seconds),
		bench_test(cgroup_items_have_their_places),
		bench_test(a_status_has_one_of_four_states),
		bench_test(a_timestamp_takes_the_forms_of_integers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
