/* SPDX-License-Identifier: Apache-2.0 */
/* The table of what isolation needs of processes and descriptors. How each is tried: process_*.c.
 */
#include "process/process.h"

#include "survey/probe.h"

#define RESOLVE(word, text, reason, release)                                                   \
	{                                                                                      \
		.id = "process.openat2." #word, .meaning = (text), .where = REDPROBE_HERE,     \
		.function = process_try_resolve, .argument = &resolve_##word, .why = (reason), \
		.how = resolve_how, .since = (release)                                         \
	}
#define ACTION(word, text, reason, release)                                                   \
	{                                                                                     \
		.id = "process.seccomp." #word, .meaning = (text), .where = REDPROBE_HERE,    \
		.function = process_find_action, .argument = &action_##word, .why = (reason), \
		.how = action_how, .since = (release), .get = filter_get,                     \
		.option = "CONFIG_SECCOMP_FILTER"                                             \
	}

static const char resolve_how[] =
	"openat2 with the flag must open /, and refuse a path that shows its effect and that opens "
	"without it. Where this system has no such path, an unknown flag must be refused.";
static const char action_how[] = "seccomp(SECCOMP_GET_ACTION_AVAIL), and in a child a filter with "
				 "the action: a call that it "
				 "is about must end so. What kills or logs is not done, because it "
				 "would be in the kernel log.";
static const char filter_get[] = "CONFIG_SECCOMP_FILTER, on an architecture that has it.";

static const struct redprobe_feature features[] = {
	{.id = "process.clone3",
	 .meaning = "making a process by an extensible call",
	 .where = REDPROBE_HERE,
	 .function = process_try_clone3,
	 .why = "One call makes a process with all its namespaces, in its group, and with a "
		"descriptor that stands for it.",
	 .how = "clone3 without flags; the child must run and end.",
	 .since = "5.3"},
	{.id = "process.clone_into_cgroup",
	 .meaning = "a process is born in the control group it belongs to",
	 .where = REDPROBE_HERE,
	 .function = process_find_clone_into_cgroup,
	 .why = "There is no moment in which a process runs outside its limits, and nothing has to "
		"be moved.",
	 .how = "A child is born in a scratch group and must be seen there. Where no group can be "
		"made, a directory that is no group must give EBADF.",
	 .since = "5.7",
	 .option = "CONFIG_CGROUPS"},
	{.id = "process.clone_newtime",
	 .meaning = "a process is born in a new time namespace",
	 .where = REDPROBE_HERE,
	 .function = process_try_clone_newtime,
	 .why = "Without it a time namespace takes unshare and one more process.",
	 .how = "clone3(CLONE_NEWTIME), without CAP_SYS_ADMIN with CLONE_NEWUSER; the child must "
		"be "
		"in another time namespace.",
	 .since = "6.3",
	 .get = "Linux 6.3, or a stable release that has the correction; CONFIG_TIME_NS."},
	{.id = "process.set_tid",
	 .meaning = "choosing the number of a new process",
	 .where = REDPROBE_HERE,
	 .function = process_try_set_tid,
	 .why = "A node that is restored from a checkpoint gets back the process numbers that its "
		"programs know.",
	 .how = "clone3 with set_tid of a free number, or without privilege in a PID namespace of "
		"its own; the child must have it.",
	 .since = "5.5"},
	{.id = "process.pidfd",
	 .meaning = "a descriptor that stands for one process",
	 .where = REDPROBE_HERE,
	 .function = process_try_pidfd,
	 .why = "A process is signalled and waited for without the risk that its number belongs to "
		"another one by then.",
	 .how = "A child is opened by pidfd_open, killed by pidfd_send_signal and waited for by "
		"waitid(P_PIDFD).",
	 .since = "5.4"},
	{.id = "process.pidfd_setns",
	 .meaning = "joining the namespaces of a process by its descriptor",
	 .where = REDPROBE_HERE,
	 .function = process_try_pidfd_setns,
	 .why = "A node is joined as a whole, in one call, without /proc, and never one that has "
		"taken the number of the process that was meant.",
	 .how = "From a UTS namespace with another host name, setns to the descriptor of a "
		"process; the host name must then be that one's. Where there are none, the mount "
		"namespace is joined, which must lead to its root directory.",
	 .since = "5.8"},
	{.id = "process.close_range",
	 .meaning = "closing many descriptors at once",
	 .where = REDPROBE_HERE,
	 .function = process_try_close_range,
	 .why = "No descriptor of the caller leaks into a node, however many there are, and "
		"without "
		"/proc.",
	 .how = "A descriptor is closed by close_range; fcntl must then give EBADF.",
	 .since = "5.9"},
	{.id = "process.close_range_cloexec",
	 .meaning = "marking many descriptors to be closed by exec",
	 .where = REDPROBE_HERE,
	 .function = process_try_close_range_cloexec,
	 .why = "A launcher keeps its descriptors until the very exec that must not pass them on.",
	 .how = "close_range(CLOSE_RANGE_CLOEXEC) of a descriptor, which must then have "
		"FD_CLOEXEC.",
	 .since = "5.11"},
	{.id = "process.openat2",
	 .meaning = "opening a path without leaving a directory",
	 .where = REDPROBE_HERE,
	 .function = process_try_openat2,
	 .why = "A path in a tree that somebody else writes cannot lead out of it, whatever links "
		"are put in its way meanwhile.",
	 .how = "openat2(RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS) must open . and give EXDEV for /.",
	 .since = "5.6"},
	RESOLVE(beneath, "a path that leaves its directory is refused",
		"Nothing outside a node's directory can be named from within.", "5.6"),
	RESOLVE(in_root, "a directory is taken for the root",
		"Absolute links in a node's tree mean files of the node, without chroot.", "5.6"),
	RESOLVE(no_symlinks, "symbolic links are refused",
		"A link that is put in the way of a privileged program is noticed.", "5.6"),
	RESOLVE(no_magiclinks, "links of /proc to open files are refused",
		"Such links lead into other namespaces, past every directory above.", "5.6"),
	RESOLVE(no_xdev, "crossing into another mount is refused",
		"What is mounted over a part of a tree is not taken for that part.", "5.6"),
	RESOLVE(cached, "only what needs no waiting for a disk is opened",
		"A program that must not wait learns that it would have to.", "5.12"),
	{.id = "process.seccomp",
	 .meaning = "filters of system calls",
	 .where = REDPROBE_HERE,
	 .function = process_find_seccomp,
	 .why = "What a program never needs is out of its reach, and with it the faults of the "
		"kernel there.",
	 .how = "In a child a filter is installed; it must refuse one call and let another "
		"through.",
	 .since = "3.5",
	 .get = filter_get,
	 .option = "CONFIG_SECCOMP_FILTER"},
	ACTION(kill_process, "a filter ends the whole process",
	       "A program that makes a forbidden call is stopped with all its threads.", "4.14"),
	ACTION(kill_thread, "a filter ends the thread", "The strictest action of older kernels.",
	       "3.5"),
	ACTION(trap, "a filter raises SIGSYS",
	       "A program can report, or emulate, what is forbidden.", "3.5"),
	ACTION(errno, "a filter gives a call an errno",
	       "Programs take a forbidden call for a missing one and go on.", "3.5"),
	ACTION(trace, "a filter hands a call to a tracer",
	       "A supervisor can decide on calls, at the price of ptrace.", "3.5"),
	ACTION(log, "a filter logs a call and allows it",
	       "A filter can be tried out before it forbids anything.", "4.14"),
	ACTION(allow, "a filter allows a call", "What every filter does with most calls.", "3.5"),
	ACTION(user_notif, "a filter has another process answer a call",
	       "A supervisor can make a mount or a device for a node that may not do so itself.",
	       "5.0"),
	{.id = "process.seccomp.notify_continue",
	 .meaning = "a call that was asked about goes on",
	 .where = REDPROBE_HERE,
	 .function = process_find_notify_continue,
	 .why = "A supervisor need not do itself what it does not object to.",
	 .how = "A call is answered with SECCOMP_USER_NOTIF_FLAG_CONTINUE; the kernel must then "
		"answer it.",
	 .since = "5.5",
	 .get = filter_get,
	 .option = "CONFIG_SECCOMP_FILTER"},
	{.id = "process.seccomp.tsync",
	 .meaning = "a filter for all threads of a process",
	 .where = REDPROBE_HERE,
	 .function = process_find_tsync,
	 .why = "A program that has threads already leaves none of them unfiltered.",
	 .how = "A filter is installed with SECCOMP_FILTER_FLAG_TSYNC; it must refuse a call of "
		"another thread.",
	 .since = "3.17",
	 .get = filter_get,
	 .option = "CONFIG_SECCOMP_FILTER"},
	{.id = "process.no_new_privs",
	 .meaning = "giving up what set-user-ID programs would give",
	 .where = REDPROBE_HERE,
	 .function = process_find_no_new_privs,
	 .why = "Whatever a node executes, it never has more privilege than it began with.",
	 .how = "prctl(PR_SET_NO_NEW_PRIVS) in a child without capabilities, which may then "
		"install "
		"a seccomp filter, and not before.",
	 .since = "3.5"},
	{.id = "process.landlock",
	 .meaning = "rules that a process sets itself; number: ABI",
	 .where = REDPROBE_HERE,
	 .function = process_try_landlock,
	 .why = "A program without privilege can give up access to files, and on later kernels to "
		"ports and signals.",
	 .how = "The ABI is asked for; in a child a ruleset forbids to read directories, and "
		"opening / must then give EACCES.",
	 .since = "5.13",
	 .get = "CONFIG_SECURITY_LANDLOCK, and landlock in CONFIG_LSM or in the boot parameter "
		"lsm=.",
	 .option = "CONFIG_SECURITY_LANDLOCK"},
	{.id = "process.tiocsti",
	 .meaning = "TIOCSTI, typing into a terminal, is refused",
	 .where = REDPROBE_HERE,
	 .function = process_try_tiocsti,
	 .why = "A program in a node that shares its caller's terminal could type commands there, "
		"which the caller's shell would run. Supported means: it cannot.",
	 .how = "In a session of its own a child without capabilities tries it on a pseudo "
		"terminal "
		"made for it; EIO is the refusal. The number is that of the sysctl.",
	 .since = "6.2",
	 .get = "sysctl dev.tty.legacy_tiocsti = 0, or CONFIG_LEGACY_TIOCSTI not set."},
};

const struct redprobe_area process_area = {
	.name = "process",
	.meaning = "how processes are made, confined and kept apart",
	.how = "Done by the process that asks, or in a child of it, which ends at once.",
	.get = "A kernel of that release or later.",
	.features = features,
	.count = COUNT(features),
};
