/* SPDX-License-Identifier: Apache-2.0 */
/* Making processes. Sources: clone(2), time_namespaces(7), pid_namespaces(7). */
#include "base/child.h"
#include "base/finding.h"
#include "base/kernel_calls.h"
#include "base/privilege.h"
#include "base/sysctl.h"
#include "cgroup/cgroup.h"
#include "process/process.h"
#include "survey/probe.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>

void process_try_clone3(struct redprobe *probe, const void *argument,
			struct redprobe_finding *finding)
{
	const struct clone_args how = {.exit_signal = SIGCHLD};
	pid_t pid = kernel_clone3(&how);

	(void)probe;
	(void)argument;
	if (pid == 0)
		_exit(EXIT_SUCCESS);
	if (pid < 0)
		finding_refused(finding, errno, seccomp_filtered(), "clone3");
	else if (child_status(pid) == EXIT_SUCCESS)
		finding_supported(finding, "clone3: ok, the child ran and ended");
	else
		finding_unknown(finding, "a child that ends", "clone3: ok, but the child was lost");
}

static ino_t time_namespace(void)
{
	struct stat st;

	return stat("/proc/self/ns/time", &st) == 0 ? st.st_ino : 0;
}

static const char clone_newtime[] = "clone3(CLONE_NEWTIME)";

/* @in_user: the same call was to make a user namespace, too. */
static void say_newtime_refused(struct redprobe_finding *finding, int error, bool in_user)
{
	long long limit;

	if (error == ENOSPC && sysctl_read("user.max_time_namespaces", &limit) == 0 && !limit)
		finding_restricted(finding, "sysctl user.max_time_namespaces = 0", "%s: %s",
				   clone_newtime, error_name(error));
	else if (error == EINVAL || !in_user)
		finding_refused(finding, error, seccomp_filtered(), "%s", clone_newtime);
	else
		privilege_missing(finding, error);
}

/* Without privilege in a user namespace, which the same call makes. */
void process_try_clone_newtime(struct redprobe *probe, const void *argument,
			       struct redprobe_finding *finding)
{
	enum { ELSEWHERE, UNSEEN, STILL_HERE };
	struct clone_args how = {.flags = CLONE_NEWTIME, .exit_signal = SIGCHLD};
	ino_t here = time_namespace(), there;
	pid_t pid;
	int seen;

	(void)probe;
	(void)argument;
	if (!privileged())
		how.flags |= CLONE_NEWUSER;
	pid = kernel_clone3(&how);
	if (pid == 0) {
		there = time_namespace();
		_exit(!there || !here ? UNSEEN : there == here ? STILL_HERE : ELSEWHERE);
	}
	if (pid < 0) {
		say_newtime_refused(finding, errno, how.flags & CLONE_NEWUSER);
		return;
	}
	seen = child_status(pid);
	if (seen == ELSEWHERE)
		finding_supported(finding, "%s: ok, the child is in another time namespace",
				  clone_newtime);
	else if (seen == UNSEEN)
		finding_supported(finding, "%s: ok, taken at its word: /proc is not mounted",
				  clone_newtime);
	else
		finding_unknown(finding, finding_as_documented,
				"%s: ok, but the child is in the same time namespace",
				clone_newtime);
}

/*
 * Makes a child whose number is `wanted`. Returns 0 or a positive errno; ESRCH: the child had
 * another number.
 */
static int make_numbered(pid_t wanted)
{
	const struct clone_args how = {
		.exit_signal = SIGCHLD, .set_tid = (uint64_t)(uintptr_t)&wanted, .set_tid_size = 1};
	pid_t pid = kernel_clone3(&how);

	if (pid == 0)
		_exit(getpid() == wanted ? EXIT_SUCCESS : EXIT_FAILURE);
	if (pid < 0)
		return errno;
	return child_status(pid) == EXIT_SUCCESS && pid == wanted ? 0 : ESRCH;
}

/* Numbers shortly below the own one are known to be allowed, and some are free. */
static int try_numbers(pid_t *number)
{
	int error = EEXIST;

	for (*number = getpid() - 1; error == EEXIST && *number > 1; --*number) {
		error = make_numbered(*number);
		if (error != EEXIST)
			return error;
	}
	return error;
}

static void say_numbered(struct redprobe_finding *finding, int error, pid_t number,
			 const char *where)
{
	if (!error)
		finding_supported(finding, "clone3(set_tid)%s: ok, the child is number %d", where,
				  number);
	else if (error == ESRCH)
		finding_unknown(finding, finding_as_documented,
				"clone3(set_tid)%s: ok, but the child has another number", where);
	else
		finding_refused(finding, error, seccomp_filtered(), "clone3(set_tid)%s", where);
}

/* The first process of a PID namespace tries it; its exit status is the errno. */
static void number_in_namespace(void *argument, void *answer)
{
	enum { NUMBER = 300 };
	int unmapped, error = privilege_gain(CLONE_NEWPID, &unmapped);
	pid_t pid;

	(void)argument;
	if (error) {
		privilege_missing(answer, error);
		return;
	}
	pid = child_fork();
	if (pid == 0)
		_exit(make_numbered(NUMBER));
	if (pid < 0)
		finding_prevented(answer, errno, "making process 1 of a PID namespace");
	else
		say_numbered(answer, child_status(pid), NUMBER, " in a new PID namespace");
}

void process_try_set_tid(struct redprobe *probe, const void *argument,
			 struct redprobe_finding *finding)
{
	struct child_fate fate;
	pid_t number;
	int error = try_numbers(&number);

	(void)argument;
	if (error != EPERM) {
		say_numbered(finding, error, number, "");
		return;
	}
	fate = child_ask(number_in_namespace, NULL, finding, sizeof *finding, CHILD_DIES,
			 probe->options.patience_ms);
	if (fate.end != CHILD_ANSWERED)
		finding_fate(finding, fate);
}

/* A kernel without the flag says EINVAL before it looks at the descriptor, which is no group. */
static void try_flag_into_cgroup(struct redprobe_finding *finding)
{
	struct clone_args how = {.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD};
	int no_group = open("/", O_PATH | O_CLOEXEC | O_DIRECTORY), error;
	pid_t pid;

	how.cgroup = (uint64_t)no_group;
	pid = kernel_clone3(&how);
	if (pid == 0)
		_exit(EXIT_SUCCESS);
	error = errno;
	close(no_group);
	if (pid < 0 && error == EBADF)
		finding_supported(finding,
				  "clone3(CLONE_INTO_CGROUP) with a directory that is no group: "
				  "EBADF, so the flag is known");
	else if (pid < 0)
		finding_refused(finding, error, seccomp_filtered(), "clone3(CLONE_INTO_CGROUP)");
	else
		finding_unsupported(finding,
				    "clone3(CLONE_INTO_CGROUP) with a directory that is no group: "
				    "ok, so the flag has no effect");
	if (pid > 0)
		child_status(pid);
}

void process_find_clone_into_cgroup(struct redprobe *probe, const void *argument,
				    struct redprobe_finding *finding)
{
	(void)argument;
	if (!cgroup_born(probe, finding))
		try_flag_into_cgroup(finding);
}
