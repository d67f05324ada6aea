/* SPDX-License-Identifier: Apache-2.0 */
/* A scratch directory for tests that need files; they run as root, to give files away. */
#ifndef REDPAK_TEST_TREE_H
#define REDPAK_TEST_TREE_H

#include <sys/types.h>

#include "support.h"

/* An ordinary user; no account is needed. */
enum { STRANGER = 1000 };

struct tree {
	struct bench bench;
	char path[32];
	int fd;
};

int tree_make(void **state);
int tree_free(void **state);

#define tree_test(function) cmocka_unit_test_setup_teardown(function, tree_make, tree_free)

/* All of these take names below the tree, and fail the test if they cannot. */
void tree_directory(const struct tree *tree, const char *name);
void tree_file(const struct tree *tree, const char *name, const char *text);
void tree_link(const struct tree *tree, const char *target, const char *name);
void tree_mode(const struct tree *tree, const char *name, mode_t mode);
void tree_owner(const struct tree *tree, const char *name, uid_t owner);

/* A node @name with this status and configuration. */
void tree_node(const struct tree *tree, const char *name, const char *state, const char *config);

/* The whole path of @name; owned by the pool of the tree. */
const char *tree_path(struct tree *tree, const char *name);

#endif
