/* SPDX-License-Identifier: Apache-2.0 */
#include "apply/export.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <redprobe-ids.h>

#include "apply/export_modes.h"
#include "apply/host.h"
#include "base/auto.h"

/* A part of the host can be either; what is new holds the content of a file, or entries. */
static int attach(const struct root *root, int tree, const struct plan_export *export)
{
	const struct export_mode *mode = export->mode;
	bool directory = !export_source_is_mandatory(mode->source);
	struct stat status;

	if (mode->source != EXPORT_SOURCE_HOST)
		return mount_attach_path(root, tree, export->mount, directory, 0);
	if (fstat(tree, &status) < 0)
		return fail_errno(root->error, -errno, "cannot mount %s", export->mount);
	return mount_attach_path(root, tree, export->mount, S_ISDIR(status.st_mode),
				 mode->attributes);
}

static int fill_anonymous(const struct root *root, const struct plan_export *export, int tree)
{
	AUTO_CLOSE int target = root_make_target(root, export->mount, true);

	(void)tree;
	return target < 0 ? target : 0;
}

/* What the link @name of @parent leads to is compared, as a former start may have made it. */
static bool is_link_to(int parent, const char *name, const char *target)
{
	char there[PATH_MAX];
	ssize_t length = readlinkat(parent, name, there, sizeof(there));

	return length == (ssize_t)strlen(target) && !memcmp(there, target, (size_t)length);
}

int export_make_link(const struct root *root, const char *target, const char *mount)
{
	const char *name;
	AUTO_CLOSE int parent = root_make_parent(root, mount, &name);
	int result = 0;

	if (parent < 0)
		return parent;
	if (is_link_to(parent, name, target))
		return 0;
	if (symlinkat(target, parent, name) < 0)
		result = -errno;
	else if (root->made)
		result = made_add(root->made, parent, name);
	if (result < 0)
		return fail_errno(root->error, result, "cannot make the link %s in the node",
				  mount);
	return 0;
}

static int fill_symlink(const struct root *root, const struct plan_export *export, int tree)
{
	(void)tree;
	return export_make_link(root, export->path, export->mount);
}

/* clang-format off */
#define BIND .source = EXPORT_SOURCE_HOST
#define DIRECTORY BIND, .makes_source = true, .root = true, .tree = export_tree_directory
#define HOST_FILE BIND, .tree = export_tree_host_file
#define READ_ONLY  .option = "--ro-bind", .attributes = EXPORT_READ_ONLY
#define READ_WRITE .option = "--bind", .attributes = EXPORT_PLAIN
#define CONTENT .option = "--file", .attributes = EXPORT_PLAIN, .tree = export_tree_content

static const struct export_mode modes[] = {
	{"Restricted", DIRECTORY, READ_ONLY},
	{"Public", DIRECTORY, READ_WRITE},
	{"Private", DIRECTORY, READ_WRITE, .leaf_only = true},
	{"PrivateRestricted", DIRECTORY, READ_ONLY, .leaf_only = true},
	{"RestrictedFile", HOST_FILE, READ_ONLY},
	{"PublicFile", HOST_FILE, READ_WRITE},
	{"PrivateFile", HOST_FILE, READ_WRITE, .leaf_only = true},
	{"Anonymous", "--dir", .fill = fill_anonymous},
	{"Symlink", "--symlink", .source = EXPORT_SOURCE_TARGET, .fill = fill_symlink},
	{"Execfd", .source = EXPORT_SOURCE_COMMAND, CONTENT},
	{"Internal", .source = EXPORT_SOURCE_DESCRIPTOR, CONTENT},
	{"Tmpfs", "--tmpfs", .root = true, .attributes = EXPORT_PLAIN, .tree = export_tree_tmpfs},
	{"Procfs", "--proc", .inside = CLONE_NEWPID, .attributes = EXPORT_NO_EXEC,
	 .tree = export_tree_proc, .fill = export_fill_proc},
	{"Mqueue", "--mqueue", .inside = CLONE_NEWIPC, .attributes = EXPORT_NO_EXEC,
	 .tree = export_tree_mqueue, .id = REDPROBE_MOUNT_MQUEUE},
	{"Devfs", "--dev", .attributes = EXPORT_DEVICES,
	 .tree = export_tree_dev, .fill = export_fill_dev},
	{"Lock", .option = "--lock-file"},
};

const struct export_mode export_mode_host_proc = {
	"Procfs", "--proc", BIND, .attributes = EXPORT_NO_EXEC | MOUNT_ATTR_RDONLY,
	.tree = export_tree_directory,
};
/* clang-format on */

#define MODE_COUNT (sizeof(modes) / sizeof(*modes))

bool export_source_is_mandatory(enum export_source source)
{
	return source != EXPORT_SOURCE_NONE && source != EXPORT_SOURCE_HOST;
}

bool export_mode_writes_host(const struct export_mode *mode)
{
	return mode->source == EXPORT_SOURCE_HOST && !(mode->attributes & MOUNT_ATTR_RDONLY);
}

bool export_mode_is_lock(const struct export_mode *mode)
{
	return !mode->tree && !mode->fill;
}

const struct export_mode *export_mode_find(const char *name)
{
	for (size_t i = 0; i < MODE_COUNT; i++) {
		if (!strcasecmp(modes[i].name, name))
			return &modes[i];
	}
	return NULL;
}

const char *export_mode_names(struct pool *pool)
{
	const char *names = "";

	for (size_t i = 0; i < MODE_COUNT && names; i++)
		names = pool_format(pool, "%s%s%s", names, *names ? " " : "", modes[i].name);
	return names ? names : "";
}

int export_root_tree(const struct root *root, const struct plan_export *export)
{
	int result;

	/* A quarter of memory: a node that fills its root must not take the whole machine. */
	if (!export)
		return export_new_tmpfs(root, "0755", "25%", EXPORT_PLAIN);
	result = export->mode->tree(root, export);
	return result < 0 ? blame(root->error, result, export->origin) : result;
}

static int make_source(const struct host_making *making, struct plan_export *export, bool strict)
{
	if (!export->mode->makes_source)
		return advise(making->error, -ENOENT, "this mode makes no file: make it");
	if (strict)
		return advise(making->error, -ENOENT, "--strict forbids making it");
	return host_make_directory(making, export->path);
}

int export_open_source(const struct host_making *making, struct plan_export *export, bool strict)
{
	bool through_link;
	int fd;

	if (export->mode->source != EXPORT_SOURCE_HOST)
		return 0;
	fd = host_open(making, export->path, &through_link);
	if (fd >= 0 && !through_link) {
		closing_add(making->closing, fd);
		closing_make_room(making->closing);
		return 0;
	}
	if (fd == -ENOENT)
		fd = make_source(making, export, strict);
	export->source = fd;
	return fd < 0 ? blame(making->error, fd, export->origin) : 0;
}

static int perform(const struct root *root, const struct plan_export *export)
{
	const struct export_mode *mode = export->mode;
	int tree = -1;
	int result = 0;

	if (mode->tree) {
		tree = mode->tree(root, export);
		if (tree < 0)
			return tree;
		closing_add(root->closing, tree);
		result = attach(root, tree, export);
	}
	if (result == 0 && mode->fill)
		result = mode->fill(root, export, tree);
	return result;
}

int export_perform(const struct root *root, const struct plan_export *export)
{
	const struct plan_export *within = export->within;
	struct root here = *root;
	int result;

	if (!within || !export_mode_writes_host(within->mode))
		here.made = NULL;
	result = perform(&here, export);
	closing_make_room(root->closing);
	if (result == -EROFS && within)
		advise(root->error, result,
		       "it lies in a read-only export: make it there on the host");
	return result < 0 ? blame(root->error, result, export->origin) : 0;
}
