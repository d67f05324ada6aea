/* SPDX-License-Identifier: Apache-2.0 */
/* rednode.md 2: the single values of the section config, and the words each takes. */
#include "support.h"

#include <string.h>

/* The file with `config: {key: value}`; the value stands in line 2, behind the key. */
static const char *with(struct bench *bench, const char *key, const char *value)
{
	return pool_format(&bench->pool, "headers: {alias: a}\nconfig: {%s: %s}\n", key, value);
}

static struct setting good_setting(struct bench *bench, const char *key, const char *value)
{
	struct config config;

	if (read_config(bench, with(bench, key, value), &config) < 0)
		fail_msg("refused: %s", bench->error.text);
	for (int i = 0; i < KEY_COUNT; i++) {
		if (!strcasecmp(config_keys[i].name, key))
			return config.settings[i];
	}
	fail_msg("no such key: %s", key);
	return (struct setting){0};
}

static void assert_value_refused(struct bench *bench, const char *key, const char *value,
				 const char *reason)
{
	assert_refused(bench, with(bench, key, value), 2, strlen("config: {") + strlen(key) + 3,
		       reason);
}

/* Each key, in any case, has its own place. */
static void every_key_has_its_place(void **state)
{
	static const char *const values[] = {"x", "1", "0", "single", "default", "Enabled", "1M"};
	struct bench *bench = *state;

	for (int key = 0; key < KEY_COUNT; key++) {
		bool taken = false;

		for (size_t i = 0; i < COUNT(values); i++) {
			struct config config;

			if (read_config(bench, with(bench, config_keys[key].name, values[i]),
					&config) < 0)
				continue;
			taken = true;
			for (int other = 0; other < KEY_COUNT; other++)
				assert_int_equal(config.settings[other].text != NULL, other == key);
			assert_string_equal(config.settings[key].text, values[i]);
			assert_int_equal(config.settings[key].origin.line, 2);
			assert_int_equal(config.settings[key].origin.column,
					 strlen("config: {") + strlen(config_keys[key].name) + 3);
		}
		assert_true(taken);
	}
}

/* The list of section 2, said over again. */
static void the_keys_are_those_of_the_specification(void **state)
{
	static const char *const names[] = {
		"persistdir",  "rpmdir",     "cachedir",      "path",	       "ldpath",
		"umask",       "set-user",   "set-group",     "smack",	       "verbose",
		"gpgcheck",    "unsafe",     "inherit-env",   "map-root-user", "die-with-parent",
		"new-session", "share_all",  "share_user",    "share_cgroup",  "share_net",
		"share_pid",   "share_ipc",  "share_time",    "share_uts",     "hostname",
		"chdir",       "cgrouproot", "maxage",	      "inherit",       "id_map",
		"seccomp",     "tmpfs_size", "nested_userns",
	};

	(void)state;
	assert_int_equal(COUNT(names), KEY_COUNT);
	for (size_t i = 0; i < COUNT(names); i++) {
		size_t found = 0;

		for (int key = 0; key < KEY_COUNT; key++)
			found += !strcmp(config_keys[key].name, names[i]);
		assert_int_equal(found, 1);
	}
}

static void keys_are_of_any_case(void **state)
{
	struct bench *bench = *state;

	assert_string_equal(good_setting(bench, "HostName", "H").text, "H");
	assert_string_equal(good_setting(bench, "SET-user", "u").text, "u");
	assert_refused(bench, with(bench, "set_user", "u"), 2, 10, "unknown key 'set_user'");
}

static const struct {
	const char *word;
	long long share, toggle;
} words[] = {
	{"Enabled", SHARE_ENABLED, SWITCH_ENABLED},
	{"enabled", SHARE_ENABLED, SWITCH_ENABLED},
	{"DISABLED", SHARE_DISABLED, SWITCH_DISABLED},
	{"dIsAbLeD", SHARE_DISABLED, SWITCH_DISABLED},
	{"Unset", SHARE_UNSET, SWITCH_UNSET},
	{"unset", SHARE_UNSET, SWITCH_UNSET},
};

static void shares_are_words_of_any_case(void **state)
{
	struct bench *bench = *state;

	for (int kind = 0; kind < NAMESPACE_MNT; kind++) {
		const char *key = pool_format(&bench->pool, "share_%s", namespace_types[kind].name);

		for (size_t i = 0; i < COUNT(words); i++)
			assert_int_equal(good_setting(bench, key, words[i].word).number,
					 words[i].share);
	}
	for (size_t i = 0; i < COUNT(words); i++)
		assert_int_equal(good_setting(bench, "share_all", words[i].word).number,
				 words[i].share);
}

static void a_share_that_is_no_word_is_a_path(void **state)
{
	struct bench *bench = *state;
	struct setting share = good_setting(bench, "share_net", "/run/netns/A");

	assert_int_equal(share.number, SHARE_JOINED);
	assert_string_equal(share.text, "/run/netns/A");
	assert_value_refused(bench, "share_net", "run/netns/a", "unknown word 'run/netns/a'");
	assert_value_refused(bench, "share_net", "yes", "unknown word 'yes'");
	assert_value_refused(bench, "share_net", "''", "unknown word ''");
}

static void share_all_takes_the_three_words_only(void **state)
{
	struct bench *bench = *state;

	assert_value_refused(bench, "share_all", "/run/netns/a", "unknown word '/run/netns/a'");
	assert_value_refused(bench, "share_all", "1", "unknown word '1'");
}

static void switches_are_words_of_any_case(void **state)
{
	static const char *const keys[] = {"die-with-parent", "new-session", "nested_userns"};
	static const char *const bad[] = {"true", "yes", "1", "0", "''", "/a", "enable"};
	struct bench *bench = *state;

	for (size_t key = 0; key < COUNT(keys); key++) {
		for (size_t i = 0; i < COUNT(words); i++)
			assert_int_equal(good_setting(bench, keys[key], words[i].word).number,
					 words[i].toggle);
		for (size_t i = 0; i < COUNT(bad); i++)
			assert_value_refused(bench, keys[key], bad[i], "unknown word");
	}
}

static void id_map_and_seccomp_have_words_of_their_own(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(good_setting(bench, "id_map", "SINGLE").number, ID_MAP_SINGLE);
	assert_int_equal(good_setting(bench, "id_map", "full").number, ID_MAP_FULL);
	assert_int_equal(good_setting(bench, "id_map", "subID").number, ID_MAP_SUBID);
	assert_int_equal(good_setting(bench, "id_map", "unset").number, ID_MAP_UNSET);
	assert_int_equal(good_setting(bench, "seccomp", "Default").number, SECCOMP_DEFAULT);
	assert_int_equal(good_setting(bench, "seccomp", "OFF").number, SECCOMP_OFF);
	assert_int_equal(good_setting(bench, "seccomp", "unset").number, SECCOMP_UNSET);
	assert_value_refused(bench, "id_map", "Enabled", "unknown word");
	assert_value_refused(bench, "id_map", "1", "unknown word");
	assert_value_refused(bench, "seccomp", "on", "unknown word");
	assert_value_refused(bench, "seccomp", "2", "unknown word");
}

static void booleans_are_boolean_words(void **state)
{
	static const char *const keys[] = {"gpgcheck", "unsafe", "inherit-env"};
	static const char *const yes[] = {"true", "yes", "on", "1", "TRUE", "Yes", "oN", "'1'"};
	static const char *const no[] = {"false", "no", "off", "0", "FALSE", "No", "oFF", "'0'"};
	static const char *const bad[] = {"2",	     "-1",   "y",   "n",  "''",	 "~",
					  "Enabled", "null", "tru", "01", "0x1", "'true '"};
	struct bench *bench = *state;

	for (size_t key = 0; key < COUNT(keys); key++) {
		for (size_t i = 0; i < COUNT(yes); i++)
			assert_int_equal(good_setting(bench, keys[key], yes[i]).number, 1);
		for (size_t i = 0; i < COUNT(no); i++)
			assert_int_equal(good_setting(bench, keys[key], no[i]).number, 0);
		for (size_t i = 0; i < COUNT(bad); i++)
			assert_value_refused(bench, keys[key], bad[i], "neither true nor false");
	}
}

static void a_log_level_is_0_to_8(void **state)
{
	struct bench *bench = *state;

	for (int level = 0; level <= 8; level++)
		assert_int_equal(
			good_setting(bench, "verbose", pool_format(&bench->pool, "%d", level))
				.number,
			level);
	assert_int_equal(good_setting(bench, "verbose", "0x8").number, 8);
	assert_value_refused(bench, "verbose", "9", "'9' is no log level: 0 to 8");
	assert_value_refused(bench, "verbose", "-1", "no log level");
	assert_value_refused(bench, "verbose", "4294967296", "no log level");
}

static void integers_are_whole(void **state)
{
	static const char *const keys[] = {"verbose", "map-root-user"};
	static const struct {
		const char *text;
		long long number;
	} good[] = {{"0", 0},	  {"7", 7},   {"-1", -1},   {"0x1F", 31},
		    {"0X1f", 31}, {"010", 8}, {"-010", -8}, {"9223372036854775807", INT64_MAX}};
	static const char *const bad[] = {
		"''",	"~",	"x",	"1.0", "1e3", "+1",  "0x",  "08", "1 ",
		"'1 '", "' 1'", "true", "1_0", "0b1", "0o7", "--1", "-",  "9223372036854775808"};
	struct bench *bench = *state;

	for (size_t i = 0; i < COUNT(good); i++)
		assert_int_equal(good_setting(bench, "map-root-user", good[i].text).number,
				 good[i].number);
	for (size_t key = 0; key < COUNT(keys); key++) {
		for (size_t i = 0; i < COUNT(bad); i++) {
			/* YAML drops blanks around a plain value. */
			if (strcmp(bad[i], "1 ") != 0)
				assert_value_refused(bench, keys[key], bad[i],
						     "not a whole number");
		}
	}
}

static void sizes_have_suffixes_in_either_case(void **state)
{
	static const struct {
		const char *text;
		long long number;
	} good[] = {{"1", 1},	       {"4096", 4096},
		    {"1K", 1024},      {"1k", 1024},
		    {"2M", 2 << 20},   {"2m", 2 << 20},
		    {"3G", 3LL << 30}, {"3g", 3LL << 30},
		    {"010", 10},       {"9223372036854775807", INT64_MAX}};
	static const char *const bad[] = {"''",
					  "M",
					  "0",
					  "-1",
					  "+1",
					  "1T",
					  "1KB",
					  "1 K",
					  "1.5M",
					  "0x10",
					  "1Ki",
					  "50%",
					  "max",
					  "9223372036854775808",
					  "9007199254740992K",
					  "9999999999G"};
	struct bench *bench = *state;

	for (size_t i = 0; i < COUNT(good); i++)
		assert_int_equal(good_setting(bench, "tmpfs_size", good[i].text).number,
				 good[i].number);
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_value_refused(bench, "tmpfs_size", bad[i], "not a number of bytes");
}

static void a_umask_has_octal_digits_up_to_0777(void **state)
{
	static const struct {
		const char *text;
		long long number;
	} good[] = {{"0", 0},	   {"027", 027},   {"27", 027},		  {"0777", 0777},
		    {"777", 0777}, {"'022'", 022}, {"000000000777", 0777}};
	static const char *const bad[] = {"1000", "01000", "8",	   "09",   "-1", "+7",
					  "0x1f", "0o27",  "u=rw", "' 2'", "2.0"};
	struct bench *bench = *state;

	for (size_t i = 0; i < COUNT(good); i++)
		assert_int_equal(good_setting(bench, "umask", good[i].text).number, good[i].number);
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_value_refused(bench, "umask", bad[i], "octal digits");
}

static void an_empty_user_group_or_umask_is_an_error(void **state)
{
	struct bench *bench = *state;

	assert_value_refused(bench, "set-user", "''", "empty");
	assert_value_refused(bench, "set-group", "\"\"", "empty");
	assert_value_refused(bench, "umask", "''", "empty");
}

static void an_id_must_fit_its_type(void **state)
{
	static const char *const keys[] = {"set-user", "set-group"};
	struct bench *bench = *state;

	for (size_t i = 0; i < COUNT(keys); i++) {
		assert_string_equal(good_setting(bench, keys[i], "4294967294").text, "4294967294");
		assert_string_equal(good_setting(bench, keys[i], "007").text, "007");
		assert_string_equal(good_setting(bench, keys[i], "9999999999x").text,
				    "9999999999x");
		assert_value_refused(bench, keys[i], "4294967295", "0 to 4294967294");
		assert_value_refused(bench, keys[i], "4294967296", "0 to 4294967294");
		assert_value_refused(bench, keys[i], "99999999999999999999", "0 to 4294967294");
	}
}

static void any_scalar_is_taken_as_its_text(void **state)
{
	static const char *const keys[] = {
		"persistdir", "rpmdir",	  "cachedir", "path",	    "ldpath", "set-user", "smack",
		"set-group",  "hostname", "chdir",    "cgrouproot", "maxage", "inherit"};
	static const char *const texts[] = {"007",  "~",	  "null", "1.50",
					    "true", "2001-01-01", "0x1"};
	struct bench *bench = *state;

	for (size_t key = 0; key < COUNT(keys); key++) {
		for (size_t i = 0; i < COUNT(texts); i++)
			assert_string_equal(good_setting(bench, keys[key], texts[i]).text,
					    texts[i]);
		assert_value_refused(bench, keys[key], "[a]", "a list stands where a single value");
		assert_value_refused(bench, keys[key], "{a: b}", "a mapping stands where");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(every_key_has_its_place),
		bench_test(the_keys_are_those_of_the_specification),
		bench_test(keys_are_of_any_case),
		bench_test(shares_are_words_of_any_case),
		bench_test(a_share_that_is_no_word_is_a_path),
		bench_test(share_all_takes_the_three_words_only),
		bench_test(switches_are_words_of_any_case),
		bench_test(id_map_and_seccomp_have_words_of_their_own),
		bench_test(booleans_are_boolean_words),
		bench_test(integers_are_whole),
		bench_test(a_log_level_is_0_to_8),
		bench_test(sizes_have_suffixes_in_either_case),
		bench_test(a_umask_has_octal_digits_up_to_0777),
		bench_test(an_empty_user_group_or_umask_is_an_error),
		bench_test(an_id_must_fit_its_type),
		bench_test(any_scalar_is_taken_as_its_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
