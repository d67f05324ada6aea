/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One namespace in another: a user namespace whose ids are mapped into the one above, a process 1
 * whose parent is a process 1. Sources: user_namespaces(7), pid_namespaces(7).
 */
#include "base/file.h"
#include "base/finding.h"
#include "base/vfork.h"
#include "namespace/namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

enum { LEVELS = 2 };

static void refused(struct namespace_descent *descent, const struct namespace *namespace,
		    const char *tried, int error)
{
	descent->refused = namespace;
	descent->tried = tried;
	descent->error = error;
}

/* The ids as they were, so that there is an owner for another user namespace. */
static bool map_ids(struct namespace_descent *descent, uid_t uid, gid_t gid)
{
	const struct {
		const char *path, *tried;
		unsigned id;
	} maps[] = {{"/proc/self/uid_map", "writing /proc/self/uid_map", uid},
		    {"/proc/self/gid_map", "writing /proc/self/gid_map", gid}};
	char text[48];
	int error = file_write(AT_FDCWD, "/proc/self/setgroups", "deny");

	if (error) {
		refused(descent, NULL, "writing /proc/self/setgroups", -error);
		return false;
	}
	for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++) {
		snprintf(text, sizeof text, "%u %u 1", maps[i].id, maps[i].id);
		error = file_write(AT_FDCWD, maps[i].path, text);
		if (error) {
			refused(descent, NULL, maps[i].tried, -error);
			return false;
		}
	}
	return true;
}

static void descend_users(void *argument)
{
	struct namespace_descent *descent = argument;
	uid_t uid = geteuid();
	gid_t gid = getegid();

	while (descent->levels < LEVELS) {
		if (unshare(CLONE_NEWUSER) < 0) {
			refused(descent, &namespaces[NAMESPACE_USER], "unshare(CLONE_NEWUSER)",
				errno);
			return;
		}
		descent->levels++;
		if (descent->levels < LEVELS && !map_ids(descent, uid, gid))
			return;
	}
}

static void descend_processes(void *argument);

/* Has the first child in a new PID namespace go on from there. */
static void descend_process(struct namespace_descent *descent)
{
	struct child_fate fate;

	if (unshare(CLONE_NEWPID) < 0) {
		refused(descent, &namespaces[NAMESPACE_PID], "unshare(CLONE_NEWPID)", errno);
		return;
	}
	fate = vfork_run(descend_processes, descent, VFORK_NESTED);
	if (fate.end != CHILD_ANSWERED)
		descent->fate = fate;
}

static void descend_processes(void *argument)
{
	struct namespace_descent *descent = argument;

	if (getpid() != 1)
		return;
	if (++descent->levels < LEVELS)
		descend_process(descent);
}

static void begin_processes(void *argument)
{
	struct namespace_descent *descent = argument;

	descend_process(descent);
	if (descent->levels || !descent->refused || descent->error != EPERM)
		return;
	if (unshare(CLONE_NEWUSER) < 0) {
		refused(descent, &namespaces[NAMESPACE_USER],
			"unshare(CLONE_NEWPID): EPERM, unshare(CLONE_NEWUSER)", errno);
		return;
	}
	descent->refused = NULL;
	descend_process(descent);
}

static void say_depth(struct namespace_survey *survey, const struct namespace *namespace,
		      struct redprobe_finding *finding)
{
	const struct namespace_descent *descent = &survey->descent;

	if (descent->levels == LEVELS)
		finding_supported(finding, "unshare(%s), and again in the new one: ok",
				  namespace->flag_name);
	else if (descent->fate.end != CHILD_ANSWERED)
		finding_fate(finding, descent->fate);
	else if (descent->refused && descent->refused != namespace)
		namespace_say_no_user(survey, descent->error, descent->tried, finding);
	else if (descent->refused)
		namespace_say_refused(survey, descent->refused, descent->error, descent->tried,
				      finding);
	else if (descent->tried && descent->error == ENOENT)
		finding_unknown(finding, "/proc mounted, to map ids", "%s: ENOENT", descent->tried);
	else if (descent->tried)
		finding_refused(finding, descent->error, seccomp_filtered(), "%s", descent->tried);
	else
		finding_unknown(finding, finding_as_documented,
				"unshare(%s): ok, but the next child is not process 1",
				namespace->flag_name);
	if (finding->status == REDPROBE_SUPPORTED)
		finding_number(finding, descent->levels);
}

static void try_depth(struct redprobe *probe, const struct namespace *namespace,
		      vfork_function *descend, struct redprobe_finding *finding)
{
	struct namespace_survey *survey = namespace_survey(probe, finding);
	struct child_fate fate;

	if (!survey)
		return;
	survey->descent = (struct namespace_descent){.levels = 0};
	fate = vfork_run_within(survey->patience_ms, descend, &survey->descent, 0);
	if (fate.end != CHILD_ANSWERED)
		survey->descent.fate = fate;
	say_depth(survey, namespace, finding);
}

void namespace_user_nesting(struct redprobe *probe, const void *argument,
			    struct redprobe_finding *finding)
{
	try_depth(probe, argument, descend_users, finding);
}

void namespace_pid_nesting(struct redprobe *probe, const void *argument,
			   struct redprobe_finding *finding)
{
	try_depth(probe, argument, begin_processes, finding);
}
