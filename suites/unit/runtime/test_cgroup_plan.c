/* SPDX-License-Identifier: Apache-2.0 */
/* Which groups a chain gets, what is written to them, and which controllers that takes. */
#include "support.h"

#include <string.h>

#include "cgroup/cgroup.h"

/* cgrouproot keeps the plan from asking where this process is. */
#define LIMITS(items) "config: {cgrouproot: /base, cgroups: {" items "}}\n"

static struct cgroup_plan good_plan(struct bench *bench, const struct node *leaf)
{
	struct cgroup_plan plan;
	struct redpak_plan chain;

	assert_int_equal(merge_chain(bench, leaf, &chain), 0);
	assert_int_equal(cgroup_plan(&bench->pool, &chain.merged, chain.texts[KEY_CGROUPROOT],
				     &plan, &bench->error),
			 0);
	return plan;
}

static const char *name_of(struct bench *bench, const char *path)
{
	struct cgroup_plan plan =
		good_plan(bench, good_node(bench, path, LIMITS("pids: {max: 9}"), NULL));

	assert_int_equal(plan.group_count, 2);
	return plan.groups[0].name;
}

/* The value that a group gets for @file, or NULL. */
static const char *written(const struct cgroup_group *group, const char *file)
{
	for (size_t i = 0; i < group->write_count; i++) {
		if (!strcmp(group->writes[i].item->file, file))
			return group->writes[i].setting->text;
	}
	return NULL;
}

static void without_limits_nothing_is_planned(void **state)
{
	struct bench *bench = *state;
	struct cgroup_plan plan =
		good_plan(bench, good_node(bench, "/n", "config: {cgrouproot: /base}\n", NULL));

	assert_false(plan.wanted);
	assert_int_equal(plan.group_count, 0);
	plan = good_plan(bench, good_node(bench, "/n", LIMITS("pids: {max: 9}"), NULL));
	assert_true(plan.wanted);
	assert_true(plan.given);
	assert_string_equal(plan.base, "/base");
}

static void a_name_is_the_path_with_dashes_told_apart(void **state)
{
	struct bench *bench = *state;

	assert_string_equal(name_of(bench, "/srv/node"), "srv-node");
	assert_string_equal(name_of(bench, "/srv-node"), "srv\\x2dnode");
	assert_string_equal(name_of(bench, "/a-/-b"), "a\\x2d-\\x2db");
	assert_string_equal(name_of(bench, "/a b/é"), "a b-é");
}

/* A path of @length characters, all 'p' but the slash and the last. */
static const char *long_path(struct bench *bench, size_t length, char last)
{
	char *path = pool_alloc(&bench->pool, length + 1);

	memset(path, 'p', length);
	path[0] = '/';
	path[length - 1] = last;
	return path;
}

static void a_long_name_is_cut_and_stays_unique(void **state)
{
	struct bench *bench = *state;
	const char *fits = long_path(bench, 201, 'p');
	const char *name = name_of(bench, long_path(bench, 202, 'p'));
	const char *digest = name + 200 - 16;

	assert_string_equal(name_of(bench, fits), fits + 1);
	assert_int_equal(strlen(name), 200);
	assert_int_equal(digest[-1], '-');
	assert_int_equal(strspn(digest, "0123456789abcdef"), 16);
	assert_string_not_equal(name, name_of(bench, long_path(bench, 202, 'q')));
	assert_string_equal(name, name_of(bench, long_path(bench, 202, 'p')));
	/* The escape of '-' counts with its four characters. */
	assert_int_equal(strlen(name_of(bench, long_path(bench, 198, '-'))), 200);
	assert_int_equal(strlen(name_of(bench, long_path(bench, 199, '-'))), 200);
	assert_non_null(strstr(name_of(bench, long_path(bench, 198, '-')), "\\x2d"));
	assert_null(strstr(name_of(bench, long_path(bench, 199, '-')), "\\x2d"));
}

/* The digest is SHA-256 of the whole path, so that other programs find the group, too. */
static void the_digest_is_that_of_the_path(void **state)
{
	struct bench *bench = *state;
	const char *name = name_of(bench, long_path(bench, 300, 'p'));

	assert_string_equal(name + 184, "7fc729d639be9642");
}

static void each_node_has_a_group_with_its_own_values(void **state)
{
	struct bench *bench = *state;
	struct node *root = good_node(bench, "/r", LIMITS("mem: {max: 2M}, pids: {max: 5}"), NULL);
	struct node *between = good_node(bench, "/r/p", "", root);
	struct node *leaf = good_node(bench, "/r/p/l", LIMITS("mem: {max: 1M}"), between);
	struct cgroup_plan plan = good_plan(bench, leaf);

	assert_int_equal(plan.group_count, 4);
	assert_string_equal(plan.groups[0].name, "r");
	assert_string_equal(plan.groups[1].name, "r-p");
	assert_string_equal(plan.groups[2].name, "r-p-l");
	assert_null(plan.groups[3].name);
	assert_string_equal(written(&plan.groups[0], "memory.max"), "2M");
	assert_string_equal(written(&plan.groups[0], "pids.max"), "5");
	assert_int_equal(plan.groups[0].write_count, 2);
	assert_int_equal(plan.groups[1].write_count, 0);
	assert_string_equal(written(&plan.groups[2], "memory.max"), "1M");
	assert_int_equal(plan.groups[2].write_count, 1);
	assert_int_equal(plan.groups[3].write_count, 0);
}

/* Limits hold for all that is below; a protection must be given on the whole way down. */
static void a_protection_is_handed_to_instance_and_parents(void **state)
{
	struct bench *bench = *state;
	struct node *root = good_node(bench, "/r", LIMITS("mem: {min: 8M, low: 4M}"), NULL);
	struct node *between = good_node(bench, "/r/p", LIMITS("mem: {max: 64M}"), root);
	struct node *leaf = good_node(bench, "/r/p/l", LIMITS("mem: {min: 1M, max: 9M}"), between);
	struct cgroup_plan plan = good_plan(bench, leaf);

	assert_string_equal(written(&plan.groups[3], "memory.min"), "1M");
	assert_null(written(&plan.groups[3], "memory.max"));
	assert_string_equal(written(&plan.groups[2], "memory.min"), "1M");
	assert_string_equal(written(&plan.groups[1], "memory.min"), "1M");
	assert_string_equal(written(&plan.groups[0], "memory.min"), "8M");
	assert_string_equal(written(&plan.groups[1], "memory.max"), "64M");
	/* What only a parent asks for does not come down. */
	assert_null(written(&plan.groups[2], "memory.low"));
	assert_string_equal(written(&plan.groups[0], "memory.low"), "4M");
}

static bool enables(struct bench *bench, const char *text, const char *controller)
{
	return strstr(text, pool_format(&bench->pool, "+%s ", controller)) != NULL;
}

/* Where a group is written to, its parent enables the controller, and all above likewise. */
static void controllers_are_enabled_above_the_groups_that_need_them(void **state)
{
	struct bench *bench = *state;
	struct node *root = good_node(bench, "/r", LIMITS("pids: {max: 5}"), NULL);
	struct node *leaf = good_node(
		bench, "/r/l", LIMITS("cpu: {max: '5000', weight: 9}, cpuset: {cpus: 0}"), root);
	struct cgroup_plan plan = good_plan(bench, leaf);

	assert_string_equal(plan.base_enable, "+pids +cpuset +cpu ");
	assert_string_equal(plan.groups[0].enable, "+cpuset +cpu ");
	assert_string_equal(plan.groups[1].enable, "");
	assert_string_equal(plan.groups[2].enable, "");
	plan = good_plan(bench, good_node(bench, "/n", LIMITS("mem: {low: 1M}"), NULL));
	/* A protection is written to the instance's group, too. */
	assert_true(enables(bench, plan.groups[0].enable, "memory"));
	assert_string_equal(plan.groups[1].enable, "");
}

static void a_controller_is_not_taken_for_a_longer_one(void **state)
{
	struct bench *bench = *state;
	struct cgroup_plan plan = good_plan(
		bench,
		good_node(bench, "/n",
			  LIMITS("cpuset: {cpus: 0}, cpu: {weight: 5}, io: {weight: 5}"), NULL));

	assert_true(enables(bench, plan.base_enable, "cpuset"));
	assert_true(enables(bench, plan.base_enable, "cpu"));
	assert_true(enables(bench, plan.base_enable, "io"));
	assert_false(enables(bench, plan.base_enable, "memory"));
}

/* rednode.md 6: inside one node the value of A stands over that of N. */
static void the_admin_value_stands_over_the_normal_one(void **state)
{
	struct bench *bench = *state;
	struct node *leaf =
		CHAIN(bench, {LIMITS("mem: {max: 2M}, pids: {max: 5}"),
			      "config: {cgroups: {mem: {max: 4M}, cpu: {weight: 7}}}\n"});
	struct cgroup_plan plan = good_plan(bench, leaf);

	assert_string_equal(written(&plan.groups[0], "memory.max"), "4M");
	assert_string_equal(written(&plan.groups[0], "pids.max"), "5");
	assert_string_equal(written(&plan.groups[0], "cpu.weight"), "7");
	assert_int_equal(plan.groups[0].write_count, 3);
}

/* F9, rednode.md 10: a node whose A was read and has cgroups has a group apart. */
static void f9_a_node_with_admin_limits_has_a_group_of_its_own(void **state)
{
	struct bench *bench = *state;
	const char *limits = LIMITS("pids: {max: 5}");
	struct cgroup_plan plan = good_plan(bench, CHAIN(bench, {limits, limits}, {limits, ""}));

	assert_string_equal(plan.groups[0].name, "r-p");
	assert_string_equal(plan.groups[1].name, "r-p-l.admin");
	plan = good_plan(bench, CHAIN(bench, {limits}, {"", limits}));
	assert_string_equal(plan.groups[0].name, "r-p.admin");
	assert_string_equal(plan.groups[1].name, "r-p-l");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(without_limits_nothing_is_planned),
		bench_test(a_name_is_the_path_with_dashes_told_apart),
		bench_test(a_long_name_is_cut_and_stays_unique),
		bench_test(the_digest_is_that_of_the_path),
		bench_test(each_node_has_a_group_with_its_own_values),
		bench_test(a_protection_is_handed_to_instance_and_parents),
		bench_test(controllers_are_enabled_above_the_groups_that_need_them),
		bench_test(a_controller_is_not_taken_for_a_longer_one),
		bench_test(the_admin_value_stands_over_the_normal_one),
		bench_test(f9_a_node_with_admin_limits_has_a_group_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
