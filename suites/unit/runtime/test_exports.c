/* SPDX-License-Identifier: Apache-2.0 */
/* The export modes: what each takes. */
#include "support.h"

#include <sched.h>
#include <string.h>
#include <sys/mount.h>

#include "apply/export.h"

enum {
	PLAIN = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
	READ_ONLY = PLAIN | MOUNT_ATTR_RDONLY,
	NO_EXEC = PLAIN | MOUNT_ATTR_NOEXEC,
};

/* rednode.md 3: what each mode takes, where it can stand, and what is set on its mount. */
static const struct {
	const char *name;
	enum export_source source;
	bool leaf_only, makes_source, root;
	uint64_t inside, attributes;
} modes[] = {
	{"Restricted", EXPORT_SOURCE_HOST, false, true, true, 0, READ_ONLY},
	{"Public", EXPORT_SOURCE_HOST, false, true, true, 0, PLAIN},
	{"Private", EXPORT_SOURCE_HOST, true, true, true, 0, PLAIN},
	{"PrivateRestricted", EXPORT_SOURCE_HOST, true, true, true, 0, READ_ONLY},
	{"RestrictedFile", EXPORT_SOURCE_HOST, false, false, false, 0, READ_ONLY},
	{"PublicFile", EXPORT_SOURCE_HOST, false, false, false, 0, PLAIN},
	{"PrivateFile", EXPORT_SOURCE_HOST, true, false, false, 0, PLAIN},
	{"Anonymous", EXPORT_SOURCE_NONE, false, false, false, 0, 0},
	{"Symlink", EXPORT_SOURCE_TARGET, false, false, false, 0, 0},
	{"Execfd", EXPORT_SOURCE_COMMAND, false, false, false, 0, PLAIN},
	{"Internal", EXPORT_SOURCE_DESCRIPTOR, false, false, false, 0, PLAIN},
	{"Tmpfs", EXPORT_SOURCE_NONE, false, false, true, 0, PLAIN},
	{"Procfs", EXPORT_SOURCE_NONE, false, false, false, CLONE_NEWPID, NO_EXEC},
	{"Mqueue", EXPORT_SOURCE_NONE, false, false, false, CLONE_NEWIPC, NO_EXEC},
	{"Devfs", EXPORT_SOURCE_NONE, false, false, false, 0,
	 MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC},
	{"Lock", EXPORT_SOURCE_NONE, false, false, false, 0, 0},
};

static void each_mode_is_what_it_should_be(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(modes); i++) {
		const struct export_mode *mode = export_mode_find(modes[i].name);

		assert_non_null(mode);
		assert_int_equal(mode->source, modes[i].source);
		assert_int_equal(mode->leaf_only, modes[i].leaf_only);
		assert_int_equal(mode->makes_source, modes[i].makes_source);
		assert_int_equal(mode->root, modes[i].root);
		assert_int_equal(mode->inside, modes[i].inside);
		assert_int_equal(mode->attributes, modes[i].attributes);
		assert_int_equal(export_mode_is_lock(mode), !strcmp(mode->name, "Lock"));
		assert_int_equal(export_mode_writes_host(mode),
				 modes[i].source == EXPORT_SOURCE_HOST &&
					 modes[i].attributes == PLAIN);
	}
}

static void the_names_of_the_modes_are_told(void **state)
{
	struct bench *bench = *state;
	const char *names = "";

	for (size_t i = 0; i < COUNT(modes); i++)
		names = pool_format(&bench->pool, "%s%s%s", names, *names ? " " : "",
				    modes[i].name);
	assert_string_equal(export_mode_names(&bench->pool), names);
}

static void a_mode_is_found_in_any_case_and_whole(void **state)
{
	(void)state;
	assert_ptr_equal(export_mode_find("rESTRICTED"), export_mode_find("Restricted"));
	assert_null(export_mode_find("Restrict"));
	assert_null(export_mode_find("Restricted "));
	assert_null(export_mode_find("PublicRestricted"));
	assert_null(export_mode_find(""));
}

/* What the host's proc becomes where no PID namespace is made cannot be written. */
static void the_hosts_proc_is_read_only(void **state)
{
	(void)state;
	assert_true(export_mode_host_proc.attributes & MOUNT_ATTR_RDONLY);
	assert_int_equal(export_mode_host_proc.inside, 0);
	assert_false(export_mode_find("Procfs")->attributes & MOUNT_ATTR_RDONLY);
}

static void an_origin_is_that_of_the_entry(void **state)
{
	struct bench *bench = *state;
	struct config config = good_config(bench, "exports: [{mode: Tmpfs, mount: /b}]\n");

	assert_string_equal(config.exports[0].origin.file, TEXT_NAME);
	assert_int_equal(config.exports[0].origin.line, 2);
	assert_int_equal(config.exports[0].origin.column, 11);
}

static void a_path_where_none_is_taken_is_a_warning(void **state)
{
	config_warns(*state, "exports", "{mode: Tmpfs, mount: /a}", 0);
	config_warns(*state, "exports", "{mode: Tmpfs, mount: /a, path: b}", 1);
	config_warns(*state, "exports", "{mode: Public, mount: /a, path: /b}", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(each_mode_is_what_it_should_be),
		bench_test(the_names_of_the_modes_are_told),
		bench_test(a_mode_is_found_in_any_case_and_whole),
		bench_test(the_hosts_proc_is_read_only),
		bench_test(an_origin_is_that_of_the_entry),
		bench_test(a_path_where_none_is_taken_is_a_warning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
