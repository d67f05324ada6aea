/* SPDX-License-Identifier: Apache-2.0 */
/* redconf tree: the nodes of a hierarchy. */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "load/node.h"
#include "load/trust.h"
#include "redconf/redconf.h"

enum { INDENT = 2 };

/* @failed: a node could not be shown; the error has been printed. */
struct walk {
	struct pool *pool;
	bool failed;
};

struct names {
	const char **items;
	size_t count;
};

static void print_node(const struct node *node, int depth)
{
	printf("%*s", depth * INDENT, "");
	for (const char *c = strrchr(node->path, '/') + 1; *c; c++) {
		if (iscntrl((unsigned char)*c))
			printf("\\%03o", (unsigned char)*c);
		else
			putchar(*c);
	}
	printf("  (%s)\n", node->config.alias.text);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int add_name(struct pool *pool, struct names *names, const struct dirent *entry)
{
	bool may_be_directory = entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN;
	const char *name = entry->d_name;

	if (!may_be_directory || !strcmp(name, ".") || !strcmp(name, ".."))
		return 0;
	names->items = pool_append(pool, names->items, &names->count, sizeof(*names->items));
	name = names->items ? pool_copy(pool, name, strlen(name)) : NULL;
	if (!name)
		return -ENOMEM;
	names->items[names->count - 1] = name;
	return 0;
}

/* The directories in @directory, bytewise. Returns 0 or a negative errno. */
static int list_directories(struct pool *pool, int directory, struct names *names)
{
	int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), result = 0;
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!stream) {
		result = -errno;
		auto_close(&fd);
		return result;
	}
	for (errno = 0; result == 0 && (entry = readdir(stream)); errno = 0)
		result = add_name(pool, names, entry);
	if (result == 0)
		result = -errno;
	closedir(stream);
	if (result == 0 && names->count)
		qsort(names->items, names->count, sizeof(*names->items), compare_names);
	return result;
}

/* As node_is_at() for the entry @name; a link is never followed. */
static int is_node_below(int directory, const char *name, const char *path,
			 struct redpak_error *error)
{
	AUTO_CLOSE int fd = openat(directory, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP || errno == ENOENT))
		return 0;
	return fd < 0 ? fail_errno(error, -errno, "cannot open %s", path)
		      : node_is_at(fd, path, error);
}

static void show_node(struct walk *walk, int directory, const char *path, int depth);

/* What cannot be read is passed over, with a warning; a node that cannot is an error. */
static void show_entry(struct walk *walk, int directory, const char *path, const char *name,
		       int depth)
{
	const char *below = pool_format(walk->pool, "%s/%s", strcmp(path, "/") ? path : "", name);
	struct redpak_error error;
	int result = below ? is_node_below(directory, name, below, &error) : out_of_memory(&error);
	AUTO_CLOSE int fd = -1;

	if (result < 0)
		warn("%s", error.text);
	if (result <= 0)
		return;
	fd = trust_open_below(walk->pool, directory, path, name, &below, &error);
	if (fd >= 0) {
		show_node(walk, fd, below, depth);
		return;
	}
	walk->failed = true;
	report_error(&error);
}

static void show_below(struct walk *walk, int directory, const char *path, int depth)
{
	struct names names = {NULL, 0};
	int result = list_directories(walk->pool, directory, &names);

	if (result < 0)
		warn("cannot list the directory %s: %s", path, strerror(-result));
	for (size_t i = 0; i < names.count && result == 0; i++)
		show_entry(walk, directory, path, names.items[i], depth);
}

static void show_node(struct walk *walk, int directory, const char *path, int depth)
{
	struct redpak_error error;
	struct node *node;

	if (node_load_alone(walk->pool, directory, path, false, &node, &error) < 0) {
		walk->failed = true;
		report_error(&error);
		return;
	}
	print_node(node, depth);
	show_below(walk, directory, path, depth + 1);
}

static int show_tree(struct walk *walk, const char *directory, struct redpak_error *error)
{
	const char *path;
	AUTO_CLOSE int fd = trust_open_directory(walk->pool, directory, &path, error);
	int result = fd < 0 ? fd : node_is_at(fd, path, error);

	if (result < 0)
		return result;
	if (result)
		show_node(walk, fd, path, 0);
	else
		show_below(walk, fd, path, 0);
	return end_printing("the tree", error);
}

int redconf_tree(const struct globals *globals, int argc, char **argv)
{
	struct redpak_error error;
	struct pool pool = {0};
	struct walk walk = {&pool, false};
	const char *directory;
	int result, status = read_directory_option(argc, argv, 'r', "redroot", NULL, 0, &directory);

	(void)globals;
	if (status)
		return status;
	result = show_tree(&walk, directory, &error);
	pool_free(&pool);
	if (result < 0)
		return report_error(&error);
	return walk.failed ? REDCONF_ERROR : REDCONF_OK;
}
