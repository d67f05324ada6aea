/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The capabilities: one child tries each of those it has, another one all of them in a user
 * namespace of its own. Sources: capabilities(7), user_namespaces(7), PR_CAPBSET_READ(2const).
 */
#include "child.h"
#include "finding.h"
#include "probe.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { CAPABILITIES = CAP_CHECKPOINT_RESTORE + 1 };

/* What one child learned of one capability; each is 0 or a positive errno. */
struct trial {
	bool permitted; /* to begin with */
	int lowered;	/* out of the effective set, and in again */
	int unbound;	/* out of the bounding set */
	int dropped;	/* out of the permitted set */
	int regained;	/* after that: must be refused */
};

struct drill {
	int entered; /* the user namespace */
	struct trial trials[CAPABILITIES];
};

struct capability_survey {
	int bounding[CAPABILITIES]; /* 1 in it, 0 not, or a negative errno */
	struct child_fate here_fate, user_fate;
	struct drill here, user;
};

/* Changes one flag of one capability. Returns 0, or a positive errno; EIO if it did not take. */
static int set_flag(cap_value_t value, cap_flag_t flag, cap_flag_value_t wanted)
{
	cap_flag_value_t got = !wanted;
	cap_t state = cap_get_proc();
	int error = 0;

	if (!state || cap_set_flag(state, flag, 1, &value, wanted) < 0 || cap_set_proc(state) < 0)
		error = errno;
	cap_free(state);
	if (error)
		return error;
	state = cap_get_proc();
	if (!state || cap_get_flag(state, value, flag, &got) < 0)
		error = errno;
	else if (got != wanted)
		error = EIO;
	cap_free(state);
	return error;
}

static bool permitted(cap_value_t value)
{
	cap_flag_value_t got = CAP_CLEAR;
	cap_t state = cap_get_proc();

	if (state)
		cap_get_flag(state, value, CAP_PERMITTED, &got);
	cap_free(state);
	return got == CAP_SET;
}

static int unbind(cap_value_t value)
{
	if (prctl(PR_CAPBSET_DROP, value, 0, 0, 0) < 0)
		return errno;
	return prctl(PR_CAPBSET_READ, value, 0, 0, 0) == 0 ? 0 : EIO;
}

static void drop(cap_value_t value, struct trial *trial)
{
	int error = set_flag(value, CAP_EFFECTIVE, CAP_CLEAR);

	trial->dropped = error ? error : set_flag(value, CAP_PERMITTED, CAP_CLEAR);
	trial->regained = set_flag(value, CAP_PERMITTED, CAP_SET);
}

/* The bounding set comes before the drops: changing it takes one of the capabilities. */
static void drill(struct drill *result)
{
	for (cap_value_t i = 0; i < CAPABILITIES; i++) {
		struct trial *trial = &result->trials[i];

		trial->permitted = permitted(i);
		if (!trial->permitted)
			continue;
		trial->lowered = set_flag(i, CAP_EFFECTIVE, CAP_CLEAR);
		if (!trial->lowered)
			trial->lowered = set_flag(i, CAP_EFFECTIVE, CAP_SET);
	}
	for (cap_value_t i = 0; i < CAPABILITIES; i++)
		if (result->trials[i].permitted)
			result->trials[i].unbound = unbind(i);
	for (cap_value_t i = 0; i < CAPABILITIES; i++)
		if (result->trials[i].permitted)
			drop(i, &result->trials[i]);
}

static void drill_here(void *argument, void *answer)
{
	(void)argument;
	drill(answer);
}

static void drill_in_user_namespace(void *argument, void *answer)
{
	struct drill *result = answer;

	(void)argument;
	result->entered = unshare(CLONE_NEWUSER) < 0 ? errno : 0;
	if (!result->entered)
		drill(result);
}

/* Then there is nothing that would have to be gained in a user namespace. */
static bool all_usable(const struct capability_survey *found)
{
	for (int i = 0; i < CAPABILITIES; i++)
		if (found->bounding[i] == 0 ||
		    (found->bounding[i] > 0 && !found->here.trials[i].permitted))
			return false;
	return true;
}

static const struct capability_survey *survey(struct redprobe *probe)
{
	struct capability_survey *made = probe->capabilities;

	if (made)
		return made;
	made = calloc(1, sizeof *made);
	if (!made)
		return NULL;
	for (int i = 0; i < CAPABILITIES; i++) {
		made->bounding[i] = prctl(PR_CAPBSET_READ, i, 0, 0, 0);
		if (made->bounding[i] < 0)
			made->bounding[i] = -errno;
	}
	made->here_fate = child_ask(drill_here, NULL, &made->here, sizeof made->here, CHILD_DIES,
				    probe->options.patience_ms);
	if (!all_usable(made))
		made->user_fate =
			child_ask(drill_in_user_namespace, NULL, &made->user, sizeof made->user,
				  CHILD_DIES, probe->options.patience_ms);
	probe->capabilities = made;
	return made;
}

/* True if the capability went through all its changes as capabilities(7) says. */
static bool proved(const struct trial *trial)
{
	return trial->permitted && !trial->lowered && !trial->dropped && trial->regained == EPERM;
}

/* For a capability that this process has: what the trial showed. */
static void say_permitted(struct redprobe_finding *finding, cap_value_t value,
			  const struct trial *trial)
{
	if (proved(trial))
		finding_supported(finding,
				  "number %d: lowered, raised, dropped: ok, then raised: EPERM; "
				  "out of the bounding set: %s",
				  value, error_name(trial->unbound));
	else
		finding_unknown(finding, "a kernel that answers as documented",
				"number %d: lowered, raised: %s, dropped: %s, then raised: %s",
				value, error_name(trial->lowered), error_name(trial->dropped),
				error_name(trial->regained));
}

/* For one that this process has not: whether it can be gained in a user namespace. */
static void say_not_permitted(struct redprobe_finding *finding, cap_value_t value,
			      const struct drill *user)
{
	if (proved(&user->trials[value]))
		finding_supported(finding,
				  "number %d: not permitted here; in a user namespace of its own: "
				  "lowered, raised, dropped: ok, then raised: EPERM",
				  value);
	else
		finding_restricted(finding,
				   "missing privilege: not in the permitted set, no user namespace",
				   "number %d: not permitted to this process, "
				   "unshare(CLONE_NEWUSER): %s",
				   value, error_name(user->entered));
}

static void find_capability(struct redprobe *probe, const void *argument,
			    struct redprobe_finding *finding)
{
	cap_value_t value = *(const cap_value_t *)argument;
	const struct capability_survey *found = survey(probe);
	int bounding;

	if (!found) {
		finding_refused(finding, ENOMEM, false, "making room for the answers");
		return;
	}
	bounding = found->bounding[value];
	if (bounding < 0)
		finding_refused(finding, -bounding, seccomp_filtered(),
				"number %d: prctl(PR_CAPBSET_READ)", value);
	else if (bounding == 0)
		finding_restricted(finding, "bounding set",
				   "number %d: prctl(PR_CAPBSET_READ): 0; in a user namespace: %s",
				   value,
				   proved(&found->user.trials[value]) ? "gained" : "not gained");
	else if (found->here_fate.end != CHILD_ANSWERED)
		finding_fate(finding, found->here_fate);
	else if (found->here.trials[value].permitted)
		say_permitted(finding, value, &found->here.trials[value]);
	else if (found->user_fate.end != CHILD_ANSWERED)
		finding_fate(finding, found->user_fate);
	else
		say_not_permitted(finding, value, &found->user);
}

#define ROW(name, number, text)                                                        \
	{                                                                              \
		.id = "capability.cap_" name, .meaning = text, .where = REDPROBE_HERE, \
		.function = find_capability, .argument = &(const cap_value_t)          \
		{                                                                      \
			number                                                         \
		}                                                                      \
	}

static const struct redprobe_feature features[] = {
	ROW("chown", CAP_CHOWN, "change owner and group of files"),
	ROW("dac_override", CAP_DAC_OVERRIDE, "pass by file permissions"),
	ROW("dac_read_search", CAP_DAC_READ_SEARCH, "read files and search directories of others"),
	ROW("fowner", CAP_FOWNER, "act as the owner of any file"),
	ROW("fsetid", CAP_FSETID, "keep set-id bits when a file is changed"),
	ROW("kill", CAP_KILL, "send signals to processes of others"),
	ROW("setgid", CAP_SETGID, "change group ids"),
	ROW("setuid", CAP_SETUID, "change user ids"),
	ROW("setpcap", CAP_SETPCAP, "change the bounding set and the securebits"),
	ROW("linux_immutable", CAP_LINUX_IMMUTABLE, "set the immutable and append-only flags"),
	ROW("net_bind_service", CAP_NET_BIND_SERVICE, "bind ports below 1024"),
	ROW("net_broadcast", CAP_NET_BROADCAST, "listen to all network namespaces' messages"),
	ROW("net_admin", CAP_NET_ADMIN, "configure the network"),
	ROW("net_raw", CAP_NET_RAW, "use raw and packet sockets"),
	ROW("ipc_lock", CAP_IPC_LOCK, "lock memory"),
	ROW("ipc_owner", CAP_IPC_OWNER, "pass by permissions of System V IPC"),
	ROW("sys_module", CAP_SYS_MODULE, "load and unload kernel modules"),
	ROW("sys_rawio", CAP_SYS_RAWIO, "raw access to ports and devices"),
	ROW("sys_chroot", CAP_SYS_CHROOT, "chroot, and join mount namespaces"),
	ROW("sys_ptrace", CAP_SYS_PTRACE, "trace processes of others"),
	ROW("sys_pacct", CAP_SYS_PACCT, "switch process accounting"),
	ROW("sys_admin", CAP_SYS_ADMIN, "mount, and many administrative operations"),
	ROW("sys_boot", CAP_SYS_BOOT, "reboot, and load another kernel"),
	ROW("sys_nice", CAP_SYS_NICE, "raise priorities, set affinities of others"),
	ROW("sys_resource", CAP_SYS_RESOURCE, "pass by resource limits and quotas"),
	ROW("sys_time", CAP_SYS_TIME, "set the clock"),
	ROW("sys_tty_config", CAP_SYS_TTY_CONFIG, "configure terminals, vhangup"),
	ROW("mknod", CAP_MKNOD, "make device files"),
	ROW("lease", CAP_LEASE, "take leases on files of others"),
	ROW("audit_write", CAP_AUDIT_WRITE, "write records to the audit log"),
	ROW("audit_control", CAP_AUDIT_CONTROL, "switch and configure auditing"),
	ROW("setfcap", CAP_SETFCAP, "set capabilities of files"),
	ROW("mac_override", CAP_MAC_OVERRIDE, "pass by mandatory access control (Smack)"),
	ROW("mac_admin", CAP_MAC_ADMIN, "configure mandatory access control"),
	ROW("syslog", CAP_SYSLOG, "read the kernel log and kernel addresses"),
	ROW("wake_alarm", CAP_WAKE_ALARM, "set timers that wake the system"),
	ROW("block_suspend", CAP_BLOCK_SUSPEND, "keep the system from suspending"),
	ROW("audit_read", CAP_AUDIT_READ, "read the audit log by netlink"),
	ROW("perfmon", CAP_PERFMON, "observe performance"),
	ROW("bpf", CAP_BPF, "load BPF programs and make maps"),
	ROW("checkpoint_restore", CAP_CHECKPOINT_RESTORE, "checkpoint and restore processes"),
};

const struct redprobe_area capability_area = {
	.name = "capability",
	.features = features,
	.count = COUNT(features),
};
