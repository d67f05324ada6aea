/* SPDX-License-Identifier: Apache-2.0 */
#include "apply/review.h"

#include <errno.h>
#include <string.h>
#include <sys/mount.h>

#include "base/auto.h"
#include "base/path.h"

/* The export in which the path @point of the node lies; NULL: in a root that is new. */
static const struct plan_export *export_of(const struct redpak_plan *plan, const char *point)
{
	const struct plan_export *found = plan->root.mode ? &plan->root : NULL;

	for (size_t i = 0; i < plan->export_count; i++) {
		const struct plan_export *export = &plan->exports[i];

		if (path_is_beneath(point, export->mount) &&
		    (!found || strlen(export->mount) > strlen(found->mount)))
			found = export;
	}
	return found;
}

static int refuse_proc(const struct root *root, const struct redpak_plan *plan, const char *point)
{
	const struct plan_export *export = export_of(plan, point);
	int result = fail(root->error, -EPERM,
			  "%s is a proc of the host, through which root leaves a node that shares "
			  "the user and the PID namespace; make share_pid or share_user Disabled",
			  point);

	return export ? blame(root->error, result, export->origin) : result;
}

static void warn_covered(const struct redpak_plan *plan, const char *point)
{
	const struct plan_export *export = export_of(plan, point);

	if (export)
		warn(ORIGIN_FORMAT ": the export %s holds files of the node %s or one above it; "
				   "they are shown read-only",
		     ORIGIN_ARGS(export->origin), export->mount, plan->leaf->path);
}

static bool is_control_group(const char *type)
{
	return !strcmp(type, "cgroup2") || !strcmp(type, "cgroup");
}

/*
 * Whether @row came with an export of the host and controls the host's kernel, which asks no
 * capability of whom it takes for root: a payload of root, whatever it kept, would name in
 * core_pattern or binfmt_misc a program that runs on the host, core(5).
 */
static bool controls_host(const struct redpak_plan *plan, const struct mount_row *row)
{
	const struct plan_export *export = export_of(plan, row->point);

	return (!strcmp(row->type, "proc") || !strcmp(row->type, "binfmt_misc")) && export &&
	       export->mode->source == EXPORT_SOURCE_HOST;
}

static int review_row(const struct root *root, const struct redpak_plan *plan,
		      const struct mount_table *table, const struct mount_row *row)
{
	AUTO_CLOSE int fd = -1;
	int result;

	if (plan->refuses_proc && !strcmp(row->type, "proc"))
		return refuse_proc(root, plan, row->point);
	if (row->read_only)
		return 0;
	fd = mount_table_open(root, table, row);
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	if (is_control_group(row->type) || controls_host(plan, row))
		return mount_restrict(root, fd, row->point, MOUNT_ATTR_RDONLY);
	result = cover_mount(root, plan, fd, row->point);
	if (result > 0)
		warn_covered(plan, row->point);
	return result < 0 ? result : 0;
}

int review_mounts(const struct root *root, const struct redpak_plan *plan)
{
	struct mount_table table = {0};
	int result;

	if (!plan->reviewed)
		return 0;
	result = mount_table_read(root, &table);
	for (size_t i = 0; i < table.count && result == 0; i++)
		result = review_row(root, plan, &table, &table.rows[i]);
	mount_table_free(&table);
	/* Restricting one by one left the working directory in the host's /proc. */
	if (result == 0 && chdir("/") < 0)
		result = fail_errno(root->error, -errno, "cannot enter the root of the node");
	return result;
}
