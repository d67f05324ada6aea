/* SPDX-License-Identifier: Apache-2.0 */
/* Which ways lead to the files of the chain, links included: what a writable export must cover. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "plan/plan_exports.h"

static const struct node *node_at(const struct redpak_plan *plan, const char *path, size_t length)
{
	for (const struct node *node = plan->leaf; node; node = node->parent) {
		if (strlen(node->path) == length && !memcmp(node->path, path, length))
			return node;
	}
	return NULL;
}

/* Adds the way to @path, absolute and without links. @target: whether it ends at what is covered.
 */
static int add_path(struct redpak_plan *plan, const char *path, bool is_target)
{
	struct guarded_path *way;
	const char *rest = path;
	size_t size = 2;

	plan->guarded = pool_append(&plan->pool, plan->guarded, &plan->guarded_count, sizeof(*way));
	if (!plan->guarded)
		return -1;
	way = &plan->guarded[plan->guarded_count - 1];
	for (const char *c = path; *c; c++)
		size += *c == '/';
	way->steps = pool_alloc(&plan->pool, size * sizeof(*way->steps));
	if (!way->steps)
		return -1;
	way->steps[way->count++].name = ".";
	while (*rest) {
		size_t length = strcspn(++rest, "/");
		struct guarded *step = &way->steps[way->count++];

		step->name = pool_copy(&plan->pool, rest, length);
		if (!step->name)
			return -1;
		rest += length;
		step->node = node_at(plan, path, (size_t)(rest - path));
	}
	way->steps[way->count - 1].is_target = is_target;
	return 0;
}

/* A file of the node that is a link, or stands behind one, has a way of its own. */
static int add_link(struct redpak_plan *plan, const struct node *node, const char *file)
{
	const char *path = pool_format(&plan->pool, "%s/%s", node->path, file);
	char real[PATH_MAX];

	if (!path)
		return -1;
	if (!realpath(path, real) || !strcmp(path, real))
		return 0;
	return add_path(plan, real, true);
}

int plan_guarded(struct redpak_plan *plan, struct redpak_error *error)
{
	int result = add_path(plan, plan->leaf->path, false);

	for (const struct node *node = plan->leaf; node; node = node->parent) {
		for (size_t i = 0; i < NODE_FILE_COUNT && result == 0; i++)
			result = add_link(plan, node, node_files[i]);
	}
	return result < 0 ? out_of_memory(error) : 0;
}
