/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Modules by libkmod: built in, loaded, loadable, absent.
 * Sources: libkmod.h, modules.dep(5), Documentation/ABI/testing/sysfs-module.
 */
#include "modules.h"

#include "file.h"
#include "finding.h"

#include <errno.h>
#include <fcntl.h>
#include <libkmod.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

struct modules {
	struct kmod_ctx *kmod;
	char directory[100]; /* /lib/modules/RELEASE */
	bool index;	     /* it has the files that tell what is built in and what is loadable */
};

static bool readable(const char *directory, const char *name)
{
	char path[160];

	snprintf(path, sizeof path, "%s/%s", directory, name);
	return access(path, R_OK) == 0;
}

static void no_log(void *data, int priority, const char *file, int line, const char *function,
		   const char *format, va_list arguments)
{
	(void)data, (void)priority, (void)file, (void)line, (void)function;
	(void)format, (void)arguments;
}

struct modules *modules_open(void)
{
	struct modules *modules = calloc(1, sizeof *modules);
	struct utsname kernel;

	if (!modules)
		return NULL;
	uname(&kernel);
	snprintf(modules->directory, sizeof modules->directory, "/lib/modules/%s", kernel.release);
	modules->index = readable(modules->directory, "modules.builtin.bin") &&
			 readable(modules->directory, "modules.dep.bin");
	modules->kmod = kmod_new(modules->directory, NULL);
	if (!modules->kmod) {
		free(modules);
		return NULL;
	}
	kmod_set_log_fn(modules->kmod, no_log, NULL);
	return modules;
}

void modules_close(struct modules *modules)
{
	if (!modules)
		return;
	kmod_unref(modules->kmod);
	free(modules);
}

/* A module that is built in has a directory in /sys/module at most, but never a state there. */
static int state_of(const struct kmod_module *module)
{
	char path[120], text[16];
	int state = kmod_module_get_initstate(module);

	snprintf(path, sizeof path, "/sys/module/%s/initstate", kmod_module_get_name(module));
	if (state == KMOD_MODULE_COMING && file_read(AT_FDCWD, path, text, sizeof text) == -ENOENT)
		return KMOD_MODULE_BUILTIN;
	return state;
}

/* A kernel that loads no modules has no such system call; -1 is no file, so nothing is loaded. */
static bool loads_modules(void)
{
	return syscall(SYS_finit_module, -1, "", 0) == 0 || errno != ENOSYS;
}

static void say_loadable(const char *path, struct redprobe_finding *finding)
{
	char disabled[8];

	if (!loads_modules())
		finding_unsupported(finding, "%s is there, but finit_module: ENOSYS", path);
	else if (file_read(AT_FDCWD, "/proc/sys/kernel/modules_disabled", disabled,
			   sizeof disabled) == 0 &&
		 strcmp(disabled, "1") == 0)
		finding_restricted(finding, "sysctl kernel.modules_disabled = 1", "loadable: %s",
				   path);
	else
		finding_supported(finding, "loadable: %s", path);
}

static void say_module(const struct modules *modules, struct kmod_module *module,
		       struct redprobe_finding *finding)
{
	int state = module ? state_of(module) : -ENOENT;
	const char *path = module ? kmod_module_get_path(module) : NULL;

	if (state == KMOD_MODULE_BUILTIN)
		finding_supported(finding, "builtin");
	else if (state >= 0)
		finding_supported(finding, "loaded");
	else if (path && access(path, F_OK) == 0)
		say_loadable(path, finding);
	else if (modules->index)
		finding_unsupported(finding, "absent: not builtin, not in %s", modules->directory);
	else
		finding_unknown(finding, "the module index of this kernel (modules.builtin.bin)",
				"not loaded, not loadable; no index in %s", modules->directory);
}

void modules_lookup(void *data, const char *name, struct redprobe_finding *finding)
{
	const struct modules *modules = data;
	struct kmod_module *module = NULL;
	int error = kmod_module_new_from_name(modules->kmod, name, &module);

	if (error < 0) {
		finding_refused(finding, -error, false, "looking up the module");
		return;
	}
	say_module(modules, module, finding);
	kmod_module_unref(module);
}
