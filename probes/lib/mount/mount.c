/* SPDX-License-Identifier: Apache-2.0 */
/* The table of what isolation needs of mounting. How each is tried: mount_*.c. */
#include "mount/mount.h"

#include "survey/probe.h"

static const struct redprobe_feature features[] = {
	{.id = "mount.new_api",
	 .meaning = "mounting by descriptors instead of paths",
	 .where = REDPROBE_HERE,
	 .function = mount_try_new_api,
	 .why = "A mount is made, given its flags and checked before anybody can see it, and no "
		"path "
		"is looked up twice. redwrap builds every root file system this way.",
	 .how = "A tmpfs is made by fsopen, fsconfig and fsmount and attached by move_mount; a "
		"clone "
		"of it by open_tree must show what is made in it.",
	 .since = "5.2"},
	{.id = "mount.mount_setattr",
	 .meaning = "changing the flags of a whole mount tree at once",
	 .where = REDPROBE_HERE,
	 .function = mount_try_setattr,
	 .why = "A tree becomes read-only in one step, with all mounts below it. Done one by one, "
		"a "
		"mount that appears meanwhile stays writable.",
	 .how = "A tmpfs is made read-only by mount_setattr(MOUNT_ATTR_RDONLY, AT_RECURSIVE); "
		"mkdir "
		"in it must then give EROFS.",
	 .since = "5.12"},
	{.id = "mount.open_tree_attr",
	 .meaning = "cloning a mount with other flags in one call",
	 .where = REDPROBE_HERE,
	 .function = mount_try_open_tree_attr,
	 .why = "The copy of a mount never exists without the flags that restrict it.",
	 .how = "A tmpfs is cloned read-only by open_tree_attr; mkdir in the clone must give "
		"EROFS.",
	 .since = "6.15"},
	{.id = "mount.idmapped",
	 .meaning = "mounts that show files with other owners",
	 .where = REDPROBE_HERE,
	 .function = mount_try_idmapped,
	 .why = "A tree can be given to a user namespace without changing the owner of every file, "
		"and several nodes can share it, each with ids of its own.",
	 .how = "mount_setattr(MOUNT_ATTR_IDMAP) on a clone of a tmpfs, and where the kernel does "
		"not allow that, of the mount at /; the owner of its root must change. The detail "
		"names the file system that did it.",
	 .since = "5.12",
	 .get = "Linux 5.12, for a tmpfs 6.3; a file system that allows it, and CAP_SYS_ADMIN in "
		"the "
		"user namespace that mounted it."},
	{.id = "mount.nosymfollow",
	 .meaning = "mounts on which symbolic links are not followed",
	 .where = REDPROBE_HERE,
	 .function = mount_try_nosymfollow,
	 .why = "A privileged program that works in a tree that others write cannot be led out of "
		"it by a link.",
	 .how = "A tmpfs is remounted with MS_NOSYMFOLLOW; opening through a link in it, which "
		"worked before, must give ELOOP.",
	 .since = "5.10"},
	{.id = "mount.overlay",
	 .meaning = "a writable layer over a read-only tree",
	 .where = REDPROBE_HERE,
	 .function = mount_try_overlay,
	 .why = "A node can write to what looks like the whole system, while the system itself is "
		"shared and never changes.",
	 .how = "Looked for in /proc/filesystems, never loaded. Then mounted over layers on a "
		"tmpfs "
		"and written to: the upper layer must change, the lower one not.",
	 .since = "3.18",
	 .get = "CONFIG_OVERLAY_FS; as a module it must have been loaded: modprobe overlay.",
	 .option = "CONFIG_OVERLAY_FS"},
	{.id = "mount.overlay_userns",
	 .meaning = "overlay mounts made in a user namespace",
	 .where = REDPROBE_HERE,
	 .function = mount_try_overlay_userns,
	 .why = "Nodes with a writable layer can be started without privilege on the machine.",
	 .how = "As mount.overlay, in a new user namespace with marks in user extended attributes; "
		"where a tmpfs has none, two layers are merged and nothing is written.",
	 .since = "5.11",
	 .get = "Linux 5.11 with CONFIG_OVERLAY_FS, and user namespaces; as a module overlay must "
		"have been loaded."},
	{.id = "mount.tmpfs.size",
	 .meaning = "a tmpfs that holds no more than so much",
	 .where = REDPROBE_HERE,
	 .function = mount_try_size,
	 .why = "What is written to a tmpfs is memory of the machine: without a limit a node can "
		"use "
		"half of it.",
	 .how = "A tmpfs of 64 KiB is overfilled; the write must give ENOSPC.",
	 .since = "",
	 .option = "CONFIG_TMPFS"},
	{.id = "mount.tmpfs.nr_inodes",
	 .meaning = "a tmpfs that holds no more than so many files",
	 .where = REDPROBE_HERE,
	 .function = mount_try_nr_inodes,
	 .why = "Empty files take memory too, of the kernel, which no size limit counts.",
	 .how = "In a tmpfs of two inodes, one of them its root, a second directory must give "
		"ENOSPC.",
	 .since = "",
	 .option = "CONFIG_TMPFS"},
	{.id = "mount.tmpfs.noswap",
	 .meaning = "a tmpfs that is never written to swap",
	 .where = REDPROBE_HERE,
	 .function = mount_try_noswap,
	 .why = "Keys in files of a tmpfs stay out of a swap device, where they would outlive the "
		"machine's power.",
	 .how = "A tmpfs is made with the option, which is taken when a file system is made only: "
		"set again "
		"it must be accepted, and refused by a tmpfs made without it.",
	 .since = "6.4",
	 .get = "Linux 6.4 with CONFIG_TMPFS; CAP_SYS_ADMIN in the first user namespace."},
	{.id = "mount.tmpfs.mode",
	 .meaning = "permissions of the root of a new tmpfs",
	 .where = REDPROBE_HERE,
	 .function = mount_try_mode,
	 .why = "A private directory has its permissions from the first moment; without the option "
		"everybody can write there until they are changed.",
	 .how = "A tmpfs is made with mode=0510; fstat of its root must show that.",
	 .since = "",
	 .option = "CONFIG_TMPFS"},
	{.id = "mount.mqueue",
	 .meaning = "a mount of the POSIX message queues",
	 .where = REDPROBE_HERE,
	 .function = mount_try_mqueue,
	 .why = "Programs that speak by message queues see those of their IPC namespace only. The "
		"export mode Mqueue of a node mounts them.",
	 .how = "In a new IPC namespace a queue is made by mq_open and mqueue is mounted; the "
		"queue must be in it. Where the kernel has one IPC namespace only, no queue is "
		"made.",
	 .since = "",
	 .get = "CONFIG_POSIX_MQUEUE. Without CAP_SYS_ADMIN: user namespaces.",
	 .option = "CONFIG_POSIX_MQUEUE"},
	{.id = "mount.proc_hidepid",
	 .meaning = "a /proc without the processes of others",
	 .where = REDPROBE_HERE,
	 .function = mount_try_hidepid,
	 .why = "Command lines and open files of other users' processes are not to be seen. Since "
		"5.8 each mount of proc has its own setting.",
	 .how = "A proc mounted with hidepid=ptraceable must not show a process that this one may "
		"not trace, while a plain one does.",
	 .since = "3.3",
	 .option = "CONFIG_PROC_FS"},
	{.id = "mount.proc_subset",
	 .meaning = "a /proc with processes only",
	 .where = REDPROBE_HERE,
	 .function = mount_try_subset,
	 .why = "What /proc tells of the machine, and the sysctls in it, are out of a node's reach "
		"without covering them one by one.",
	 .how = "A proc mounted with subset=pid must show this process, but not filesystems.",
	 .since = "5.8",
	 .option = "CONFIG_PROC_FS"},
	{.id = "mount.proc_pidns",
	 .meaning = "a /proc for a PID namespace one is not in",
	 .where = REDPROBE_HERE,
	 .function = mount_try_pidns,
	 .why = "A node's /proc can be mounted before its first process runs, by whoever builds "
		"the "
		"node.",
	 .how = "proc is mounted with pidns= of another process; it must show that one as number "
		"1, and not this process.",
	 .since = "6.18"},
};

const struct redprobe_area mount_area = {
	.name = "mount",
	.meaning = "file systems and mounts that a node is built of",
	.how = "Tried on a tmpfs in a mount namespace of the probe's own, which nobody else sees "
	       "and "
	       "which ends with it; without CAP_SYS_ADMIN in a user namespace. Options go by "
	       "fsconfig first: one that the kernel does not know is not written to its log.",
	.get = "A kernel of that release or later. Without CAP_SYS_ADMIN: user namespaces.",
	.features = features,
	.count = COUNT(features),
};
