/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/plan_exports.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"

/* An export on its way into the order in which they are made. @within: in the same array, or -1. */
struct ordered {
	const struct merged_export *merged;
	struct plan_export export;
	ssize_t within;
	bool late;
	struct plan_export *planned;
};

static struct plan_export begin_export(const struct redpak_plan *plan,
				       const struct merged_export *merged)
{
	const struct export_mode *mode = merged->said->mode;
	struct plan_export export = {.mode = mode,
				     .mount = merged->target,
				     .path = merged->path,
				     .origin = merged->said->origin,
				     .source = -1};

	/* Without a new PID namespace there is no proc of the node's own. */
	if ((mode->inside & CLONE_NEWPID) && !merged_is_new(&plan->merged, NAMESPACE_PID)) {
		export.mode = &export_mode_host_proc;
		export.path = "/proc";
	}
	return export;
}

/* By mount point as normalised, so that what lies in another comes after it; stable. */
static size_t order_exports(struct redpak_plan *plan, struct ordered *ordered)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->merged.export_count; i++) {
		const struct merged_export *merged = &plan->merged.exports[i];
		size_t place = count;

		if (export_mode_is_lock(merged->said->mode)) {
			plan->locks[plan->lock_count++] = merged->target;
			continue;
		}
		for (; place > 0 && strcmp(ordered[place - 1].merged->target, merged->target) > 0;
		     place--)
			ordered[place] = ordered[place - 1];
		ordered[place] =
			(struct ordered){.merged = merged, .export = begin_export(plan, merged)};
		count++;
	}
	return count;
}

/* The nearest export that mounts something in which @i lies: it comes before. */
static ssize_t find_within(const struct ordered *ordered, size_t i)
{
	ssize_t found = (ssize_t)i - 1;

	while (found >= 0 &&
	       (!ordered[found].export.mode->tree ||
		!path_is_beneath(ordered[i].export.mount, ordered[found].export.mount)))
		found--;
	return found;
}

static void place_exports(struct redpak_plan *plan, struct ordered *ordered, size_t count,
			  bool late)
{
	for (size_t i = 0; i < count; i++) {
		struct ordered *entry = &ordered[i];

		if (!strcmp(entry->export.mount, "/"))
			entry->planned = &plan->root;
		else if (entry->late == late)
			entry->planned = &plan->exports[plan->export_count++];
		else
			continue;
		*entry->planned = entry->export;
		if (entry->within >= 0 && entry->planned != &plan->root)
			entry->planned->within = ordered[entry->within].planned;
	}
}

/* A descriptor can be read once; each export that names it has what it yielded. */
static int fill_internal(struct redpak_plan *plan, struct ordered *ordered, size_t i,
			 struct redpak_error *error)
{
	struct plan_export *export = &ordered[i].export;

	for (size_t j = 0; j < i; j++) {
		const struct plan_export *other = &ordered[j].export;

		if (other->mode == export->mode && !strcmp(other->path, export->path)) {
			export->content = other->content;
			export->length = other->length;
			return 0;
		}
	}
	return internal_read(&plan->pool, export, error);
}

static int fill_contents(struct redpak_plan *plan, struct ordered *ordered, size_t count,
			 struct expansion *expansion)
{
	int result = 0;

	for (size_t i = 0; i < count && result == 0; i++) {
		struct plan_export *export = &ordered[i].export;

		if (export->mode->source == EXPORT_SOURCE_COMMAND)
			result = expand_command(expansion, &ordered[i].merged->said->path,
						&export->content, &export->length);
		else if (export->mode->source == EXPORT_SOURCE_DESCRIPTOR)
			result = fill_internal(plan, ordered, i, expansion->error);
	}
	return result;
}

/* Of the host; the array has its end already. */
static void plan_writable(struct redpak_plan *plan)
{
	size_t count = 0;

	if (plan->root.mode && export_mode_writes_host(plan->root.mode))
		plan->writable[count++] = plan->root.path;
	for (size_t i = 0; i < plan->export_count; i++) {
		if (export_mode_writes_host(plan->exports[i].mode))
			plan->writable[count++] = plan->exports[i].path;
	}
}

/* What came with parts of the host is looked at once the root is finished; see review.h. */
static void plan_review(struct redpak_plan *plan)
{
	bool shows_host = false;

	for (size_t i = 0; i <= plan->export_count; i++) {
		const struct export_mode *mode =
			i < plan->export_count ? plan->exports[i].mode : plan->root.mode;

		plan->reviewed |= mode && export_mode_writes_host(mode);
		shows_host |= mode && mode->source == EXPORT_SOURCE_HOST;
	}
	plan->refuses_proc = shows_host && plan->identity.caller_uid == 0 &&
			     !merged_is_new(&plan->merged, NAMESPACE_PID) &&
			     !merged_is_new(&plan->merged, NAMESPACE_USER);
	plan->reviewed |= plan->refuses_proc;
}

/* Where missing directories may be made. */
static int plan_places(struct redpak_plan *plan, const struct redpak_request *request)
{
	size_t count = 0;

	plan->strict = request->strict;
	if (request->force)
		return 0;
	for (const struct node *node = plan->leaf; node; node = node->parent)
		count++;
	plan->places = pool_alloc(&plan->pool, (count + 1) * sizeof(*plan->places));
	if (!plan->places)
		return -1;
	for (const struct node *node = plan->leaf; node; node = node->parent)
		plan->places[--count] = node->path;
	return 0;
}

int plan_exports(struct redpak_plan *plan, const struct redpak_request *request,
		 struct expansion *expansion)
{
	size_t count = plan->merged.export_count + 1;
	struct ordered *ordered = pool_alloc(&plan->pool, count * sizeof(*ordered));
	bool joined = plan->joins[NAMESPACE_USER];
	int result;

	plan->exports = pool_alloc(&plan->pool, count * sizeof(*plan->exports));
	plan->locks = pool_alloc(&plan->pool, count * sizeof(*plan->locks));
	plan->writable = pool_alloc(&plan->pool, (count + 1) * sizeof(*plan->writable));
	if (!ordered || !plan->exports || !plan->locks || !plan->writable ||
	    plan_places(plan, request) < 0)
		return out_of_memory(expansion->error);
	plan->root.source = -1;
	/* In a joined user namespace the payload's numbers are not those of the host. */
	plan->owner_uid = joined ? plan->identity.caller_uid : plan->identity.uid;
	plan->owner_gid = joined ? plan->identity.caller_gid : plan->identity.gid;
	count = order_exports(plan, ordered);
	result = fill_contents(plan, ordered, count, expansion);
	if (result < 0)
		return result;
	for (size_t i = 0; i < count; i++) {
		ordered[i].within = find_within(ordered, i);
		ordered[i].late = ordered[i].export.mode->inside ||
				  (ordered[i].within >= 0 && ordered[ordered[i].within].late);
		plan->late_namespaces |= ordered[i].export.mode->inside;
	}
	place_exports(plan, ordered, count, false);
	plan->late = plan->export_count;
	place_exports(plan, ordered, count, true);
	plan_writable(plan);
	plan_review(plan);
	return plan->reviewed ? plan_guarded(plan, expansion->error) : 0;
}
