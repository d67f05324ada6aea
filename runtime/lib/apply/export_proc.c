/* SPDX-License-Identifier: Apache-2.0 */
/* The mode Procfs: a proc(5) of the node's own. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "apply/export_modes.h"
#include "base/auto.h"

/* What a payload must not change, and what it must not read. */
static const struct {
	const char *name;
	bool masked; /* else read-only */
} covers[] = {
	{"sys", false},	      {"sysrq-trigger", false}, {"irq", false},
	{"bus", false},	      {"kcore", true},		{"keys", true},
	{"timer_list", true}, {"kmsg", true},		{"sched_debug", true},
};

static int cover(const struct root *root, int proc, const char *name, bool masked)
{
	AUTO_CLOSE int target = openat(proc, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	AUTO_CLOSE int tree = -1;

	/* Not every kernel has each: its configuration and version decide. */
	if (target < 0 && errno == ENOENT)
		return 0;
	if (target < 0)
		return fail_errno(root->error, -errno, "cannot cover %s of proc", name);
	tree = masked ? export_copy_device(root, "null", EXPORT_READ_ONLY)
		      : mount_copy(root, target, name, EXPORT_READ_ONLY);
	return tree < 0 ? tree : mount_attach(root, tree, target, name, EXPORT_READ_ONLY);
}

int export_tree_proc(const struct root *root, const struct plan_export *export)
{
	return mount_new(root, "proc", NULL, export->mode->attributes);
}

int export_fill_proc(const struct root *root, const struct plan_export *export, int tree)
{
	int result = 0;

	(void)export;
	for (size_t i = 0; i < sizeof(covers) / sizeof(*covers) && result == 0; i++)
		result = cover(root, tree, covers[i].name, covers[i].masked);
	return result;
}
