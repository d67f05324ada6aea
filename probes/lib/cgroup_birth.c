/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process that is born in a group: in a scratch group without controllers, which is made and
 * taken away under the same lock as that of the items. Source: clone(2), CLONE_INTO_CGROUP.
 */
#include "cgroup.h"
#include "file.h"
#include "finding.h"
#include "kernel_calls.h"
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

struct birth {
	const char *call; /* that kept the scratch group from being made, or NULL */
	int error;	  /* of clone3: 0 or a positive errno */
	bool seen;	  /* the child, in the group */
};

/* Version 1 hierarchies are told by /proc/self/cgroup, with no need to look for mounts. */
static bool version_1(void)
{
	char text[4096];

	return file_read(AT_FDCWD, "/proc/self/cgroup", text, sizeof text) < 0 ||
	       strncmp(text, "0::", 3) != 0;
}

static bool has_member(int group, long pid)
{
	char members[256], number[24];

	snprintf(number, sizeof number, "%ld", pid);
	return file_read(group, "cgroup.procs", members, sizeof members) == 0 &&
	       has_word(members, number);
}

/* The child stays until it has been looked for. */
static void bear(int scratch, struct birth *birth)
{
	const struct clone_args how = {
		.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = (uint64_t)scratch};
	pid_t pid = kernel_clone3(&how);

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	if (pid < 0) {
		birth->error = errno;
		return;
	}
	birth->seen = has_member(scratch, pid);
	kill(pid, SIGKILL);
	child_status(pid);
}

static void try_birth(void *place, void *answer)
{
	struct birth *birth = answer;
	int base = cgroup_lock(place), scratch;
	bool kept;

	if (base < 0) {
		birth->call = "flock";
		return;
	}
	cgroup_recover_locked(base);
	if (mkdirat(base, cgroup_scratch, 0700) < 0) {
		birth->call = "mkdir";
	} else {
		scratch = openat(base, cgroup_scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (scratch < 0)
			birth->call = "open";
		else
			bear(scratch, birth);
		if (scratch >= 0)
			close(scratch);
		cgroup_remove_scratch(base, cgroup_scratch, &kept);
	}
	close(base);
}

static void say(const struct birth *birth, struct redprobe_finding *finding)
{
	static const char tried[] = "clone3(CLONE_INTO_CGROUP) into a scratch group";

	if (birth->error)
		finding_refused(finding, birth->error, seccomp_filtered(), "%s", tried);
	else if (birth->seen)
		finding_supported(finding, "%s: ok, the child was seen there", tried);
	else
		finding_unknown(finding, "a kernel that answers as documented",
				"%s: ok, but the child is not there", tried);
}

bool cgroup_born(struct redprobe *probe, struct redprobe_finding *finding)
{
	int patience = probe->options.patience_ms;
	struct birth birth = {.call = NULL};
	struct cgroup_place place;
	struct child_fate fate;
	char done;

	if (version_1())
		return false;
	cgroup_locate(&place);
	if (place.mode != CGROUP_V2 || place.fd < 0)
		return false;
	fate = child_ask(try_birth, &place, &birth, sizeof birth, CHILD_COMPLETES, patience);
	if (fate.end != CHILD_ANSWERED) {
		child_ask(cgroup_recover, &place, &done, sizeof done, CHILD_COMPLETES, patience);
		finding_fate(finding, fate);
	} else if (!birth.call) {
		say(&birth, finding);
	}
	close(place.fd);
	return fate.end != CHILD_ANSWERED || !birth.call;
}
