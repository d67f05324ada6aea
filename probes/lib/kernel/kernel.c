/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel as a whole: what can be known of how it was built, and what it can still take in. */
#include "base/finding.h"
#include "base/sysctl.h"
#include "module/module.h"
#include "survey/probe.h"
#include "survey/witness.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

static void find_config(struct redprobe *probe, const void *argument,
			struct redprobe_finding *finding)
{
	struct utsname kernel;
	char path[160];
	int error = ENOENT;

	(void)probe;
	(void)argument;
	finding->evidence = REDPROBE_FILE;
	uname(&kernel);
	for (size_t i = 0; i < WITNESS_PLACES; i++) {
		snprintf(path, sizeof path, witness_places[i], kernel.release);
		if (access(path, R_OK) == 0) {
			finding_supported(finding, "%s can be read", path);
			return;
		}
		if (errno == EACCES) {
			finding_restricted(finding, "file permissions", "%s: EACCES", path);
			error = EACCES;
		}
	}
	if (error == ENOENT && access("/proc/self/stat", F_OK) < 0)
		finding_unknown(finding, "/proc mounted", "no configuration is to be seen");
	else if (error == ENOENT)
		finding_unsupported(finding,
				    "no /proc/config.gz, no /boot/config-%s, none in "
				    "/lib/modules/%s",
				    kernel.release, kernel.release);
}

/* Of no file, so that nothing can be loaded: EPERM comes first, and EBADF means it was looked at.
 */
static void find_modules(struct redprobe *probe, const void *argument,
			 struct redprobe_finding *finding)
{
	long long disabled = 0;
	int error;

	(void)probe;
	(void)argument;
	error = syscall(SYS_finit_module, -1, "", 0) < 0 ? errno : 0;
	if (!module_kernel_loads())
		finding_unsupported(finding, "finit_module of no file: %s", error_name(error));
	else if (error == EBADF)
		finding_supported(finding, "finit_module of no file: EBADF, so it may be called");
	else if (error == EPERM && sysctl_read("kernel.modules_disabled", &disabled) == 0 &&
		 disabled)
		finding_restricted(finding, "sysctl kernel.modules_disabled = 1",
				   "finit_module of no file: EPERM");
	else if (error == EPERM)
		finding_restricted(finding, "missing CAP_SYS_MODULE",
				   "finit_module of no file: EPERM");
	else
		finding_refused(finding, error, seccomp_filtered(), "finit_module of no file");
}

static void find_word_size(struct redprobe *probe, const void *argument,
			   struct redprobe_finding *finding)
{
	struct utsname kernel;
	int size;

	(void)probe;
	(void)argument;
	uname(&kernel);
	size = strstr(kernel.machine, "64") || strcmp(kernel.machine, "s390x") == 0 ? 64 : 32;
	if (size < (int)(sizeof(long) * CHAR_BIT))
		size = sizeof(long) * CHAR_BIT; /* setarch(8) hides the kernel's own */
	finding_number(finding, size);
	finding_supported(finding, "%d bits: the machine is %s, this program is of %zu bits", size,
			  kernel.machine, sizeof(long) * CHAR_BIT);
}

static const struct redprobe_feature features[] = {
	{.id = "kernel.config",
	 .meaning = "the configuration the kernel was built with is readable",
	 .where = REDPROBE_HERE,
	 .function = find_config,
	 .why = "It is a second witness of what was found by doing, and tells how to get what is "
		"missing. No finding depends on it.",
	 .how = "/proc/config.gz, /boot/config-RELEASE, /lib/modules/RELEASE/config and "
		"/lib/modules/RELEASE/build/.config are looked for.",
	 .since = "",
	 .get = "CONFIG_IKCONFIG_PROC, or the file that the distribution ships with the kernel"},
	{.id = "kernel.modules",
	 .meaning = "modules can be loaded into the kernel",
	 .where = REDPROBE_HERE,
	 .function = find_modules,
	 .why = "What is not built in, such as a file system or a kind of network device, can be "
		"had only so. Whoever may load modules also rules over all containers.",
	 .how = "finit_module(2) is called with no file: EBADF tells that it would be looked at.",
	 .since = "",
	 .get = "CONFIG_MODULES, CAP_SYS_MODULE, and kernel.modules_disabled = 0, which only a "
		"boot "
		"brings back",
	 .option = "CONFIG_MODULES"},
	{.id = "kernel.word_size",
	 .meaning = "the kernel is one of 32 or 64 bits (number)",
	 .where = REDPROBE_HERE,
	 .function = find_word_size,
	 .why = "A kernel of 64 bits also runs programs of 32 bits, whose system calls a filter "
		"must cover too. One of 32 bits has fewer random bits in its addresses.",
	 .how = "uname(2) names the machine; a long of this program is measured.",
	 .since = "",
	 .get = "another machine, or a kernel built for 64 bits"},
};

const struct redprobe_area kernel_area = {
	.name = "kernel",
	.meaning = "the kernel as a whole",
	.how = "The kernel is asked directly; nothing is loaded or changed.",
	.get = "another kernel",
	.features = features,
	.count = COUNT(features),
};
