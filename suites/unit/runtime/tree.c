/* SPDX-License-Identifier: Apache-2.0 */
#include "tree.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int tree_make(void **state)
{
	struct tree *tree = calloc(1, sizeof(*tree));

	*state = tree;
	if (!tree)
		return -1;
	strcpy(tree->path, "/tmp/redpak-unit-XXXXXX");
	/* What the tests make must have the modes that they say. */
	umask(022);
	if (!mkdtemp(tree->path))
		return -1;
	tree->fd = open(tree->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return chmod(tree->path, 0755);
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *where)
{
	(void)status;
	(void)type;
	(void)where;
	return remove(path);
}

int tree_free(void **state)
{
	struct tree *tree = *state;
	int result = nftw(tree->path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);

	close(tree->fd);
	pool_free(&tree->bench.pool);
	free(tree);
	return result;
}

void tree_directory(const struct tree *tree, const char *name)
{
	assert_int_equal(mkdirat(tree->fd, name, 0755), 0);
}

void tree_file(const struct tree *tree, const char *name, const char *text)
{
	int fd = openat(tree->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

void tree_link(const struct tree *tree, const char *target, const char *name)
{
	assert_int_equal(symlinkat(target, tree->fd, name), 0);
}

void tree_mode(const struct tree *tree, const char *name, mode_t mode)
{
	assert_int_equal(fchmodat(tree->fd, name, mode, 0), 0);
}

void tree_owner(const struct tree *tree, const char *name, uid_t owner)
{
	assert_int_equal(fchownat(tree->fd, name, owner, owner, AT_SYMLINK_NOFOLLOW), 0);
}

void tree_node(const struct tree *tree, const char *name, const char *state, const char *config)
{
	char path[256], text[256];

	tree_directory(tree, name);
	snprintf(path, sizeof path, "%s/etc", name);
	tree_directory(tree, path);
	snprintf(path, sizeof path, "%s/etc/redpak.yaml", name);
	tree_file(tree, path, config);
	snprintf(path, sizeof path, "%s/.rednode.yaml", name);
	snprintf(text, sizeof text, "realpath: %s\ntimestamp: 1\nstate: %s\n", name, state);
	tree_file(tree, path, text);
}

const char *tree_path(struct tree *tree, const char *name)
{
	return pool_format(&tree->bench.pool, "%s/%s", tree->path, name);
}
