/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A /proc that shows less, each tried on one of its own. A process may mount /proc only for a PID
 * namespace that it has privilege in; where it has none, all is tried in a new one.
 * Sources: proc(5), Documentation/filesystems/proc.rst.
 */
#include "base/bystander.h"
#include "base/child.h"
#include "base/finding.h"
#include "base/kernel_calls.h"
#include "base/privilege.h"
#include "mount/mount.h"
#include "mount/mount_place.h"
#include "survey/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* Two procfs, one with the option. Sees what it does, and says the finding. */
typedef void see_function(int plain, int limited, struct redprobe_finding *finding);

struct option {
	const char *key, *text; /* "hidepid", "hidepid=ptraceable" */
	see_function *see;
};

/*
 * True if the kernel has the option; says the finding if not. What the kernel has to say about a
 * value shows that it knows the option.
 */
static bool known(const char *key, const char *value, struct redprobe_finding *finding)
{
	struct mount_context context;

	mount_context_open(&context, "proc");
	mount_context_set(&context, key, value);
	if (context.fd >= 0)
		close(context.fd);
	if (mount_context_stranger(&context))
		finding_unsupported(finding, "fsconfig(%s=%s): EINVAL (%.100s)", key, value,
				    context.log);
	else if (!context.call || context.log[0])
		return true;
	else
		mount_context_refused(finding, &context, "a procfs");
	return false;
}

/* faccessat(2) would ask with the permitted capabilities of a real user 0. */
static bool shows(int procfs, const char *name)
{
	struct stat st;

	return fstatat(procfs, name, &st, 0) == 0;
}

/* The parent is privileged, so that whoever has lowered its capabilities may not trace it. */
static void see_hidden(int plain, int limited, struct redprobe_finding *finding)
{
	int error = privilege_lower();
	bool in_plain, in_limited;
	char parent[24];

	snprintf(parent, sizeof parent, "%d", getppid());
	if (error) {
		finding_prevented(finding, error, "lowering the capabilities");
		return;
	}
	in_plain = shows(plain, parent);
	in_limited = shows(limited, parent);
	privilege_raise();
	if (in_plain && !in_limited)
		finding_supported(finding, "proc with hidepid=ptraceable: ok, without capabilities "
					   "the parent is not in it");
	else
		finding_unknown(finding, finding_as_documented,
				"proc with hidepid=ptraceable: ok, but the parent is %s in it, and "
				"%s in a plain one",
				in_limited ? "still" : "not", in_plain ? "also" : "neither");
}

static void see_subset(int plain, int limited, struct redprobe_finding *finding)
{
	if (shows(plain, "filesystems") && !shows(limited, "filesystems") && shows(limited, "self"))
		finding_supported(finding, "proc with subset=pid: ok, it has processes, but no "
					   "file filesystems");
	else
		finding_unknown(finding, finding_as_documented,
				"proc with subset=pid: ok, but not processes only");
}

/* Makes both procfs and compares. Returns 0, or a positive errno and says nothing. */
static int compare(const struct option *option, struct redprobe_finding *finding)
{
	int plain = mount_place_procfs(NULL), limited;

	if (plain < 0)
		return -plain;
	limited = mount_place_procfs(option->text);
	if (limited < 0) {
		finding_refused(finding, -limited, seccomp_filtered(), "proc with %s",
				option->text);
	} else {
		option->see(plain, limited, finding);
		close(limited);
	}
	close(plain);
	return 0;
}

/* Process 1 of the namespace only makes another, of which it is the privileged parent. */
static void be_process_1(const struct option *option, struct redprobe_finding *finding)
{
	pid_t pid = child_fork();
	int error;

	if (pid == 0) {
		error = compare(option, finding);
		if (error == EPERM)
			finding_restricted(finding, "mount state: no /proc, or parts of it covered",
					   "mounting proc in a new PID namespace: EPERM");
		else if (error)
			finding_refused(finding, error, seccomp_filtered(),
					"mounting proc in a new PID namespace");
		_exit(EXIT_SUCCESS);
	}
	_exit(pid > 0 ? child_status(pid) : EXIT_FAILURE);
}

static void ask_in_pid_namespace(void *argument, void *answer)
{
	struct redprobe_finding *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
					       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	if (shared == MAP_FAILED || unshare(CLONE_NEWPID | CLONE_NEWNS) < 0) {
		finding_unknown(answer, "a PID namespace to mount proc for",
				"unshare(CLONE_NEWPID | CLONE_NEWNS): %s", error_name(errno));
		return;
	}
	pid = child_fork();
	if (pid == 0)
		be_process_1(argument, shared);
	if (pid < 0 || child_status(pid) != EXIT_SUCCESS)
		finding_unknown(answer, "a child in a new PID namespace",
				"the process that mounts proc was lost");
	else
		*(struct redprobe_finding *)answer = *shared;
}

static void try_option(struct redprobe *probe, const struct option *option, const char *value,
		       struct redprobe_finding *finding)
{
	const struct mount_place *place = mount_place_tree(probe, true, finding);
	struct child_fate fate;
	int error;

	if (!place || !known(option->key, value, finding))
		return;
	error = compare(option, finding);
	if (error && error != EPERM)
		finding_refused(finding, error, seccomp_filtered(), "mounting proc");
	if (error != EPERM)
		return;
	fate = child_ask(ask_in_pid_namespace, (void *)option, finding, sizeof *finding, CHILD_DIES,
			 probe->options.patience_ms);
	if (fate.end != CHILD_ANSWERED)
		finding_fate(finding, fate);
}

void mount_try_hidepid(struct redprobe *probe, const void *argument,
		       struct redprobe_finding *finding)
{
	static const struct option option = {"hidepid", "hidepid=ptraceable", see_hidden};

	(void)argument;
	try_option(probe, &option, "ptraceable", finding);
}

void mount_try_subset(struct redprobe *probe, const void *argument,
		      struct redprobe_finding *finding)
{
	static const struct option option = {"subset", "subset=pid", see_subset};

	(void)argument;
	try_option(probe, &option, "pid", finding);
}

/*
 * The namespace is seen to be that of the process: it is the only one in it, as number 1. /proc may
 * have other numbers than `proc`, but has this process as self.
 */
static void see_namespace(int proc, pid_t pid, struct redprobe_finding *finding)
{
	char link[24], option[48];
	int namespace, mounted;

	snprintf(link, sizeof link, "%d/ns/pid", pid);
	namespace = openat(proc, link, O_RDONLY | O_CLOEXEC);
	snprintf(option, sizeof option, "pidns=/proc/self/fd/%d", namespace);
	mounted = namespace < 0 ? -errno : mount_place_procfs(option);
	if (namespace >= 0)
		close(namespace);
	if (mounted < 0) {
		finding_refused(finding, -mounted, seccomp_filtered(),
				"proc with pidns= of another PID namespace");
		return;
	}
	if (shows(mounted, "1") && !shows(mounted, "self"))
		finding_supported(finding, "proc with pidns= of another PID namespace: ok, it has "
					   "process 1 of that, but not this one");
	else
		finding_unknown(finding, finding_as_documented,
				"proc with pidns=: ok, but it shows another PID namespace");
	close(mounted);
}

void mount_try_pidns(struct redprobe *probe, const void *argument, struct redprobe_finding *finding)
{
	static const char link[] = "/proc/self/ns/pid";
	const struct mount_place *place = mount_place_tree(probe, true, finding);
	pid_t pid;

	(void)argument;
	if (!place)
		return;
	if (access(link, F_OK) < 0) {
		if (access("/proc/self/ns/mnt", F_OK) == 0)
			finding_unsupported(finding, "this kernel has no PID namespaces: no %s",
					    link);
		else
			finding_unknown(finding, "/proc mounted", "not tried: %s: %s", link,
					error_name(errno));
		return;
	}
	if (!known("pidns", link, finding) || !mount_place_numbers(place, finding))
		return;
	pid = bystander_start(CLONE_NEWPID);
	if (pid < 0) {
		finding_unknown(finding, "another PID namespace", "clone(CLONE_NEWPID): %s",
				error_name(errno));
		return;
	}
	see_namespace(place->proc, pid, finding);
	bystander_stop(pid);
}
