/* SPDX-License-Identifier: Apache-2.0 */
/* Paths of the host: whose links are followed, what is made, what is removed again (rednode.md 3).
 */
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "apply/host.h"

static int open_host(void)
{
	int host = open("/", O_PATH | O_DIRECTORY);

	assert_true(host >= 0);
	return host;
}

static int look_up(struct tree *tree, const char *name, bool *through_link)
{
	int host = open_host();
	const struct host_making making = {.host = host, .error = &tree->bench.error};
	int fd = host_open(&making, tree_path(tree, name), through_link);

	close(host);
	return fd;
}

static void assert_leads_to(struct tree *tree, const char *name, const char *place, bool linked)
{
	bool through_link;
	int fd = look_up(tree, name, &through_link);
	struct stat found, wanted;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &found), 0);
	assert_int_equal(stat(tree_path(tree, place), &wanted), 0);
	assert_true(host_is_same(&found, &wanted));
	assert_int_equal(through_link, linked);
	close(fd);
}

static void a_path_without_links_is_opened(void **state)
{
	struct tree *tree = *state;

	tree_directory(tree, "a");
	tree_file(tree, "a/file", "");
	assert_leads_to(tree, "a", "a", false);
	assert_leads_to(tree, "a/file", "a/file", false);
}

static void links_are_followed_as_by_the_kernel(void **state)
{
	struct tree *tree = *state;

	tree_directory(tree, "a");
	tree_directory(tree, "a/b");
	tree_link(tree, "a/./b/", "relative");
	tree_link(tree, tree_path(tree, "a"), "absolute");
	tree_link(tree, "../a/../relative/", "a/chain");
	assert_leads_to(tree, "relative", "a/b", true);
	assert_leads_to(tree, "absolute/b", "a/b", true);
	assert_leads_to(tree, "a/chain", "a/b", true);
	assert_leads_to(tree, "absolute/chain/../chain", "a/b", true);
}

static void nothing_stands_above_the_root(void **state)
{
	struct tree *tree = *state;

	tree_directory(tree, "a");
	tree_link(tree, pool_format(&tree->bench.pool, "/../../..%s", tree_path(tree, "a")), "up");
	assert_leads_to(tree, "up", "a", true);
}

static void assert_no_way(struct tree *tree, const char *name, int code, const char *word)
{
	bool through_link;

	assert_int_equal(look_up(tree, name, &through_link), code);
	assert_non_null(strstr(tree->bench.error.text, tree_path(tree, name)));
	assert_non_null(strstr(tree->bench.error.text, word));
}

static void a_strangers_link_is_refused(void **state)
{
	struct tree *tree = *state;

	tree_directory(tree, "a");
	tree_link(tree, "a", "link");
	assert_leads_to(tree, "link", "a", true);
	tree_owner(tree, "link", STRANGER);
	assert_no_way(tree, "link", -EPERM, "user 1000");
}

static void what_is_missing_is_told(void **state)
{
	struct tree *tree = *state;

	tree_directory(tree, "a");
	tree_link(tree, "a", "link");
	tree_link(tree, "a/gone", "dangling");
	assert_no_way(tree, "missing", -ENOENT, "cannot export");
	assert_no_way(tree, "link/missing", -ENOENT, "cannot export");
	assert_no_way(tree, "dangling", -ENOENT, "symbolic link on the way leads to 'gone'");
	assert_no_way(tree, "dangling/below", -ENOENT, "leads to 'gone'");
}

static void loops_and_files_on_the_way_end(void **state)
{
	struct tree *tree = *state;

	tree_link(tree, "loop", "loop");
	tree_file(tree, "file", "");
	tree_link(tree, "file", "link");
	assert_no_way(tree, "loop", -ELOOP, "cannot export");
	assert_no_way(tree, "file/x", -ENOTDIR, "cannot export");
	assert_no_way(tree, "link/x", -ENOTDIR, "cannot export");
}

static int again(struct tree *tree, const char *name, int former)
{
	int host = open_host();
	int fd = host_open_again(host, tree_path(tree, name), former, &tree->bench.error);

	close(host);
	return fd;
}

/* CVE-2021-30465: what was looked at is what is exported. */
static void a_link_that_leads_elsewhere_now_is_refused(void **state)
{
	struct tree *tree = *state;
	bool through_link;
	int former, fd;

	tree_directory(tree, "a");
	tree_directory(tree, "b");
	tree_link(tree, "a", "link");
	former = look_up(tree, "link", &through_link);
	fd = again(tree, "link", former);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(unlinkat(tree->fd, "link", 0), 0);
	assert_int_equal(again(tree, "link", former), -ENOENT);
	tree_link(tree, "b", "link");
	assert_int_equal(again(tree, "link", former), -EPERM);
	assert_non_null(strstr(tree->bench.error.text, "replaced"));
	close(former);
}

static void a_link_that_was_none_is_refused(void **state)
{
	struct tree *tree = *state;
	int fd;

	tree_directory(tree, "a");
	fd = again(tree, "a", -1);
	assert_true(fd >= 0);
	close(fd);
	tree_link(tree, "a", "link");
	assert_int_equal(again(tree, "link", -1), -EPERM);
	assert_non_null(strstr(tree->bench.error.text, "replaced"));
}

struct making {
	struct made_list list;
	struct host_making how;
};

static struct making *begin_making(struct tree *tree, const char *const *places)
{
	struct making *making = pool_alloc(&tree->bench.pool, sizeof(*making));

	making->how = (struct host_making){.host = open_host(),
					   .uid = geteuid(),
					   .gid = getegid(),
					   .places = places,
					   .list = &making->list,
					   .error = &tree->bench.error};
	umask(027);
	return making;
}

static int make(struct tree *tree, struct making *making, const char *name)
{
	return host_make_directory(&making->how, tree_path(tree, name));
}

static struct stat status_of(const struct tree *tree, const char *name)
{
	struct stat status;

	assert_int_equal(fstatat(tree->fd, name, &status, AT_SYMLINK_NOFOLLOW), 0);
	return status;
}

static bool is_there(const struct tree *tree, const char *name)
{
	return faccessat(tree->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void what_is_made_belongs_to_the_payloads_user(void **state)
{
	struct tree *tree = *state;
	struct making *making = begin_making(tree, NULL);
	int fd;

	making->how.uid = making->how.gid = STRANGER;
	tree_directory(tree, "a");
	fd = make(tree, making, "a/b/c");
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(status_of(tree, "a").st_uid, 0);
	assert_int_equal(status_of(tree, "a/b").st_uid, STRANGER);
	assert_int_equal(status_of(tree, "a/b/c").st_gid, STRANGER);
	assert_int_equal(status_of(tree, "a/b/c").st_mode & 07777, 0750);
	assert_int_equal(making->list.count, 2);
	made_remove(&making->list);
	close(making->how.host);
	assert_false(is_there(tree, "a/b"));
	assert_true(is_there(tree, "a"));
}

static void what_is_kept_stays(void **state)
{
	struct tree *tree = *state;
	struct making *making = begin_making(tree, NULL);

	close(make(tree, making, "b"));
	made_keep(&making->list);
	close(make(tree, making, "b/c"));
	assert_int_equal(making->list.count, 1);
	tree_file(tree, "b/c/file", "");
	made_remove(&making->list);
	close(making->how.host);
	assert_true(is_there(tree, "b/c/file"));
}

/* Files that were made as mount points, and links; one that holds something is not ours any more.
 */
static void empty_files_and_links_are_removed(void **state)
{
	struct tree *tree = *state;
	struct made_list list = {0};

	tree_file(tree, "empty", "");
	tree_file(tree, "full", "content");
	tree_link(tree, "nowhere", "link");
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(made_add(&list, tree->fd,
					  (const char *[]){"empty", "full", "link", "gone"}[i]),
				 0);
	made_remove(&list);
	assert_false(is_there(tree, "empty"));
	assert_false(is_there(tree, "link"));
	assert_true(is_there(tree, "full"));
}

/* W17 */
static void w17_only_beneath_the_places(void **state)
{
	struct tree *tree = *state;
	const char *const places[] = {tree_path(tree, "other"), tree_path(tree, "node"), NULL};
	struct making *making = begin_making(tree, places);

	tree_directory(tree, "other");
	tree_directory(tree, "node");
	tree_directory(tree, "nodes");
	tree_link(tree, "../nodes", "node/out");
	close(make(tree, making, "node/a/b"));
	assert_true(is_there(tree, "node/a/b"));
	assert_int_equal(make(tree, making, "nodes/a"), -EPERM);
	assert_int_equal(make(tree, making, "node/out/a"), -EPERM);
	assert_int_equal(make(tree, making, "a"), -EPERM);
	assert_non_null(strstr(tree->bench.error.text, "--force"));
	assert_false(is_there(tree, "nodes/a"));
	made_keep(&making->list);
	close(making->how.host);
}

static void w17_no_link_to_nothing_is_followed(void **state)
{
	struct tree *tree = *state;
	struct making *making = begin_making(tree, NULL);

	tree_link(tree, "target", "link");
	assert_int_equal(make(tree, making, "link"), -ENOENT);
	assert_int_equal(make(tree, making, "link/a"), -ENOENT);
	assert_false(is_there(tree, "target"));
	close(making->how.host);
}

static void a_directory_that_cannot_be_made_is_told(void **state)
{
	struct tree *tree = *state;
	struct making *making = begin_making(tree, NULL);
	char name[300];

	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(make(tree, making, name), -ENAMETOOLONG);
	tree_file(tree, "file", "");
	assert_int_equal(make(tree, making, "file/a"), -ENOTDIR);
	close(making->how.host);
	making->how.host = open_host();
	assert_int_equal(host_make_directory(&making->how, "/proc/missing/a"), -ENOENT);
	assert_non_null(strstr(tree->bench.error.text, "make it beforehand"));
	close(making->how.host);
}

/* Without the module the attribute is only kept; one that cannot be set refuses the start. */
static void a_made_directory_has_the_label(void **state)
{
	struct tree *tree = *state;
	struct making *making = begin_making(tree, NULL);
	char *label = pool_alloc(&tree->bench.pool, XATTR_SIZE_MAX + 2);
	char found[8];
	int fd;

	making->how.label = "Red";
	fd = make(tree, making, "a");
	assert_int_equal(getxattr(tree_path(tree, "a"), "security.SMACK64", found, sizeof(found)),
			 3);
	assert_memory_equal(found, "Red", 3);
	close(fd);
	memset(label, 'x', XATTR_SIZE_MAX + 1);
	making->how.label = label;
	assert_true(make(tree, making, "b") < 0);
	assert_non_null(strstr(tree->bench.error.text, "label"));
	made_remove(&making->list);
	assert_false(is_there(tree, "a"));
	assert_false(is_there(tree, "b"));
	close(making->how.host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		tree_test(a_path_without_links_is_opened),
		tree_test(links_are_followed_as_by_the_kernel),
		tree_test(nothing_stands_above_the_root),
		tree_test(a_strangers_link_is_refused),
		tree_test(what_is_missing_is_told),
		tree_test(loops_and_files_on_the_way_end),
		tree_test(a_link_that_leads_elsewhere_now_is_refused),
		tree_test(a_link_that_was_none_is_refused),
		tree_test(what_is_made_belongs_to_the_payloads_user),
		tree_test(what_is_kept_stays),
		tree_test(empty_files_and_links_are_removed),
		tree_test(w17_only_beneath_the_places),
		tree_test(w17_no_link_to_nothing_is_followed),
		tree_test(a_directory_that_cannot_be_made_is_told),
		tree_test(a_made_directory_has_the_label),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
