/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The published list: calls that ordinary programs do not make, and that reach further into the
 * kernel, or further beyond the node, than a node needs. The measure is what the default profiles
 * of container engines (containers-common, Moby) refuse.
 *
 * Left out although some of them refuse it, since ordinary programs do make the call and the
 * kernel lets it work on the caller's own or what it may trace: ptrace, process_vm_*, kcmp and
 * pidfd_getfd (debuggers, Mesa), personality (debuggers), modify_ldt (Wine), the calls for NUMA
 * policies (databases, Java), name_to_handle_at (systemd), clock_adjtime and adjtimex (which also
 * read the clock's state; the argument that tells is behind a pointer).
 */
#include <errno.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <sys/ioctl.h>

#include "plan/filter.h"

#define KEPT(name) (UINT64_C(1) << CAP_##name)

/* Of use in a nested user namespace. */
enum { MOUNTING = FILTER_LIST | FILTER_NO_NESTING };

/* Requests of ioctl are 32 bits wide: the kernel ignores the others. */
#define REQUEST(number) .argument = {1, UINT32_MAX, number}
#define FLAG(bit)	.argument = {0, bit, bit}

#define RULE(name, moment, capabilities, errno_number, text, ...)                               \
	{                                                                                       \
		.call = name, .when = moment, .lifted_by = capabilities, .error = errno_number, \
		.meaning = text, __VA_ARGS__                                                    \
	}

const struct filter_rule filter_rules[] = {
	/* The kernel as a whole. */
	RULE("kexec_load", FILTER_LIST, KEPT(SYS_BOOT), EPERM, "loads another kernel"),
	RULE("kexec_file_load", FILTER_LIST, KEPT(SYS_BOOT), EPERM, "loads another kernel"),
	RULE("reboot", FILTER_LIST, KEPT(SYS_BOOT), EPERM, "restarts or stops the machine"),
	RULE("init_module", FILTER_LIST, KEPT(SYS_MODULE), EPERM, "loads a kernel module"),
	RULE("finit_module", FILTER_LIST, KEPT(SYS_MODULE), EPERM, "loads a kernel module"),
	RULE("delete_module", FILTER_LIST, KEPT(SYS_MODULE), EPERM, "unloads a kernel module"),
	RULE("syslog", FILTER_LIST, KEPT(SYSLOG), EPERM, "reads the kernel's messages"),
	RULE("iopl", FILTER_LIST, KEPT(SYS_RAWIO), EPERM, "gives access to I/O ports"),
	RULE("ioperm", FILTER_LIST, KEPT(SYS_RAWIO), EPERM, "gives access to I/O ports"),
	RULE("settimeofday", FILTER_LIST, KEPT(SYS_TIME), EPERM, "sets the clock"),
	RULE("clock_settime", FILTER_LIST, KEPT(SYS_TIME), EPERM, "sets a clock"),
	RULE("clock_settime64", FILTER_LIST, KEPT(SYS_TIME), EPERM, "sets a clock"),
	RULE("stime", FILTER_LIST, KEPT(SYS_TIME), EPERM, "sets the clock"),
	RULE("swapon", FILTER_LIST, KEPT(SYS_ADMIN), EPERM, "starts swapping to a device"),
	RULE("swapoff", FILTER_LIST, KEPT(SYS_ADMIN), EPERM, "stops swapping to a device"),
	RULE("acct", FILTER_LIST, KEPT(SYS_PACCT), EPERM, "records every process that ends"),
	RULE("quotactl", FILTER_LIST, KEPT(SYS_ADMIN), EPERM, "quotas of a file system"),
	RULE("quotactl_fd", FILTER_LIST, KEPT(SYS_ADMIN), EPERM, "quotas of a file system"),
	RULE("vhangup", FILTER_LIST, KEPT(SYS_TTY_CONFIG), EPERM, "hangs up the terminal"),

	/* What others do, or own. */
	RULE("open_by_handle_at", FILTER_LIST, KEPT(DAC_READ_SEARCH), EPERM,
	     "opens a file whatever its path: past every mount and directory"),
	RULE("fanotify_init", FILTER_LIST, KEPT(SYS_ADMIN), EPERM, "watches what happens to files"),
	RULE("perf_event_open", FILTER_LIST, KEPT(PERFMON) | KEPT(SYS_ADMIN), EACCES,
	     "measures processes and the kernel"),
	RULE("add_key", FILTER_LIST, KEPT(SYS_ADMIN), ENOSYS,
	     "keyrings, which know users, not nodes"),
	RULE("keyctl", FILTER_LIST, KEPT(SYS_ADMIN), ENOSYS,
	     "keyrings, which know users, not nodes"),
	RULE("request_key", FILTER_LIST, KEPT(SYS_ADMIN), ENOSYS,
	     "keyrings, which know users, not nodes"),

	/* Large parts of the kernel that most of its exploits need. */
	RULE("bpf", FILTER_LIST, KEPT(BPF) | KEPT(SYS_ADMIN), EPERM, "runs programs in the kernel"),
	RULE("userfaultfd", FILTER_LIST, KEPT(SYS_PTRACE), EPERM,
	     "stops the kernel while it reads memory"),
	/* As with kernel.io_uring_disabled 1. What a ring carries passes by every filter. */
	RULE("io_uring_setup", FILTER_LIST, KEPT(SYS_ADMIN), EPERM, "calls through a ring"),
	RULE("io_uring_enter", FILTER_LIST, KEPT(SYS_ADMIN), EPERM, "calls through a ring"),
	RULE("io_uring_register", FILTER_LIST, KEPT(SYS_ADMIN), EPERM, "calls through a ring"),

	/* Obsolete: as in a kernel that is built without them. */
	RULE("lookup_dcookie", FILTER_LIST, KEPT(SYS_ADMIN), ENOSYS, "finds a path for profiling"),
	RULE("uselib", FILTER_LIST, 0, ENOSYS, "loads a library in the a.out format"),
	RULE("ustat", FILTER_LIST, 0, ENOSYS, "statistics of any file system"),
	RULE("sysfs", FILTER_LIST, 0, ENOSYS, "the list of file system types"),

	/* Mounts and namespaces. */
	RULE("mount", MOUNTING, KEPT(SYS_ADMIN), EPERM, "mounts"),
	RULE("umount", MOUNTING, KEPT(SYS_ADMIN), EPERM, "unmounts"),
	RULE("umount2", MOUNTING, KEPT(SYS_ADMIN), EPERM, "unmounts"),
	RULE("pivot_root", MOUNTING, KEPT(SYS_ADMIN), EPERM, "changes the root of all processes"),
	RULE("fsopen", MOUNTING, KEPT(SYS_ADMIN), EPERM, "mounts"),
	RULE("fsconfig", MOUNTING, KEPT(SYS_ADMIN), EPERM, "mounts"),
	RULE("fsmount", MOUNTING, KEPT(SYS_ADMIN), EPERM, "mounts"),
	RULE("fspick", MOUNTING, KEPT(SYS_ADMIN), EPERM, "changes a file system"),
	RULE("open_tree", MOUNTING, KEPT(SYS_ADMIN), EPERM, "copies mounts"),
	RULE("open_tree_attr", MOUNTING, KEPT(SYS_ADMIN), EPERM, "copies mounts", .number = 467),
	RULE("move_mount", MOUNTING, KEPT(SYS_ADMIN), EPERM, "moves a mount"),
	RULE("mount_setattr", MOUNTING, KEPT(SYS_ADMIN), EPERM, "changes a mount"),
	RULE("setns", MOUNTING, KEPT(SYS_ADMIN), EPERM, "joins a namespace"),

	RULE("unshare", FILTER_NO_NESTING, 0, EPERM, "makes a user namespace", FLAG(CLONE_NEWUSER)),
	RULE("clone", FILTER_NO_NESTING, 0, EPERM, "makes a user namespace", FLAG(CLONE_NEWUSER)),
	/* Its flags lie behind a pointer. Programs fall back to clone. */
	RULE("clone3", FILTER_NO_NESTING, 0, ENOSYS, "makes processes, and user namespaces"),

	RULE("ioctl", FILTER_TERMINAL, 0, EPERM, "types into the terminal", REQUEST(TIOCSTI)),
	RULE("ioctl", FILTER_TERMINAL, 0, EPERM, "pastes into the console", REQUEST(TIOCLINUX)),
};

const size_t filter_rule_count = sizeof(filter_rules) / sizeof(*filter_rules);
