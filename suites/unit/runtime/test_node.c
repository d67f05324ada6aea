/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes on disk: which directories are nodes, and which of their files count. */
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONFIG(alias) "headers: {alias: " alias "}\n"

static int load(struct tree *tree, const char *name, bool admin, struct node **leaf)
{
	*leaf = NULL;
	return node_load(&tree->bench.pool, tree_path(tree, name), admin, leaf, &tree->bench.error);
}

static const struct node *loaded(struct tree *tree, const char *name, bool admin)
{
	struct node *leaf;

	if (load(tree, name, admin, &leaf) < 0)
		fail_msg("refused: %s", tree->bench.error.text);
	return leaf;
}

static const struct node *good_load(struct tree *tree, const char *name)
{
	return loaded(tree, name, false);
}

static void assert_load_refused(struct tree *tree, const char *name, const char *reason)
{
	struct node *leaf;

	if (load(tree, name, true, &leaf) >= 0)
		fail_msg("accepted: %s", name);
	if (!strstr(tree->bench.error.text, reason))
		fail_msg("'%s' is not the reason: %s", reason, tree->bench.error.text);
}

static void a_chain_goes_up_to_the_first_directory_that_is_no_node(void **state)
{
	struct tree *tree = *state;
	const struct node *leaf;

	tree_node(tree, "lost", "Enable", CONFIG("lost"));
	tree_directory(tree, "lost/gap");
	tree_node(tree, "lost/gap/root", "Enable", CONFIG("root"));
	tree_node(tree, "lost/gap/root/leaf", "Disable", CONFIG("leaf"));
	leaf = good_load(tree, "lost/gap/root/leaf");
	assert_string_equal(leaf->path, tree_path(tree, "lost/gap/root/leaf"));
	assert_string_equal(leaf->config.alias.text, "leaf");
	assert_int_equal(leaf->status.state, NODE_DISABLE);
	assert_string_equal(leaf->parent->path, tree_path(tree, "lost/gap/root"));
	assert_string_equal(leaf->parent->config.alias.text, "root");
	assert_int_equal(leaf->parent->status.state, NODE_ENABLE);
	assert_null(leaf->parent->parent);
	assert_null(good_load(tree, "lost")->parent);
}

static void the_path_is_canonical(void **state)
{
	struct tree *tree = *state;

	tree_node(tree, "root", "Enable", CONFIG("root"));
	tree_node(tree, "root/leaf", "Enable", CONFIG("leaf"));
	tree_link(tree, "root/leaf", "link");
	assert_string_equal(good_load(tree, "link/")->path, tree_path(tree, "root/leaf"));
	assert_string_equal(good_load(tree, "link")->parent->path, tree_path(tree, "root"));
}

static void only_a_regular_status_file_makes_a_node(void **state)
{
	struct tree *tree = *state;

	tree_node(tree, "root", "Enable", CONFIG("root"));
	tree_node(tree, "root/leaf", "Enable", CONFIG("leaf"));
	assert_non_null(good_load(tree, "root/leaf")->parent);
	assert_int_equal(unlinkat(tree->fd, "root/.rednode.yaml", 0), 0);
	assert_null(good_load(tree, "root/leaf")->parent);
	assert_load_refused(tree, "root", "it is not a node");
	assert_int_equal(mkfifoat(tree->fd, "root/.rednode.yaml", 0644), 0);
	assert_load_refused(tree, "root", "it is not a node");
	assert_null(good_load(tree, "root/leaf")->parent);
	assert_load_refused(tree, "../..", "it is not a node");
}

/* The call that fails, see module.mk: the look for this status file, while the error is not 0. */
static struct {
	int error;
	ino_t directory;
} fault;

int __real_fstatat(int directory, const char *name, struct stat *status, int flags);
int __wrap_fstatat(int directory, const char *name, struct stat *status, int flags);

int __wrap_fstatat(int directory, const char *name, struct stat *status, int flags)
{
	struct stat where;

	if (fault.error && !strcmp(name, ".rednode.yaml") && fstat(directory, &where) == 0 &&
	    where.st_ino == fault.directory) {
		errno = fault.error;
		return -1;
	}
	return __real_fstatat(directory, name, status, flags);
}

/* Else the chain would end too early, and with it what the ancestor forbids. */
static void an_ancestor_that_cannot_be_looked_at_is_an_error(void **state)
{
	static const int errors[] = {EIO, EACCES, ENOMEM};
	struct tree *tree = *state;
	struct stat status;

	tree_node(tree, "root", "Enable", CONFIG("root"));
	tree_node(tree, "root/leaf", "Enable", CONFIG("leaf"));
	assert_int_equal(stat(tree_path(tree, "root"), &status), 0);
	fault.directory = status.st_ino;
	for (size_t i = 0; i < COUNT(errors); i++) {
		fault.error = errors[i];
		assert_load_refused(tree, "root/leaf", "cannot look for ");
		assert_non_null(strstr(tree->bench.error.text, strerror(errors[i])));
	}
	fault.error = 0;
	assert_non_null(good_load(tree, "root/leaf")->parent);
}

static void the_fallback_counts_when_the_first_name_is_missing(void **state)
{
	struct tree *tree = *state;

	tree_node(tree, "node", "Enable", CONFIG("first"));
	tree_file(tree, "node/etc/redpack.yaml", CONFIG("second"));
	assert_string_equal(good_load(tree, "node")->config.alias.text, "first");
	assert_int_equal(unlinkat(tree->fd, "node/etc/redpak.yaml", 0), 0);
	assert_string_equal(good_load(tree, "node")->config.alias.text, "second");
	/* Not when it is there and wrong. */
	tree_file(tree, "node/etc/redpak.yaml", "");
	assert_load_refused(tree, "node", "etc/redpak.yaml:1:1: the file is empty");
	assert_int_equal(unlinkat(tree->fd, "node/etc/redpak.yaml", 0), 0);
	tree_link(tree, "nothing.yaml", "node/etc/redpak.yaml");
	assert_load_refused(tree, "node", "etc/nothing.yaml: No such file");
	assert_int_equal(unlinkat(tree->fd, "node/etc/redpak.yaml", 0), 0);
	assert_int_equal(unlinkat(tree->fd, "node/etc/redpack.yaml", 0), 0);
	assert_load_refused(tree, "node", "etc/redpak.yaml: no such file");
}

static void admin_configurations_are_read_only_when_asked_for(void **state)
{
	struct tree *tree = *state;
	const struct node *leaf;

	tree_node(tree, "root", "Enable", CONFIG("root"));
	tree_node(tree, "root/leaf", "Enable", CONFIG("leaf"));
	assert_null(loaded(tree, "root/leaf", true)->admin);
	tree_file(tree, "root/etc/redpak-admin.yaml", CONFIG("admin-of-root"));
	tree_file(tree, "root/leaf/etc/redpak-admin.yaml", CONFIG("admin-of-leaf"));
	leaf = good_load(tree, "root/leaf");
	assert_null(leaf->admin);
	assert_null(leaf->parent->admin);
	leaf = loaded(tree, "root/leaf", true);
	assert_string_equal(leaf->admin->alias.text, "admin-of-leaf");
	assert_string_equal(leaf->config.alias.text, "leaf");
	assert_string_equal(leaf->parent->admin->alias.text, "admin-of-root");
	assert_int_equal(unlinkat(tree->fd, "root/leaf/etc/redpak-admin.yaml", 0), 0);
	leaf = loaded(tree, "root/leaf", true);
	assert_null(leaf->admin);
	assert_non_null(leaf->parent->admin);
	/* N is mandatory, A or not. */
	tree_file(tree, "root/leaf/etc/redpak-admin.yaml", CONFIG("admin-of-leaf"));
	assert_int_equal(unlinkat(tree->fd, "root/leaf/etc/redpak.yaml", 0), 0);
	assert_load_refused(tree, "root/leaf", "etc/redpak.yaml: no such file");
}

/* What is wrong with it is not even seen otherwise. */
static void an_admin_configuration_follows_the_rules_of_the_normal_one(void **state)
{
	struct tree *tree = *state;

	tree_node(tree, "node", "Enable", CONFIG("node"));
	tree_file(tree, "node/etc/redpack-admin.yaml", CONFIG("second"));
	assert_string_equal(loaded(tree, "node", true)->admin->alias.text, "second");
	tree_file(tree, "node/etc/redpak-admin.yaml", CONFIG("first"));
	assert_string_equal(loaded(tree, "node", true)->admin->alias.text, "first");
	tree_file(tree, "node/etc/redpak-admin.yaml", "headers: {}\n");
	assert_load_refused(tree, "node", "etc/redpak-admin.yaml:1:10: key 'alias' is missing");
	good_load(tree, "node");
	tree_file(tree, "node/etc/redpak-admin.yaml", CONFIG("first"));
	tree_mode(tree, "node/etc/redpak-admin.yaml", 0666);
	assert_load_refused(tree, "node", "etc/redpak-admin.yaml: others may write to it");
	good_load(tree, "node");
}

static void files_may_be_links_through_trusted_directories(void **state)
{
	struct tree *tree = *state;

	tree_node(tree, "node", "Enable", CONFIG("node"));
	tree_node(tree, "other", "Disable", CONFIG("other"));
	tree_directory(tree, "linked");
	tree_link(tree, "../node/.rednode.yaml", "linked/.rednode.yaml");
	tree_link(tree, "../other/etc", "linked/etc");
	assert_string_equal(good_load(tree, "linked")->config.alias.text, "other");
	assert_int_equal(good_load(tree, "linked")->status.state, NODE_ENABLE);
	assert_string_equal(good_load(tree, "linked")->path, tree_path(tree, "linked"));
	tree_owner(tree, "other", STRANGER);
	assert_load_refused(tree, "linked", "/other: it belongs to user 1000");
	tree_owner(tree, "other", 0);
	tree_mode(tree, "node", 0777);
	assert_load_refused(tree, "linked", "/node: others may write to it");
	tree_mode(tree, "node", 0755);
	/* A link to nothing is no reason to take the directory for none. */
	assert_int_equal(unlinkat(tree->fd, "node/.rednode.yaml", 0), 0);
	assert_load_refused(tree, "linked", "linked/.rednode.yaml: No such file");
}

static void every_file_and_directory_of_every_node_is_trusted(void **state)
{
	static const char *const names[] = {"root",	     "root/.rednode.yaml",
					    "root/etc",	     "root/etc/redpak.yaml",
					    "root/leaf",     "root/leaf/.rednode.yaml",
					    "root/leaf/etc", "root/leaf/etc/redpak.yaml"};
	struct tree *tree = *state;

	tree_node(tree, "root", "Enable", CONFIG("root"));
	tree_node(tree, "root/leaf", "Enable", CONFIG("leaf"));
	for (size_t i = 0; i < COUNT(names); i++) {
		tree_owner(tree, names[i], STRANGER);
		assert_load_refused(tree, "root/leaf", "belongs to user 1000");
		assert_non_null(strstr(tree->bench.error.text, tree_path(tree, names[i])));
		tree_owner(tree, names[i], 0);
		good_load(tree, "root/leaf");
	}
}

static void an_ancestor_that_is_malformed_is_an_error(void **state)
{
	struct tree *tree = *state;

	tree_node(tree, "root", "Enable", "headers: {}\n");
	tree_node(tree, "root/leaf", "Enable", CONFIG("leaf"));
	assert_load_refused(tree, "root/leaf", "root/etc/redpak.yaml:1:10: key 'alias' is missing");
	tree_file(tree, "root/etc/redpak.yaml", CONFIG("root"));
	good_load(tree, "root/leaf");
	tree_file(tree, "root/.rednode.yaml", "state: Enable\n");
	assert_load_refused(tree, "root/leaf", "root/.rednode.yaml:1:1: key 'realpath'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		tree_test(a_chain_goes_up_to_the_first_directory_that_is_no_node),
		tree_test(the_path_is_canonical),
		tree_test(only_a_regular_status_file_makes_a_node),
		tree_test(an_ancestor_that_cannot_be_looked_at_is_an_error),
		tree_test(the_fallback_counts_when_the_first_name_is_missing),
		tree_test(admin_configurations_are_read_only_when_asked_for),
		tree_test(an_admin_configuration_follows_the_rules_of_the_normal_one),
		tree_test(files_may_be_links_through_trusted_directories),
		tree_test(every_file_and_directory_of_every_node_is_trusted),
		tree_test(an_ancestor_that_is_malformed_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
