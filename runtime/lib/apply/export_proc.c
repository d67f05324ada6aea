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

/* Not every kernel has each: its configuration and version decide. */
static int pass_over_missing(int result)
{
	return result == -ENOENT ? 0 : result;
}

/* The proc is new: names in it are the kernel's. */
static int restrict_entry(const struct root *root, int proc, const char *name)
{
	int tree = mount_copy_entry(root, proc, name, EXPORT_READ_ONLY);

	if (tree < 0)
		return pass_over_missing(tree);
	closing_add(root->closing, tree);
	return mount_attach_entry(root, tree, proc, name, EXPORT_READ_ONLY);
}

/*
 * @last: the mask that was attached last, of which the next is a copy with its attributes.
 * @spare: one that found nothing to cover; -1 for none, both.
 */
struct masks {
	int last, spare;
};

static int take_mask(const struct root *root, struct masks *masks)
{
	int mask = masks->spare;

	masks->spare = -1;
	if (mask >= 0)
		return mask;
	if (masks->last < 0)
		return export_copy_device(root, "null", EXPORT_READ_ONLY);
	mask = mount_copy(root, masks->last, "/dev/null", 0);
	closing_add(root->closing, mask);
	return mask;
}

static int mask_entry(const struct root *root, int proc, const char *name, struct masks *masks)
{
	bool first = masks->last < 0;
	int mask = take_mask(root, masks);
	int result;

	if (mask < 0)
		return mask;
	result = mount_attach_entry(root, mask, proc, name, first ? EXPORT_READ_ONLY : 0);
	if (result == -ENOENT)
		masks->spare = mask;
	else
		masks->last = mask;
	return pass_over_missing(result);
}

int export_tree_proc(const struct root *root, const struct plan_export *export)
{
	return mount_new(root, "proc", NULL, export->mode->attributes);
}

int export_fill_proc(const struct root *root, const struct plan_export *export, int tree)
{
	struct masks masks = {-1, -1};
	int result = 0;

	(void)export;
	for (size_t i = 0; i < sizeof(covers) / sizeof(*covers) && result == 0; i++)
		result = covers[i].masked ? mask_entry(root, tree, covers[i].name, &masks)
					  : restrict_entry(root, tree, covers[i].name);
	return result;
}
