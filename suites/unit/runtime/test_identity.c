/* SPDX-License-Identifier: Apache-2.0 */
/* Who set-user and set-group name, and maps of ids; rednode.md 5 and 10, weakness W8. */
#include "tree.h"

#include <string.h>

#include "plan/identity.h"

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
			     "anna:x:1001:2001::/home/anna:/bin/sh\n"
			     "12:x:1002:2002::/:/bin/sh\n";
static const char group[] = "root:x:0:\n"
			    "anna:x:2001:\n"
			    "video:x:44:bert,anna\n"
			    "audio:x:29:bert\n"
			    "disk:x:6:anna\n";

static int find(struct tree *tree, const char *user, const char *group_text,
		struct identity_found *found)
{
	struct identity_sources sources;
	struct identity_ask user_ask = {user, "set-user", NULL};
	struct identity_ask group_ask = {group_text, "set-group", NULL};

	tree_file(tree, "passwd", passwd);
	tree_file(tree, "group", group);
	sources = (struct identity_sources){tree_path(tree, "passwd"), tree_path(tree, "group")};
	return identity_find(&tree->bench.pool, &sources, &user_ask, &group_ask, found,
			     &tree->bench.error);
}

static void assert_not_found(struct tree *tree, const char *user, const char *group_text, int code,
			     const char *reason)
{
	struct identity_found found;

	if (find(tree, user, group_text, &found) != code)
		fail_msg("not %d: %s", code, tree->bench.error.text);
	if (!strstr(tree->bench.error.text, reason))
		fail_msg("'%s' is not the reason: %s", reason, tree->bench.error.text);
}

static void w8_a_user_comes_with_its_groups(void **state)
{
	static const gid_t wanted[] = {2001, 44, 6};
	struct identity_found found;

	assert_int_equal(find(*state, "anna", NULL, &found), 0);
	assert_int_equal(found.uid, 1001);
	assert_int_equal(found.gid, 2001);
	assert_int_equal(found.group_count, COUNT(wanted));
	assert_memory_equal(found.groups, wanted, sizeof(wanted));
}

static void a_number_of_a_known_user_is_that_user(void **state)
{
	struct identity_found found;

	assert_int_equal(find(*state, "1001", NULL, &found), 0);
	assert_int_equal(found.uid, 1001);
	assert_int_equal(found.gid, 2001);
	assert_int_equal(found.group_count, 3);
}

static void w8_a_group_given_replaces_the_primary_one(void **state)
{
	struct identity_found found;

	assert_int_equal(find(*state, "anna", "audio", &found), 0);
	assert_int_equal(found.gid, 29);
	assert_int_equal(found.group_count, 3);
	assert_int_equal(found.groups[0], 29);
	assert_int_equal(found.groups[1], 44);
	assert_int_equal(found.groups[2], 6);
}

static void an_unknown_number_needs_a_group(void **state)
{
	struct identity_found found;

	assert_not_found(*state, "5000", NULL, -ENOENT, "add set-group");
	assert_int_equal(find(*state, "5000", "5001", &found), 0);
	assert_int_equal(found.uid, 5000);
	assert_int_equal(found.gid, 5001);
	assert_int_equal(found.group_count, 0);
}

static void a_group_alone_drops_the_others(void **state)
{
	struct identity_found found;

	assert_int_equal(find(*state, NULL, "video", &found), 0);
	assert_int_equal(found.uid, ID_KEPT);
	assert_int_equal(found.gid, 44);
	assert_int_equal(found.group_count, 0);
}

/* CVE-2026-30892: the name "12" is another user's. */
static void w8_a_number_is_never_a_name(void **state)
{
	struct identity_found found;

	assert_not_found(*state, "12", NULL, -ENOENT, "add set-group");
	assert_int_equal(find(*state, "12", "1", &found), 0);
	assert_int_equal(found.uid, 12);
}

static void w8_a_number_must_fit(void **state)
{
	static const char *const wrong[] = {"4294967295", "4294967296", "4294967297",
					    "18446744073709551616", "99999999999999999999999"};
	struct identity_found found;

	for (size_t i = 0; i < COUNT(wrong); i++) {
		assert_not_found(*state, wrong[i], "1", -EINVAL, "0 to 4294967294");
		assert_not_found(*state, "1", wrong[i], -EINVAL, "0 to 4294967294");
	}
	assert_int_equal(find(*state, "4294967294", "4294967294", &found), 0);
	assert_int_equal(found.uid, 4294967294);
	assert_not_found(*state, "0100", "1", -EINVAL, "octal");
}

static void an_unknown_name_is_told_apart(void **state)
{
	static const char *const names[] = {"nobody-here", "-1", "+5", " 5", "5 ", "0x10", "1e3"};

	for (size_t i = 0; i < COUNT(names); i++) {
		assert_not_found(*state, names[i], "1", -ENOENT, "is no user of");
		assert_not_found(*state, "1", names[i], -ENOENT, "is no group of");
	}
}

static void files_that_are_not_there(void **state)
{
	struct tree *tree = *state;
	struct identity_sources sources = {tree_path(tree, "none"), tree_path(tree, "none")};
	struct identity_ask name = {"anna", "--user", NULL}, number = {"7", "--user", NULL};
	struct identity_ask group_ask = {"7", "--group", NULL};
	struct identity_found found;

	assert_int_equal(identity_find(&tree->bench.pool, &sources, &name, &group_ask, &found,
				       &tree->bench.error),
			 -ENOENT);
	assert_int_equal(identity_find(&tree->bench.pool, &sources, &number, &group_ask, &found,
				       &tree->bench.error),
			 0);
	assert_int_equal(found.uid, 7);
}

static void a_refusal_names_who_asked(void **state)
{
	struct bench *bench = *state;
	struct setting setting = {"x", {TEXT_NAME, 3, 4}, 0};
	struct identity_ask option = {"x", "--user", NULL}, key = {"x", "set-user", &setting};

	assert_int_equal(identity_refuse(&option, &bench->error, "is %d", 1), -EINVAL);
	assert_string_equal(bench->error.text, "--user is 1");
	assert_int_equal(identity_refuse(&key, &bench->error, "is %d", 1), -EINVAL);
	assert_string_equal(bench->error.text, TEXT_NAME ":3:4: set-user is 1");
}

static void a_range_is_split_around_an_id(void **state)
{
	static const struct {
		id_t except;
		const char *wanted;
	} cases[] = {
		{99, "100 100 10\n"}, {100, "101 101 9\n"},  {105, "100 100 5\n106 106 4\n"},
		{109, "100 100 9\n"}, {110, "100 100 10\n"}, {ID_KEPT, "100 100 10\n"},
	};
	struct bench *bench = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct id_ranges map = {0};

		assert_int_equal(id_map_add(&bench->pool, &map, (struct id_range){100, 100, 10},
					    cases[i].except),
				 0);
		assert_string_equal(id_map_text(&bench->pool, &map), cases[i].wanted);
		assert_int_equal(id_map_holds(&map, 107), 1);
		assert_int_equal(id_map_holds(&map, 110), 0);
		if (cases[i].except != ID_KEPT)
			assert_int_equal(id_map_holds(&map, cases[i].except), 0);
	}
}

static void ranges_are_read_as_getsubids_prints_them(void **state)
{
	static const char *const wrong[] = {"100000 65536\n",		"0: anna 100000\n",
					    "0: anna 100000 65536",	"0: anna 4294967295 1\n",
					    "0: anna 4294967000 296\n", "0: anna 100000 0\n",
					    "0: anna 100000 65536 7\n"};
	struct bench *bench = *state;
	struct id_ranges map = {0};

	assert_int_equal(id_map_parse_subids(&bench->pool,
					     "0: anna 100000 65536\n1: anna 300000 10\n", &map),
			 0);
	assert_string_equal(id_map_text(&bench->pool, &map),
			    "100000 100000 65536\n300000 300000 10\n");
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_int_equal(id_map_parse_subids(&bench->pool, wrong[i], &map), -EINVAL);
}

static void arguments_of_newuidmap(void **state)
{
	struct bench *bench = *state;
	struct id_range ranges[] = {{0, 1000, 1}, {5, 6, 7}};
	struct id_ranges map = {ranges, 2};
	const char **arguments = id_map_arguments(&bench->pool, &map, "/usr/bin/newuidmap");
	static const char *const wanted[] = {"0", "1000", "1", "5", "6", "7"};

	assert_string_equal(arguments[0], "/usr/bin/newuidmap");
	assert_null(arguments[1]);
	for (size_t i = 0; i < COUNT(wanted); i++)
		assert_string_equal(arguments[2 + i], wanted[i]);
	assert_null(arguments[2 + COUNT(wanted)]);
}

static void the_map_of_the_process_becomes_identical(void **state)
{
	struct tree *tree = *state;
	struct id_ranges map = {0};

	tree_file(tree, "map",
		  "         0     100000         10\n        20          5          1\n");
	assert_int_equal(id_map_of_self(&tree->bench.pool, tree_path(tree, "map"), &map), 0);
	assert_string_equal(id_map_text(&tree->bench.pool, &map), "0 0 10\n20 20 1\n");
	tree_file(tree, "wrong", "0 0\n");
	assert_int_equal(id_map_of_self(&tree->bench.pool, tree_path(tree, "wrong"), &map), -EIO);
	assert_int_equal(id_map_of_self(&tree->bench.pool, tree_path(tree, "none"), &map), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		tree_test(w8_a_user_comes_with_its_groups),
		tree_test(a_number_of_a_known_user_is_that_user),
		tree_test(w8_a_group_given_replaces_the_primary_one),
		tree_test(an_unknown_number_needs_a_group),
		tree_test(a_group_alone_drops_the_others),
		tree_test(w8_a_number_is_never_a_name),
		tree_test(w8_a_number_must_fit),
		tree_test(an_unknown_name_is_told_apart),
		tree_test(files_that_are_not_there),
		bench_test(a_refusal_names_who_asked),
		bench_test(a_range_is_split_around_an_id),
		bench_test(ranges_are_read_as_getsubids_prints_them),
		bench_test(arguments_of_newuidmap),
		tree_test(the_map_of_the_process_becomes_identical),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
