/* SPDX-License-Identifier: Apache-2.0 */
/* The values of tags (rednode.md 2, Expansion). */
#include "support.h"

#include <ctype.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "merge/expand.h"

static const struct node parent = {.path = "/r",
				   .config = {.alias = {.text = "parent"},
					      .name = {.text = "parent-name"},
					      .info = {.text = "of the parent"}}};
static const struct node leaf = {
	.path = "/r/l",
	.config = {.alias = {.text = "leaf"},
		   .name = {.text = "leaf-name"},
		   .info = {.text = "of the leaf"}},
};

static struct expansion expansion(struct bench *bench)
{
	return (struct expansion){.pool = &bench->pool,
				  .leaf = &leaf,
				  .uid = 4294967294,
				  .gid = 12,
				  .error = &bench->error};
}

static const char *expanded_with(struct expansion *with, const struct node *node, const char *text)
{
	struct setting said = {.text = text, .origin = {TEXT_NAME, 1, 1}};
	const char *result = NULL;

	if (expand_text(with, node, &said, &result) < 0)
		fail_msg("refused: %s", with->error->text);
	return result;
}

/* @text in a file of the parent, while the leaf is run. */
static const char *expanded(struct bench *bench, const char *text)
{
	struct expansion plain = expansion(bench);

	return expanded_with(&plain, &parent, text);
}

struct example {
	const char *text, *result;
};

static void assert_examples(struct bench *bench, const struct example *examples, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_string_equal(expanded(bench, examples[i].text), examples[i].result);
}

static void a_tag_is_the_longest_run(void **state)
{
	static const struct example examples[] = {
		{"$NODE_ALIAS-x", "parent-x"},
		{"$NODE_ALIAS.$NODE_ALIAS", "parent.parent"},
		{"$NODE_ALIAS$NODE_ALIAS", "parentparent"},
		{"$NODE_ALIASx", ""},
		{"$NODE_ALIAS_1/x", "/x"},
		{"$NODE", ""},
		{"$UI$LEAF_A", ""},
		{"$1x", "digit"},
		{"$NODE_ALIAS\\$", "parent$"},
		{"$redpak_MAIN_ADMIN", "admin"},
		{"$NODE_ALIASé", "parenté"},
	};

	setenv("1x", "digit", 1);
	setenv("redpak_MAIN", "main", 1);
	setenv("redpak_MAIN_ADMIN", "admin", 1);
	assert_examples(*state, examples, COUNT(examples));
}

static void only_predefined_tags_ignore_case(void **state)
{
	static const struct example examples[] = {
		{"$node_alias $Leaf_Alias", "parent leaf"},
		{"$Hostname", "unit7"},
		{"$REDPAK_MAIN", "main"},
		{"$RedpakTest", "value"},
		{"<$REDPAKTEST$redpaktest>", "<>"},
	};

	setenv("HOSTNAME", "unit7", 1);
	setenv("redpak_MAIN", "main", 1);
	/* A variable whose name differs in case is not that of the tag. */
	setenv("REDPAK_MAIN", "other", 1);
	setenv("RedpakTest", "value", 1);
	assert_examples(*state, examples, COUNT(examples));
	unsetenv("REDPAK_MAIN");
}

static void the_environment_comes_before_the_default(void **state)
{
	static const struct {
		const char *name, *otherwise;
	} tags[] = {
		{"NODE_PREFIX", ""},
		{"redpak_MAIN", ""},
		{"redpak_MAIN_ADMIN", ""},
		{"redpak_TMPL", ""},
		{"USER", ""},
		{"LOGNAME", "Unknown"},
		{"HOSTNAME", "localhost"},
		{"REDPESK_VERSION", "agl-redpesk9"},
		{"REDPAK_TEST", ""},
	};
	struct bench *bench = *state;

	for (size_t i = 0; i < COUNT(tags); i++) {
		const char *text = pool_format(&bench->pool, "$%s", tags[i].name);

		unsetenv(tags[i].name);
		assert_string_equal(expanded(bench, text), tags[i].otherwise);
		setenv(tags[i].name, "said", 1);
		assert_string_equal(expanded(bench, text), "said");
		setenv(tags[i].name, "", 1);
		assert_string_equal(expanded(bench, text), "");
	}
}

static void an_empty_environment_has_no_variables(void **state)
{
	char **before = environ;

	environ = NULL;
	assert_string_equal(expanded(*state, "$LOGNAME $PATH"), "Unknown ");
	environ = before;
}

static void the_environment_does_not_hide_other_tags(void **state)
{
	static const char *const names[] = {"NODE_PATH",    "LEAF_ALIAS",    "UID",
					    "REDNODE_CONF", "REDNODE_ADMIN", "GID"};

	for (size_t i = 0; i < COUNT(names); i++)
		setenv(names[i], "forged", 1);
	assert_string_equal(expanded(*state, "$NODE_PATH $LEAF_ALIAS $UID $REDNODE_CONF "
					     "$REDNODE_ADMIN $GID"),
			    "/r leaf 4294967294 /r/etc/redpak.yaml /r/etc/redpak-admin.yaml 12");
}

static void paths_are_those_of_the_node_that_defines(void **state)
{
	static const struct example examples[] = {
		{"$REDNODE_CONF", "/r/etc/redpak.yaml"},
		{"$REDNODE_ADMIN", "/r/etc/redpak-admin.yaml"},
		{"$REDNODE_STATUS", "/r/.rednode.yaml"},
		{"$REDNODE_VARDIR", "/r/var/rpm/lib"},
		{"$REDNODE_REPODIR", "/r/etc/yum.repos.d"},
		{"$REDNODE_LOCK", "/r/.rpm.lock"},
	};

	assert_examples(*state, examples, COUNT(examples));
}

static void headers_are_those_of_the_node_and_of_the_leaf(void **state)
{
	static const struct example examples[] = {
		{"$NODE_PATH", "/r"},
		{"$LEAF_PATH", "/r/l"},
		{"$NODE_ALIAS", "parent"},
		{"$LEAF_ALIAS", "leaf"},
		{"$NODE_NAME", "parent-name"},
		{"$LEAF_NAME", "leaf-name"},
		{"$NODE_INFO", "of the parent"},
		{"$LEAF_INFO", "of the leaf"},
	};

	assert_examples(*state, examples, COUNT(examples));
}

static void headers_come_from_the_normal_configuration(void **state)
{
	struct config admin = {.alias = {.text = "admin-of-it"}};
	struct node node = parent;
	struct expansion plain = expansion(*state);

	node.admin = &admin;
	plain.leaf = &node;
	assert_string_equal(expanded_with(&plain, &node, "$NODE_ALIAS $LEAF_ALIAS"),
			    "parent parent");
}

static void f4_a_header_that_is_missing_is_empty(void **state)
{
	const struct node nameless = {.path = "/r", .config = {.alias = {.text = "a"}}};
	struct expansion plain = expansion(*state);

	plain.leaf = &nameless;
	assert_string_equal(
		expanded_with(&plain, &nameless, "<$NODE_NAME$NODE_INFO$LEAF_NAME$LEAF_INFO>"),
		"<>");
}

static void numbers_are_of_redwrap_and_of_the_payload(void **state)
{
	struct bench *bench = *state;

	assert_string_equal(expanded(bench, "$PID"), pool_format(&bench->pool, "%d", getpid()));
	assert_string_equal(expanded(bench, "$UID:$GID"), "4294967294:12");
}

time_t __wrap_time(time_t *result);

/* Thursday, 1 January 1970, 0 hours and 1 minute in Greenwich. */
time_t __wrap_time(time_t *result)
{
	assert_null(result);
	return 60;
}

static void today_is_local_time_with_its_zone(void **state)
{
	setenv("TZ", "UTC0", 1);
	assert_string_equal(expanded(*state, "$TODAY"), "01-Jan-1970 00:01 (UTC)");
	setenv("TZ", "ABC-5:30", 1);
	assert_string_equal(expanded(*state, "$TODAY"), "01-Jan-1970 05:31 (ABC)");
	unsetenv("TZ");
}

static bool no_random;
ssize_t __real_getrandom(void *buffer, size_t length, unsigned int flags);
ssize_t __wrap_getrandom(void *buffer, size_t length, unsigned int flags);

ssize_t __wrap_getrandom(void *buffer, size_t length, unsigned int flags)
{
	if (!no_random)
		return __real_getrandom(buffer, length, flags);
	errno = ENOSYS;
	return -1;
}

static void each_uuid_is_random_and_new(void **state)
{
	static const char form[] = "xxxxxxxx-xxxx-4xxx-Vxxx-xxxxxxxxxxxx";
	const char *two = expanded(*state, "$UUID$UUID");
	size_t length = strlen(form);

	assert_int_equal(strlen(two), 2 * length);
	for (size_t i = 0; i < 2 * length; i++) {
		char wanted = form[i % length];

		if (wanted == 'x')
			assert_true(isdigit(two[i]) || (two[i] >= 'a' && two[i] <= 'f'));
		else if (wanted == 'V')
			assert_non_null(strchr("89ab", two[i]));
		else
			assert_int_equal(two[i], wanted);
	}
	assert_memory_not_equal(two, two + length, length);
}

static void without_random_bytes_there_is_no_uuid(void **state)
{
	struct bench *bench = *state;
	struct expansion plain = expansion(bench);
	struct setting said = {.text = "$UUID", .origin = {TEXT_NAME, 1, 1}};
	const char *text;

	no_random = true;
	assert_int_equal(expand_text(&plain, &leaf, &said, &text), -ENOSYS);
	no_random = false;
	assert_non_null(strstr(bench->error.text, "$UUID"));
}

/* What /proc/self/mounts holds, or NULL when it cannot be opened; how often it was. */
static const char *mounts;
static int lookups;
FILE *__wrap_setmntent(const char *path, const char *mode);

FILE *__wrap_setmntent(const char *path, const char *mode)
{
	assert_string_equal(path, "/proc/self/mounts");
	assert_string_equal(mode, "re");
	lookups++;
	return mounts ? fmemopen((void *)mounts, strlen(mounts), "r") : NULL;
}

#define OTHER_MOUNTS "proc /proc proc rw 0 0\ncgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\n"

static void the_cgroup2_mount_is_found(void **state)
{
	static const struct {
		const char *mounts, *result;
	} examples[] = {
		{OTHER_MOUNTS "cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n",
		 "/sys/fs/cgroup/unified"},
		{OTHER_MOUNTS "none /a\\040b cgroup2 rw 0 0\nnone /later cgroup2 rw 0 0\n", "/a b"},
		{OTHER_MOUNTS, "/sys/fs/cgroup"},
		{NULL, "/sys/fs/cgroup"},
	};

	unsetenv("CGROUPS_MOUNT_POINT");
	for (size_t i = 0; i < COUNT(examples); i++) {
		mounts = examples[i].mounts;
		assert_string_equal(expanded(*state, "$CGROUPS_MOUNT_POINT"), examples[i].result);
	}
}

static void the_cgroup2_mount_is_looked_for_once(void **state)
{
	struct expansion plain = expansion(*state);

	mounts = "none /here cgroup2 rw 0 0\n";
	lookups = 0;
	assert_string_equal(
		expanded_with(&plain, &leaf, "$CGROUPS_MOUNT_POINT$cgroups_mount_point"),
		"/here/here");
	assert_string_equal(expanded_with(&plain, &leaf, "$CGROUPS_MOUNT_POINT"), "/here");
	assert_int_equal(lookups, 1);
}

static void the_environment_knows_the_cgroup2_mount_better(void **state)
{
	mounts = "none /here cgroup2 rw 0 0\n";
	setenv("CGROUPS_MOUNT_POINT", "/said", 1);
	assert_string_equal(expanded(*state, "$CGROUPS_MOUNT_POINT"), "/said");
	unsetenv("CGROUPS_MOUNT_POINT");
	assert_string_equal(expanded(*state, "$CGROUPS_MOUNT_POINT"), "/here");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(a_tag_is_the_longest_run),
		bench_test(only_predefined_tags_ignore_case),
		bench_test(the_environment_comes_before_the_default),
		bench_test(an_empty_environment_has_no_variables),
		bench_test(the_environment_does_not_hide_other_tags),
		bench_test(paths_are_those_of_the_node_that_defines),
		bench_test(headers_are_those_of_the_node_and_of_the_leaf),
		bench_test(headers_come_from_the_normal_configuration),
		bench_test(f4_a_header_that_is_missing_is_empty),
		bench_test(numbers_are_of_redwrap_and_of_the_payload),
		bench_test(today_is_local_time_with_its_zone),
		bench_test(each_uuid_is_random_and_new),
		bench_test(without_random_bytes_there_is_no_uuid),
		bench_test(the_cgroup2_mount_is_found),
		bench_test(the_cgroup2_mount_is_looked_for_once),
		bench_test(the_environment_knows_the_cgroup2_mount_better),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
