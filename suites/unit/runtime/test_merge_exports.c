/* SPDX-License-Identifier: Apache-2.0 */
/* rednode.md 6: exports of a chain; and of 2 what is told when a mount has been expanded. */
#include "support.h"

#include <string.h>

#include "apply/export.h"

static const struct merged_export *only_export(struct bench *bench, const char *entry)
{
	const char *text = pool_format(&bench->pool, "exports: [%s]\n", entry);
	const struct merged *merged = good_merge(bench, good_node(bench, "/n", text, NULL));

	assert_int_equal(merged->export_count, 1);
	return merged->exports;
}

static void a_path_is_that_of_the_mount_unless_given(void **state)
{
	struct bench *bench = *state;
	const struct merged_export *export = only_export(bench, "{mode: Public, mount: /a/../b/}");

	assert_string_equal(export->target, "/b");
	assert_string_equal(export->path, "/b");
	export = only_export(bench, "{path: //c/./d/, mount: /b, mode: Restricted}");
	assert_string_equal(export->target, "/b");
	assert_string_equal(export->path, "/c/d");
}

static void the_target_of_a_link_is_text(void **state)
{
	struct bench *bench = *state;

	assert_string_equal(only_export(bench, "{mode: Symlink, mount: /b, path: ../c/./d/}")->path,
			    "../c/./d/");
}

struct listing {
	struct bench *bench;
	const char *entries;
	size_t exports;
};

static void merge_listing(void *data)
{
	struct listing *listing = data;
	const char *text = pool_format(&listing->bench->pool, "exports: [%s]\n", listing->entries);

	listing->exports = good_merge(listing->bench, good_node(listing->bench, "/n", text, NULL))
				   ->export_count;
}

static void assert_warnings(void **state, const char *entries, size_t warnings, size_t exports)
{
	struct listing listing = {*state, entries, 0};

	assert_int_equal(count_warnings(*state, merge_listing, &listing), warnings);
	assert_int_equal(listing.exports, exports);
}

static void the_same_entry_twice_is_a_warning_and_counts_once(void **state)
{
	assert_warnings(state, "{mode: Public, mount: /a}, {mode: Public, mount: /b}", 0, 2);
	assert_warnings(state, "{mode: Public, mount: /a}, {mode: public, mount: /a, path: /a/.}",
			1, 1);
	assert_warnings(state, "{mode: Anonymous, mount: /a}, {mode: Anonymous, mount: /a}", 1, 1);
}

static void a_final_slash_makes_another_mount(void **state)
{
	assert_warnings(state, "{mode: Tmpfs, mount: /a}, {mode: Tmpfs, mount: /a/}", 0, 2);
	assert_warnings(state, "{mode: Tmpfs, mount: /a}, {mode: Tmpfs, mount: /b/../a}", 0, 2);
}

static void another_entry_for_the_same_mount_is_an_error(void **state)
{
	struct bench *bench = *state;

	assert_merge_refused(bench,
			     good_node(bench, "/n",
				       "exports:\n- {mode: Public, mount: /a}\n"
				       "- {mode: Public, mount: /a, path: /b}\n",
				       NULL),
			     4, 3, "a second time, differently (line 3)");
	assert_merge_refused(bench,
			     good_node(bench, "/n",
				       "exports:\n- {mode: Symlink, mount: /a, path: b}\n"
				       "- {mode: Symlink, mount: /a, path: c}\n",
				       NULL),
			     4, 3, "(line 3)");
	assert_merge_refused(bench,
			     good_node(bench, "/n",
				       "exports:\n- {mode: Public, mount: /a}\n"
				       "- {mode: Restricted, mount: /a}\n",
				       NULL),
			     4, 3, "(line 3)");
}

static void a_path_is_shorter_than_the_kernels_limit(void **state)
{
	struct bench *bench = *state;
	char path[4097];

	memset(path, 'a', sizeof path - 1);
	for (size_t i = 0; i < sizeof path - 1; i += 100)
		path[i] = '/';
	path[4095] = '\0';
	assert_string_equal(
		only_export(bench, pool_format(&bench->pool, "{mode: Tmpfs, mount: %s}", path))
			->mount,
		path);
	path[4095] = 'a';
	path[4096] = '\0';
	assert_merge_refused(
		bench,
		good_node(bench, "/n",
			  pool_format(&bench->pool, "exports: [{mode: Tmpfs, mount: %s}]\n", path),
			  NULL),
		2, 32, "less than 4096");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(a_path_is_that_of_the_mount_unless_given),
		bench_test(the_target_of_a_link_is_text),
		bench_test(the_same_entry_twice_is_a_warning_and_counts_once),
		bench_test(a_final_slash_makes_another_mount),
		bench_test(another_entry_for_the_same_mount_is_an_error),
		bench_test(a_path_is_shorter_than_the_kernels_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
