/* SPDX-License-Identifier: Apache-2.0 */
/* Capabilities: the five sets of the process, and an operation for each that has one. */
#include "capabilities.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "witness.h"

static uint64_t read_bits(bool (*is_set)(int number))
{
	uint64_t bits = 0;
	for (int number = 0; number < 64; number++)
		if (is_set(number))
			bits |= UINT64_C(1) << number;
	return bits;
}

static bool in_bounding_set(int number)
{
	return prctl(PR_CAPBSET_READ, number, 0, 0, 0) == 1;
}

static bool in_ambient_set(int number)
{
	return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, number, 0, 0) == 1;
}

static uint64_t join(uint32_t low, uint32_t high)
{
	return (uint64_t)high << 32 | low;
}

/* By system calls alone, so that the node needs no /proc. */
static int observe_sets(FILE *out, const char *argument)
{
	(void)argument;
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	if (syscall(SYS_capget, &header, data) < 0)
		return -errno;
	const struct {
		const char *name;
		uint64_t bits;
	} sets[] = {
		{"inheritable", join(data[0].inheritable, data[1].inheritable)},
		{"permitted", join(data[0].permitted, data[1].permitted)},
		{"effective", join(data[0].effective, data[1].effective)},
		{"bounding", read_bits(in_bounding_set)},
		{"ambient", read_bits(in_ambient_set)},
	};
	fputc('{', out);
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		fprintf(out, "\"%s\": \"%016" PRIx64 "\", ", sets[i].name, sets[i].bits);
	fprintf(out, "\"no_new_privs\": %d}", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	return 0;
}

static int observe_sets_after(FILE *out, const char *program)
{
	char line[1024];
	int error = ask_witness(need(program), "capability_sets", line, sizeof(line));

	if (!error)
		fputs(line, out);
	return error;
}

#define OPERATION(name, attempt, description)          \
	{                                              \
		(name), NULL, (attempt), (description) \
	}

const struct observation capability_observations[] = {
	{"capability_sets", observe_sets, NULL, "the five sets, by capget and prctl"},
	{"sets_after", observe_sets_after, NULL, "=PROGRAM, a witness: what it says of its sets"},
	OPERATION("cap_chown", change_owner, "=FILE of the caller: chown to another user"),
	OPERATION("cap_dac_override", write_unwritable, "=DIR: open a file of mode 0 for writing"),
	OPERATION("cap_dac_read_search", read_unreadable,
		  "=DIR: open a file of mode 0 for reading"),
	OPERATION("cap_fowner", change_mode_of_others, "=FILE of another: chmod"),
	OPERATION("cap_fsetid", keep_set_id_bits, "=DIR: write to a set-user-id file, bit stays"),
	OPERATION("cap_kill", signal_others, "=PID of another: SIGTERM"),
	OPERATION("cap_setgid", take_group, "setgid to another group"),
	OPERATION("cap_setuid", take_user, "setuid to another user"),
	OPERATION("cap_setpcap", drop_from_bounding_set, "prctl(PR_CAPBSET_DROP)"),
	OPERATION("cap_linux_immutable", make_immutable, "=DIR on ext4: FS_IMMUTABLE_FL"),
	OPERATION("cap_net_bind_service", bind_low_port, "bind to TCP port 80"),
	OPERATION("cap_net_broadcast", listen_to_all_namespaces, "NETLINK_LISTEN_ALL_NSID"),
	OPERATION("cap_net_admin", bring_up_loopback, "SIOCSIFFLAGS of lo"),
	OPERATION("cap_net_raw", open_raw_socket, "socket of type SOCK_RAW"),
	OPERATION("cap_ipc_lock", lock_memory, "mlock with RLIMIT_MEMLOCK 0"),
	OPERATION("cap_ipc_owner", attach_shared_memory, "shmat of a segment of mode 0"),
	OPERATION("cap_sys_module", load_module, "init_module of no module: ENOEXEC, not EPERM"),
	OPERATION("cap_sys_rawio", map_block, "=DIR on ext4: FIBMAP"),
	OPERATION("cap_sys_chroot", change_root, "chroot"),
	OPERATION("cap_sys_ptrace", trace_undumpable, "ptrace a child that is not dumpable"),
	OPERATION("cap_sys_pacct", stop_accounting, "acct(NULL)"),
	OPERATION("cap_sys_admin", unshare_uts, "unshare(CLONE_NEWUTS)"),
	OPERATION("cap_sys_boot", configure_reboot, "reboot(LINUX_REBOOT_CMD_CAD_OFF)"),
	OPERATION("cap_sys_nice", raise_priority, "setpriority to a lower nice value"),
	OPERATION("cap_sys_resource", raise_hard_limit, "setrlimit above the hard limit"),
	OPERATION("cap_sys_time", set_clock, "adjtimex with the tick as it is"),
	OPERATION("cap_sys_tty_config", hang_up_terminal, "vhangup"),
	OPERATION("cap_mknod", make_device, "=DIR: mknod of a character device"),
	OPERATION("cap_lease", lease_file_of_others, "=FILE of another: F_SETLEASE"),
	OPERATION("cap_audit_write", write_audit_record, "AUDIT_USER by netlink"),
	OPERATION("cap_audit_control", get_audit_status, "AUDIT_GET by netlink"),
	OPERATION("cap_setfcap", give_capability_to_file, "=DIR: set security.capability"),
	OPERATION("cap_mac_admin", make_policy_namespace, "=DIR of AppArmor's namespaces: mkdir"),
	OPERATION("cap_syslog", control_log, "syslog(SYSLOG_ACTION_SIZE_UNREAD)"),
	OPERATION("cap_wake_alarm", make_wake_timer, "timerfd of CLOCK_REALTIME_ALARM"),
	OPERATION("cap_block_suspend", block_suspend, "EPOLLWAKEUP stays, as fdinfo shows"),
	OPERATION("cap_audit_read", join_audit_log, "netlink group AUDIT_NLGRP_READLOG"),
	OPERATION("cap_perfmon", count_system_wide, "perf event of a processor"),
	OPERATION("cap_bpf", make_privileged_map, "BPF map of type queue"),
	OPERATION("cap_checkpoint_restore", choose_process_id, "clone3 with set_tid"),
	{0},
};
