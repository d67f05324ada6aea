/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sha2.h>
#include <string.h>

#include "cgroup/cgroup.h"

enum { NAME_LIMIT = 200, DIGEST_DIGITS = 16 };

/*
 * The group of a node: its path without the leading slash, '-' written \x2d, then '/' written '-'
 * (as systemd names units); a long one is cut and made unique by a digest of the path.
 */
static const char *path_name(struct pool *pool, const char *path)
{
	char digest[SHA256_DIGEST_STRING_LENGTH];
	char *name = pool_alloc(pool, strlen(path) * 4 + 1);
	char *end = name;

	if (!name)
		return NULL;
	for (const char *c = path + 1; *c; c++) {
		if (*c == '-')
			end = stpcpy(end, "\\x2d");
		else
			*end++ = (char)(*c == '/' ? '-' : *c);
	}
	if (end - name <= NAME_LIMIT)
		return name;
	if (!SHA256Data((const uint8_t *)path, strlen(path), digest))
		return NULL;
	return pool_format(pool, "%.*s-%.*s", NAME_LIMIT - DIGEST_DIGITS - 1, name, DIGEST_DIGITS,
			   digest);
}

/* What a start with --admin limits is not what one without it does. */
static const char *group_name(struct pool *pool, const struct node *node)
{
	const char *name = path_name(pool, node->path);

	if (name && node->admin && node->admin->has_cgroups)
		name = pool_format(pool, "%s.admin", name);
	return name;
}

static int add_write(struct pool *pool, struct cgroup_group *group, const struct cgroup_item *item,
		     const struct setting *setting)
{
	struct cgroup_write *writes =
		pool_append(pool, group->writes, &group->write_count, sizeof(*writes));

	if (!writes)
		return -1;
	group->writes = writes;
	writes[group->write_count - 1] = (struct cgroup_write){item, setting};
	return 0;
}

const struct setting *cgroup_own_setting(const struct node *node, size_t item)
{
	if (node->admin && node->admin->cgroup[item].text)
		return &node->admin->cgroup[item];
	return node->config.cgroup[item].text ? &node->config.cgroup[item] : NULL;
}

/*
 * What the group of @node gets: its own settings and, where it has none of its own, the
 * protection of a node below, @inherited, which needs the whole way down to have it.
 */
static int plan_writes(struct pool *pool, struct cgroup_group *group, const struct node *node,
		       const struct setting *inherited[CGROUP_ITEM_COUNT])
{
	for (size_t i = 0; i < CGROUP_ITEM_COUNT; i++) {
		const struct setting *setting = node ? cgroup_own_setting(node, i) : NULL;

		if (!setting)
			setting = inherited[i];
		if (!setting || cgroup_items[i].system_wide)
			continue;
		if (add_write(pool, group, &cgroup_items[i], setting) < 0)
			return -1;
		if (cgroup_items[i].protects)
			inherited[i] = setting;
	}
	return 0;
}

/* "+cpu +memory": the controllers that @groups need, each once. */
static const char *controllers_of(struct pool *pool, const struct cgroup_group *groups,
				  size_t count)
{
	const char *text = "";

	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < groups[i].write_count && text; j++) {
			const char *one =
				pool_format(pool, "+%s ", groups[i].writes[j].item->controller);

			if (!one || !strstr(text, one))
				text = one ? pool_format(pool, "%s%s", text, one) : NULL;
		}
	}
	return text;
}

static size_t chain_length(const struct node *node)
{
	size_t length = 0;

	for (; node; node = node->parent)
		length++;
	return length;
}

/* The groups from the instance up to the root node, filled in from the end. */
static int plan_groups(struct pool *pool, const struct node *leaf, struct cgroup_plan *plan)
{
	const struct setting *inherited[CGROUP_ITEM_COUNT] = {NULL};
	size_t at = chain_length(leaf);

	plan->group_count = at + 1;
	plan->groups = pool_alloc(pool, plan->group_count * sizeof(*plan->groups));
	if (!plan->groups)
		return -1;
	for (const struct node *node = leaf; node; node = node->parent) {
		struct cgroup_group *group = &plan->groups[--at];

		group->name = group_name(pool, node);
		if (!group->name || plan_writes(pool, group, node, inherited) < 0)
			return -1;
		/* The instance has what protects the leaf, and no limits of its own. */
		if (node == leaf &&
		    plan_writes(pool, &plan->groups[plan->group_count - 1], NULL, inherited) < 0)
			return -1;
	}
	for (size_t i = 0; i < plan->group_count; i++) {
		plan->groups[i].enable =
			controllers_of(pool, plan->groups + i + 1, plan->group_count - i - 1);
		if (!plan->groups[i].enable)
			return -1;
	}
	plan->base_enable = controllers_of(pool, plan->groups, plan->group_count);
	plan->has_cpuset = plan->base_enable && strstr(plan->base_enable, "+cpuset ");
	return plan->base_enable ? 0 : -1;
}

int cgroup_plan(struct pool *pool, const struct merged *merged, const char *root,
		struct cgroup_plan *plan, struct redpak_error *error)
{
	*plan = (struct cgroup_plan){.wanted = merged->has_cgroups};
	if (!plan->wanted)
		return 0;
	plan->given = root != NULL;
	plan->base = root ? root : cgroup_own_base(pool, error);
	if (!plan->base)
		return -EINVAL;
	return plan_groups(pool, merged->leaf, plan) < 0 ? out_of_memory(error) : 0;
}
