/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process that is born in a group: in a scratch group without controllers, which is made and
 * taken away under the same lock as that of the items. Source: clone(2), CLONE_INTO_CGROUP.
 */
#include "base/file.h"
#include "base/finding.h"
#include "base/kernel_calls.h"
#include "cgroup/cgroup.h"
#include "survey/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

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

/* The child stays until the pipe is closed, unless it is killed before. */
void cgroup_give_birth(int scratch, struct cgroup_birth *birth)
{
	const struct clone_args how = {
		.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = (uint64_t)scratch};
	int ends[2], status = 0;
	char byte;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0) {
		birth->error = errno;
		return;
	}
	pid = kernel_clone3(&how);
	if (pid == 0) {
		close(ends[1]);
		_exit(read(ends[0], &byte, 1) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
	}
	birth->error = pid < 0 ? errno : 0;
	if (pid > 0) {
		birth->seen = has_member(scratch, pid);
		birth->kill = -file_write(scratch, "cgroup.kill", "1");
	}
	close(ends[1]);
	if (pid > 0 && waitpid(pid, &status, 0) == pid)
		birth->killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	close(ends[0]);
}

/* What is tried in a scratch group without controllers. */
struct trial {
	bool made; /* the group */
	struct cgroup_birth birth;
};

static void try_birth(void *place, void *answer)
{
	struct trial *trial = answer;
	int base = cgroup_lock(place), scratch;
	bool kept;

	if (base < 0)
		return;
	cgroup_recover_locked(base);
	scratch = cgroup_make_scratch(base, cgroup_scratch);
	if (scratch >= 0) {
		trial->made = true;
		cgroup_give_birth(scratch, &trial->birth);
		close(scratch);
		cgroup_remove_scratch(base, cgroup_scratch, &kept);
	}
	close(base);
}

static void say(const struct cgroup_birth *birth, struct redprobe_finding *finding)
{
	static const char tried[] = "clone3(CLONE_INTO_CGROUP) into a scratch group";

	if (birth->error)
		finding_refused(finding, birth->error, seccomp_filtered(), "%s", tried);
	else if (birth->seen)
		finding_supported(finding, "%s: ok, the child was seen there", tried);
	else
		finding_unknown(finding, finding_as_documented,
				"%s: ok, but the child is not there", tried);
}

bool cgroup_born(struct redprobe *probe, struct redprobe_finding *finding)
{
	int patience = probe->options.patience_ms;
	struct cgroup_place place;
	struct child_fate fate = {CHILD_NONE, 0};
	struct trial trial = {false};
	char done;

	if (version_1())
		return false;
	cgroup_locate(&place);
	if (place.mode != CGROUP_V2 || place.fd < 0)
		goto out;
	fate = child_ask(try_birth, &place, &trial, sizeof trial, CHILD_COMPLETES, patience);
	if (fate.end != CHILD_ANSWERED) {
		child_ask(cgroup_recover, &place, &done, sizeof done, CHILD_COMPLETES, patience);
		finding_fate(finding, fate);
		trial.made = true;
	} else if (trial.made) {
		say(&trial.birth, finding);
	}
out:
	cgroup_leave(&place);
	return trial.made;
}
