/* SPDX-License-Identifier: Apache-2.0 */
/* The mode Procfs: a proc(5) of the node's own. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
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

/*
 * The proc is new: names in it are the kernel's. *@mask: the cover that was attached last, of which
 * the next is a copy with the same attributes.
 */
static int cover(const struct root *root, int proc, const char *name, int *mask)
{
	uint64_t attributes = EXPORT_READ_ONLY;
	AUTO_CLOSE int tree = -1;
	struct stat status;
	int result;

	if (fstatat(proc, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		/* Not every kernel has each: its configuration and version decide. */
		return errno == ENOENT
			       ? 0
			       : fail_errno(root->error, -errno, "cannot cover %s of proc", name);
	if (!mask) {
		tree = mount_copy_entry(root, proc, name, attributes);
	} else if (*mask < 0) {
		tree = export_copy_device(root, "null", attributes);
	} else {
		attributes = 0;
		tree = mount_copy(root, *mask, name, attributes);
	}
	if (tree < 0)
		return tree;
	result = mount_attach_entry(root, tree, proc, name, attributes);
	if (result < 0 || !mask)
		return result;
	auto_close(mask);
	*mask = take_fd(&tree);
	return 0;
}

int export_tree_proc(const struct root *root, const struct plan_export *export)
{
	return mount_new(root, "proc", NULL, export->mode->attributes);
}

int export_fill_proc(const struct root *root, const struct plan_export *export, int tree)
{
	AUTO_CLOSE int mask = -1;
	int result = 0;

	(void)export;
	for (size_t i = 0; i < sizeof(covers) / sizeof(*covers) && result == 0; i++)
		result = cover(root, tree, covers[i].name, covers[i].masked ? &mask : NULL);
	return result;
}
