/* SPDX-License-Identifier: Apache-2.0 */
/* rednode.md 1, trust: the group that is the owner's alone, and access control lists. */
#include "tree.h"

#include <endian.h>
#include <fcntl.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "load/writers.h"

#define JOE "joe:x:1000:1000::/:/bin/sh\n"
#define ANN "ann:x:1001:1001::/:/bin/sh\n"

/* www-data of Debian's base-passwd: a group of its own, with nobody in it. */
enum { OWNER = 33, ANYBODY = 1234 };

/* As whom the kernel shows those that a user namespace does not map, user_namespaces(7). */
enum { OVERFLOW = 65534 };

static bool is_private(const char *accounts, const char *groups, uid_t owner, gid_t group)
{
	FILE *first = fmemopen((char *)(uintptr_t)accounts, strlen(accounts), "r");
	FILE *second = fmemopen((char *)(uintptr_t)groups, strlen(groups), "r");
	bool result;

	assert_non_null(first);
	assert_non_null(second);
	result = group_is_private(first, second, owner, group);
	fclose(first);
	fclose(second);
	return result;
}

static void the_owners_primary_group_is_the_owners_when_nobody_else_is_in_it(void **state)
{
	(void)state;
	assert_true(is_private(JOE ANN, "joe:x:1000:\n", 1000, 1000));
	assert_true(is_private(JOE ANN, "joe:x:1000:joe\n", 1000, 1000));
	assert_true(is_private(JOE ANN, "other:x:5:ann,joe\n", 1000, 1000));
	/* A member beside the owner, in whichever line the group stands. */
	assert_false(is_private(JOE ANN, "joe:x:1000:ann\n", 1000, 1000));
	assert_false(is_private(JOE ANN, "joe:x:1000:joe,ann\n", 1000, 1000));
	assert_false(is_private(JOE ANN, "joe:x:1000:\nalso:x:1000:ann\n", 1000, 1000));
	/* Another user has it as primary group. */
	assert_false(is_private(JOE "ben:x:1002:1000::/:\n", "joe:x:1000:\n", 1000, 1000));
	assert_false(is_private("ben:x:1002:1000::/:\n" JOE, "joe:x:1000:\n", 1000, 1000));
	/* Another group, an unknown user. */
	assert_false(is_private(JOE ANN, "users:x:100:joe\n", 1000, 100));
	assert_false(is_private(JOE ANN, "ann:x:1001:\n", 1000, 1001));
	assert_false(is_private(ANN, "joe:x:1000:\n", 1000, 1000));
}

static void roots_group_never_counts_as_root(void **state)
{
	(void)state;
	assert_false(is_private("root:x:0:0::/root:/bin/sh\n" JOE, "root:x:0:\n", 0, 0));
}

/* Whether the file of the tree passes, for the process that asks. */
static bool file_passes(struct tree *tree)
{
	int fd = openat(tree->fd, "file", O_PATH | O_CLOEXEC);
	struct stat found;

	return fd >= 0 && fstat(fd, &found) == 0 &&
	       check_owner(&found, "file", &tree->bench.error) == 0 &&
	       check_writers(fd, &found, "file", &tree->bench.error) == 0;
}

/* Whether @caller trusts the file of the tree. */
static bool trusts(struct tree *tree, uid_t caller)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		if (setuid(caller) < 0)
			_exit(2);
		_exit(!file_passes(tree));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
	return WEXITSTATUS(status) == 0;
}

static void make_file(struct tree *tree, uid_t owner, gid_t group, mode_t mode)
{
	tree_file(tree, "file", "");
	assert_int_equal(fchownat(tree->fd, "file", owner, group, 0), 0);
	tree_mode(tree, "file", mode);
}

static void a_private_group_may_write_what_its_owner_may(void **state)
{
	struct tree *tree = *state;

	make_file(tree, OWNER, OWNER, 0664);
	assert_true(trusts(tree, OWNER));
	assert_false(trusts(tree, ANYBODY));
	make_file(tree, OWNER, ANYBODY, 0664);
	assert_false(trusts(tree, OWNER));
	make_file(tree, OWNER, OWNER, 0666);
	assert_false(trusts(tree, OWNER));
	make_file(tree, 0, 0, 0664);
	assert_false(trusts(tree, 0));
	assert_false(trusts(tree, OWNER));
}

/* Writes the maps of @pid, the same for users and groups. */
static void write_maps(pid_t pid, const char *map)
{
	static const char *const files[] = {"uid_map", "gid_map"};

	for (size_t i = 0; i < COUNT(files); i++) {
		char path[64];
		int fd;

		snprintf(path, sizeof path, "/proc/%d/%s", pid, files[i]);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		assert_true(fd >= 0);
		assert_int_equal(write(fd, map, strlen(map)), strlen(map));
		close(fd);
	}
}

/* As trusts(), of a caller in a new user namespace with this map. */
static bool trusts_mapped(struct tree *tree, uid_t caller, const char *map)
{
	int ready[2], go[2];
	char byte = 0;
	pid_t child;
	int status;

	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(go), 0);
	child = fork();
	if (child == 0) {
		if (setgid(caller) < 0 || setuid(caller) < 0 || unshare(CLONE_NEWUSER) < 0 ||
		    write(ready[1], &byte, 1) != 1 || read(go[0], &byte, 1) != 1 ||
		    getuid() != caller)
			_exit(2);
		_exit(!file_passes(tree));
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	write_maps(child, map);
	assert_int_equal(write(go[1], &byte, 1), 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	for (size_t i = 0; i < 2; i++) {
		close(ready[i]);
		close(go[i]);
	}
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
	return WEXITSTATUS(status) == 0;
}

#define EVERYBODY "0 0 4294967295"

static void whom_a_user_namespace_does_not_map_is_not_the_caller(void **state)
{
	struct tree *tree = *state;

	make_file(tree, ANYBODY, ANYBODY, 0644);
	assert_false(trusts(tree, OVERFLOW));
	assert_false(trusts_mapped(tree, OVERFLOW, EVERYBODY));
	assert_false(trusts_mapped(tree, OVERFLOW, "65534 65534 1"));
	assert_false(trusts_mapped(tree, OVERFLOW, "0 0 1234\n1235 1235 100000"));
	/* The caller's own cannot be told from that, unless everybody is mapped. */
	make_file(tree, OVERFLOW, OVERFLOW, 0644);
	assert_true(trusts(tree, OVERFLOW));
	assert_true(trusts_mapped(tree, OVERFLOW, EVERYBODY));
	assert_true(trusts_mapped(tree, OVERFLOW, "0 0 65534\n65534 65534 4294901761"));
	assert_false(trusts_mapped(tree, OVERFLOW, "65534 65534 1"));
	/* Another caller's can. */
	make_file(tree, ANYBODY, ANYBODY, 0644);
	assert_true(trusts_mapped(tree, ANYBODY, "1234 1234 1"));
}

struct entry {
	uint16_t tag, rights;
	uint32_t id;
};

static void set_acl(struct tree *tree, const struct entry *entries, size_t count)
{
	unsigned char bytes[256] = {0};
	struct posix_acl_xattr_header header = {htole32(POSIX_ACL_XATTR_VERSION)};
	size_t size = sizeof header;

	memcpy(bytes, &header, size);
	for (size_t i = 0; i < count; i++) {
		struct posix_acl_xattr_entry entry = {htole16(entries[i].tag),
						      htole16(entries[i].rights),
						      htole32(entries[i].id)};

		memcpy(bytes + size, &entry, sizeof entry);
		size += sizeof entry;
	}
	assert_int_equal(
		setxattr(tree_path(tree, "file"), "system.posix_acl_access", bytes, size, 0), 0);
}

/* Sets an ACL with one entry beside those of the mode, and whom it lets write. */
static void set_one(struct tree *tree, uint16_t tag, uint32_t id, uint16_t rights, uint16_t group,
		    uint16_t mask)
{
	const struct entry entries[] = {
		{ACL_USER_OBJ, 6, UINT32_MAX},
		tag == ACL_USER ? (struct entry){tag, rights, id}
				: (struct entry){ACL_GROUP_OBJ, group, UINT32_MAX},
		tag == ACL_USER ? (struct entry){ACL_GROUP_OBJ, group, UINT32_MAX}
				: (struct entry){tag, rights, id},
		{ACL_MASK, mask, UINT32_MAX},
		{ACL_OTHER, 4, UINT32_MAX},
	};

	set_acl(tree, entries, COUNT(entries));
}

static void an_acl_that_lets_others_write_does_not_pass(void **state)
{
	struct tree *tree = *state;

	make_file(tree, 0, 0, 0644);
	assert_true(trusts(tree, 0));
	set_one(tree, ACL_USER, ANYBODY, 6, 4, 6);
	assert_false(trusts(tree, 0));
	set_one(tree, ACL_GROUP, ANYBODY, 6, 4, 6);
	assert_false(trusts(tree, 0));
	set_one(tree, ACL_USER, ANYBODY, 4, 6, 6);
	assert_false(trusts(tree, 0));
}

static void an_acl_that_lets_nobody_else_write_passes(void **state)
{
	struct tree *tree = *state;

	make_file(tree, 0, 0, 0644);
	/* The mask takes from every entry what it lacks. */
	set_one(tree, ACL_USER, ANYBODY, 6, 4, 4);
	assert_true(trusts(tree, 0));
	set_one(tree, ACL_USER, ANYBODY, 4, 4, 6);
	assert_true(trusts(tree, 0));
	/* Root and the caller may write, whoever the owner is of the two. */
	set_one(tree, ACL_USER, OWNER, 6, 4, 6);
	assert_true(trusts(tree, OWNER));
	assert_false(trusts(tree, 0));
	set_one(tree, ACL_USER, 0, 6, 4, 6);
	assert_true(trusts(tree, OWNER));
	make_file(tree, OWNER, OWNER, 0644);
	set_one(tree, ACL_GROUP, OWNER, 6, 6, 6);
	assert_true(trusts(tree, OWNER));
	set_one(tree, ACL_GROUP, ANYBODY, 6, 6, 6);
	assert_false(trusts(tree, OWNER));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_owners_primary_group_is_the_owners_when_nobody_else_is_in_it),
		cmocka_unit_test(roots_group_never_counts_as_root),
		tree_test(a_private_group_may_write_what_its_owner_may),
		tree_test(whom_a_user_namespace_does_not_map_is_not_the_caller),
		tree_test(an_acl_that_lets_others_write_does_not_pass),
		tree_test(an_acl_that_lets_nobody_else_write_passes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
