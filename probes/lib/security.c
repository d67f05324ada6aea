/* SPDX-License-Identifier: Apache-2.0 */
/* The table of security modules and protections. */
#include "security.h"

#include "probe.h"

#define LSM(name, text, reason, first, build)                                          \
	{                                                                              \
		.id = "security.lsm." #name, .meaning = text, .where = REDPROBE_HERE,  \
		.function = security_find_lsm, .argument = &lsm_##name, .why = reason, \
		.how = lsm_how, .since = first,                                        \
		.get = build " and its name in boot parameter lsm=", .option = build   \
	}

static const char lsm_how[] =
	"It is looked for in the list of active ones: lsm_list_modules(2), or the file lsm of "
	"securityfs. Some also answer by themselves. Where it is not active, one of its functions "
	"is looked for in the kernel's type information.";

static const struct redprobe_feature features[] = {
	{.id = "security.lsm",
	 .meaning = "which security modules are active (number: how many)",
	 .where = REDPROBE_HERE,
	 .function = security_find_list,
	 .why = "Each may refuse what a container's namespaces and capabilities allow.",
	 .how = "lsm_list_modules(2), or the file lsm of securityfs, if need be from an instance "
		"that is mounted nowhere.",
	 .since = "4.11",
	 .get = "CONFIG_SECURITY and CONFIG_SECURITYFS; names in CONFIG_LSM or boot parameter lsm=",
	 .option = "CONFIG_SECURITY"},
	LSM(apparmor, "AppArmor is active: rules by the path of a program",
	    "Profiles confine what a container's processes do with files, mounts, signals.", "",
	    "CONFIG_SECURITY_APPARMOR"),
	LSM(selinux, "SELinux is active: rules by labels of processes and files",
	    "Labels keep containers apart from each other and from the host.", "",
	    "CONFIG_SECURITY_SELINUX"),
	LSM(smack, "Smack is active: simple rules by labels",
	    "The label of a node's processes (smack in redpak.yaml) has an effect.", "",
	    "CONFIG_SECURITY_SMACK"),
	LSM(tomoyo, "TOMOYO is active: rules by the history of programs",
	    "It can restrict what programs of a container run.", "", "CONFIG_SECURITY_TOMOYO"),
	LSM(yama, "Yama is active: rules for tracing",
	    "It keeps processes of one user from reading each other's memory.", "3.4",
	    "CONFIG_SECURITY_YAMA"),
	LSM(lockdown, "Lockdown is active: even root may not change the kernel",
	    "A process that becomes root of the host cannot reach into the kernel.", "5.4",
	    "CONFIG_SECURITY_LOCKDOWN_LSM"),
	LSM(landlock, "Landlock is active: processes restrict themselves",
	    "A runtime without privilege can restrict the files of what it starts.", "5.13",
	    "CONFIG_SECURITY_LANDLOCK"),
	LSM(bpf, "BPF programs can decide as a security module",
	    "Rules for containers can be loaded while the system runs.", "5.7", "CONFIG_BPF_LSM"),
	LSM(integrity, "IMA or EVM is active: files are measured or checked",
	    "Programs of a container can be held against signatures before they run.", "",
	    "CONFIG_IMA"),
};

const struct redprobe_area security_area = {
	.name = "security",
	.meaning = "security modules and protections of the kernel",
	.how = "An ordinary process tries what is protected where that does no harm; the sysctl "
	       "names "
	       "the cause.",
	.get = "the switch that the finding names",
	.features = features,
	.count = COUNT(features),
};
