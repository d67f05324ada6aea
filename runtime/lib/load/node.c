/* SPDX-License-Identifier: Apache-2.0 */
#include "load/node.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "load/trust.h"

static const char *const config_files[2] = {"redpak.yaml", "redpack.yaml"};
static const char *const admin_files[2] = {"redpak-admin.yaml", "redpack-admin.yaml"};

const char *const node_files[NODE_FILE_COUNT] = {
	NODE_STATUS_FILE,
	NODE_CONFIG_DIRECTORY,
	NODE_CONFIG_DIRECTORY "/redpak.yaml",
	NODE_CONFIG_DIRECTORY "/redpack.yaml",
	NODE_CONFIG_DIRECTORY "/redpak-admin.yaml",
	NODE_CONFIG_DIRECTORY "/redpack-admin.yaml",
};

/* Reads the file @name of @directory, which stands at @path; -ENOENT without a message. */
static int read_file(struct pool *pool, int directory, const char *path, const char *name,
		     const struct value **root, struct redpak_error *error)
{
	const char *shown = pool_format(pool, "%s/%s", path, name);
	AUTO_CLOSE int fd = -1;

	if (!shown)
		return out_of_memory(error);
	fd = trust_open_file(directory, path, name, error);
	return fd < 0 ? fd : document_read(pool, fd, shown, root, error);
}

static int load_status(struct pool *pool, struct node *node, int directory,
		       struct redpak_error *error)
{
	const struct value *root;
	int result = read_file(pool, directory, node->path, NODE_STATUS_FILE, &root, error);

	if (result == -ENOENT)
		return fail(error, result, "cannot read %s/%s: it vanished", node->path,
			    NODE_STATUS_FILE);
	return result < 0 ? result : status_read(pool, root, &node->status, error);
}

/* Reads the first of @names that is there; -ENOENT without a message when none is. */
static int read_config(struct pool *pool, int etc, const char *path, const char *const names[2],
		       struct config *config, struct redpak_error *error)
{
	const struct value *root;
	int result = -ENOENT;

	for (size_t i = 0; i < 2 && result == -ENOENT; i++)
		result = read_file(pool, etc, path, names[i], &root, error);
	return result < 0 ? result : config_read(pool, root, config, error);
}

static int load_admin(struct pool *pool, struct node *node, int etc, const char *path,
		      struct redpak_error *error)
{
	struct config *config = pool_alloc(pool, sizeof(*config));
	int result;

	if (!config)
		return out_of_memory(error);
	result = read_config(pool, etc, path, admin_files, config, error);
	if (result == 0)
		node->admin = config;
	return result == -ENOENT ? 0 : result;
}

static int load_configs(struct pool *pool, struct node *node, int directory, bool admin,
			struct redpak_error *error)
{
	const char *path;
	AUTO_CLOSE int etc = trust_open_below(pool, directory, node->path, "etc", &path, error);
	int result;

	if (etc < 0)
		return etc;
	result = read_config(pool, etc, path, config_files, &node->config, error);
	if (result == -ENOENT)
		return fail(error, result, "cannot read %s/%s: no such file", path,
			    config_files[0]);
	return result < 0 || !admin ? result : load_admin(pool, node, etc, path, error);
}

int node_is_at(int directory, const char *path, struct redpak_error *error)
{
	struct stat status;
	bool there;

	if (!strcmp(path, "/"))
		return 0;
	there = fstatat(directory, NODE_STATUS_FILE, &status, AT_SYMLINK_NOFOLLOW) == 0;
	if (!there && errno == ENOENT)
		return 0;
	/* Taken for "no", an ancestor would be passed over, and what it forbids. */
	if (!there ||
	    (S_ISLNK(status.st_mode) && fstatat(directory, NODE_STATUS_FILE, &status, 0) < 0))
		return fail_errno(error, -errno, "cannot look for %s/%s", path, NODE_STATUS_FILE);
	return S_ISREG(status.st_mode);
}

int node_load_alone(struct pool *pool, int directory, const char *path, bool admin,
		    struct node **result, struct redpak_error *error)
{
	struct node *node = pool_alloc(pool, sizeof(*node));
	int code;

	if (!node)
		return out_of_memory(error);
	node->path = path;
	code = load_status(pool, node, directory, error);
	if (code == 0)
		code = load_configs(pool, node, directory, admin, error);
	*result = node;
	return code;
}

static int step_up(struct pool *pool, const char **path, int *directory, struct redpak_error *error)
{
	const char *slash = strrchr(*path, '/');
	int above = openat(*directory, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (above < 0)
		return fail_errno(error, -errno, "cannot open the directory above %s", *path);
	close(*directory);
	*directory = above;
	*path = slash == *path ? "/" : pool_copy(pool, *path, (size_t)(slash - *path));
	return *path ? 0 : out_of_memory(error);
}

int node_load(struct pool *pool, const char *redpath, bool admin, struct node **leaf,
	      struct redpak_error *error)
{
	const char *path;
	AUTO_CLOSE int directory = trust_open_directory(pool, redpath, &path, error);
	struct node **next = leaf;
	int found;

	if (directory < 0)
		return directory;
	while ((found = node_is_at(directory, path, error)) > 0) {
		int result = node_load_alone(pool, directory, path, admin, next, error);

		if (result == 0)
			result = step_up(pool, &path, &directory, error);
		if (result < 0)
			return result;
		next = &(*next)->parent;
	}
	if (found == 0 && next == leaf)
		return fail(error, -ENOENT,
			    "cannot use %s: it is not a node, as it has no file " NODE_STATUS_FILE,
			    path);
	return found;
}
