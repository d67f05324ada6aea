/* SPDX-License-Identifier: Apache-2.0 */
#include "apply/init.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/process.h"

/*
 * Any socket will do for the ioctl, netdevice(7); AF_UNIX is in every kernel. It is closed with all
 * others, leave_host().
 */
static int raise_loopback(struct redpak_error *error)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		return fail_errno(error, -errno, "cannot bring the loopback up");
	return 0;
}

/* What the caller keeps in its session keyring is not the payload's; keyrings(7). */
static int leave_keyring(struct redpak_error *error)
{
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS)
		return fail_errno(error, -errno, "cannot make a session keyring");
	return 0;
}

/* While redwrap builds the root. */
static int make_namespaces(const struct init_job *job, struct redpak_error *error)
{
	const struct redpak_plan *plan = job->plan;
	int result;

	if (unshare((int)plan->meanwhile_flags) < 0)
		return namespace_refuse(error, -errno, "cannot make the namespaces of the node",
					plan->meanwhile_flags);
	if (plan->meanwhile_flags & CLONE_NEWTIME) {
		AUTO_CLOSE int offsets = *plan->time_offsets ? time_open_offsets(job->proc) : -1;

		if (*plan->time_offsets && offsets < 0)
			return fail_errno(error, -errno, "cannot open the clock offsets in /proc");
		result = time_enter(job->proc, offsets, plan->time_offsets, error);
		if (result < 0)
			return result;
	}
	if (plan->texts[KEY_HOSTNAME] &&
	    sethostname(plan->texts[KEY_HOSTNAME], strlen(plan->texts[KEY_HOSTNAME])) < 0)
		return fail_errno(error, -errno, "cannot set the hostname '%s'",
				  plan->texts[KEY_HOSTNAME]);
	return plan->meanwhile_flags & CLONE_NEWNET ? raise_loopback(error) : 0;
}

/* The root is finished. */
static int complete_node(const struct redpak_plan *plan, struct redpak_error *error)
{
	int result;

	if (unshare((int)plan->last_flags) < 0)
		return namespace_refuse(error, -errno, "cannot part the node from the host",
					plan->last_flags);
	result = leave_keyring(error);
	/* Orphans of the node come to init, also where it is not process 1 of a namespace. */
	if (result == 0 && !(plan->birth_flags & CLONE_NEWPID) &&
	    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		result = fail_errno(error, -errno, "cannot become the reaper of the node");
	return result;
}

_Noreturn void init_report(int channel, const struct redpak_error *error)
{
	/* The exit status says it too if redwrap is gone. */
	(void)!write(channel, error, sizeof(*error));
	_exit(error->status);
}

/*
 * The payload is process 2 of a new PID namespace, whoever helped to build the node before;
 * clone(2), set_tid.  Until it executes its program it has the memory of init, which waits: a copy
 * would cost more than all it does there.
 */
static pid_t start_payload(const struct init_job *job)
{
	static char stack[64 * 1024] __attribute__((aligned(16)));
	pid_t number = 2;
	struct clone_args args = {.flags = CLONE_VFORK | CLONE_CLEAR_SIGHAND,
				  .exit_signal = SIGCHLD};

	if (job->plan->birth_flags & CLONE_NEWPID) {
		args.set_tid = (uint64_t)(uintptr_t)&number;
		args.set_tid_size = 1;
	}
	return process_share(&args, stack, sizeof(stack), payload_run, (void *)job);
}

/*
 * From the first instruction of the payload on, init offers no way to the host: no descriptor but
 * those that the payload gets anyway, no directory, and by ptrace(2), whatever the payload keeps,
 * not itself.
 */
static int leave_host(const struct init_job *job, struct redpak_error *error)
{
	int result = descriptors_close_others(job->plan->preserve, job->channel);

	if (result < 0)
		return fail_errno(error, result, "cannot close the descriptors of init");
	if (chdir("/") < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return fail_errno(error, -errno, "cannot part init from the host");
	return 0;
}

bool init_is_awaited(const struct redpak_plan *plan)
{
	return plan->late_namespaces & plan->meanwhile_flags;
}

static int say_done(const struct init_job *job, struct redpak_error *error)
{
	return write(job->channel, "", 1) == 1 ? 0
					       : fail_errno(error, -errno, "cannot tell redwrap");
}

int init_await(const struct init_job *job, struct redpak_error *error)
{
	char byte;
	ssize_t length = read(job->channel, &byte, 1);

	if (length < 0)
		return fail_errno(error, -errno, "cannot hear redwrap");
	return length == 1 ? 0 : fail(error, -EPIPE, "redwrap has gone");
}

static int prepare(const struct init_job *job, struct redpak_error *error)
{
	const struct redpak_plan *plan = job->plan;
	int result;

	/* Of one that died before, nothing will be heard. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return fail_errno(error, -errno, "cannot tie the node to redwrap");
	result = make_namespaces(job, error);
	if (result == 0 && init_is_awaited(plan))
		result = say_done(job, error);
	if (result == 0)
		result = init_await(job, error);
	if (result == 0)
		result = complete_node(plan, error);
	if (result == 0)
		result = say_done(job, error);
	if (result == 0)
		result = leave_host(job, error);
	return result < 0 ? result : lock_exports(plan->locks, plan->lock_count, error);
}

_Noreturn void init_run(struct init_job *job)
{
	static const cap_value_t signalling = CAP_KILL;
	bool other_user = job->plan->identity.asked || (job->plan->join_flags & CLONE_NEWUSER);
	struct redpak_error error;
	pid_t payload;

	if (prepare(job, &error) < 0)
		init_report(job->channel, &error);
	job->self = job->plan->birth_flags & CLONE_NEWPID ? 0 : getpid();
	payload = start_payload(job);
	if (payload < 0) {
		fail_errno(&error, -errno, "cannot make the process of the payload");
		init_report(job->channel, &error);
	}
	descriptors_close(job->plan->preserve);
	/* None to watch the payload, which has its own now, but to pass signals to another user. */
	if (keep_privileges(job->plan->capabilities, &signalling, other_user, &error) < 0) {
		kill(payload, SIGKILL);
		waitpid(payload, NULL, 0);
		init_report(job->channel, &error);
	}
	_exit(reaper_run(job, payload));
}
