/* SPDX-License-Identifier: Apache-2.0 */
/* The table of security modules and protections. */
#include "security/security.h"

#include "security/security_switch.h"
#include "survey/probe.h"

#define LSM(name, text, reason, first, build)                                            \
	{                                                                                \
		.id = "security.lsm." #name, .meaning = (text), .where = REDPROBE_HERE,  \
		.function = security_find_lsm, .argument = &lsm_##name, .why = (reason), \
		.how = lsm_how, .since = (first), .get = lsm_get, .option = (build)      \
	}

static const char lsm_get[] =
	"the kernel option, and the module's name in boot parameter lsm= or in CONFIG_LSM";
static const char lsm_how[] =
	"It is looked for in the list of active ones: lsm_list_modules(2), or the file lsm of "
	"securityfs. Some also answer by themselves. Where it is not active, one of its functions "
	"is looked for in the kernel's type information.";

static const char tried[] =
	"A process without privilege tries what is protected; the sysctl names the cause.";

static const char read_only[] = "The sysctl is read: to try it would take another user's file, or "
				"a program with privilege.";

#define SWITCH(name, find, what, text, reason, first, obtain, way)                         \
	{                                                                                  \
		.id = "security." name, .meaning = (text), .where = REDPROBE_HERE,         \
		.function = (find), .argument = (what), .why = (reason), .since = (first), \
		.get = (obtain), .how = (way)                                              \
	}

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
	LSM(yama, "Yama is active: rules for tracing",
	    "It keeps processes of one user from reading each other's memory.", "3.4",
	    "CONFIG_SECURITY_YAMA"),
	SWITCH("yama_ptrace_scope", security_find_ptrace, NULL,
	       "tracing needs descent or privilege (number: the scope)",
	       "Processes of one user, in and out of containers, cannot read each other's memory.",
	       "3.4",
	       "CONFIG_SECURITY_YAMA, yama in boot parameter lsm=, kernel.yama.ptrace_scope = 1 or "
	       "more",
	       "Only if Yama is active; then the sysctl is read."),
	SWITCH("kptr_restrict", security_find_protection, &protection_kptr,
	       "addresses of the kernel are hidden (number: the sysctl)",
	       "Who knows where the kernel keeps things has half of an exploit of it.", "",
	       "kernel.kptr_restrict = 1, or 2 to hide them from root too", tried),
	SWITCH("dmesg_restrict", security_find_protection, &protection_dmesg,
	       "the kernel log is closed to ordinary users",
	       "The log tells of addresses, devices and what other containers do.", "",
	       "kernel.dmesg_restrict = 1", tried),
	SWITCH("unprivileged_bpf_disabled", security_find_protection, &protection_bpf,
	       "ordinary users load no BPF programs (number: the sysctl)",
	       "The verifier of such programs has been a way into the kernel many times.", "4.4",
	       "kernel.unprivileged_bpf_disabled = 1, for good, or 2", tried),
	SWITCH("io_uring_disabled", security_find_protection, &protection_io_uring,
	       "ordinary users make no io_uring (number: the sysctl)",
	       "A ring does what system calls do, past the filters of system calls.", "6.6",
	       "kernel.io_uring_disabled = 1, or 2 for root too", tried),
	SWITCH("kexec_load_disabled", security_find_kexec, NULL,
	       "no other kernel can be loaded to be started",
	       "Who becomes root could start a kernel of his own, without any protection.", "3.14",
	       "kernel.kexec_load_disabled = 1, or a kernel without CONFIG_KEXEC and "
	       "CONFIG_KEXEC_FILE",
	       "The sysctl is read. A process without privilege also makes both calls: ENOSYS "
	       "tells that the kernel has none."),
	SWITCH("lockdown", security_find_lockdown, NULL,
	       "the kernel is locked down (number: 1 integrity, 2 all)",
	       "Root may not change the running kernel, nor with level 2 read its secrets.", "5.4",
	       "CONFIG_SECURITY_LOCKDOWN_LSM and boot parameter lockdown=integrity",
	       "The file lockdown of securityfs is read, if need be from an instance of its own."),
	SWITCH("modules_disabled", security_find_modules, NULL, "no more modules can be loaded",
	       "A module may do everything: loading one is taking over the kernel.", "",
	       "kernel.modules_disabled = 1 once all modules are loaded, or no CONFIG_MODULES",
	       "The call finit_module tells whether the kernel loads modules at all; then the "
	       "sysctl is read."),
	SWITCH("module_signatures", security_find_signatures, NULL, "modules must be signed",
	       "Who becomes root can load no module but those of the kernel's builder.", "3.7",
	       "CONFIG_MODULE_SIG and boot parameter module.sig_enforce",
	       "The call finit_module tells whether the kernel loads modules at all. Then its "
	       "parameter sig_enforce is read, and how far it is locked down, which demands "
	       "signatures as well."),
	SWITCH("mitigations", security_find_mitigations, NULL,
	       "no known fault of the processors is open (number: open)",
	       "Through such faults containers can read each other's memory.", "4.15",
	       "microcode, CONFIG_CPU_MITIGATIONS, no boot parameter mitigations=off",
	       "The files of /sys/devices/system/cpu/vulnerabilities are read, and those counted "
	       "that say Vulnerable."),
	SWITCH("unprivileged_userns_restricted", security_find_userns, NULL,
	       "ordinary users make no user namespaces",
	       "They reach much code of the kernel that was for root only. Containers without root "
	       "need them.",
	       "4.9",
	       "kernel.unprivileged_userns_clone = 0 (Debian), "
	       "kernel.apparmor_restrict_unprivileged_userns = 1, or user.max_user_namespaces = 0",
	       "A process without privilege makes a user namespace, and a mount namespace in it; "
	       "the sysctls name the cause."),
	SWITCH("perf_event_paranoid", security_find_protection, &protection_perf,
	       "ordinary users measure no events of the kernel (number)",
	       "Measuring the kernel tells where it is and what others do.", "",
	       "kernel.perf_event_paranoid = 2 or more", tried),
	SWITCH("protected_symlinks", security_find_protection, &protection_symlinks,
	       "links of others in /tmp are not followed",
	       "A link in a shared directory cannot lead a program to another file.", "3.6",
	       "fs.protected_symlinks = 1", read_only),
	SWITCH("protected_hardlinks", security_find_protection, &protection_hardlinks,
	       "nobody links to files of others",
	       "A program with privilege cannot be kept under another name, nor be led astray.",
	       "3.6", "fs.protected_hardlinks = 1", read_only),
	SWITCH("suid_dumpable", security_find_protection, &protection_dumpable,
	       "programs with privilege leave no dump for others",
	       "A dump of a program that changed its user holds secrets.", "",
	       "fs.suid_dumpable = 0, or 2 with a core pattern that is safe", tried),
	SWITCH("randomize_va_space", security_find_randomize, NULL,
	       "addresses of programs are random (number: 2 all)",
	       "An exploit of a program in a container has to guess where things are.", "",
	       "kernel.randomize_va_space = 2, no boot parameter norandmaps",
	       "The sysctl is read, and the personality of this process, which may switch it off."),
};

const struct redprobe_area security_area = {
	.name = "security",
	.meaning = "security modules and protections of the kernel",
	.how = tried,
	.get = "the switch that the finding names",
	.features = features,
	.count = COUNT(features),
};
