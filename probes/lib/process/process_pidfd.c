/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors that stand for processes. Sources: pidfd_open(2), pidfd_send_signal(2), setns(2). */
#include "base/apart.h"
#include "base/bystander.h"
#include "base/finding.h"
#include "base/kernel_calls.h"
#include "base/privilege.h"
#include "base/vfork.h"
#include "process/process.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

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
		finding_prevented(finding, errno, "making a child to be killed");
		return;
	}
	process = kernel_pidfd_open(pid);
	if (process >= 0)
		failed = kill_by_descriptor(process, &end);
	error = errno;
	if (failed)
		bystander_stop(pid);
	else
		bystander_gone();
	if (failed)
		finding_refused(finding, error, seccomp_filtered(), "%s", failed);
	else if (end.si_pid == pid && end.si_status == SIGKILL)
		finding_supported(finding, "pidfd_open, pidfd_send_signal and waitid(P_PIDFD): ok, "
					   "the child was killed");
	else
		finding_unknown(finding, finding_as_documented,
				"pidfd calls: ok, but the child was not killed");
	if (process >= 0)
		close(process);
}

/* Gives the host a name of the new namespace's own. */
static int rename_host(const char *name)
{
	return sethostname(name, strlen(name));
}

static bool host_renamed(const char *name)
{
	char seen[65] = "";

	return gethostname(seen, sizeof seen - 1) == 0 && strcmp(seen, name) != 0;
}

/* Leaves the root directory, to which a join of a mount namespace leads back: fs/namespace.c. */
static int leave_root(const char *name)
{
	(void)name;
	return chdir("/dev") < 0 && chdir("/proc") < 0 ? chdir("/usr") : 0;
}

static bool in_root(const char *name)
{
	char directory[PATH_MAX];

	(void)name;
	return getcwd(directory, sizeof directory) && strcmp(directory, "/") == 0;
}

/* What a process can join another by: each kernel has the last, an effect is seen best in the
 * first. */
static const struct way {
	int flag;
	const char *name, *prepared;
	int (*prepare)(const char *name);
	bool (*arrived)(const char *name);
	const char *effect;
} ways[] = {
	{CLONE_NEWUTS, "CLONE_NEWUTS", "sethostname", rename_host, host_renamed,
	 "the host has the name that it has there"},
	{CLONE_NEWNS, "CLONE_NEWNS", "chdir", leave_root, in_root,
	 "the working directory is the root there"},
};

/*
 * Goes from a new namespace, made different by `name`, into that of the process. Returns EINVAL if
 * the kernel has no such namespaces, another positive errno if setns refused, otherwise 0.
 */
static int join(const struct way *way, pid_t pid, const char *name,
		struct redprobe_finding *finding)
{
	char tried[64];
	int process, error = 0;

	if (unshare(way->flag) < 0 || way->prepare(name) < 0) {
		error = errno;
		finding_unknown(finding, "a namespace to join another from", "unshare(%s), %s: %s",
				way->name, way->prepared, error_name(error));
		return error == EINVAL ? error : 0;
	}
	snprintf(tried, sizeof tried, "setns(pidfd, %s)", way->name);
	process = kernel_pidfd_open(pid);
	if (process < 0) {
		finding_refused(finding, errno, seccomp_filtered(), "pidfd_open");
	} else if (setns(process, way->flag) < 0) {
		error = errno == EPERM ? EPERM : 0;
		finding_refused(finding, errno, seccomp_filtered(), "%s", tried);
	} else if (!way->arrived(name))
		finding_unknown(finding, finding_as_documented, "%s: ok, but nothing has changed",
				tried);
	else
		finding_supported(finding, "%s: ok, %s", tried, way->effect);
	if (process >= 0)
		close(process);
	return error;
}

/*
 * The parent's namespace; if privilege does not reach so far, one of the own user namespace.
 * Returns EINVAL if the kernel has no such namespaces.
 */
static int join_by(const struct way *way, struct redprobe_finding *finding)
{
	int error, unmapped;
	pid_t pid;

	if (privileged()) {
		error = join(way, getppid(), "redprobe-first", finding);
		if (error != EPERM)
			return error;
	} else {
		error = privilege_gain(way->flag, &unmapped);
		if (error) {
			privilege_missing(finding, error);
			return error;
		}
	}
	pid = bystander_start(0);
	if (pid < 0) {
		finding_prevented(finding, errno, "making a child to be joined");
		return 0;
	}
	error = join(way, pid, "redprobe-second", finding);
	bystander_stop(pid);
	return error;
}

static void join_someone(struct redprobe_finding *finding)
{
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
		if (join_by(&ways[i], finding) != EINVAL)
			return;
}

/* A process that shares its memory is made no user namespace. */
void process_try_pidfd_setns(struct redprobe *probe, const void *argument,
			     struct redprobe_finding *finding)
{
	(void)probe;
	(void)argument;
	apart_ask(join_someone, privileged() ? 0 : VFORK_OWN_MEMORY, finding);
}
