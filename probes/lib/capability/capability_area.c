/* SPDX-License-Identifier: Apache-2.0 */
/* The table of the area of capabilities. Releases, and what each is for: capabilities(7). */
#include "capability/capability.h"
#include "survey/probe.h"

#define ROW(name, number, release, text, reason)                                               \
	{                                                                                      \
		.id = "capability.cap_" name, .meaning = (text), .function = capability_find,  \
		.argument = &(const cap_value_t){number}, .why = (reason), .since = (release), \
		.option = "CONFIG_MULTIUSER"                                                   \
	}

static const struct redprobe_feature features[] = {
	ROW("chown", CAP_CHOWN, "", "change owner and group of files",
	    "It gives any file of a shared tree to anybody, so a payload can take "
	    "over what others own there, as far as its mounts reach."),
	ROW("dac_override", CAP_DAC_OVERRIDE, "", "pass by file permissions",
	    "Permissions then protect no file that the payload can name: it reads "
	    "and writes the data of all other users."),
	ROW("dac_read_search", CAP_DAC_READ_SEARCH, "",
	    "read files and search directories of others",
	    "With open_by_handle_at(2) it reads every file of a file system of "
	    "which the payload sees any part: a known way out of containers."),
	ROW("fowner", CAP_FOWNER, "", "act as the owner of any file",
	    "It changes modes, times and attributes of files of others, and removes "
	    "them from sticky directories like /tmp."),
	ROW("fsetid", CAP_FSETID, "", "keep set-id bits when a file is changed",
	    "A set-group-ID program of another group can be made or changed, by "
	    "which others then run what the payload wrote."),
	ROW("kill", CAP_KILL, "", "send signals to processes of others",
	    "Without a PID namespace the payload can end or stop every process of "
	    "the host."),
	ROW("setgid", CAP_SETGID, "", "change group ids",
	    "The payload takes the groups of others, such as that of disks or of "
	    "the container service, and with them their files."),
	ROW("setuid", CAP_SETUID, "", "change user ids",
	    "The payload becomes any other user, and so gets at the files and "
	    "processes of all neighbours with other ids."),
	ROW("setpcap", CAP_SETPCAP, "", "change the bounding set and the securebits",
	    "It adds what is in the bounding set to what the payload hands on, and "
	    "changes the securebits that were set for it."),
	ROW("linux_immutable", CAP_LINUX_IMMUTABLE, "", "set the immutable and append-only flags",
	    "It takes these flags off logs and protected files, or puts them on "
	    "files that then nobody can remove."),
	ROW("net_bind_service", CAP_NET_BIND_SERVICE, "", "bind ports below 1024",
	    "On the host's network the payload can pose as one of its services: a "
	    "name server, for example."),
	ROW("net_broadcast", CAP_NET_BROADCAST, "", "listen to all network namespaces' messages",
	    "A payload with it hears by netlink of the devices and addresses in "
	    "network namespaces of its neighbours."),
	ROW("net_admin", CAP_NET_ADMIN, "", "configure the network",
	    "On the host's network it changes addresses, routes and the packet "
	    "filter; in a namespace of its own it reaches much code of the kernel."),
	ROW("net_raw", CAP_NET_RAW, "", "use raw and packet sockets",
	    "The payload reads and forges packets on every network it is on: those "
	    "of its neighbours on the same bridge as well."),
	ROW("ipc_lock", CAP_IPC_LOCK, "", "lock memory",
	    "It locks more memory than its limit allows, so that the host and the "
	    "neighbours run out of it."),
	ROW("ipc_owner", CAP_IPC_OWNER, "", "pass by permissions of System V IPC",
	    "In a shared IPC namespace it reads and writes the shared memory, "
	    "queues and semaphores of all others."),
	ROW("sys_module", CAP_SYS_MODULE, "", "load and unload kernel modules",
	    "What the payload loads runs as part of the kernel: no isolation is "
	    "left on the whole machine."),
	ROW("sys_rawio", CAP_SYS_RAWIO, "", "raw access to ports and devices",
	    "Through ports, memory of devices and commands to disks it gets round "
	    "the kernel to the hardware of the host."),
	ROW("sys_chroot", CAP_SYS_CHROOT, "", "chroot, and join mount namespaces",
	    "A second chroot leads out of the first one, so a chroot holds no "
	    "payload that has it; it also joins mount namespaces."),
	ROW("sys_ptrace", CAP_SYS_PTRACE, "", "trace processes of others",
	    "The payload reads and changes the memory of every process it can see, "
	    "and acts with all their privileges."),
	ROW("sys_pacct", CAP_SYS_PACCT, "", "switch process accounting",
	    "It switches off the host's records of who ran what, or fills a file of "
	    "its choice with them."),
	ROW("sys_admin", CAP_SYS_ADMIN, "", "mount, and many administrative operations",
	    "It is close to being root: mounts, namespaces, quotas, devices; there "
	    "are many known ways out of a container with it."),
	ROW("sys_boot", CAP_SYS_BOOT, "", "reboot, and load another kernel",
	    "The payload stops or restarts the machine, or starts a kernel of its "
	    "own on it."),
	ROW("sys_nice", CAP_SYS_NICE, "", "raise priorities, set affinities of others",
	    "With real-time priority a payload takes the processors from everybody "
	    "else, and moves processes of others about."),
	ROW("sys_resource", CAP_SYS_RESOURCE, "", "pass by resource limits and quotas",
	    "Limits of the payload no longer hold, nor do quotas and the reserve of "
	    "disks: it uses up what others need."),
	ROW("sys_time", CAP_SYS_TIME, "", "set the clock",
	    "The clock is that of the whole machine: certificates, logs and timers "
	    "of all others go wrong with it."),
	ROW("sys_tty_config", CAP_SYS_TTY_CONFIG, "", "configure terminals, vhangup",
	    "It hangs up terminals of others, and remaps keys of the console by "
	    "which an administrator logs in."),
	ROW("mknod", CAP_MKNOD, "", "make device files",
	    "If a mount or the device controller allows it, the payload makes a "
	    "file for the host's disk and reads or writes all of it."),
	ROW("lease", CAP_LEASE, "", "take leases on files of others",
	    "By leases on files that others open it holds them up, for as long as "
	    "the kernel waits for a lease to be given back."),
	ROW("audit_write", CAP_AUDIT_WRITE, "", "write records to the audit log",
	    "The payload forges records, or floods the log until true ones are "
	    "lost."),
	ROW("audit_control", CAP_AUDIT_CONTROL, "", "switch and configure auditing",
	    "It switches off the recording of what is done on the host, or changes "
	    "the rules and its own login id."),
	ROW("setfcap", CAP_SETFCAP, "", "set capabilities of files",
	    "On a tree that others run programs from, it gives them capabilities: a "
	    "program left there is privileged later."),
	ROW("mac_override", CAP_MAC_OVERRIDE, "", "pass by mandatory access control (Smack)",
	    "Where Smack keeps the payload apart, it no longer does."),
	ROW("mac_admin", CAP_MAC_ADMIN, "", "configure mandatory access control",
	    "It changes the policy or the labels of Smack, AppArmor or SELinux that "
	    "were to confine the payload and its neighbours."),
	ROW("syslog", CAP_SYSLOG, "", "read the kernel log and kernel addresses",
	    "The log tells of neighbours and hardware, and kernel addresses make "
	    "attacks on the kernel easier."),
	ROW("wake_alarm", CAP_WAKE_ALARM, "3.0", "set timers that wake the system",
	    "The payload wakes the machine from suspension as often as it likes, at "
	    "the cost of its battery."),
	ROW("block_suspend", CAP_BLOCK_SUSPEND, "3.5", "keep the system from suspending",
	    "The payload keeps the machine awake as long as it likes, at the cost "
	    "of its battery."),
	ROW("audit_read", CAP_AUDIT_READ, "3.16", "read the audit log by netlink",
	    "It reads what is recorded of all users and neighbours: commands, "
	    "files, log-ins."),
	ROW("perfmon", CAP_PERFMON, "5.8", "observe performance",
	    "By counters and traces of the kernel the payload watches neighbours "
	    "closely enough to learn secrets."),
	ROW("bpf", CAP_BPF, "5.8", "load BPF programs and make maps",
	    "It loads programs into the kernel and reaches maps of others; with "
	    "perfmon they read kernel memory."),
	ROW("checkpoint_restore", CAP_CHECKPOINT_RESTORE, "5.9", "checkpoint and restore processes",
	    "It chooses process numbers, and reads by /proc/PID/map_files what "
	    "others have mapped."),
	{.id = "capability.ambient",
	 .meaning = "the ambient set: capabilities that survive execve(2)",
	 .function = capability_find_ambient,
	 .why = "Only with it does a program without privilege of its own get the few capabilities "
		"that a node grants, without being root.",
	 .how = "A child makes what it has inheritable, raises each in its ambient set, sees it "
		"there and lowers it again; if this process has none, in a user namespace.",
	 .since = "4.3",
	 .get = "Leave the securebit SECBIT_NO_CAP_AMBIENT_RAISE unset.",
	 .option = "CONFIG_MULTIUSER"},
	{.id = "capability.bounding",
	 .meaning = "dropping from the bounding set; number: how many are in it",
	 .function = capability_find_bounding,
	 .why = "What is out of it no program can give back, set-user-ID ones included: without it "
		"a payload gets back what it was refused.",
	 .how = "A child drops each capability that it has from its bounding set and sees that it "
		"is gone; without CAP_SETPCAP, in a user namespace.",
	 .since = "",
	 .get = "CAP_SETPCAP, or a user namespace.",
	 .option = "CONFIG_MULTIUSER"},
	{.id = "capability.file",
	 .meaning = "capabilities of files (security.capability)",
	 .function = capability_find_file,
	 .why = "Programs can have the one capability that they need instead of root's id. A file "
		"that bears one also gives it to a payload, unless it is out of the bounding set.",
	 .how = "It is set on a file without name, in memory or else in /tmp, and read back. "
		"Boot parameters are read from /proc/cmdline.",
	 .since = "",
	 .get = "CAP_SETFCAP, a file system with attributes (CONFIG_TMPFS_XATTR), and no "
		"no_file_caps among the boot parameters.",
	 .option = "CONFIG_MULTIUSER"},
	{.id = "capability.last",
	 .meaning = "the highest capability that the kernel knows (number)",
	 .function = capability_find_last,
	 .why = "A list that ends before it leaves the newer ones with the payload: whoever drops "
		"all of them has to know how many there are.",
	 .how = "prctl(PR_CAPBSET_READ) is asked for every number up to 63; kernel.cap_last_cap "
		"is the second source. Numbers above 40 are named as new.",
	 .since = "",
	 .get = "A kernel that knows capabilities (CONFIG_MULTIUSER).",
	 .option = "CONFIG_MULTIUSER"},
};

const struct redprobe_area capability_area = {
	.name = "capability",
	.meaning = "the pieces of root's privilege, each had or not by a process",
	.how = "A child lowers, raises and drops it, and sees that it cannot raise it again. What "
	       "this process lacks is gained in a user namespace of its own. Children also raise "
	       "it in the ambient set and drop it from the bounding set.",
	.get = "The kernel must know it (CONFIG_MULTIUSER, and the release). It must be in the "
	       "bounding set of this process, and permitted or a user namespace allowed.",
	.features = features,
	.count = COUNT(features),
};
