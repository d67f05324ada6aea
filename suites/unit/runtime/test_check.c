/* SPDX-License-Identifier: Apache-2.0 */
/* What a configuration forbids itself. The places are in fixtures/nodes as well. */
#include "support.h"

#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <unistd.h>

#include "plan/plan.h"

static int check(struct bench *bench, struct node *leaf)
{
	struct redpak_plan plan;

	if (check_states(leaf, &bench->error) < 0)
		return -EINVAL;
	if (merge_chain(bench, leaf, &plan) < 0)
		fail_msg("not merged: %s", bench->error.text);
	return check_plan(&plan, &bench->error);
}

static void assert_taken(struct bench *bench, const char *text)
{
	if (check(bench, good_node(bench, "/n", text, NULL)) < 0)
		fail_msg("refused: %s", bench->error.text);
}

static void assert_checked(struct bench *bench, const char *text, size_t line, size_t column,
			   const char *reason)
{
	if (check(bench, good_node(bench, "/n", text, NULL)) >= 0)
		fail_msg("accepted: %s", text);
	assert_place(&bench->error, line, column);
	if (!strstr(bench->error.text, reason))
		fail_msg("'%s' is not the reason: %s", reason, bench->error.text);
}

static void every_node_of_the_chain_is_enabled(void **state)
{
	static const enum node_state others[] = {NODE_DISABLE, NODE_UNKNOWN, NODE_ERROR};
	struct bench *bench = *state;
	struct node *root = good_node(bench, "/r", "", NULL);
	struct node *leaf = good_node(bench, "/r/l", "", root);

	assert_int_equal(check(bench, leaf), 0);
	for (size_t i = 0; i < COUNT(others); i++) {
		root->status.state = others[i];
		assert_true(check(bench, leaf) < 0);
		assert_place(&bench->error, 9, 9);
		assert_non_null(strstr(bench->error.text, "node /r is not enabled"));
		root->status.state = NODE_ENABLE;
		leaf->status.state = others[i];
		assert_true(check(bench, leaf) < 0);
		assert_non_null(strstr(bench->error.text, "node /r/l is not enabled"));
		leaf->status.state = NODE_ENABLE;
	}
}

static void a_hostname_has_1_to_64_characters(void **state)
{
	struct bench *bench = *state;
	char name[66];

	memset(name, 'h', sizeof name);
	name[64] = '\0';
	assert_taken(bench, "config: {hostname: h}\n");
	assert_taken(bench, pool_format(&bench->pool, "config: {hostname: %s}\n", name));
	name[64] = 'h';
	name[65] = '\0';
	assert_checked(bench, pool_format(&bench->pool, "config: {hostname: %s}\n", name), 2, 20,
		       "1 to 64");
	assert_checked(bench, "config: {hostname: ''}\n", 2, 20, "1 to 64");
}

static void a_hostname_needs_a_uts_namespace(void **state)
{
	struct bench *bench = *state;

	assert_taken(bench, "config: {hostname: h, share_uts: Disabled}\n");
	assert_taken(bench, "config: {hostname: h, share_all: Enabled, share_uts: Disabled}\n");
	assert_taken(bench, "config: {share_uts: Enabled}\n");
	assert_checked(bench, "config: {hostname: h, share_uts: Enabled}\n", 2, 20,
		       "share_uts is 'Enabled' (text:2:34)");
	/* rednode.md 5: share_uts itself is an error, share_all is not. */
	assert_taken(bench, "config: {hostname: h, share_all: Enabled}\n");
}

static void clocks_need_a_time_namespace(void **state)
{
	struct bench *bench = *state;

	assert_taken(bench, "config: {time_offsets: {boottime: 0}, share_time: Disabled}\n");
	assert_taken(bench, "config: {time_offsets: {}, share_time: Enabled}\n");
	assert_checked(bench, "config: {time_offsets: {boottime: 0}, share_time: Enabled}\n", 2, 35,
		       "share_time is 'Enabled' (text:2:51)");
	assert_checked(bench, "config: {time_offsets: {monotonic: 1}, share_all: Enabled}\n", 2, 36,
		       "share_time");
}

/* For an ordinary user a user namespace is always made, whatever is shared. */
static void procfs_needs_a_pid_or_user_namespace(void **state)
{
	struct bench *bench = *state;
	const char *proc = "exports: [{mode: Procfs, mount: /proc}]\nconfig: {%s}\n";

	assert_taken(bench, pool_format(&bench->pool, proc, ""));
	assert_taken(bench, pool_format(&bench->pool, proc, "share_pid: Enabled"));
	assert_taken(bench, pool_format(&bench->pool, proc, "share_user: Enabled"));
	assert_taken(bench, "config: {share_user: Enabled, share_pid: Enabled}\n");
	assert_int_equal(geteuid(), 0);
	assert_checked(bench,
		       pool_format(&bench->pool, proc, "share_user: Enabled, share_pid: Enabled"),
		       2, 11, "PID or a user namespace");
	assert_int_equal(seteuid(1000), 0);
	assert_taken(bench,
		     pool_format(&bench->pool, proc, "share_user: Enabled, share_pid: Enabled"));
	assert_int_equal(seteuid(0), 0);
}

static void only_some_modes_can_be_the_root(void **state)
{
	static const struct {
		const char *mode, *path;
		bool taken;
	} modes[] = {
		{"Restricted", "", true}, {"Public", ", path: /usr", true},  {"Tmpfs", "", true},
		{"Anonymous", "", false}, {"Symlink", ", path: usr", false}, {"Procfs", "", false},
		{"Devfs", "", false},
	};
	struct bench *bench = *state;

	for (size_t i = 0; i < COUNT(modes); i++) {
		const char *text = pool_format(&bench->pool, "exports: [{mode: %s, mount: /%s}]\n",
					       modes[i].mode, modes[i].path);
		const char *below =
			pool_format(&bench->pool, "exports: [{mode: %s, mount: /x%s}]\n",
				    modes[i].mode, modes[i].path);

		assert_taken(bench, below);
		if (modes[i].taken)
			assert_taken(bench, text);
		else
			assert_checked(bench, text, 2, 11, "cannot stand at '/'");
	}
}

static void a_kept_capability_must_be_the_kernels(void **state)
{
	struct bench *bench = *state;
	struct node *leaf = good_node(bench, "/n", "", NULL);
	struct redpak_plan plan = {.leaf = leaf, .merged.leaf = leaf};

	plan.merged.keep = UINT64_C(1) << (cap_max_bits() - 1);
	assert_int_equal(check_plan(&plan, &bench->error), 0);
	plan.merged.keep = UINT64_C(1) << cap_max_bits();
	assert_true(check_plan(&plan, &bench->error) < 0);
	assert_non_null(strstr(bench->error.text, "the kernel does not have it (capability."));
}

/* rednode.md 7: no component of it is `..`. */
static void cgrouproot_is_an_absolute_path_that_does_not_climb(void **state)
{
	static const char *const bad[] = {"''",	   "a",	    "..",      "/..",
					  "/a/..", "/../a", "/a/../b", "../a"};
	struct bench *bench = *state;

	assert_taken(bench, "config: {cgrouproot: /sys/fs/cgroup/a..b/..c/d..}\n");
	assert_taken(bench, "config: {cgrouproot: /a/$(id -u)/..}\n");
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_checked(bench,
			       pool_format(&bench->pool, "config: {cgrouproot: %s}\n", bad[i]), 2,
			       22, "an absolute path without '..'");
}

/* rednode.md 2: what expansion makes of a umask is one, too. */
static void a_umask_is_checked_when_it_has_been_expanded(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(setenv("A_UMASK", "027", 1), 0);
	assert_taken(bench, "config: {umask: $A_UMASK}\n");
	assert_taken(bench, "config: {umask: $(cat mask)}\n");
	assert_int_equal(setenv("A_UMASK", "1000", 1), 0);
	assert_checked(bench, "config: {umask: $A_UMASK}\n", 2, 17, "octal digits");
	assert_int_equal(unsetenv("A_UMASK"), 0);
	assert_checked(bench, "config: {umask: $A_UMASK}\n", 2, 17, "octal digits");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(every_node_of_the_chain_is_enabled),
		bench_test(a_hostname_has_1_to_64_characters),
		bench_test(a_hostname_needs_a_uts_namespace),
		bench_test(clocks_need_a_time_namespace),
		bench_test(procfs_needs_a_pid_or_user_namespace),
		bench_test(only_some_modes_can_be_the_root),
		bench_test(a_kept_capability_must_be_the_kernels),
		bench_test(cgrouproot_is_an_absolute_path_that_does_not_climb),
		bench_test(a_umask_is_checked_when_it_has_been_expanded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
