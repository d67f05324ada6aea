/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each allocation of a plan fails once: the plan is refused for want of memory, and no descriptor
 * stays open ("Fail closed" of the issue). What memory stays, the sanitized run of these tests
 * tells.
 */
#include "suites/faults/memory.h"
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <yaml.h>

#include <redpak.h>

#define PARENT                                                                      \
	"headers: {alias: parent, name: n, info: i}\n"                              \
	"exports:\n"                                                                \
	"- {mode: Restricted, mount: /usr, warn: overridden}\n"                     \
	"- {mode: Private, mount: /only-there}\n"                                   \
	"environ: [{key: A, value: a, warn: overridden}, {key: B, mode: Remove}]\n" \
	"config:\n"                                                                 \
	"  path: /usr/bin\n"                                                        \
	"  ldpath: /usr/lib\n"                                                      \
	"  cgroups: {pids: {max: 9}, cpuset: {cpus: '0'}}\n"                        \
	"  capabilities: [{cap: ALL, add: 0}, {cap: kill, add: 0}]\n"

#define LEAF                                                                                     \
	"headers: {alias: &name leaf, info: *name}\n"                                            \
	"exports:\n"                                                                             \
	"- {mode: Restricted, mount: /usr}\n"                                                    \
	"- {mode: Public, mount: '/data/${x}/../$NODE_ALIAS', path: $NODE_PATH/made}\n"          \
	"- {mode: RestrictedFile, mount: /file, path: $REDNODE_STATUS}\n"                        \
	"- {mode: Anonymous, mount: /var/empty}\n"                                               \
	"- {mode: Symlink, mount: /bin, path: usr/bin}\n"                                        \
	"- {mode: Execfd, mount: /told, path: printf told}\n"                                    \
	"- {mode: Internal, mount: /given, path: '99'}\n"                                        \
	"- {mode: Internal, mount: /given-again, path: '99'}\n"                                  \
	"- {mode: Tmpfs, mount: /tmp}\n"                                                         \
	"- {mode: Procfs, mount: /proc}\n"                                                       \
	"- {mode: Mqueue, mount: /proc/queues}\n"                                                \
	"- {mode: Devfs, mount: /dev}\n"                                                         \
	"- {mode: Lock, mount: /data/lock}\n"                                                    \
	"environ:\n"                                                                             \
	"- {key: A, value: '$LEAF_NAME \\$ $(printf told) $UUID $TODAY $CGROUPS_MOUNT_POINT'}\n" \
	"- {key: C, mode: Execfd, value: printf $HOME}\n"                                        \
	"- {key: D, mode: Inherit}\n"                                                            \
	"- {key: E, mode: Static, value: $}\n"                                                   \
	"config:\n"                                                                              \
	"  path: $NODE_PATH/bin:/usr/bin\n"                                                      \
	"  hostname: $(printf host)\n"                                                           \
	"  chdir: /$LEAF_ALIAS\n"                                                                \
	"  umask: 027\n"                                                                         \
	"  set-user: '65534'\n"                                                                  \
	"  set-group: '65534'\n"                                                                 \
	"  cgrouproot: /sys/fs/cgroup\n"                                                         \
	"  cgroups: {mem: {low: 1M, max: 2M}, io: {weight: 10}}\n"                               \
	"  share_net: /proc/self/ns/net\n"                                                       \
	"  time_offsets: {monotonic: 1, boottime: 2}\n"

#define ADMIN                                         \
	"headers: {alias: admin}\n"                   \
	"environ: [{key: A, value: $NODE_PATH}]\n"    \
	"config:\n"                                   \
	"  capabilities: [{cap: CAP_KILL, add: 1}]\n" \
	"  cgroups: {pids: {max: 8}}\n"

static char *const argv[] = {"true", NULL};

static void make_nodes(struct tree *tree)
{
	tree_node(tree, "parent", "Enable", PARENT);
	tree_node(tree, "parent/leaf", "Enable", LEAF);
	tree_file(tree, "parent/leaf/etc/redpak-admin.yaml", ADMIN);
}

static int count_descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* Whether the error gives the reason, in words of ours or of strerror(3). */
static bool says_why(const struct redpak_error *error)
{
	return strstr(error->text, "out of memory") ||
	       strstr(error->text, "Cannot allocate memory");
}

/* Plans @node with the allocation number @failing failing. Returns what redpak_plan() does. */
static int plan(struct tree *tree, const char *node, size_t failing)
{
	static const int preserve[] = {99};
	const struct redpak_request request = {.redpath = tree_path(tree, node),
					       .admin = true,
					       .preserve = preserve,
					       .preserve_count = 1,
					       .verbose = 0,
					       .argv = argv};
	struct redpak_plan *result = NULL;
	int code;

	tree->bench.error = (struct redpak_error){0};
	memory = (struct failing_memory){.left = failing};
	code = redpak_plan(&request, &result, &tree->bench.error);
	memory.left = 0;
	assert_int_equal(code == 0, result != NULL);
	redpak_plan_free(result);
	return code;
}

static void each_allocation_that_fails_refuses_the_plan(void **state)
{
	struct tree *tree = *state;
	int given, code, before;
	size_t failing = 1;

	make_nodes(tree);
	given = text_file("given", 5);
	assert_int_equal(dup2(given, 99), 99);
	redpak_set_log_level(0);
	code = plan(tree, "parent/leaf", 0);
	if (code < 0)
		fail_msg("refused: %s", tree->bench.error.text);
	before = count_descriptors();
	for (;; failing++) {
		assert_int_equal(lseek(99, 0, SEEK_SET), 0);
		code = plan(tree, "parent/leaf", failing);
		if (!memory.met)
			break;
		if (code >= 0 || !says_why(&tree->bench.error))
			fail_msg("allocation %zu: %d, %s", failing, code, tree->bench.error.text);
		assert_int_equal(tree->bench.error.status, REDPAK_STATUS_SETUP);
		assert_int_equal(count_descriptors(), before);
	}
	/* The control: the plan that nothing fails for is made, and needs many. */
	assert_int_equal(code, 0);
	assert_true(failing > 500);
	close(given);
	close(99);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		tree_test(each_allocation_that_fails_refuses_the_plan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
