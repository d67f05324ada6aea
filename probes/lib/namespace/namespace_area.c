/* SPDX-License-Identifier: Apache-2.0 */
/* The table of the area of namespaces. Releases: namespaces(7), setns(2), user_namespaces(7). */
#include "namespace/namespace.h"
#include "survey/probe.h"

static const char join_how[] =
	"A child unshares one and joins its own again by the descriptor of its link in "
	"/proc/self/ns; in a user namespace, the first of two that it made. What cannot be left, a "
	"user or PID namespace, is made by another child and joined. The link then shows the "
	"number "
	"of what was joined.";

static const char join_get[] =
	"The namespace itself, /proc, and CAP_SYS_ADMIN in the user namespaces of both sides; a "
	"mount namespace also takes CAP_SYS_CHROOT.";

static const char unprivileged_how[] =
	"A child gives up root's ids, if it has them, and all capabilities. It makes a user "
	"namespace and in it this one; for the user namespace itself, a mount namespace, since "
	"some "
	"kernels give one without any privilege in it.";

static const char unprivileged_get[] =
	"User namespaces, and nothing that forbids them to ordinary users: a limit of 0, sysctl "
	"kernel.unprivileged_userns_clone = 0 or kernel.apparmor_restrict_unprivileged_userns = 1, "
	"a chroot, a filter.";

static const char limit_how[] =
	"Read from /proc/sys/user. That making one was refused with ENOSPC counts, too, since "
	"limits hold in all user namespaces above.";

#define ROW(word, kind, call, release, config, text, reason)                            \
	.id = "namespace." word, .meaning = (text), .function = (call),                 \
	.argument = &namespaces[NAMESPACE_##kind], .why = (reason), .since = (release), \
	.option = (config)

#define MADE(word, kind, release, config, text, reason)                          \
	{                                                                        \
		ROW(word, kind, namespace_create, release, config, text, reason) \
	}

#define JOINED(word, kind, release, config, reason)                                \
	{                                                                          \
		ROW(word ".join", kind, namespace_join, release, config,           \
		    "entering the " word " namespace of another process", reason), \
			.how = join_how, .get = join_get                           \
	}

#define UNPRIVILEGED(word, kind, release, config, reason)                                         \
	{                                                                                         \
		ROW(word ".unprivileged", kind, namespace_unprivileged, release, config,          \
		    "a new " word " namespace for a process without privilege", reason),          \
			.where = REDPROBE_ASIDE, .how = unprivileged_how, .get = unprivileged_get \
	}

#define LIMITED(word, kind, release, config, reason)                                     \
	{                                                                                \
		ROW(word ".limit", kind, namespace_limit, release, config,               \
		    "how many " word " namespaces one user may have", reason),           \
			.how = limit_how,                                                \
			.get = "Set sysctl user.max_" word "_namespaces to more than 0." \
	}

static const struct redprobe_feature features[] = {
	MADE("cgroup", CGROUP, "4.6", "CONFIG_CGROUPS",
	     "a new cgroup namespace: its own root of the cgroup tree",
	     "Without it a payload reads in /proc/self/cgroup where it is in the host's tree, and"
	     " what else runs there."),
	JOINED("cgroup", CGROUP, "4.6", "CONFIG_CGROUPS",
	       "Without it what is started later in a container sees another cgroup root than the"
	       " rest of it."),
	UNPRIVILEGED("cgroup", CGROUP, "4.6", NULL,
		     "A node started by an ordinary user can hide the host's tree of groups only"
		     " with it."),
	LIMITED("cgroup", CGROUP, "4.9", "CONFIG_CGROUPS",
		"At 0 nobody's payload gets a view of its own on the cgroup tree; a small number"
		" keeps one user from using up the kernel's memory."),
	MADE("ipc", IPC, "", "CONFIG_IPC_NS",
	     "a new IPC namespace: its own System V IPC and message queues",
	     "Without it a payload finds the shared memory, semaphores and queues of all others by"
	     " their keys, and permissions alone protect them."),
	JOINED("ipc", IPC, "3.0", "CONFIG_IPC_NS",
	       "Programs of one container that talk by shared memory have to be in one namespace,"
	       " whenever they were started."),
	UNPRIVILEGED("ipc", IPC, "3.8", NULL,
		     "A node started by an ordinary user can keep its shared memory from other"
		     " programs of the same user only with it."),
	LIMITED("ipc", IPC, "4.9", "CONFIG_IPC_NS",
		"At 0 all payloads share System V IPC and message queues with the host; each"
		" namespace has queues and memory limits of its own, which a number bounds."),
	MADE("mnt", MNT, "", NULL, "a new mount namespace: its own mount points",
	     "The root of a container is made in it: without it a payload sees every file system"
	     " of the host, and what it mounts is mounted for all."),
	JOINED("mnt", MNT, "3.8", NULL,
	       "A program can be started in the file system of a container that already runs, with"
	       " none of its files copied."),
	UNPRIVILEGED("mnt", MNT, "3.8", NULL,
		     "An ordinary user can build a root of his own only with it; it also opens"
		     " mounting, a large part of the kernel, to everybody."),
	LIMITED("mnt", MNT, "4.9", NULL,
		"At 0 no payload can be given a root of its own; a number bounds the copies of the"
		" mount table that one user can make."),
	MADE("net", NET, "", "CONFIG_NET_NS",
	     "a new network namespace: its own devices, routes and ports",
	     "Without it a payload reaches all that listens on the host's loopback and abstract"
	     " sockets, and sees its devices, routes and connections."),
	JOINED("net", NET, "3.0", "CONFIG_NET_NS",
	       "Several containers can share one network stack, and an administrator can look at"
	       " it with the host's own tools."),
	UNPRIVILEGED(
		"net", NET, "3.8", NULL,
		"An ordinary user can cut a payload off the network only with it; it also"
		" opens packet filters and devices, a large part of the kernel, to everybody."),
	LIMITED("net", NET, "4.9", "CONFIG_NET_NS",
		"At 0 every payload is on the host's network; these namespaces cost the kernel most"
		" memory and time, so a number also bounds what one user can use up."),
	MADE("pid", PID, "", "CONFIG_PID_NS", "a new PID namespace: its own process numbers",
	     "Without it a payload sees, and may signal or trace, other processes of its user; and"
	     " nothing ends all its processes together."),
	JOINED("pid", PID, "3.8", "CONFIG_PID_NS",
	       "A program that is started later in a container ends with it only if it is born in"
	       " its PID namespace."),
	UNPRIVILEGED("pid", PID, "3.8", NULL,
		     "An ordinary user can hide his other processes from a payload, and end all of"
		     " it at once, only with it."),
	LIMITED("pid", PID, "4.9", "CONFIG_PID_NS",
		"At 0 every payload is among the host's processes. Below 32 it also bounds how deep"
		" containers can be in one another."),
	{ROW("pid.nesting", PID, namespace_nesting, "", "CONFIG_PID_NS",
	     "PID namespaces in one another; number: levels reached",
	     "A container in a container needs a process 1 below another one, all of which the"
	     " host still sees and can end."),
	 .how = "A child unshares one, and so does process 1 in it. Where that"
		" is refused with EPERM, it is tried again in a new user namespace.",
	 .get = "The kernel allows 32 levels; sysctl user.max_pid_namespaces counts each."},
	MADE("time", TIME, "5.6", "CONFIG_TIME_NS",
	     "a new time namespace: its own monotonic and boot clocks",
	     "Without it a payload reads how long the host is up, which tells hosts apart, and a"
	     " restored one sees its clocks jump."),
	JOINED("time", TIME, "5.8", "CONFIG_TIME_NS",
	       "Programs of one container have to agree on the clock by which they wait and"
	       " measure, whenever they were started."),
	UNPRIVILEGED("time", TIME, "5.6", NULL,
		     "A node started by an ordinary user can hide how long the host is up only"
		     " with it."),
	LIMITED("time", TIME, "5.7", "CONFIG_TIME_NS",
		"At 0 all payloads read the host's monotonic and boot clocks; a number bounds the"
		" pages that the kernel keeps for each namespace."),
	{ROW("time.offsets", TIME, namespace_offsets, "5.6", "CONFIG_TIME_NS",
	     "offsets of the clocks of a time namespace",
	     "Only offsets make the clocks of a payload differ: without them a time namespace"
	     " hides nothing."),
	 .how = "Both clocks of a new namespace are set ahead in /proc/self/timens_offsets, and"
		" read after joining it.",
	 .get = "CAP_SYS_TIME in the user namespace that owns it, and /proc."},
	MADE("user", USER, "3.8", "CONFIG_USER_NS",
	     "a new user namespace: its own ids and capabilities",
	     "Root in it is nobody outside: whatever a payload gains in it does not count for what"
	     " the host owns. Ordinary users make all other namespaces in one."),
	JOINED("user", USER, "3.8", "CONFIG_USER_NS",
	       "Whoever joins it has all capabilities over what is in it and none outside: so"
	       " programs are added to a container without host privilege."),
	UNPRIVILEGED("user", USER, "3.8", "CONFIG_USER_NS",
		     "Nodes that ordinary users start need it. It also lets everybody reach code of"
		     " the kernel that was meant for root, so many systems forbid it."),
	LIMITED("user", USER, "4.9", "CONFIG_USER_NS",
		"At 0 nobody can make one, root included: the usual way to forbid them, which"
		" checks of the configuration do not see."),
	{ROW("user.nesting", USER, namespace_nesting, "3.8", "CONFIG_USER_NS",
	     "user namespaces in one another; number: levels reached",
	     "A container in a container needs it, and so does locking a node's mounts: by a user"
	     " namespace other than the one that made them."),
	 .how = "A child unshares one, maps its ids in it, and unshares another one there.",
	 .get = "/proc, to map ids. The kernel allows 32 levels; sysctl user.max_user_namespaces"
		" counts each."},
	MADE("uts", UTS, "", "CONFIG_UTS_NS", "a new UTS namespace: its own host name",
	     "Without it a payload that may set the host name sets it for the whole machine, and"
	     " others log and talk under a false name."),
	JOINED("uts", UTS, "3.0", "CONFIG_UTS_NS",
	       "What is started later in a container bears the same host name as the rest of it,"
	       " for example in its log."),
	UNPRIVILEGED("uts", UTS, "3.8", NULL,
		     "A node started by an ordinary user can have a host name of its own only"
		     " with it."),
	LIMITED("uts", UTS, "4.9", "CONFIG_UTS_NS",
		"At 0 no payload gets a host name of its own; a number bounds what one user can"
		" make of them."),
};

const struct redprobe_area namespace_area = {
	.name = "namespace",
	.meaning = "what a process can have of its own, apart from the rest of the system",
	.how = "A child unshares it, and its link in /proc/self/ns then shows another number; for"
	       " a PID namespace the next child is process 1. Where that is refused with EPERM, it"
	       " is tried again in a new user namespace.",
	.get = "The kernel's option for it, and CAP_SYS_ADMIN or a user namespace; its limit in"
	       " /proc/sys/user must not be 0.",
	.features = features,
	.count = COUNT(features),
};
