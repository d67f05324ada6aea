/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the runtime's plan needs of processes and descriptors.
 * Sources: clone3(2), openat2(2), close_range(2), pidfd_open(2), pidfd_send_signal(2).
 */
#include "cgroup.h"
#include "child.h"
#include "finding.h"
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void refused(struct redprobe_finding *finding, const char *tried)
{
	finding_refused(finding, errno, seccomp_filtered(), "%s", tried);
}

static void try_clone3(struct redprobe *probe, const void *argument,
		       struct redprobe_finding *finding)
{
	struct clone_args how = {.exit_signal = SIGCHLD};
	long pid = syscall(SYS_clone3, &how, sizeof how);

	(void)probe;
	(void)argument;
	if (pid == 0)
		_exit(EXIT_SUCCESS);
	if (pid < 0)
		refused(finding, "clone3");
	else if (child_status((pid_t)pid) == EXIT_SUCCESS)
		finding_supported(finding, "clone3: ok, the child ran and ended");
	else
		finding_unknown(finding, "a child that ends", "clone3: ok, but the child was lost");
}

/* A kernel without the flag says EINVAL before it looks at the descriptor, which is no group. */
static void try_flag_into_cgroup(void *argument, void *answer)
{
	struct redprobe_finding *finding = answer;
	struct clone_args how = {.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD};
	long pid;

	(void)argument;
	how.cgroup = (uint64_t)open("/", O_PATH | O_CLOEXEC | O_DIRECTORY);
	pid = syscall(SYS_clone3, &how, sizeof how);
	if (pid == 0)
		_exit(EXIT_SUCCESS);
	if (pid < 0 && errno == EBADF)
		finding_supported(finding,
				  "clone3(CLONE_INTO_CGROUP) with a directory that is no group: "
				  "EBADF, so the flag is known");
	else if (pid < 0)
		refused(finding, "clone3(CLONE_INTO_CGROUP)");
	else
		finding_unknown(finding, "a kernel that answers as documented",
				"clone3(CLONE_INTO_CGROUP) with a directory that is no group: ok");
}

static void find_clone_into_cgroup(struct redprobe *probe, const void *argument,
				   struct redprobe_finding *finding)
{
	struct child_fate fate;

	(void)argument;
	if (cgroup_born(probe, finding))
		return;
	fate = child_ask(try_flag_into_cgroup, NULL, finding, sizeof *finding, CHILD_DIES,
			 probe->options.patience_ms);
	if (fate.end != CHILD_ANSWERED)
		finding_fate(finding, fate);
}

static void try_openat2(struct redprobe *probe, const void *argument,
			struct redprobe_finding *finding)
{
	struct open_how how = {.flags = O_PATH | O_CLOEXEC | O_DIRECTORY,
			       .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};

	(void)probe;
	(void)argument;
	if (syscall(SYS_openat2, AT_FDCWD, ".", &how, sizeof how) < 0)
		refused(finding, "openat2(RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS) of .");
	else if (syscall(SYS_openat2, AT_FDCWD, "/", &how, sizeof how) >= 0 || errno != EXDEV)
		finding_unknown(finding, "a kernel that answers as documented",
				"openat2(RESOLVE_BENEATH): ok, but it does not keep beneath");
	else
		finding_supported(finding, "openat2(RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS): ok "
					   "beneath, EXDEV outside");
}

static void try_close_range(struct redprobe *probe, const void *argument,
			    struct redprobe_finding *finding)
{
	int fd = open("/", O_PATH | O_CLOEXEC | O_DIRECTORY);

	(void)probe;
	(void)argument;
	if (fd < 0)
		finding_refused(finding, errno, false, "opening a descriptor to be closed");
	else if (close_range((unsigned)fd, (unsigned)fd, 0) < 0)
		refused(finding, "close_range");
	else if (fcntl(fd, F_GETFD) >= 0)
		finding_unknown(finding, "a kernel that answers as documented",
				"close_range: ok, but the descriptor is open");
	else
		finding_supported(finding,
				  "close_range: ok, the descriptor is closed; "
				  "CLOSE_RANGE_CLOEXEC: %s",
				  close_range(~0U, ~0U, CLOSE_RANGE_CLOEXEC) < 0 ? error_name(errno)
										 : "ok");
}

static void try_pidfd(struct redprobe *probe, const void *argument,
		      struct redprobe_finding *finding)
{
	pid_t pid = child_fork();
	siginfo_t info = {0};
	int fd;

	(void)probe;
	(void)argument;
	if (pid == 0)
		for (;;)
			pause();
	if (pid < 0) {
		finding_refused(finding, errno, false, "making a child to be killed");
		return;
	}
	fd = pidfd_open(pid, 0);
	if (fd < 0)
		refused(finding, "pidfd_open");
	else if (pidfd_send_signal(fd, SIGKILL, NULL, 0) < 0)
		refused(finding, "pidfd_send_signal");
	else if (waitid(P_PIDFD, (id_t)fd, &info, WEXITED) < 0)
		refused(finding, "waitid(P_PIDFD)");
	else if (info.si_pid == pid && info.si_status == SIGKILL)
		finding_supported(finding, "pidfd_open, pidfd_send_signal and waitid(P_PIDFD): ok, "
					   "the child was killed");
	else
		finding_unknown(finding, "a kernel that answers as documented",
				"pidfd calls: ok, but the child was not killed");
}

static const struct redprobe_feature features[] = {
	{.id = "process.clone3",
	 .meaning = "making a process by an extensible call",
	 .where = REDPROBE_IN_CHILD,
	 .function = try_clone3},
	{.id = "process.clone_into_cgroup",
	 .meaning = "a process is born in the control group it belongs to",
	 .where = REDPROBE_HERE,
	 .function = find_clone_into_cgroup},
	{.id = "process.openat2",
	 .meaning = "opening a path without leaving a directory or following links",
	 .where = REDPROBE_IN_CHILD,
	 .function = try_openat2},
	{.id = "process.close_range",
	 .meaning = "closing many descriptors at once",
	 .where = REDPROBE_IN_CHILD,
	 .function = try_close_range},
	{.id = "process.pidfd",
	 .meaning = "a descriptor that stands for one process",
	 .where = REDPROBE_IN_CHILD,
	 .function = try_pidfd},
};

const struct redprobe_area process_area = {
	.name = "process",
	.features = features,
	.count = COUNT(features),
};
