/* SPDX-License-Identifier: Apache-2.0 */
#include "privilege.h"

#include "child.h"
#include "file.h"
#include "finding.h"
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <sys/capability.h>
#include <unistd.h>

enum { NOBODY = 65534 };

bool privileged(void)
{
	cap_flag_value_t value = CAP_CLEAR;
	cap_t state = cap_get_proc();

	if (state)
		cap_get_flag(state, CAP_SYS_ADMIN, CAP_EFFECTIVE, &value);
	cap_free(state);
	return value == CAP_SET;
}

static bool map_id(const char *file, unsigned outside)
{
	char text[32];

	snprintf(text, sizeof text, "0 %u 1", outside);
	return file_write(AT_FDCWD, file, text) == 0;
}

int privilege_gain(int flags, bool *mapped)
{
	unsigned user = geteuid(), group = getegid();

	*mapped = false;
	if (unshare(CLONE_NEWUSER | flags) < 0)
		return errno;
	file_write(AT_FDCWD, "/proc/self/setgroups", "deny");
	*mapped = map_id("/proc/self/uid_map", user) && map_id("/proc/self/gid_map", group);
	return 0;
}

int privilege_give_up(bool *changed)
{
	cap_t none = cap_init();
	int error;

	*changed = geteuid() == 0 && setgroups(0, NULL) == 0 &&
		   setresgid(NOBODY, NOBODY, NOBODY) == 0 && setresuid(NOBODY, NOBODY, NOBODY) == 0;
	error = !none || cap_set_proc(none) < 0 ? errno : 0;
	cap_free(none);
	return error;
}

void privilege_missing(struct redprobe_finding *finding, int error)
{
	finding_unknown(finding, "CAP_SYS_ADMIN, or a user namespace to try it in",
			"not tried: unshare(CLONE_NEWUSER): %s", error_name(error));
}

struct errand {
	struct redprobe *probe;
	redprobe_function *trial;
};

static void ask_in_user_namespace(void *argument, void *answer)
{
	struct errand *errand = argument;
	bool mapped;
	int error = privilege_gain(0, &mapped);

	if (error)
		privilege_missing(answer, error);
	else
		errand->trial(errand->probe, NULL, answer);
}

void privilege_ask(struct redprobe *probe, redprobe_function *trial,
		   struct redprobe_finding *finding)
{
	struct errand errand = {probe, trial};
	struct child_fate fate;

	if (privileged()) {
		trial(probe, NULL, finding);
		return;
	}
	fate = child_ask(ask_in_user_namespace, &errand, finding, sizeof *finding, CHILD_DIES,
			 probe->options.patience_ms);
	if (fate.end != CHILD_ANSWERED)
		finding_fate(finding, fate);
}
