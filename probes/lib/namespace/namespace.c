/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The eight namespaces, and what forbids one.
 * Sources: namespaces(7), unshare(2), user_namespaces(7).
 */
#include "namespace/namespace.h"

#include "base/file.h"
#include "base/finding.h"
#include "base/userns.h"
#include "base/vfork.h"
#include "survey/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const struct namespace namespaces[NAMESPACES] = {
	[NAMESPACE_CGROUP] = {CLONE_NEWCGROUP, "CLONE_NEWCGROUP", "cgroup", "cgroup"},
	[NAMESPACE_IPC] = {CLONE_NEWIPC, "CLONE_NEWIPC", "ipc", "ipc"},
	[NAMESPACE_MNT] = {CLONE_NEWNS, "CLONE_NEWNS", "mnt", "mnt"},
	[NAMESPACE_NET] = {CLONE_NEWNET, "CLONE_NEWNET", "net", "net"},
	[NAMESPACE_PID] = {CLONE_NEWPID, "CLONE_NEWPID", "pid", "pid_for_children"},
	[NAMESPACE_TIME] = {CLONE_NEWTIME, "CLONE_NEWTIME", "time", "time_for_children"},
	[NAMESPACE_USER] = {CLONE_NEWUSER, "CLONE_NEWUSER", "user", "user"},
	[NAMESPACE_UTS] = {CLONE_NEWUTS, "CLONE_NEWUTS", "uts", "uts"},
};

enum { LINK_PATH = 64 };

static const char *link_path(const char *name, char *path)
{
	snprintf(path, LINK_PATH, "/proc/self/ns/%s", name);
	return path;
}

unsigned long namespace_number(const char *name)
{
	char path[LINK_PATH];
	struct stat st;

	return stat(link_path(name, path), &st) == 0 ? st.st_ino : 0;
}

int namespace_open(const char *name, unsigned long *number)
{
	char path[LINK_PATH];
	struct stat st;
	int fd = open(link_path(name, path), O_RDONLY | O_CLOEXEC);

	*number = fd >= 0 && fstat(fd, &st) == 0 ? st.st_ino : 0;
	return fd;
}

/* A probe of some rows only does not make the other namespaces. */
static void see_asked(const struct redprobe *probe, struct namespace_survey *survey)
{
	const struct redprobe_area *const *area = probe->options.areas;

	for (; *area; area++)
		for (size_t i = 0; i < (*area)->count; i++)
			for (size_t kind = 0; kind < NAMESPACES; kind++)
				if ((*area)->features[i].argument == &namespaces[kind])
					survey->asked[kind] = true;
}

/*
 * A link that cannot be opened is taken for a namespace that is not there: so each must have its
 * descriptor, and what is read meanwhile another. Returns 0 or a positive errno.
 */
static int descriptors_missing(void)
{
	enum { WANTED = NAMESPACES + 4 };
	int fds[WANTED], count = 0, error;

	for (; count < WANTED; count++) {
		fds[count] =
			count ? fcntl(fds[0], F_DUPFD_CLOEXEC, 0) : open("/", O_PATH | O_CLOEXEC);
		if (fds[count] < 0)
			break;
	}
	error = count < WANTED ? errno : 0;
	while (count)
		close(fds[--count]);
	return error;
}

struct namespace_survey *namespace_survey(struct redprobe *probe, struct redprobe_finding *finding)
{
	struct namespace_survey *survey = probe->namespaces;
	int error;

	if (survey)
		return survey;
	error = descriptors_missing();
	if (error) {
		finding_prevented(finding, error, "opening the own namespaces");
		return NULL;
	}
	survey = vfork_shared(sizeof *survey);
	if (!survey) {
		finding_refused(finding, ENOMEM, false, "making room for the answers");
		return NULL;
	}
	for (size_t i = 0; i < NAMESPACES; i++)
		survey->own[i] = namespace_open(namespaces[i].name, &survey->here[i]);
	survey->patience_ms = probe->options.patience_ms / 2;
	see_asked(probe, survey);
	probe->namespaces = survey;
	return survey;
}

const char *namespace_limit_of(struct namespace_survey *survey, size_t kind)
{
	char path[64];

	for (size_t i = 0; i < NAMESPACES && !survey->limited; i++) {
		snprintf(path, sizeof path, "/proc/sys/user/max_%s_namespaces", namespaces[i].name);
		file_read(AT_FDCWD, path, survey->limits[i], sizeof survey->limits[i]);
	}
	survey->limited = true;
	return survey->limits[kind];
}

const char *namespace_user_obstacle(void)
{
	const char *closed = userns_closed_by(EPERM);

	if (userns_in_chroot())
		return "a chroot: in one no user namespace can be made";
	if (closed)
		return closed;
	if (!seccomp_filtered())
		return "a chroot, ids without mapping or a security module (EPERM)";
	return NULL;
}

/* The limit that answers ENOSPC. */
static const char *limit_cause(const struct namespace *namespace, const char *value, char *text,
			       size_t size)
{
	bool nests = namespace->flag & (CLONE_NEWUSER | CLONE_NEWPID);

	snprintf(text, size, "sysctl user.max_%s_namespaces = %s%s%s", namespace->name,
		 value[0] ? value : "(not readable)",
		 strcmp(value, "0") ? ", reached here or in a user namespace above" : "",
		 strcmp(value, "0") && nests ? ", or 32 levels of them" : "");
	return text;
}

bool namespace_absent(const struct namespace_survey *survey, size_t kind)
{
	return survey->here[NAMESPACE_MNT] && !survey->here[kind];
}

void namespace_user_cause(int error, char *text, size_t size)
{
	const char *obstacle = error == EPERM ? namespace_user_obstacle() : NULL;
	char value[24];

	if (userns_absent(error))
		obstacle = "a kernel without user namespaces";
	if (!obstacle && seccomp_filtered())
		snprintf(text, size, "a seccomp filter or a security module (%s)",
			 error_name(error));
	else
		snprintf(text, size, "%s", obstacle ? obstacle : error_name(error));
	if (error != ENOSPC)
		return;
	file_read(AT_FDCWD, "/proc/sys/user/max_user_namespaces", value, sizeof value);
	limit_cause(&namespaces[NAMESPACE_USER], value, text, size);
}

void namespace_say_refused(struct namespace_survey *survey, const struct namespace *namespace,
			   int error, const char *tried, struct redprobe_finding *finding)
{
	size_t kind = (size_t)(namespace - namespaces);
	const char *cause = NULL;
	char text[sizeof finding->forbidden_by];

	/* Some kernels built without it answer EPERM: the missing link is the better witness. */
	if (namespace_absent(survey, kind)) {
		finding_unsupported(finding, "%s: %s, and no /proc/self/ns/%s", tried,
				    error_name(error), namespace->name);
		return;
	}
	if (error == ENOSPC)
		cause = limit_cause(namespace, namespace_limit_of(survey, kind), text, sizeof text);
	if (error == EPERM && kind == NAMESPACE_USER)
		cause = namespace_user_obstacle();
	if (cause)
		finding_restricted(finding, cause, "%s: %s", tried, error_name(error));
	else if (survey->here[kind] && (error == ENOSYS || error == EINVAL))
		finding_unknown(finding, finding_unfiltered,
				"%s: %s, though there is /proc/self/ns/%s", tried,
				error_name(error), namespace->name);
	else
		finding_refused(finding, error, seccomp_filtered(), "%s", tried);
}

void namespace_say_no_user(struct namespace_survey *survey, int error, const char *tried,
			   struct redprobe_finding *finding)
{
	if (namespace_absent(survey, NAMESPACE_USER))
		finding_restricted(finding,
				   "missing CAP_SYS_ADMIN, in a kernel without user namespaces",
				   "%s: %s", tried, error_name(error));
	else
		namespace_say_refused(survey, &namespaces[NAMESPACE_USER], error, tried, finding);
}
