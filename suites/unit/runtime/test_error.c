/* SPDX-License-Identifier: Apache-2.0 */
/* An error is one line of printable text, cut at its size, with the status that belongs to it. */
#include "support.h"

#include <errno.h>
#include <string.h>

static void control_characters_are_escaped(void **state)
{
	static const char *const pairs[][2] = {
		{"plain", "plain"},
		{"a\nb", "a\\012b"},
		{"\r", "\\015"},
		{"\t", "\\011"},
		{"\x1b[2J", "\\033[2J"},
		{"\x7f", "\\177"},
		{"\x01\x1f", "\\001\\037"},
		{"é", "é"},
		{" ~", " ~"},
	};
	struct bench *bench = *state;

	for (size_t i = 0; i < COUNT(pairs); i++) {
		assert_int_equal((fail)(&bench->error, -EIO, "%s", pairs[i][0]), -EIO);
		assert_string_equal(bench->error.text, pairs[i][1]);
		assert_int_equal(bench->error.status, REDPAK_STATUS_SETUP);
	}
}

/* The longest text that fits ends with its last character, a longer one is cut. */
static void a_text_is_cut_at_its_size(void **state)
{
	struct bench *bench = *state;
	char text[2 * REDPAK_ERROR_MAX];

	for (size_t length = REDPAK_ERROR_MAX - 3; length < REDPAK_ERROR_MAX + 3; length++) {
		size_t fits = length < REDPAK_ERROR_MAX ? length : REDPAK_ERROR_MAX - 1;

		memset(text, 'x', length);
		text[length] = '\0';
		(fail)(&bench->error, -EIO, "%s", text);
		assert_int_equal(strlen(bench->error.text), fits);
	}
}

/* An escape is written whole or not at all, and what follows it is not put in its place. */
static void no_escape_is_cut_in_two(void **state)
{
	struct bench *bench = *state;
	char text[REDPAK_ERROR_MAX];

	for (size_t length = REDPAK_ERROR_MAX - 8; length < REDPAK_ERROR_MAX - 1; length++) {
		size_t used;

		memset(text, 'x', length);
		strcpy(text + length, "\n");
		(fail)(&bench->error, -EIO, "%s", text);
		used = strlen(bench->error.text);
		assert_true(used < REDPAK_ERROR_MAX);
		assert_int_equal(used, length + 4 < REDPAK_ERROR_MAX ? length + 4 : length);
	}
}

static void the_reason_is_there_however_long_the_object(void **state)
{
	struct bench *bench = *state;
	char text[2 * REDPAK_ERROR_MAX];

	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	fail_errno(&bench->error, -ENOENT, "%s", text);
	assert_int_equal(strlen(bench->error.text), REDPAK_ERROR_MAX - 1);
	assert_non_null(strstr(bench->error.text, "x: No such file or directory"));
	assert_int_equal(advise(&bench->error, -ENOENT, text), -ENOENT);
	assert_int_equal(strlen(bench->error.text), REDPAK_ERROR_MAX - 1);
}

static void the_reason_of_an_errno_is_appended(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(fail_errno(&bench->error, -ENOENT, "cannot open %s", "x"), -ENOENT);
	assert_string_equal(bench->error.text, "cannot open x: No such file or directory");
	advise(&bench->error, -ENOENT, "make it");
	assert_string_equal(bench->error.text, "cannot open x: No such file or directory; make it");
}

static void a_place_comes_first(void **state)
{
	struct bench *bench = *state;
	struct origin where = {"a\nb.yaml", 12, 3};

	assert_int_equal(fail_at(&bench->error, where, "unknown key '%s'", "k"), -EINVAL);
	assert_string_equal(bench->error.text, "a\\012b.yaml:12:3: unknown key 'k'");
}

static void nothing_of_the_former_error_is_left(void **state)
{
	struct bench *bench = *state;

	(fail)(&bench->error, -EIO, "a long text about something else");
	bench->error.status = REDPAK_STATUS_NOTFOUND;
	(fail)(&bench->error, -EIO, "short");
	assert_string_equal(bench->error.text, "short");
	assert_int_equal(bench->error.status, REDPAK_STATUS_SETUP);
	assert_int_equal(out_of_memory(&bench->error), -ENOMEM);
	assert_non_null(strstr(bench->error.text, "out of memory"));
}

static void warn_of_two_lines(void *data)
{
	(void)data;
	warn("first\nsecond");
}

static void a_warning_is_one_line(void **state)
{
	assert_int_equal(count_warnings(*state, warn_of_two_lines, NULL), 1);
}

static void say_at_each_level(void *data)
{
	redpak_set_log_level(*(const int *)data);
	for (int level = 0; level <= 8; level++)
		note(level, "note %d", level);
	warn("warned");
	redpak_set_log_level(LOG_LEVEL_DEFAULT);
}

static void note_and_warn_at_the_first_level(void *data)
{
	(void)data;
	note(5, "said");
	note(6, "not said");
	warn("warned");
}

/* rednode.md 8: levels 0 to 8, 5 by default; a warning belongs to 4. */
static void what_is_said_depends_on_the_log_level(void **state)
{
	struct bench *bench = *state;
	const char *name = program_invocation_short_name;

	assert_string_equal(
		catch_stderr(bench, note_and_warn_at_the_first_level, NULL),
		pool_format(&bench->pool, "%s: said\n%s: warning: warned\n", name, name));
	for (int level = 0; level <= 8; level++) {
		const char *said = catch_stderr(bench, say_at_each_level, &level);

		for (int other = 0; other <= 8; other++) {
			const char *line = pool_format(&bench->pool, "%s: note %d\n", name, other);

			assert_int_equal(strstr(said, line) != NULL, other <= level);
		}
		assert_int_equal(strstr(said, ": warning: warned\n") != NULL, level >= 4);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(control_characters_are_escaped),
		bench_test(a_text_is_cut_at_its_size),
		bench_test(no_escape_is_cut_in_two),
		bench_test(the_reason_is_there_however_long_the_object),
		bench_test(the_reason_of_an_errno_is_appended),
		bench_test(a_place_comes_first),
		bench_test(nothing_of_the_former_error_is_left),
		bench_test(a_warning_is_one_line),
		bench_test(what_is_said_depends_on_the_log_level),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
