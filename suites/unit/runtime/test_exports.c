/* SPDX-License-Identifier: Apache-2.0 */
/* The section exports: what each mode takes, and when two entries are one. */
#include "support.h"

#include <string.h>
#include <sys/mount.h>

#include "apply/export.h"

/* The modes of this version: what they need, and where they can stand. */
static const struct {
	const char *name;
	enum export_source source;
	bool in_pid_namespace, can_be_root;
	uint64_t attributes;
} modes[] = {
	{"Restricted", EXPORT_SOURCE_HOST, false, true,
	 MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV},
	{"Public", EXPORT_SOURCE_HOST, false, true, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV},
	{"Anonymous", EXPORT_SOURCE_NONE, false, false, 0},
	{"Symlink", EXPORT_SOURCE_TARGET, false, false, 0},
	{"Tmpfs", EXPORT_SOURCE_NONE, false, true, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV},
	{"Procfs", EXPORT_SOURCE_NONE, true, false,
	 MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC},
	{"Devfs", EXPORT_SOURCE_NONE, false, false, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC},
};

static void each_mode_is_what_it_should_be(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(modes); i++) {
		const struct export_mode *mode = export_mode_find(modes[i].name);

		assert_non_null(mode);
		assert_int_equal(mode->source, modes[i].source);
		assert_int_equal(mode->in_pid_namespace, modes[i].in_pid_namespace);
		assert_int_equal(export_mode_can_be_root(mode), modes[i].can_be_root);
		assert_int_equal(mode->attributes, modes[i].attributes);
		assert_true(mode->tree || mode->fill);
	}
}

static void the_names_of_the_modes_are_told(void **state)
{
	struct bench *bench = *state;

	assert_string_equal(export_mode_names(&bench->pool),
			    "Restricted Public Anonymous Symlink Tmpfs Procfs Devfs");
}

static void a_mode_is_found_in_any_case_and_whole(void **state)
{
	(void)state;
	assert_ptr_equal(export_mode_find("rESTRICTED"), export_mode_find("Restricted"));
	assert_null(export_mode_find("Restrict"));
	assert_null(export_mode_find("Restricted "));
	assert_null(export_mode_find("PrivateRestricted"));
	assert_null(export_mode_find(""));
}

/* What the host's proc becomes where no PID namespace is made cannot be written. */
static void the_hosts_proc_is_read_only(void **state)
{
	(void)state;
	assert_true(export_mode_host_proc.attributes & MOUNT_ATTR_RDONLY);
	assert_false(export_mode_host_proc.in_pid_namespace);
	assert_false(export_mode_find("Procfs")->attributes & MOUNT_ATTR_RDONLY);
}

static struct export only_export(struct bench *bench, const char *entry)
{
	struct config config =
		good_config(bench, pool_format(&bench->pool, "exports: [%s]\n", entry));

	assert_int_equal(config.export_count, 1);
	return config.exports[0];
}

static void a_path_is_that_of_the_mount_unless_given(void **state)
{
	struct bench *bench = *state;
	struct export export = only_export(bench, "{mode: Public, mount: /a/../b/}");

	assert_string_equal(export.mount, "/b");
	assert_string_equal(export.path, "/b");
	export = only_export(bench, "{path: //c/./d/, mount: /b, mode: Restricted}");
	assert_string_equal(export.mount, "/b");
	assert_string_equal(export.path, "/c/d");
}

static void the_target_of_a_link_is_text(void **state)
{
	struct bench *bench = *state;

	assert_string_equal(only_export(bench, "{mode: Symlink, mount: /b, path: ../c/./d/}").path,
			    "../c/./d/");
}

static void an_origin_is_that_of_the_entry(void **state)
{
	struct bench *bench = *state;
	struct export export = only_export(bench, "{mode: Tmpfs, mount: /b}");

	assert_string_equal(export.origin.file, TEXT_NAME);
	assert_int_equal(export.origin.line, 2);
	assert_int_equal(export.origin.column, 11);
}

struct listing {
	struct bench *bench;
	const char *entries;
	size_t exports;
};

static void read_listing(void *data)
{
	struct listing *listing = data;

	listing->exports =
		good_config(listing->bench,
			    pool_format(&listing->bench->pool, "exports: [%s]\n", listing->entries))
			.export_count;
}

static void assert_warnings(void **state, const char *entries, size_t warnings, size_t exports)
{
	struct listing listing = {*state, entries, 0};

	assert_int_equal(count_warnings(read_listing, &listing), warnings);
	assert_int_equal(listing.exports, exports);
}

static void a_path_where_none_is_taken_is_a_warning(void **state)
{
	assert_warnings(state, "{mode: Tmpfs, mount: /a}", 0, 1);
	assert_warnings(state, "{mode: Tmpfs, mount: /a, path: b}", 1, 1);
	assert_warnings(state, "{mode: Public, mount: /a, path: /b}", 0, 1);
}

static void the_same_entry_twice_is_a_warning_and_counts_once(void **state)
{
	assert_warnings(state, "{mode: Public, mount: /a}, {mode: Public, mount: /b}", 0, 2);
	assert_warnings(state, "{mode: Public, mount: /a}, {mode: public, mount: /a/., path: /a}",
			1, 1);
	assert_warnings(state, "{mode: Anonymous, mount: /a}, {mode: Anonymous, mount: /a}", 1, 1);
}

static void another_entry_for_the_same_mount_is_an_error(void **state)
{
	struct bench *bench = *state;

	assert_refused(bench,
		       "headers: {alias: a}\nexports:\n- {mode: Public, mount: /a}\n"
		       "- {mode: Public, mount: /a, path: /b}\n",
		       4, 3, "(line 3)");
	assert_refused(bench,
		       "headers: {alias: a}\nexports:\n- {mode: Symlink, mount: /a, path: b}\n"
		       "- {mode: Symlink, mount: /a, path: c}\n",
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
			.mount,
		path);
	path[4095] = 'a';
	path[4096] = '\0';
	assert_refused(bench,
		       pool_format(&bench->pool,
				   "headers: {alias: a}\nexports: [{mode: Tmpfs, mount: %s}]\n",
				   path),
		       2, 32, "less than 4096");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(each_mode_is_what_it_should_be),
		bench_test(the_names_of_the_modes_are_told),
		bench_test(a_mode_is_found_in_any_case_and_whole),
		bench_test(the_hosts_proc_is_read_only),
		bench_test(a_path_is_that_of_the_mount_unless_given),
		bench_test(the_target_of_a_link_is_text),
		bench_test(an_origin_is_that_of_the_entry),
		bench_test(a_path_where_none_is_taken_is_a_warning),
		bench_test(the_same_entry_twice_is_a_warning_and_counts_once),
		bench_test(another_entry_for_the_same_mount_is_an_error),
		bench_test(a_path_is_shorter_than_the_kernels_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
