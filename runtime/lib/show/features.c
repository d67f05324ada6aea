/* SPDX-License-Identifier: Apache-2.0 */
#include "show/features.h"

#include <string.h>
#include <unistd.h>

#include <redprobe-ids.h>

#include "apply/export.h"
#include "base/capability.h"

struct list {
	void (*each)(const char *id, void *data);
	void *data;
};

static void list_namespaces(const struct merged *merged, const struct list *list)
{
	for (int kind = 0; kind < NAMESPACE_COUNT; kind++) {
		if (merged_is_new(merged, (enum namespace_kind)kind))
			list->each(namespace_types[kind].id, list->data);
		if (merged->shares[kind].state == SHARE_JOINED)
			list->each(namespace_types[kind].join, list->data);
	}
	if (geteuid() != 0)
		list->each(REDPROBE_NAMESPACE_USER_UNPRIVILEGED, list->data);
	/* That of the payload is a child of the builder's (builder.c). */
	if (merged_is_new(merged, NAMESPACE_USER))
		list->each(REDPROBE_NAMESPACE_USER_NESTING, list->data);
	if (merged_is_new(merged, NAMESPACE_PID))
		list->each(REDPROBE_PROCESS_SET_TID, list->data);
	for (int clock = 0; clock < CLOCK_COUNT; clock++) {
		if (merged->time_offsets[clock]) {
			list->each(REDPROBE_NAMESPACE_TIME_OFFSETS, list->data);
			break;
		}
	}
}

/* Some part of the filter is wanted, plan.c. */
static void list_filter(const struct merged *merged, const struct list *list)
{
	if (merged_number(merged, KEY_SECCOMP) != SECCOMP_OFF ||
	    merged_number(merged, KEY_NESTED_USERNS) != SWITCH_ENABLED ||
	    merged_number(merged, KEY_NEW_SESSION) != SWITCH_ENABLED)
		list->each(REDPROBE_PROCESS_SECCOMP_ERRNO, list->data);
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
	list->each(REDPROBE_CGROUP_MODE, list->data);
	list->each(REDPROBE_PROCESS_CLONE_INTO_CGROUP, list->data);
	for (size_t i = 0; i < CGROUP_ITEM_COUNT; i++) {
		if (!item_is_set(merged, i) || cgroup_items[i].system_wide)
			continue;
		if (!controller_is_said(merged, i))
			list->each(cgroup_controller_id(cgroup_items[i].controller,
							strlen(cgroup_items[i].controller)),
				   list->data);
		list->each(cgroup_items[i].id, list->data);
	}
}

static bool mode_is_said(const struct merged *merged, size_t export)
{
	for (size_t i = 0; i < export; i++) {
		if (merged->exports[i].said->mode == merged->exports[export].said->mode)
			return true;
	}
	return false;
}

static void list_exports(const struct merged *merged, const struct list *list)
{
	for (size_t i = 0; i < merged->export_count; i++) {
		const struct export_mode *mode = merged->exports[i].said->mode;

		if (mode->id && !mode_is_said(merged, i))
			list->each(mode->id, list->data);
	}
}

static void list_capabilities(const struct merged *merged, const struct list *list)
{
	for (int cap = 0; cap < CAPABILITY_MAX; cap++) {
		const char *id = capability_id(cap);

		if (merged->keep & (UINT64_C(1) << cap) && id)
			list->each(id, list->data);
	}
}

/* What every launch makes use of. */
static void list_always(const struct list *list)
{
	static const char *const ids[] = {
		REDPROBE_MOUNT_NEW_API,
		REDPROBE_MOUNT_TMPFS_SIZE,
		REDPROBE_PROCESS_CLONE3,
		REDPROBE_PROCESS_CLOSE_RANGE,
		REDPROBE_PROCESS_NO_NEW_PRIVS,
		REDPROBE_PROCESS_OPENAT2_BENEATH,
		REDPROBE_PROCESS_OPENAT2_IN_ROOT,
		REDPROBE_PROCESS_OPENAT2_NO_MAGICLINKS,
		REDPROBE_PROCESS_OPENAT2_NO_SYMLINKS,
		REDPROBE_PROCESS_PIDFD,
	};

	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++)
		list->each(ids[i], list->data);
}

void features_each(const struct merged *merged, void (*each)(const char *id, void *data),
		   void *data)
{
	const struct list list = {each, data};

	list_namespaces(merged, &list);
	list_cgroups(merged, &list);
	list_exports(merged, &list);
	list_filter(merged, &list);
	list_capabilities(merged, &list);
	list_always(&list);
}
