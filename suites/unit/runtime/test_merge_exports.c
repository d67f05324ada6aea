/* SPDX-License-Identifier: Apache-2.0 */
/* rednode.md 6: exports of a chain; and of 2 what is told when a mount has been expanded. */
#include "support.h"

#include <string.h>

#include "apply/export.h"

#define TMPFS(mount)	    "{mode: Tmpfs, mount: " mount "}"
#define PUBLIC(mount, path) "{mode: Public, mount: " mount ", path: " path "}"
#define EXPORTS(list)	    "exports: [" list "]\n"

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

static void assert_warnings(void **state, const char *entries, size_t warnings, size_t exports)
{
	struct bench *bench = *state;
	const char *text = pool_format(&bench->pool, EXPORTS("%s"), entries);
	struct node *leaf = CHAIN(bench, {text});
	const char *said = merge_says(bench, leaf);
	size_t lines = 0;

	for (; *said; said++)
		lines += *said == '\n';
	assert_int_equal(lines, warnings);
	assert_int_equal(good_merge(bench, leaf)->export_count, exports);
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

static void the_nearest_export_wins(void **state)
{
	struct bench *bench = *state;
	const struct merged *merged = good_merge(
		bench, CHAIN(bench, {EXPORTS(PUBLIC("/a", "/leaf"))},
			     {EXPORTS(PUBLIC("/a", "/parent") "," PUBLIC("/b", "/parent"))},
			     {EXPORTS(PUBLIC("/a", "/root") "," PUBLIC("/b", "/root") "," PUBLIC(
				     "/c", "/root"))}));

	assert_int_equal(merged->export_count, 3);
	assert_string_equal(merged->exports[0].path, "/leaf");
	assert_string_equal(merged->exports[1].path, "/parent");
	assert_string_equal(merged->exports[2].path, "/root");
}

static void exports_are_sorted_bytewise(void **state)
{
	static const char *const order[] = {"/", "/A", "/a", "/a-b", "/a/b", "/a/b/c", "/é"};
	struct bench *bench = *state;
	const struct merged *merged = good_merge(
		bench,
		CHAIN(bench,
		      {EXPORTS(TMPFS("/é") "," TMPFS("/a/b/c") "," TMPFS("/a-b") "," TMPFS("/a"))},
		      {EXPORTS(TMPFS("/a/b") "," TMPFS("/") "," TMPFS("/A"))}));

	assert_int_equal(merged->export_count, COUNT(order));
	for (size_t i = 0; i < COUNT(order); i++)
		assert_string_equal(merged->exports[i].mount, order[i]);
}

static void without_exports_there_are_none(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(good_merge(bench, CHAIN(bench, {""}, {""}))->export_count, 0);
}

static void any_admin_export_wins_over_any_normal_one(void **state)
{
	struct bench *bench = *state;
	const char *near = EXPORTS(PUBLIC("/a", "/near"));
	const char *far = EXPORTS(PUBLIC("/a", "/far"));

	assert_string_equal(good_merge(bench, CHAIN(bench, {far, near}))->exports[0].path, "/near");
	assert_string_equal(good_merge(bench, CHAIN(bench, {near}, {"", far}))->exports[0].path,
			    "/far");
	assert_string_equal(good_merge(bench, CHAIN(bench, {"", near}, {"", far}))->exports[0].path,
			    "/near");
	assert_int_equal(good_merge(bench, CHAIN(bench, {near, far}, {near, near}))->export_count,
			 1);
}

/* F8: they do not reach the child, and hide nothing. */
static void f8_private_exports_of_an_ancestor_are_removed_first(void **state)
{
	static const char *const modes[] = {"Private", "PrivateRestricted"};
	struct bench *bench = *state;

	for (size_t i = 0; i < COUNT(modes); i++) {
		const char *hidden =
			pool_format(&bench->pool,
				    "exports: [{mode: %s, mount: /a, path: /private}]\n", modes[i]);
		const char *far = EXPORTS(PUBLIC("/a", "/far"));

		assert_int_equal(good_merge(bench, CHAIN(bench, {""}, {hidden}))->export_count, 0);
		assert_int_equal(good_merge(bench, CHAIN(bench, {""}, {"", hidden}))->export_count,
				 0);
		assert_string_equal(
			good_merge(bench, CHAIN(bench, {""}, {hidden}, {far}))->exports[0].path,
			"/far");
		assert_string_equal(
			good_merge(bench, CHAIN(bench, {""}, {far, hidden}))->exports[0].path,
			"/far");
		/* The leaf's own count. */
		assert_string_equal(
			good_merge(bench, CHAIN(bench, {hidden}, {far}))->exports[0].path,
			"/private");
		assert_string_equal(
			good_merge(bench, CHAIN(bench, {"", hidden}, {far}))->exports[0].path,
			"/private");
	}
}

static void the_warn_text_of_an_overridden_entry_is_printed(void **state)
{
	struct bench *bench = *state;
	const char *near = "exports: [{mode: Tmpfs, mount: /a, warn: near}]\n";
	const char *far = "exports: [{mode: Tmpfs, mount: /a, warn: keep it}]\n";
	const char *said = merge_says(bench, CHAIN(bench, {near}, {far}));

	assert_non_null(strstr(said, "'/a' is overridden by /r/p/l: keep it\n"));
	assert_null(strstr(said, "near"));
	assert_string_equal(merge_says(bench, CHAIN(bench, {near}, {EXPORTS(TMPFS("/a"))})), "");
	assert_string_equal(merge_says(bench, CHAIN(bench, {near}, {EXPORTS(TMPFS("/b"))})), "");
	/* Among N: what A does is the administrator's. */
	assert_string_equal(merge_says(bench, CHAIN(bench, {far, near})), "");
	assert_string_equal(merge_says(bench, CHAIN(bench, {"", near}, {"", far})), "");
}

/* Also where another file hides both. */
static void twins_are_found_in_each_file(void **state)
{
	struct bench *bench = *state;
	const char *twins = "exports:\n- {mode: Public, mount: /a}\n"
			    "- {mode: Public, mount: /a, path: /b}\n";

	assert_merge_refused(bench, CHAIN(bench, {EXPORTS(TMPFS("/a"))}, {twins}), 4, 3,
			     "a second time, differently (line 3)");
	assert_merge_refused(bench, CHAIN(bench, {EXPORTS(TMPFS("/a")), twins}), 4, 3, "(line 3)");
}

/* Two mounts are the same when they expand to the same text. */
static void mounts_are_compared_as_expanded_text(void **state)
{
	struct bench *bench = *state;

	assert_merge_refused(bench,
			     CHAIN(bench, {"exports:\n- {mode: Public, mount: $NODE_PATH/a}\n"
					   "- {mode: Public, mount: /r/p/l/a, path: /b}\n"}),
			     4, 3, "'/r/p/l/a' is exported a second time, differently (line 3)");
	/* Each node has a path of its own. */
	assert_int_equal(good_merge(bench, CHAIN(bench, {EXPORTS(TMPFS("$NODE_PATH/a"))},
						 {EXPORTS(TMPFS("$NODE_PATH/a"))}))
				 ->export_count,
			 2);
	assert_int_equal(good_merge(bench, CHAIN(bench, {EXPORTS(TMPFS("$LEAF_PATH/a"))},
						 {EXPORTS(TMPFS("$LEAF_PATH/a"))}))
				 ->export_count,
			 1);
}

/* Where commands are not run, nothing is known of the field that holds one. */
static void a_field_with_a_command_is_not_checked_when_it_is_shown(void **state)
{
	struct bench *bench = *state;

	assert_string_equal(only_export(bench, "{mode: Tmpfs, mount: $(pwd)/..}")->mount,
			    "$(pwd)/..");
	assert_true(only_export(bench, "{mode: Tmpfs, mount: $(pwd)/..}")->pending);
	assert_string_equal(only_export(bench, "{mode: Public, mount: /a, path: x$(id)}")->path,
			    "x$(id)");
	assert_true(only_export(bench, "{mode: Public, mount: /a, path: x$(id)}")->pending);
	assert_false(only_export(bench, "{mode: Public, mount: /a, path: /x}")->pending);
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
		bench_test(the_nearest_export_wins),
		bench_test(exports_are_sorted_bytewise),
		bench_test(without_exports_there_are_none),
		bench_test(any_admin_export_wins_over_any_normal_one),
		bench_test(f8_private_exports_of_an_ancestor_are_removed_first),
		bench_test(the_warn_text_of_an_overridden_entry_is_printed),
		bench_test(twins_are_found_in_each_file),
		bench_test(mounts_are_compared_as_expanded_text),
		bench_test(a_field_with_a_command_is_not_checked_when_it_is_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
