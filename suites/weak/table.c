/* SPDX-License-Identifier: Apache-2.0 */
/* All weaknesses. What the suites must make of each stands in expected.yaml. */
#include <errno.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <linux/magic.h>
#include <linux/sched.h>
#include <linux/sockios.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "plan/filter.h"
#include "weak.h"

/* clang-format off */
#define SHARED(name, kind) \
	{name, "its " #kind " namespace is the caller's, whatever the node says", "plan_namespaces", \
	 .instead = share_namespace, .number = NAMESPACE_##kind}
#define WITHOUT_ITEM(name, file) \
	{name, file " is not written", "cgroup_plan", .instead = drop_item, .text = (file)}
#define IGNORED(name, key, about) {name, about, "merge_settings", .instead = ignore_setting, .number = KEY_##key}

const struct weakness weaknesses[] = {
	/* Namespaces. */
	SHARED("no-user", USER),
	SHARED("no-cgroup", CGROUP),
	SHARED("no-net", NET),
	SHARED("no-pid", PID),
	SHARED("no-ipc", IPC),
	SHARED("no-time", TIME),
	SHARED("no-uts", UTS),
	{"no-mnt", "root builds in the host's mount namespace, and the root directory is changed by chroot(2)",
	 "unshare", .instead = keep_mount_namespace},
	{"no-mnt", NULL, "root_prepare", .instead = keep_mounts_as_they_are},
	{"no-mnt", NULL, "root_begin", .instead = mount_on_host},
	{"no-mnt", NULL, "root_finish", .instead = stay_in_root},
	{"no-mnt", NULL, "payload_run", .instead = change_root},
	{"uts-shared-by-default", "the UTS namespace is the caller's unless the node says something (W11)",
	 "plan_namespaces", .instead = share_unless_said, .number = NAMESPACE_UTS},
	{"time-shared-by-default", "the time namespace is the caller's unless the node says something (W11)",
	 "plan_namespaces", .instead = share_unless_said, .number = NAMESPACE_TIME},
	{"joins-ignored", "a namespace that is to be joined is the caller's (F13)", "plan_namespaces",
	 .instead = ignore_joins},
	{"clocks-not-shifted", "time_offsets are not written", "time_enter", .instead = keep_clocks},
	{"hostname-not-set", "the host name is not set", "sethostname", .instead = skip},
	{"loopback-down", "the loopback of a new network namespace is not brought up", "ioctl",
	 .instead = skip_request, .number = SIOCSIFFLAGS},
	{"whole-id-map", "root's user namespace maps all ids", "plan_id_maps", .instead = map_everybody},

	/* Groups. */
	WITHOUT_ITEM("no-cpuset.cpus", "cpuset.cpus"),
	WITHOUT_ITEM("no-cpuset.mems", "cpuset.mems"),
	WITHOUT_ITEM("no-cpuset.cpus.partition", "cpuset.cpus.partition"),
	WITHOUT_ITEM("no-cpu.weight", "cpu.weight"),
	WITHOUT_ITEM("no-cpu.max", "cpu.max"),
	WITHOUT_ITEM("no-io.max", "io.max"),
	WITHOUT_ITEM("no-io.weight", "io.weight"),
	WITHOUT_ITEM("no-memory.min", "memory.min"),
	WITHOUT_ITEM("no-memory.max", "memory.max"),
	WITHOUT_ITEM("no-memory.high", "memory.high"),
	WITHOUT_ITEM("no-memory.swap.max", "memory.swap.max"),
	WITHOUT_ITEM("no-memory.swap.high", "memory.swap.high"),
	WITHOUT_ITEM("no-pids.max", "pids.max"),
	{"parents-limits-ignored", "the limits of the nodes above are not set", "cgroup_plan",
	 .instead = drop_limits_of_parents},
	{"limits-optional", "a node whose groups cannot be made runs without (W7)", "cgroup_create",
	 .instead = go_on_without_group},
	{"group-not-joined", "the node is not born in its group", "syscall", .instead = stay_out_of_group},
	{"group-not-joined", NULL, "cgroup_apply_cpuset", .instead = skip},
	{"cpuset-not-applied", "the group's processors are not applied to the first process",
	 "cgroup_apply_cpuset", .instead = skip},
	{"group-not-removed", "the groups stay after the end (F12)", "cgroup_remove", .instead = leave_group},
	{"group-not-ended", "what still runs in the group at the end goes on", "cgroup_end", .instead = leave_processes},
	{"no-watcher", "nobody ends the group when the launcher is killed", "watcher_start", .instead = skip},
	{"groups-writable", "an export of the control groups stays writable (W15)", "mount_restrict",
	 .instead = skip_file_system, .number = CGROUP2_SUPER_MAGIC},

	/* Capabilities. */
	{"bounding-not-dropped", "the bounding set stays as it is", "cap_drop_bound", .instead = skip},
	{"permitted-not-dropped", "permitted and effective stay as they are", "cap_set_proc",
	 .instead = set_all},
	{"nothing-dropped", "the bounding set, permitted and effective stay as they are", "cap_set_proc",
	 .instead = set_all},
	{"nothing-dropped", NULL, "cap_drop_bound", .instead = skip},
	{"inheritable-kept", "what is dropped stays inheritable (CVE-2022-29162)", "cap_drop_bound",
	 .instead = inherit_capability},
	{"inheritable-kept", NULL, "cap_set_proc", .instead = set_inheritable},
	{"ambient-not-emptied", "the caller's ambient capabilities are not removed", "prctl", .instead = keep_ambient},
	{"ambient-not-raised", "what is kept is not ambient", "cap_set_ambient", .instead = skip},
	{"keeps-sys_admin", "CAP_SYS_ADMIN is always kept", "merge_settings", .instead = keep_capability,
	 .number = CAP_SYS_ADMIN},
	{"keeps-net_raw", "CAP_NET_RAW is always kept", "merge_settings", .instead = keep_capability,
	 .number = CAP_NET_RAW},
	{"keeps-sys_chroot", "CAP_SYS_CHROOT is always kept", "merge_settings", .instead = keep_capability,
	 .number = CAP_SYS_CHROOT},
	{"loses-chown", "CAP_CHOWN is never kept", "merge_settings", .instead = lose_capability, .number = CAP_CHOWN},
	{"no-no_new_privs", "no_new_privs is not set", "prctl", .instead = filter_instead},
	{"init-keeps-privileges", "the first process of the node keeps its capabilities", "keep_privileges",
	 .instead = skip},
	{"launcher-keeps-privileges", "the launcher keeps all of its capabilities in force", "renounce", .instead = skip},

	/* Who the payload is. */
	{"groups-kept", "supplementary groups are the caller's (W8)", "apply_groups", .instead = skip},
	{"gid-kept", "the group does not follow the user (W8)", "syscall", .instead = skip_syscall,
	 .number = SYS_setresgid},
	{"uid-kept", "set-user changes no user", "syscall", .instead = skip_syscall, .number = SYS_setresuid},
	{"uid-wraps", "4294967296 is user 0 (W8)", "read_account", .instead = wrap_id},
	IGNORED("map-root-ignored", MAP_ROOT_USER, "map-root-user has no effect (F14)"),
	{"keyring-kept", "the session keyring is the caller's", "syscall", .instead = skip_syscall,
	 .number = SYS_keyctl},
	{"init-traceable", "the first process of the node can be traced", "prctl", .instead = skip_prctl,
	 .number = PR_SET_DUMPABLE},

	/* The filter. */
	{"no-filter", "no filter is installed (W20)", "prctl", .instead = skip_prctl, .number = PR_SET_SECCOMP},
	{"filter-without-list", "the published list is not in the filter (W20)", "filter_plan", .instead = filter_less,
	 .number = FILTER_LIST},
	{"typing-allowed", "TIOCSTI passes (W13)", "filter_plan", .instead = filter_less, .number = FILTER_TERMINAL},
	{"nesting-not-filtered", "the filter lets user namespaces be made", "filter_plan", .instead = filter_less,
	 .number = FILTER_NO_NESTING},
	{"nesting-not-limited", "max_user_namespaces is not written", "forbid_nested_users", .instead = skip},
	{"nesting-allowed", "neither filter nor limit keep the node from user namespaces (W20)", "filter_plan",
	 .instead = filter_less, .number = FILTER_NO_NESTING},
	{"nesting-allowed", NULL, "forbid_nested_users", .instead = skip},
	{"filter-of-one-abi", "calls of other ABIs pass by the filter", "filter_plan", .instead = permit_other_abis},

	/* The root. */
	{"exports-writable", "a Restricted export is not read-only (W2)", "export_tree_directory",
	 .instead = export_writable},
	{"exports-writable", NULL, "export_tree_host_file", .instead = export_writable},
	{"files-writable", "a RestrictedFile export is not read-only", "export_tree_host_file",
	 .instead = export_writable},
	{"read-only-at-the-top", "a read-only export is writable below its submounts", "mount_setattr",
	 .instead = restrict_top_only},
	{"not-nosuid", "exports and new file systems honour set-user-ID files", "mount_setattr",
	 .instead = drop_attribute, .number = MOUNT_ATTR_NOSUID},
	{"not-nosuid", NULL, "fsmount", .instead = drop_flag, .number = MOUNT_ATTR_NOSUID},
	{"not-nodev", "exports and new file systems honour device files", "mount_setattr",
	 .instead = drop_attribute, .number = MOUNT_ATTR_NODEV},
	{"not-nodev", NULL, "fsmount", .instead = drop_flag, .number = MOUNT_ATTR_NODEV},
	{"not-noexec", "proc and mqueue are not noexec", "mount_setattr", .instead = drop_attribute,
	 .number = MOUNT_ATTR_NOEXEC},
	{"not-noexec", NULL, "fsmount", .instead = drop_flag, .number = MOUNT_ATTR_NOEXEC},
	{"old-root-left", "the root of the host is not unmounted", "root_finish", .instead = leave_old_root},
	{"mounts-received", "what the host mounts later comes into the node", "mount", .instead = receive_mounts},
	{"mounts-received", NULL, "mount_setattr", .instead = keep_propagation},
	{"tmpfs-unbounded", "no tmpfs has a size (W20)", "fsconfig", .instead = skip_option, .text = "size"},
	{"tmpfs-on-disk", "a Tmpfs export is a directory of the host that stays", "export_tree_tmpfs",
	 .instead = put_on_disk},
	{"proc-of-host", "a Procfs export is the host's (W12)", "export_tree_proc", .instead = show_host,
	 .text = "proc"},
	{"proc-uncovered", "nothing of proc is masked or read-only", "export_fill_proc", .instead = skip},
	{"proc-sys-writable", "/proc/sys is writable", "mount_attach_entry", .instead = skip_entry, .text = "sys"},
	{"sysrq-writable", "/proc/sysrq-trigger is writable", "mount_attach_entry", .instead = skip_entry,
	 .text = "sysrq-trigger"},
	{"keys-shown", "/proc/keys is not masked", "mount_attach_entry", .instead = skip_entry, .text = "keys",
	 .number = -ENOENT},
	{"kcore-shown", "/proc/kcore is not masked", "mount_attach_entry", .instead = skip_entry, .text = "kcore",
	 .number = -ENOENT},
	{"exported-proc-writable", "the host's proc stays writable in an export", "mount_restrict",
	 .instead = skip_file_system, .number = PROC_SUPER_MAGIC},
	{"devices-of-host", "a Devfs export is the host's /dev", "export_tree_dev", .instead = show_host,
	 .text = "dev"},
	{"devices-of-host", NULL, "export_fill_dev", .instead = skip},
	{"devices-believed", "what stands in the place of a device is exported (CVE-2025-31133)", "open_tree",
	 .instead = follow_tree},
	{"devices-believed", NULL, "root_prepare", .instead = remember_host},
	{"devices-believed", NULL, "fstat", .instead = believe_device},
	{"configuration-writable", "an export shows the node's configuration writable (W16)", "cover_mount",
	 .instead = skip},
	{"links-followed", "an export follows links whoever made them (CVE-2021-30465)", "host_open", .instead = follow},
	{"links-followed", NULL, "host_open_again", .instead = follow_again},
	{"swap-unnoticed", "an export that was replaced while the node is built is mounted", "host_open_again",
	 .instead = follow_again},
	{"directories-anywhere", "missing directories are made anywhere on the host (W17)",
	 "host_make_directory", .instead = make_anywhere},
	{"mount-points-climb", ".. in a mount point leaves the root (W4)", "path_normalise", .instead = climb},

	/* What the payload takes over, and how it ends. */
	{"descriptors-inherited", "the caller's descriptors stay open (W3)", "descriptors_close_others", .instead = skip},
	{"directory-leaked", "the host's /proc stays open (CVE-2024-21626)", "payload_run", .instead = leak_proc},
	{"directory-leaked", NULL, "descriptors_close_others", .instead = close_in_launcher_only},
	{"environment-inherited", "the caller's variables are the payload's", "merge_settings",
	 .instead = inherit_environment},
	{"words-as-options", "words of the program are options of the launcher (W1)", "getopt_long",
	 .instead = take_words},
	{"signals-blocked", "the payload begins with all signals blocked", "sigprocmask", .instead = skip_in_payload},
	IGNORED("umask-ignored", UMASK, "umask has no effect (F7)"),
	IGNORED("chdir-ignored", CHDIR, "chdir has no effect"),
	IGNORED("session-shared", NEW_SESSION, "new-session has no effect"),
	{"no-locks", "exports of mode Lock are not locked", "lock_exports", .instead = skip},
	{"status-lost", "exit status 0 whatever happened (F1)", "redpak_run", .instead = succeed},
	{"signal-lost", "status 0 for a payload that a signal ended", "reaper_run", .instead = forgive_signals},
	{"ends-with-first", "the node ends with its first process", "reaper_run", .instead = wait_for_first},
	{"signals-not-passed", "SIGTERM to the launcher does not reach the payload (F15)", "sigqueue", .instead = skip},
	{"no-pdeathsig", "a launcher that is killed leaves its node running", "prctl", .instead = skip_tie},
	IGNORED("parent-ignored", DIE_WITH_PARENT, "die-with-parent has no effect"),

	/* Configurations. */
	{"owner-ignored", "files of anybody are trusted (W6)", "check_owner", .instead = allow},
	{"writers-ignored", "files that others may write are trusted (W6)", "check_writers", .instead = allow},
	{"shares-reopened", "a node shares what one above it forbids to share (W9)", "merge_shares", .instead = allow},
	{"capabilities-regained", "a node keeps what one above it drops (W9)", "merge_capabilities", .instead = allow},
	{"private-inherited", "private exports are those of the nodes below, too (F8)", "merge_lists",
	 .instead = inherit_private},

	{0},
};
/* clang-format on */
