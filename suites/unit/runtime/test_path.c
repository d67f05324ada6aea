/* SPDX-License-Identifier: Apache-2.0 */
/* Paths are resolved by their text alone, and never climb above the root. */
#include "support.h"

#include <errno.h>
#include <string.h>

#include "base/path.h"

static void a_path_is_reduced(void **state)
{
	static const char *const pairs[][2] = {
		{"/", "/"},
		{"//", "/"},
		{"/.", "/"},
		{"/a", "/a"},
		{"/a/", "/a"},
		{"//a///b//", "/a/b"},
		{"/./a/./b/.", "/a/b"},
		{"/a/..", "/"},
		{"/a/../b", "/b"},
		{"/a/b/../../c", "/c"},
		{"/a/b/..", "/a"},
		{"/a/./../b/../c/", "/c"},
		{"/...", "/..."},
		{"/..a/b..", "/..a/b.."},
		{"/.a/..b/c.", "/.a/..b/c."},
		{"/a b/\t", "/a b/\t"},
	};
	struct bench *bench = *state;

	for (size_t i = 0; i < COUNT(pairs); i++)
		assert_string_equal(path_normalise(&bench->pool, pairs[i][0]), pairs[i][1]);
}

static void what_is_reduced_stays(void **state)
{
	struct bench *bench = *state;
	const char *once = path_normalise(&bench->pool, "/x/./y//../z/");

	assert_string_equal(path_normalise(&bench->pool, once), once);
}

static void what_is_relative_or_climbs_is_refused(void **state)
{
	static const char *const texts[] = {"",
					    "a",
					    "./a",
					    "../a",
					    "~",
					    "/..",
					    "/../a",
					    "/a/../..",
					    "/./..",
					    "//..//",
					    " /lead",
					    "/a/../..",
					    "/a/b/../../../c"};
	struct bench *bench = *state;

	for (size_t i = 0; i < COUNT(texts); i++) {
		errno = 0;
		assert_null(path_normalise(&bench->pool, texts[i]));
		assert_int_equal(errno, EINVAL);
	}
}

static void a_long_path_is_whole(void **state)
{
	struct bench *bench = *state;
	char text[20001];
	const char *path;

	for (size_t i = 0; i < sizeof text - 1; i++)
		text[i] = (char)(i % 2 ? 'a' : '/');
	text[sizeof text - 1] = '\0';
	path = path_normalise(&bench->pool, text);
	assert_string_equal(path, text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(a_path_is_reduced),
		bench_test(what_is_reduced_stays),
		bench_test(what_is_relative_or_climbs_is_refused),
		bench_test(a_long_path_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
