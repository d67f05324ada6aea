/* SPDX-License-Identifier: Apache-2.0 */
#include "show/features.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <unistd.h>

enum { ID_MAX = 64 };

struct list {
	void (*each)(const char *id, void *data);
	void *data;
};

static void say(const struct list *list, const char *prefix, const char *name)
{
	char id[ID_MAX];

	snprintf(id, sizeof(id), "%s%s", prefix, name);
	list->each(id, list->data);
}

static void list_namespaces(const struct merged *merged, const struct list *list)
{
	for (int kind = 0; kind < NAMESPACE_COUNT; kind++) {
		if (merged_is_new(merged, (enum namespace_kind)kind))
			say(list, "namespace.", namespace_types[kind].name);
	}
	if (geteuid() != 0)
		say(list, "namespace.user", ".unprivileged");
}

/* Whether some file of the chain sets the item. */
static bool item_is_set(const struct merged *merged, size_t item)
{
	for (size_t i = 0; i < merged->layer_count; i++) {
		if (merged->layers[i].config->cgroup[item].text)
			return true;
	}
	return false;
}

static bool controller_is_said(const struct merged *merged, size_t item)
{
	for (size_t i = 0; i < item; i++) {
		if (!strcmp(cgroup_items[i].controller, cgroup_items[item].controller) &&
		    item_is_set(merged, i) && !cgroup_items[i].system_wide)
			return true;
	}
	return false;
}

static void list_cgroups(const struct merged *merged, const struct list *list)
{
	if (!merged->has_cgroups)
		return;
	say(list, "cgroup.", "mode");
	say(list, "process.", "clone_into_cgroup");
	for (size_t i = 0; i < CGROUP_ITEM_COUNT; i++) {
		if (!item_is_set(merged, i) || cgroup_items[i].system_wide)
			continue;
		if (!controller_is_said(merged, i))
			say(list, "cgroup.controller.", cgroup_items[i].controller);
		if (cgroup_items[i].is_probed)
			say(list, "cgroup.item.", cgroup_items[i].file);
	}
}

static void list_capabilities(const struct merged *merged, const struct list *list)
{
	for (cap_value_t cap = 0; cap < CAPABILITY_MAX; cap++) {
		char *name;

		if (!(merged->keep & (UINT64_C(1) << cap)))
			continue;
		name = cap_to_name(cap);
		if (name)
			say(list, "capability.", name);
		cap_free(name);
	}
}

/* What every launch makes use of. */
static void list_always(const struct list *list)
{
	static const char *const ids[] = {"mount.new_api", "process.clone3", "process.openat2",
					  "process.close_range", "process.pidfd"};

	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++)
		say(list, "", ids[i]);
}

void features_each(const struct merged *merged, void (*each)(const char *id, void *data),
		   void *data)
{
	const struct list list = {each, data};

	list_namespaces(merged, &list);
	list_cgroups(merged, &list);
	list_capabilities(merged, &list);
	list_always(&list);
}
