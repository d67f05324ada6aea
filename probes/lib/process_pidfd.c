/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors that stand for processes. Sources: pidfd_open(2), pidfd_send_signal(2), setns(2). */
#include "bystander.h"
#include "finding.h"
#include "kernel_calls.h"
#include "privilege.h"
#include "process.h"
#include "vfork.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

static const char documented[] = "a kernel that answers as documented";

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

/* Returns the call that failed, with errno, or NULL: then the process is gone. */
static const char *kill_by_descriptor(int process, siginfo_t *end)
{
	if (kernel_pidfd_send_signal(process, SIGKILL) < 0)
		return "pidfd_send_signal";
	if (waitid((idtype_t)P_PIDFD, (id_t)process, end, WEXITED) < 0)
		return "waitid(P_PIDFD)";
	return NULL;
}

void process_try_pidfd(struct redprobe *probe, const void *argument,
		       struct redprobe_finding *finding)
{
	const char *failed = "pidfd_open";
	siginfo_t end = {0};
	pid_t pid = bystander_start(0);
	int process, error;

	(void)probe;
	(void)argument;
	if (pid < 0) {
		finding_refused(finding, errno, false, "making a child to be killed");
		return;
	}
	process = kernel_pidfd_open(pid);
	if (process >= 0)
		failed = kill_by_descriptor(process, &end);
	error = errno;
	if (failed) {
		finding_refused(finding, error, seccomp_filtered(), "%s", failed);
		bystander_stop(pid);
	} else if (end.si_pid == pid && end.si_status == SIGKILL)
		finding_supported(finding, "pidfd_open, pidfd_send_signal and waitid(P_PIDFD): ok, "
					   "the child was killed");
	else
		finding_unknown(finding, documented,
				"pidfd calls: ok, but the child was not killed");
	if (process >= 0)
		close(process);
}

/*
 * Goes from a new UTS namespace, where the host has `name`, into that of the process. Returns a
 * positive errno if setns refused, otherwise 0.
 */
static int join(pid_t pid, const char *name, struct redprobe_finding *finding)
{
	static const char tried[] = "setns(pidfd, CLONE_NEWUTS)";
	char seen[65] = "";
	int process, error = 0;

	if (unshare(CLONE_NEWUTS) < 0 || sethostname(name, strlen(name)) < 0) {
		finding_unknown(finding, "a UTS namespace to join another from",
				"unshare(CLONE_NEWUTS), sethostname: %s", error_name(errno));
		return 0;
	}
	process = kernel_pidfd_open(pid);
	if (process < 0) {
		finding_refused(finding, errno, seccomp_filtered(), "pidfd_open");
	} else if (setns(process, CLONE_NEWUTS) < 0) {
		error = errno;
		finding_refused(finding, error, seccomp_filtered(), "%s", tried);
	} else if (gethostname(seen, sizeof seen - 1) < 0 || strcmp(seen, name) == 0)
		finding_unknown(finding, documented, "%s: ok, but the host name is the same",
				tried);
	else
		finding_supported(finding, "%s: ok, the host has the name that it has there",
				  tried);
	if (process >= 0)
		close(process);
	return error;
}

/* The parent's namespace; if privilege does not reach so far, one of the own user namespace. */
static void join_someone(struct redprobe_finding *finding)
{
	bool mapped;
	pid_t pid;
	int error;

	if (privileged()) {
		if (join(getppid(), "redprobe-first", finding) != EPERM)
			return;
	} else {
		error = privilege_gain(CLONE_NEWUTS, &mapped);
		if (error) {
			privilege_missing(finding, error);
			return;
		}
	}
	pid = bystander_start(0);
	if (pid < 0) {
		finding_refused(finding, errno, false, "making a child to be joined");
		return;
	}
	join(pid, "redprobe-second", finding);
	bystander_stop(pid);
}

/* A process that shares its memory is made no user namespace. */
void process_try_pidfd_setns(struct redprobe *probe, const void *argument,
			     struct redprobe_finding *finding)
{
	(void)probe;
	(void)argument;
	process_ask_apart(join_someone, privileged() ? 0 : VFORK_OWN_MEMORY, finding);
}
