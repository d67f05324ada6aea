/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The index of modules, by libkmod: built in, loaded, loadable, absent, signed.
 *
 * The library is taken in when it is first needed, in the process that asks the area of modules:
 * linked to the command it would make each start several times as long.
 * Sources: libkmod.h, modules.dep(5), Documentation/admin-guide/module-signing.rst.
 */
#include "modules.h"

#include "base/finding.h"
#include "base/sysctl.h"
#include "module/module.h"

#include <dlfcn.h>
#include <errno.h>
#include <libkmod.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static const char library_name[] = "libkmod.so.2";

/* What is used of libkmod: the names are those of its functions. */
#define EACH_FUNCTION(of)          \
	of(new);                   \
	of(set_log_fn);            \
	of(list_next);             \
	of(module_new_from_name);  \
	of(module_unref);          \
	of(module_get_path);       \
	of(module_get_name);       \
	of(module_initstate_str);  \
	of(module_get_initstate);  \
	of(module_get_info);       \
	of(module_info_get_key);   \
	of(module_info_get_value); \
	of(module_info_free_list); \
	of(module_probe_insert_module)

#define POINTER(function) __typeof__(&kmod_##function) function

struct modules {
	bool load;
	bool tried;
	const char *missing; /* why there is no libkmod, or NULL */
	struct {
		EACH_FUNCTION(POINTER);
	} call;
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

struct modules *modules_open(bool load)
{
	struct modules *modules = calloc(1, sizeof *modules);
	struct utsname kernel;

	if (!modules)
		return NULL;
	uname(&kernel);
	snprintf(modules->directory, sizeof modules->directory, "/lib/modules/%s", kernel.release);
	modules->load = load;
	return modules;
}

/* What was taken in for it goes with the process. */
void modules_close(struct modules *modules)
{
	free(modules);
}

static bool find_functions(struct modules *modules, void *library)
{
#define FIND(function)                                                     \
	if (!(modules->call.function = dlsym(library, "kmod_" #function))) \
	return false
	EACH_FUNCTION(FIND);
	return true;
}

/* Without what modprobe is configured to do, unless it is to be done. */
static void take_in(struct modules *modules)
{
	static const char *const no_configuration[] = {NULL};
	void *library = dlopen(library_name, RTLD_NOW | RTLD_LOCAL);

	modules->tried = true;
	modules->missing = "cannot be taken in";
	if (!library || !find_functions(modules, library))
		return;
	modules->kmod =
		modules->call.new(modules->directory, modules->load ? NULL : no_configuration);
	if (!modules->kmod)
		return;
	modules->call.set_log_fn(modules->kmod, no_log, NULL);
	modules->index = readable(modules->directory, "modules.builtin.bin") &&
			 readable(modules->directory, "modules.dep.bin");
	modules->missing = NULL;
}

/* Copies who signed the module, "" if nobody did. */
static void find_signer(const struct modules *modules, const struct kmod_module *module,
			char *signer, size_t size)
{
	struct kmod_list *list = NULL;

	signer[0] = '\0';
	if (modules->call.module_get_info(module, &list) < 0)
		return;
	for (struct kmod_list *entry = list; entry; entry = modules->call.list_next(list, entry))
		if (strcmp(modules->call.module_info_get_key(entry), "signer") == 0)
			snprintf(signer, size, "%s", modules->call.module_info_get_value(entry));
	modules->call.module_info_free_list(list);
}

/* The path of a module without the directory, which is named apart. */
static const char *below(const struct modules *modules, const char *path)
{
	size_t length = strlen(modules->directory);

	return strncmp(path, modules->directory, length) == 0 && path[length] == '/'
		       ? path + length + 1
		       : path;
}

static void say_loadable(const struct modules *modules, const struct kmod_module *module,
			 const char *path, struct redprobe_finding *finding)
{
	const char *file = below(modules, path);
	long long disabled = 0;
	char signer[100];

	if (sysctl_read("kernel.modules_disabled", &disabled) == 0 && disabled)
		finding_restricted(finding, "sysctl kernel.modules_disabled = 1",
				   "loadable: %s in %s", file, modules->directory);
	else if (module_signature_required() <= 0)
		finding_supported(finding, "loadable: %s in %s", file, modules->directory);
	else {
		find_signer(modules, module, signer, sizeof signer);
		if (signer[0])
			finding_supported(finding, "loadable: %s in %s; signature required: by %s",
					  file, modules->directory, signer);
		else
			finding_restricted(finding, "signature required: module.sig_enforce = Y",
					   "loadable: %s in %s; it is not signed", file,
					   modules->directory);
	}
}

static void load(const struct modules *modules, struct kmod_module *module, const char *path,
		 struct redprobe_finding *finding)
{
	const char *file = below(modules, path);
	int error = modules->call.module_probe_insert_module(module, KMOD_PROBE_APPLY_BLACKLIST,
							     NULL, NULL, NULL, NULL);

	if (error == 0)
		finding_supported(finding, "loaded by --load-modules: %s in %s", file,
				  modules->directory);
	else if (error > 0)
		finding_restricted(finding, "the blacklist of modprobe.d", "loadable: %s", file);
	else if (error == -EPERM)
		finding_restricted(finding, "missing CAP_SYS_MODULE, or kernel.modules_disabled",
				   "loading %s: EPERM", file);
	else if (error == -EKEYREJECTED || error == -ENOKEY)
		finding_restricted(finding, "signature required", "loading %s: %s", file,
				   error_name(-error));
	else
		finding_refused(finding, -error, false, "loading %s", file);
}

static void say_module(const struct modules *modules, struct kmod_module *module,
		       struct redprobe_finding *finding)
{
	int state = module ? modules->call.module_get_initstate(module) : -ENOENT;
	const char *path = module ? modules->call.module_get_path(module) : NULL;

	if (state == KMOD_MODULE_BUILTIN)
		finding_supported(finding, "built in: modules.builtin.bin in %s",
				  modules->directory);
	else if (state >= 0)
		finding_supported(finding, "loaded: /sys/module/%s/initstate is %s",
				  modules->call.module_get_name(module),
				  modules->call.module_initstate_str(state));
	else if (path && access(path, F_OK) == 0 && modules->load)
		load(modules, module, path, finding);
	else if (path && access(path, F_OK) == 0)
		say_loadable(modules, module, path, finding);
	else if (modules->index)
		finding_unsupported(finding, "absent: neither built in nor in %s",
				    modules->directory);
	else
		finding_unknown(finding, "the module index of this kernel (modules.builtin.bin)",
				"not in the kernel; no index in %s", modules->directory);
}

void modules_lookup(void *data, const char *name, struct redprobe_finding *finding)
{
	struct modules *modules = data;
	struct kmod_module *module = NULL;
	int error;

	if (!modules->tried)
		take_in(modules);
	if (modules->missing) {
		finding_unknown(finding, "libkmod",
				"not in the kernel, but it may be loadable: %s %s", library_name,
				modules->missing);
		return;
	}
	error = modules->call.module_new_from_name(modules->kmod, name, &module);
	if (error < 0) {
		finding_refused(finding, -error, false, "looking up the module");
		return;
	}
	say_module(modules, module, finding);
	modules->call.module_unref(module);
}
