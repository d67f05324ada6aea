/* SPDX-License-Identifier: Apache-2.0 */
/* The mode Devfs: the devices that any program expects, and no other. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "apply/export_modes.h"
#include "apply/mount.h"

/* By their numbers in Documentation/admin-guide/devices.txt of the kernel. */
static const struct device {
	const char *name;
	unsigned int major, minor;
} devices[] = {
	{"null", 1, 3},	  {"zero", 1, 5},    {"full", 1, 7},
	{"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0},
};

static const struct {
	const char *name, *target;
} links[] = {
	{"fd", "/proc/self/fd"},       {"stdin", "/proc/self/fd/0"}, {"stdout", "/proc/self/fd/1"},
	{"stderr", "/proc/self/fd/2"}, {"core", "/proc/kcore"},	     {"ptmx", "pts/ptmx"},
};

/* The directory of the devices on the host; it is closed with the others. */
static int open_devices(const struct root *root)
{
	struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
			       .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS};
	int fd = (int)syscall(SYS_openat2, root->host, "dev", &how, sizeof(how));

	closing_add(root->closing, fd);
	return fd < 0 ? fail_errno(root->error, -errno, "cannot use /dev of the host") : fd;
}

static int copy_device(const struct root *root, int host, const struct device *device,
		       uint64_t attributes)
{
	int tree = mount_copy_entry(root, host, device->name, attributes);
	struct stat status;

	if (tree < 0)
		return tree;
	closing_add(root->closing, tree);
	if (fstat(tree, &status) < 0)
		return fail_errno(root->error, -errno, "cannot use /dev/%s of the host",
				  device->name);
	/* In the place of the device may stand what shall be opened instead. */
	if (!S_ISCHR(status.st_mode) || status.st_rdev != makedev(device->major, device->minor))
		return fail(root->error, -ENODEV,
			    "cannot use /dev/%s of the host: it is not the device %u:%u; repair "
			    "/dev",
			    device->name, device->major, device->minor);
	return tree;
}

int export_copy_device(const struct root *root, const char *name, uint64_t attributes)
{
	int host = open_devices(root);

	for (size_t i = 0; i < sizeof(devices) / sizeof(*devices) && host >= 0; i++) {
		if (!strcmp(devices[i].name, name))
			return copy_device(root, host, &devices[i], attributes);
	}
	return host < 0 ? host
			: fail(root->error, -EINVAL,
			       "cannot use /dev/%s of the host: no known device", name);
}

/* The file system is new, and nobody else is there: names in it lead nowhere else. */
static int make_devpts(const struct root *root, int dev)
{
	static const struct mount_option options[] = {
		{"ptmxmode", "0666"}, {"mode", "0620"}, {NULL, NULL}};
	int tree = mount_new(root, "devpts", options, EXPORT_DEVICES);

	if (tree < 0)
		return tree;
	closing_add(root->closing, tree);
	if (mkdirat(dev, "pts", 0755) < 0)
		return fail_errno(root->error, -errno, "cannot make pts for devices");
	return mount_attach_entry(root, tree, dev, "pts", 0);
}

static int bind_device(const struct root *root, int dev, int host, const struct device *device)
{
	int tree = copy_device(root, host, device, 0);

	if (tree < 0)
		return tree;
	if (mknodat(dev, device->name, S_IFREG | 0444, 0) < 0)
		return fail_errno(root->error, -errno, "cannot make a file for the device %s",
				  device->name);
	return mount_attach_entry(root, tree, dev, device->name, 0);
}

static int make_link(const struct root *root, int dev, const char *name, const char *target)
{
	if (symlinkat(target, dev, name) < 0)
		return fail_errno(root->error, -errno, "cannot make the link %s among the devices",
				  name);
	return 0;
}

int export_tree_dev(const struct root *root, const struct plan_export *export)
{
	return export_new_tmpfs(root, "0755", NULL, export->mode->attributes);
}

int export_fill_dev(const struct root *root, const struct plan_export *export, int tree)
{
	int host = open_devices(root);
	int result = host < 0 ? host : make_devpts(root, tree);

	if (result == 0 && mkdirat(tree, "shm", 01777) < 0)
		result = fail_errno(root->error, -errno, "cannot make %s/shm", export->mount);
	for (size_t i = 0; i < sizeof(devices) / sizeof(*devices) && result == 0; i++)
		result = bind_device(root, tree, host, &devices[i]);
	for (size_t i = 0; i < sizeof(links) / sizeof(*links) && result == 0; i++)
		result = make_link(root, tree, links[i].name, links[i].target);
	/* All at once: nobody is in the node yet. */
	return result < 0 ? result
			  : mount_restrict_all(root, tree, export->mount, export->mode->attributes);
}
