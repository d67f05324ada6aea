/* SPDX-License-Identifier: Apache-2.0 */
/* Whom a configuration is believed to come from: each refusal beside what passes. */
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "load/trust.h"

/* Opens the directory @path; returns its canonical path, or NULL when it is refused. */
static const char *opened(struct tree *tree, const char *path)
{
	const char *canonical = NULL;
	int fd = trust_open_directory(&tree->bench.pool, path, &canonical, &tree->bench.error);

	if (fd < 0)
		return NULL;
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
	return canonical;
}

static void assert_opens(struct tree *tree, const char *name, const char *canonical)
{
	const char *found = opened(tree, tree_path(tree, name));

	if (!found)
		fail_msg("refused: %s", tree->bench.error.text);
	assert_string_equal(found, tree_path(tree, canonical));
}

static void assert_no_trust(struct tree *tree, const char *name, const char *reason)
{
	if (opened(tree, tree_path(tree, name)))
		fail_msg("%s is trusted", name);
	if (!strstr(tree->bench.error.text, reason))
		fail_msg("'%s' is not the reason: %s", reason, tree->bench.error.text);
	assert_null(strchr(tree->bench.error.text, '\n'));
}

static void a_path_becomes_canonical(void **state)
{
	struct tree *tree = *state;

	tree_directory(tree, "a");
	tree_directory(tree, "a/b");
	assert_opens(tree, "a/b", "a/b");
	assert_opens(tree, "a//./b/", "a/b");
	assert_opens(tree, "a/../a/b/..", "a");
	assert_string_equal(opened(tree, "/"), "/");
	assert_string_equal(opened(tree, "/../.."), "/");
	assert_int_equal(chdir(tree_path(tree, "a")), 0);
	assert_string_equal(opened(tree, "b"), tree_path(tree, "a/b"));
	assert_string_equal(opened(tree, "."), tree_path(tree, "a"));
	assert_string_equal(opened(tree, "../a/b"), tree_path(tree, "a/b"));
	assert_null(opened(tree, ""));
	assert_int_equal(chdir("/"), 0);
}

static void what_is_not_there_or_no_directory_is_refused(void **state)
{
	struct tree *tree = *state;

	tree_file(tree, "file", "");
	assert_no_trust(tree, "none", "No such file");
	assert_no_trust(tree, "none/..", "No such file");
	assert_no_trust(tree, "file", "Not a directory");
	assert_no_trust(tree, "file/..", "Not a directory");
}

/* On the way and at its end alike. */
static void a_strangers_directory_is_not_trusted(void **state)
{
	struct tree *tree = *state;

	tree_directory(tree, "a");
	tree_directory(tree, "a/b");
	assert_opens(tree, "a/b", "a/b");
	tree_owner(tree, "a/b", STRANGER);
	assert_no_trust(tree, "a/b", "belongs to user 1000");
	assert_no_trust(tree, "a/b/..", "belongs to user 1000");
	tree_owner(tree, "a/b", 0);
	tree_owner(tree, "a", STRANGER);
	assert_no_trust(tree, "a/b", "belongs to user 1000");
	assert_non_null(strstr(tree->bench.error.text, tree_path(tree, "a: ")));
	tree_owner(tree, "a", 0);
	assert_opens(tree, "a/b", "a/b");
}

static void a_directory_that_others_write_is_not_trusted(void **state)
{
	static const struct {
		mode_t mode;
		bool trusted;
	} modes[] = {
		{0755, true},  {0700, true},  {0555, true},  {0775, false},
		{0757, false}, {0777, false}, {0720, false}, {02775, false},
		{01777, true}, {01775, true}, {02755, true},
	};
	struct tree *tree = *state;

	tree_directory(tree, "a");
	tree_directory(tree, "a/b");
	for (size_t i = 0; i < COUNT(modes); i++) {
		tree_mode(tree, "a", modes[i].mode);
		if (modes[i].trusted)
			assert_opens(tree, "a/b", "a/b");
		else
			assert_no_trust(tree, "a/b", "others may write to it");
	}
}

/* Anybody can make an entry in it, but nobody can make root's. */
static void in_a_sticky_directory_the_entry_counts(void **state)
{
	struct tree *tree = *state;

	tree_directory(tree, "tmp");
	tree_mode(tree, "tmp", 01777);
	tree_directory(tree, "tmp/mine");
	tree_directory(tree, "tmp/theirs");
	tree_owner(tree, "tmp/theirs", STRANGER);
	assert_opens(tree, "tmp/mine", "tmp/mine");
	assert_no_trust(tree, "tmp/theirs", "belongs to user 1000");
	tree_owner(tree, "tmp", STRANGER);
	assert_no_trust(tree, "tmp/mine", "belongs to user 1000");
}

static void links_are_followed_through_trusted_directories(void **state)
{
	struct tree *tree = *state;

	tree_directory(tree, "a");
	tree_directory(tree, "a/b");
	tree_directory(tree, "a/b/c");
	tree_link(tree, "a/b", "relative");
	tree_link(tree, tree_path(tree, "a/b"), "absolute");
	tree_link(tree, "../relative/c", "a/upward");
	assert_opens(tree, "relative/c", "a/b/c");
	assert_opens(tree, "absolute/c", "a/b/c");
	assert_opens(tree, "a/upward", "a/b/c");
	assert_opens(tree, "relative/..", "a");
	tree_mode(tree, "a", 0777);
	assert_no_trust(tree, "relative/c", "others may write to it");
	assert_no_trust(tree, "absolute/c", "others may write to it");
}

static void a_strangers_link_is_not_followed(void **state)
{
	struct tree *tree = *state;

	tree_directory(tree, "a");
	tree_link(tree, "a", "link");
	assert_opens(tree, "link", "a");
	tree_owner(tree, "link", STRANGER);
	assert_no_trust(tree, "link", "/link: it belongs to user 1000");
}

static void a_loop_of_links_ends(void **state)
{
	struct tree *tree = *state;
	char name[16], target[16];

	tree_link(tree, "one", "two");
	tree_link(tree, "two", "one");
	tree_link(tree, "self/self", "self");
	assert_no_trust(tree, "one", "Too many levels");
	assert_no_trust(tree, "self", "Too many levels");
	/* As many as the kernel follows, and one more. */
	tree_directory(tree, "0");
	for (int i = 1; i <= 41; i++) {
		snprintf(name, sizeof name, "%d", i);
		snprintf(target, sizeof target, "%d", i - 1);
		tree_link(tree, target, name);
	}
	assert_opens(tree, "40", "0");
	assert_no_trust(tree, "41", "Too many levels");
}

static void long_names_are_refused(void **state)
{
	struct tree *tree = *state;
	char name[8192];

	memset(name, 'n', sizeof name);
	name[255] = '\0';
	tree_directory(tree, name);
	assert_opens(tree, name, name);
	name[255] = 'n';
	name[256] = '\0';
	assert_no_trust(tree, name, "File name too long");
	name[256] = 'n';
	name[sizeof name - 1] = '\0';
	assert_no_trust(tree, name, "File name too long");
}

/* Opens the file @name; 0 when it is taken. */
static int open_file(struct tree *tree, const char *name)
{
	int fd = trust_open_file(tree->fd, tree->path, name, &tree->bench.error);

	if (fd < 0)
		return fd;
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
	return 0;
}

static void assert_file_refused(struct tree *tree, const char *name, const char *reason)
{
	if (open_file(tree, name) == 0)
		fail_msg("%s is trusted", name);
	if (!strstr(tree->bench.error.text, reason))
		fail_msg("'%s' is not the reason: %s", reason, tree->bench.error.text);
}

static void a_file_is_roots_and_nobody_else_writes_it(void **state)
{
	struct tree *tree = *state;

	tree_file(tree, "file", "x");
	assert_int_equal(open_file(tree, "file"), 0);
	tree_mode(tree, "file", 0664);
	assert_file_refused(tree, "file", "others may write to it (mode 0664)");
	tree_mode(tree, "file", 0646);
	assert_file_refused(tree, "file", "others may write to it (mode 0646)");
	/* On a file the sticky bit means nothing. */
	tree_mode(tree, "file", 01666);
	assert_file_refused(tree, "file", "others may write to it");
	tree_mode(tree, "file", 0640);
	assert_int_equal(open_file(tree, "file"), 0);
	tree_owner(tree, "file", STRANGER);
	assert_file_refused(tree, "file", "belongs to user 1000");
}

/* rednode.md 1: every directory on both paths, the link's and its target's. */
static void a_linked_file_is_read_when_both_paths_pass(void **state)
{
	struct tree *tree = *state;

	tree_directory(tree, "here");
	tree_directory(tree, "there");
	tree_directory(tree, "there/deep");
	tree_file(tree, "there/deep/file", "x");
	tree_link(tree, "there/deep/../deep/file", "relative");
	tree_link(tree, tree_path(tree, "there/deep/file"), "absolute");
	tree_link(tree, "../relative", "here/twice");
	assert_int_equal(open_file(tree, "relative"), 0);
	assert_int_equal(open_file(tree, "absolute"), 0);
	assert_int_equal(open_file(tree, "here/twice"), 0);
	tree_mode(tree, "there", 0777);
	assert_file_refused(tree, "relative", "/there: others may write to it");
	assert_file_refused(tree, "absolute", "/there: others may write to it");
	assert_file_refused(tree, "here/twice", "/there: others may write to it");
	tree_mode(tree, "there", 0755);
	tree_owner(tree, "there/deep", STRANGER);
	assert_file_refused(tree, "relative", "/there/deep: it belongs to user 1000");
	tree_owner(tree, "there/deep", 0);
	tree_mode(tree, "there/deep/file", 0666);
	assert_file_refused(tree, "absolute", "/there/deep/file: others may write to it");
	tree_mode(tree, "there/deep/file", 0644);
	tree_owner(tree, "relative", STRANGER);
	assert_file_refused(tree, "relative", "/relative: it belongs to user 1000");
	assert_file_refused(tree, "here/twice", "/relative: it belongs to user 1000");
}

static void a_linked_file_is_regular(void **state)
{
	struct tree *tree = *state;

	tree_directory(tree, "directory");
	assert_int_equal(mkfifoat(tree->fd, "fifo", 0644), 0);
	tree_link(tree, "directory", "to-directory");
	tree_link(tree, "fifo", "to-fifo");
	tree_link(tree, "/dev/null", "to-null");
	tree_link(tree, "self", "self");
	assert_file_refused(tree, "to-directory", "not a regular file");
	assert_file_refused(tree, "to-fifo", "not a regular file");
	assert_file_refused(tree, "to-null", "/dev/null: ");
	assert_file_refused(tree, "self", "Too many levels");
}

static void a_missing_file_is_told_apart(void **state)
{
	struct tree *tree = *state;

	assert_int_equal(open_file(tree, "none"), -ENOENT);
	tree_link(tree, "none", "dangling");
	assert_int_equal(open_file(tree, "dangling"), -EINVAL);
	assert_non_null(strstr(tree->bench.error.text, "/none: No such file"));
}

/* What the caller has to close is never the descriptor that it gave. */
static void a_link_that_leads_nowhere_else_is_opened_anew(void **state)
{
	struct tree *tree = *state;
	const char *canonical;
	int fd;

	tree_link(tree, ".", "here");
	fd = trust_open_below(&tree->bench.pool, tree->fd, tree->path, "here", &canonical,
			      &tree->bench.error);
	assert_true(fd >= 0);
	assert_int_not_equal(fd, tree->fd);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_string_equal(canonical, tree->path);
	close(fd);
	assert_int_equal(fcntl(tree->fd, F_GETFD), FD_CLOEXEC);
}

/* None of them is waited for, or read. */
static void only_a_regular_file_is_read(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct tree *tree = *state;
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(mkfifoat(tree->fd, "fifo", 0644), 0);
	assert_int_equal(mknodat(tree->fd, "null", S_IFCHR | 0644, makedev(1, 3)), 0);
	tree_directory(tree, "directory");
	tree_file(tree, "file", "");
	tree_link(tree, "file", "link");
	strcpy(address.sun_path, tree_path(tree, "socket"));
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
	close(listener);
	assert_file_refused(tree, "fifo", "not a regular file");
	assert_file_refused(tree, "null", "not a regular file");
	assert_file_refused(tree, "directory", "not a regular file");
	assert_int_equal(open_file(tree, "link"), 0);
	assert_file_refused(tree, "socket", "cannot open");
	assert_int_equal(open_file(tree, "file"), 0);
}

/* What is the caller's passes for the caller, and for nobody else but root. */
static void the_callers_own_is_trusted(void **state)
{
	struct tree *tree = *state;
	pid_t child;
	int status;

	tree_directory(tree, "home");
	tree_owner(tree, "home", STRANGER);
	assert_no_trust(tree, "home", "belongs to user 1000");
	child = fork();
	if (child == 0) {
		if (setuid(STRANGER) < 0)
			_exit(2);
		_exit(opened(tree, tree_path(tree, "home")) ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		tree_test(a_path_becomes_canonical),
		tree_test(what_is_not_there_or_no_directory_is_refused),
		tree_test(a_strangers_directory_is_not_trusted),
		tree_test(a_directory_that_others_write_is_not_trusted),
		tree_test(in_a_sticky_directory_the_entry_counts),
		tree_test(links_are_followed_through_trusted_directories),
		tree_test(a_strangers_link_is_not_followed),
		tree_test(a_loop_of_links_ends),
		tree_test(long_names_are_refused),
		tree_test(a_file_is_roots_and_nobody_else_writes_it),
		tree_test(a_linked_file_is_read_when_both_paths_pass),
		tree_test(a_linked_file_is_regular),
		tree_test(a_missing_file_is_told_apart),
		tree_test(a_link_that_leads_nowhere_else_is_opened_anew),
		tree_test(only_a_regular_file_is_read),
		tree_test(the_callers_own_is_trusted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
