/* SPDX-License-Identifier: Apache-2.0 */
#include "apply/export.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <strings.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apply/mount.h"
#include "base/auto.h"

/* @attributes: of a copy of the host's mounts, 0 for a new file system, made with them. */
static int attach_at(const struct root *root, int tree, const char *mount, uint64_t attributes)
{
	struct stat status;
	AUTO_CLOSE int target = -1;

	if (fstat(tree, &status) < 0)
		return fail_errno(root->error, -errno, "cannot mount %s", mount);
	target = root_make_target(root, mount, S_ISDIR(status.st_mode));
	return target < 0 ? target : mount_attach(root, tree, target, mount, attributes);
}

static int copy_host(const struct root *root, const char *path, uint64_t attributes)
{
	AUTO_CLOSE int source = root_open_host(root, path);

	return source < 0 ? source : mount_copy(root, source, path, attributes);
}

static int tree_bind(const struct root *root, const struct plan_export *export)
{
	return copy_host(root, export->path, export->mode->attributes);
}

static int tree_tmpfs(const struct root *root, const struct plan_export *export)
{
	return mount_new(root, "tmpfs", NULL, export->mode->attributes);
}

static int fill_anonymous(const struct root *root, const struct plan_export *export, int tree)
{
	AUTO_CLOSE int target = root_make_target(root, export->mount, true);

	(void)tree;
	return target < 0 ? target : 0;
}

static int make_link(const struct root *root, const char *target, const char *mount)
{
	const char *name;
	AUTO_CLOSE int parent = root_make_parent(root, mount, &name);

	if (parent < 0)
		return parent;
	if (symlinkat(target, parent, name) < 0)
		return fail_errno(root->error, -errno, "cannot make the link %s in the node",
				  mount);
	return 0;
}

static int fill_symlink(const struct root *root, const struct plan_export *export, int tree)
{
	(void)tree;
	return make_link(root, export->path, export->mount);
}

/* proc: what a payload must not change, and what it must not read. */
static const struct {
	const char *name;
	bool masked; /* else read-only */
} proc_covers[] = {
	{"sys", false},	      {"sysrq-trigger", false}, {"irq", false},
	{"bus", false},	      {"kcore", true},		{"keys", true},
	{"timer_list", true}, {"kmsg", true},		{"sched_debug", true},
};

static int cover_proc(const struct root *root, int proc, const char *name, bool masked)
{
	AUTO_CLOSE int target = openat(proc, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	AUTO_CLOSE int null = -1, tree = -1;
	uint64_t attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_RDONLY;

	if (target < 0 && errno == ENOENT)
		return 0;
	if (target < 0)
		return fail_errno(root->error, -errno, "cannot cover %s of proc", name);
	if (masked) {
		null = root_open_host(root, "/dev/null");
		if (null < 0)
			return null;
	}
	tree = mount_copy(root, masked ? null : target, name, attributes);
	return tree < 0 ? tree : mount_attach(root, tree, target, name, attributes);
}

static int tree_proc(const struct root *root, const struct plan_export *export)
{
	return mount_new(root, "proc", NULL, export->mode->attributes);
}

static int fill_proc(const struct root *root, const struct plan_export *export, int tree)
{
	int result = 0;

	(void)export;
	for (size_t i = 0; i < sizeof(proc_covers) / sizeof(*proc_covers) && result == 0; i++)
		result = cover_proc(root, tree, proc_covers[i].name, proc_covers[i].masked);
	return result;
}

static const char *const devices[] = {"null", "zero", "full", "random", "urandom", "tty"};

static const struct {
	const char *name, *target;
} device_links[] = {
	{"fd", "/proc/self/fd"},       {"stdin", "/proc/self/fd/0"}, {"stdout", "/proc/self/fd/1"},
	{"stderr", "/proc/self/fd/2"}, {"core", "/proc/kcore"},	     {"ptmx", "pts/ptmx"},
};

static int make_devpts(const struct root *root, const char *mount)
{
	static const struct mount_option options[] = {
		{"ptmxmode", "0666"}, {"mode", "0620"}, {NULL, NULL}};
	AUTO_CLOSE int tree =
		mount_new(root, "devpts", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);

	return tree < 0 ? tree : attach_at(root, tree, mount, 0);
}

/* Joins directory and name; sized for the names of this file below any path that open(2) takes. */
struct dev_path {
	char text[PATH_MAX + 16];
};

static const char *join(struct dev_path *path, const char *directory, const char *name)
{
	char *end = stpncpy(path->text, directory, PATH_MAX);

	stpcpy(stpcpy(end, "/"), name);
	return path->text;
}

static int bind_device(const struct root *root, const char *directory, const char *device)
{
	struct dev_path path;
	AUTO_CLOSE int tree =
		copy_host(root, join(&path, "/dev", device), MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);

	if (tree < 0)
		return tree;
	return attach_at(root, tree, join(&path, directory, device),
			 MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
}

static int tree_dev(const struct root *root, const struct plan_export *export)
{
	static const struct mount_option options[] = {{"mode", "0755"}, {NULL, NULL}};

	return mount_new(root, "tmpfs", options, export->mode->attributes);
}

static int fill_dev(const struct root *root, const struct plan_export *export, int tree)
{
	struct dev_path path;
	int result = make_devpts(root, join(&path, export->mount, "pts"));

	if (result == 0 && (mkdirat(tree, "shm", 0) < 0 || fchmodat(tree, "shm", 01777, 0) < 0))
		result = fail_errno(root->error, -errno, "cannot make %s/shm", export->mount);
	for (size_t i = 0; i < sizeof(devices) / sizeof(*devices) && result == 0; i++)
		result = bind_device(root, export->mount, devices[i]);
	for (size_t i = 0; i < sizeof(device_links) / sizeof(*device_links) && result == 0; i++)
		result = make_link(root, device_links[i].target,
				   join(&path, export->mount, device_links[i].name));
	return result;
}

enum {
	PLAIN = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
	NO_EXEC = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
	DEVICES = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
};

static const struct export_mode modes[] = {
	{"Restricted", "--ro-bind", EXPORT_SOURCE_HOST, false, false, PLAIN | MOUNT_ATTR_RDONLY,
	 tree_bind, NULL},
	{"Public", "--bind", EXPORT_SOURCE_HOST, false, false, PLAIN, tree_bind, NULL},
	{"Private", "--bind", EXPORT_SOURCE_HOST, true, false, PLAIN, tree_bind, NULL},
	{"PrivateRestricted", "--ro-bind", EXPORT_SOURCE_HOST, true, false,
	 PLAIN | MOUNT_ATTR_RDONLY, tree_bind, NULL},
	{"Anonymous", "--dir", EXPORT_SOURCE_NONE, false, false, 0, NULL, fill_anonymous},
	{"Symlink", "--symlink", EXPORT_SOURCE_TARGET, false, false, 0, NULL, fill_symlink},
	{"Tmpfs", "--tmpfs", EXPORT_SOURCE_NONE, false, false, PLAIN, tree_tmpfs, NULL},
	{"Procfs", "--proc", EXPORT_SOURCE_NONE, false, true, NO_EXEC, tree_proc, fill_proc},
	{"Devfs", "--dev", EXPORT_SOURCE_NONE, false, false, DEVICES, tree_dev, fill_dev},
};

const struct export_mode export_mode_host_proc = {
	"Procfs",  "--proc", EXPORT_SOURCE_HOST, false, false, NO_EXEC | MOUNT_ATTR_RDONLY,
	tree_bind, NULL,
};

#define MODE_COUNT (sizeof(modes) / sizeof(*modes))

bool export_source_is_mandatory(enum export_source source)
{
	return source != EXPORT_SOURCE_NONE && source != EXPORT_SOURCE_HOST;
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

bool export_mode_writes_host(const struct export_mode *mode)
{
	return mode->source == EXPORT_SOURCE_HOST && !(mode->attributes & MOUNT_ATTR_RDONLY);
}

bool export_mode_can_be_root(const struct export_mode *mode)
{
	return mode->tree && !mode->fill;
}

int export_root_tree(const struct root *root, const struct plan_export *export)
{
	/* A quarter of memory: a node that fills its root must not take the whole machine. */
	static const struct mount_option options[] = {
		{"mode", "0755"}, {"size", "25%"}, {NULL, NULL}};

	if (export)
		return export->mode->tree(root, export);
	return mount_new(root, "tmpfs", options, PLAIN);
}

int export_perform(const struct root *root, const struct plan_export *export)
{
	const struct export_mode *mode = export->mode;
	AUTO_CLOSE int tree = -1;
	int result = 0;

	if (mode->tree) {
		tree = mode->tree(root, export);
		if (tree < 0)
			return tree;
		result = attach_at(root, tree, export->mount,
				   mode->source == EXPORT_SOURCE_HOST ? mode->attributes : 0);
	}
	if (result == 0 && mode->fill)
		result = mode->fill(root, export, tree);
	return result;
}
