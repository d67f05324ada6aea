/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a report: JSON strings, and lines that fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

static void assert_json(const char *text, const char *wanted)
{
	char *got = NULL;
	size_t size;
	FILE *out = open_memstream(&got, &size);

	report_string(out, text);
	fclose(out);
	assert_string_equal(got, wanted);
	free(got);
}

static void json_escapes(void **state)
{
	(void)state;
	assert_json("", "\"\"");
	assert_json("plain", "\"plain\"");
	assert_json("a \"b\" \\ c", "\"a \\\"b\\\" \\\\ c\"");
	assert_json("\n\t\033\177", "\"\\u000a\\u0009\\u001b\\u007f\"");
}

static void json_keeps_utf8(void **state)
{
	(void)state;
	assert_json("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
		    "\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"");
}

static void json_replaces_what_is_no_utf8(void **state)
{
	(void)state;
	assert_json("\xff", "\"\\ufffd\"");
	assert_json("a\xc3", "\"a\\ufffd\"");
	assert_json("\xc0\xaf", "\"\\ufffd\\ufffd\"");			     /* overlong */
	assert_json("\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"");	     /* surrogate */
	assert_json("\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\""); /* too high */
	assert_json("\xe2\x82z", "\"\\ufffd\\ufffdz\"");
}

static void assert_wrapped(const char *text, int column, const char *wanted)
{
	char *got = NULL;
	size_t size;
	FILE *out = open_memstream(&got, &size);

	text_wrapped(out, text, column, 2, 10);
	fclose(out);
	assert_string_equal(got, wanted);
	free(got);
}

static void lines_fit(void **state)
{
	(void)state;
	assert_wrapped("", 0, "\n");
	assert_wrapped("one two", 0, "one two\n");
	assert_wrapped("one two tri", 0, "one two\n  tri\n");
	assert_wrapped("one two tr", 0, "one two tr\n");
	assert_wrapped("one two tri", 4, "one\n  two tri\n");
	assert_wrapped("averylongsingleword b", 0, "averylongsingleword\n  b\n");
}

static void terminals_get_no_control_characters(void **state)
{
	(void)state;
	assert_wrapped("a\033[2Jb", 0, "a?[2Jb\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_escapes),
		cmocka_unit_test(json_keeps_utf8),
		cmocka_unit_test(json_replaces_what_is_no_utf8),
		cmocka_unit_test(lines_fit),
		cmocka_unit_test(terminals_get_no_control_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
