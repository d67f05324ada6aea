/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The eight namespaces: each is unshared in a child, and what it is for is seen to have happened.
 * Sources: namespaces(7), unshare(2), time_namespaces(7), user_namespaces(7).
 */
#include "namespace.h"

#include "child.h"
#include "file.h"
#include "finding.h"
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { TIME_OFFSET_SECONDS = 100000, NOBODY = 65534 };

struct namespace;

/* Sees that the namespace is there, and says the finding. `tried` is what has succeeded. */
typedef void witness_function(const struct namespace *namespace, unsigned long before,
			      const char *tried, struct redprobe_finding *finding);

struct namespace
{
	int flag;
	const char *flag_name;
	const char *name; /* of its link in /proc/self/ns, and in its limit in /proc/sys/user */
	witness_function *witness;
};

static unsigned long inode_of(const char *name)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof path, "/proc/self/ns/%s", name);
	return stat(path, &st) == 0 ? st.st_ino : 0;
}

struct entry namespace_enter(int flag)
{
	struct entry entry = {.in_user = false};

	if (unshare(flag) == 0)
		return entry;
	if (errno == EPERM && flag != CLONE_NEWUSER) {
		if (unshare(CLONE_NEWUSER) < 0)
			return (struct entry){false, CLONE_NEWUSER, errno};
		entry.in_user = true;
		if (unshare(flag) == 0)
			return entry;
	}
	entry.refused = flag;
	entry.error = errno;
	return entry;
}

static void see_link(const struct namespace *namespace, unsigned long before, const char *tried,
		     struct redprobe_finding *finding)
{
	unsigned long after = inode_of(namespace->name);

	if (!before || !after)
		finding_supported(finding, "%s: ok, taken at its word: /proc is not mounted",
				  tried);
	else if (before != after)
		finding_supported(finding, "%s: ok, namespace %lu became %lu", tried, before,
				  after);
	else
		finding_unknown(finding, "a kernel that answers as documented",
				"%s: ok, but the namespace is still %lu", tried, before);
}

/* The first child born in a new PID namespace is process 1 there. */
static void see_process_1(const struct namespace *namespace, unsigned long before,
			  const char *tried, struct redprobe_finding *finding)
{
	pid_t pid = child_fork();

	(void)namespace;
	(void)before;
	if (pid == 0)
		_exit(getpid() == 1 ? EXIT_SUCCESS : EXIT_FAILURE);
	if (pid > 0 && child_status(pid) == EXIT_SUCCESS)
		finding_supported(finding, "%s: ok, the next child is process 1", tried);
	else
		finding_unknown(finding, "a child in the new namespace",
				"%s: ok, but the next child is not process 1", tried);
}

/* The next child sees the clock ahead by at least the offset, since time does not go back. */
static void see_offset_clock(const struct namespace *namespace, unsigned long before,
			     const char *tried, struct redprobe_finding *finding)
{
	static const char offsets_file[] = "/proc/self/timens_offsets";
	struct timespec outside, inside;
	char offsets[32];
	int error;
	pid_t pid;

	(void)namespace;
	(void)before;
	snprintf(offsets, sizeof offsets, "monotonic %d 0\n", TIME_OFFSET_SECONDS);
	error = file_write(AT_FDCWD, offsets_file, offsets);
	if (error == -ENOENT) {
		finding_supported(finding, "%s: ok, offsets not tried: /proc is not mounted",
				  tried);
		return;
	}
	if (error) {
		finding_refused(finding, -error, seccomp_filtered(), "%s: ok, then writing %s",
				tried, offsets_file);
		return;
	}
	clock_gettime(CLOCK_MONOTONIC, &outside);
	pid = child_fork();
	if (pid == 0) {
		clock_gettime(CLOCK_MONOTONIC, &inside);
		_exit(inside.tv_sec < outside.tv_sec + TIME_OFFSET_SECONDS);
	}
	if (pid > 0 && child_status(pid) == EXIT_SUCCESS)
		finding_supported(finding, "%s: ok, the next child's monotonic clock is %d s ahead",
				  tried, TIME_OFFSET_SECONDS);
	else
		finding_unknown(finding, "a child in the new namespace",
				"%s: ok, but the next child's clock has no offset", tried);
}

static const struct namespace cgroup = {CLONE_NEWCGROUP, "CLONE_NEWCGROUP", "cgroup", see_link};
static const struct namespace ipc = {CLONE_NEWIPC, "CLONE_NEWIPC", "ipc", see_link};
static const struct namespace mnt = {CLONE_NEWNS, "CLONE_NEWNS", "mnt", see_link};
static const struct namespace net = {CLONE_NEWNET, "CLONE_NEWNET", "net", see_link};
static const struct namespace pid = {CLONE_NEWPID, "CLONE_NEWPID", "pid", see_process_1};
static const struct namespace timing = {CLONE_NEWTIME, "CLONE_NEWTIME", "time", see_offset_clock};
static const struct namespace user = {CLONE_NEWUSER, "CLONE_NEWUSER", "user", see_link};
static const struct namespace uts = {CLONE_NEWUTS, "CLONE_NEWUTS", "uts", see_link};

/* The switch that answers EPERM to CLONE_NEWUSER, if one is seen to be set so. */
static const char *user_namespace_switch(void)
{
	static const struct {
		const char *path, *value, *cause;
	} switches[] = {
		{"/proc/sys/kernel/unprivileged_userns_clone", "0",
		 "sysctl kernel.unprivileged_userns_clone = 0"},
		{"/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1",
		 "sysctl kernel.apparmor_restrict_unprivileged_userns = 1"},
	};
	char value[16];

	for (size_t i = 0; i < COUNT(switches); i++)
		if (file_read(AT_FDCWD, switches[i].path, value, sizeof value) == 0 &&
		    strcmp(value, switches[i].value) == 0)
			return switches[i].cause;
	return NULL;
}

/* The limit that answers ENOSPC, with the value that was read before. */
static const char *namespace_limit(const struct namespace *namespace, const char *value, char *text,
				   size_t size)
{
	snprintf(text, size, "sysctl user.max_%s_namespaces = %s%s", namespace->name,
		 value[0] ? value : "(not readable)",
		 strcmp(value, "0") ? ", here or above, or the nesting limit" : "");
	return text;
}

static void read_limit(const struct namespace *namespace, char *value, size_t size)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/sys/user/max_%s_namespaces", namespace->name);
	file_read(AT_FDCWD, path, value, size);
}

/* Says why `namespace` was refused; `limit` is the value its limit had before. */
static void say_refused(struct redprobe_finding *finding, const struct namespace *namespace,
			int error, const char *limit, const char *tried)
{
	const char *cause = NULL;
	char text[sizeof finding->forbidden_by];

	/* Some kernels built without it answer EPERM: the missing link is the better witness. */
	if (inode_of("mnt") && !inode_of(namespace->name)) {
		finding_unsupported(finding, "%s: %s, and no /proc/self/ns/%s", tried,
				    error_name(error), namespace->name);
		return;
	}
	if (error == ENOSPC)
		cause = namespace_limit(namespace, limit, text, sizeof text);
	if (error == EPERM && namespace == &user)
		cause = user_namespace_switch();
	if (cause)
		finding_restricted(finding, cause, "%s: %s", tried, error_name(error));
	else
		finding_refused(finding, error, seccomp_filtered(), "%s", tried);
}

static void try_namespace(struct redprobe *probe, const void *argument,
			  struct redprobe_finding *finding)
{
	const struct namespace *namespace = argument;
	unsigned long before = inode_of(namespace->name);
	char limit[24], user_limit[24], tried[96];
	struct entry entry;

	(void)probe;
	read_limit(namespace, limit, sizeof limit);
	read_limit(&user, user_limit, sizeof user_limit);
	entry = namespace_enter(namespace->flag);
	if (entry.refused == CLONE_NEWUSER && namespace != &user) {
		snprintf(tried, sizeof tried, "unshare(%s): EPERM, unshare(CLONE_NEWUSER)",
			 namespace->flag_name);
		say_refused(finding, &user, entry.error, user_limit, tried);
		return;
	}
	snprintf(tried, sizeof tried, "unshare(%s)%s", namespace->flag_name,
		 entry.in_user ? " in a new user namespace" : "");
	if (entry.refused)
		say_refused(finding, namespace, entry.error, limit, tried);
	else
	namespace->witness(namespace, before, tried, finding);
}

/* Gives up all privilege; other ids than 0 only if this process has them to give. */
static int become_ordinary(void)
{
	cap_t none = cap_init();
	int error = 0;

	if (geteuid() == 0 && setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) == 0 &&
	    setresuid(NOBODY, NOBODY, NOBODY) < 0)
		error = -errno;
	if (!error && (!none || cap_set_proc(none) < 0))
		error = -errno;
	cap_free(none);
	return error;
}

/* Some kernels let the namespace be made but give no privilege in it: so it must be of use. */
static void try_unprivileged(struct redprobe *probe, const void *argument,
			     struct redprobe_finding *finding)
{
	unsigned long before = inode_of(user.name);
	char limit[24], tried[64];
	const char *cause;
	int error;

	(void)probe;
	(void)argument;
	read_limit(&user, limit, sizeof limit);
	error = become_ordinary();
	if (error) {
		finding_refused(finding, -error, false, "giving up privilege before trying");
		return;
	}
	snprintf(tried, sizeof tried, "unshare(CLONE_NEWUSER) as uid %u without capabilities",
		 geteuid());
	if (unshare(CLONE_NEWUSER) < 0) {
		say_refused(finding, &user, errno, limit, tried);
		return;
	}
	if (unshare(CLONE_NEWUTS) == 0) {
		see_link(&user, before, tried, finding);
		return;
	}
	error = errno;
	cause = error == EPERM ? user_namespace_switch() : NULL;
	if (cause)
		finding_restricted(finding, cause, "%s: ok, unshare(CLONE_NEWUTS) in it: EPERM",
				   tried);
	else
		finding_refused(finding, error, seccomp_filtered(),
				"%s: ok, unshare(CLONE_NEWUTS) in it", tried);
}

#define ROW(word, text, variable)                                                     \
	{                                                                             \
		.id = "namespace." word, .meaning = text, .where = REDPROBE_IN_CHILD, \
		.function = try_namespace, .argument = &(variable)                    \
	}

static const struct redprobe_feature features[] = {
	ROW("cgroup", "a new cgroup namespace: its own root of the cgroup tree", cgroup),
	ROW("ipc", "a new IPC namespace: its own System V IPC and message queues", ipc),
	ROW("mnt", "a new mount namespace: its own mount points", mnt),
	ROW("net", "a new network namespace: its own devices, routes and ports", net),
	ROW("pid", "a new PID namespace: its own process numbers", pid),
	ROW("time", "a new time namespace: offsets of the monotonic and boot clocks", timing),
	ROW("user", "a new user namespace: its own ids and capabilities", user),
	ROW("uts", "a new UTS namespace: its own host name", uts),
	{.id = "namespace.user.unprivileged",
	 .meaning = "a user namespace of use to a process without privilege",
	 .where = REDPROBE_IN_CHILD,
	 .function = try_unprivileged},
};

const struct redprobe_area namespace_area = {
	.name = "namespace",
	.features = features,
	.count = COUNT(features),
};
