/* SPDX-License-Identifier: Apache-2.0 */
#include "base/privilege.h"

#include "base/file.h"
#include "base/finding.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

enum { NOBODY = 65534 };

bool privilege_has(cap_value_t capability)
{
	cap_flag_value_t value = CAP_CLEAR;
	cap_t state = cap_get_proc();

	if (state)
		cap_get_flag(state, capability, CAP_EFFECTIVE, &value);
	cap_free(state);
	return value == CAP_SET;
}

bool privileged(void)
{
	return privilege_has(CAP_SYS_ADMIN);
}

static int map_id(const char *file, unsigned outside)
{
	char text[32];

	snprintf(text, sizeof text, "0 %u 1", outside);
	return -file_write(AT_FDCWD, file, text);
}

int privilege_gain(int flags, int *unmapped)
{
	unsigned user = geteuid(), group = getegid();

	*unmapped = 0;
	if (unshare(CLONE_NEWUSER | flags) < 0)
		return errno;
	file_write(AT_FDCWD, "/proc/self/setgroups", "deny");
	*unmapped = map_id("/proc/self/uid_map", user);
	if (!*unmapped)
		*unmapped = map_id("/proc/self/gid_map", group);
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

/* `from`: the set whose capabilities become effective; the effective set itself: none do. */
static int set_effective(cap_flag_t from)
{
	cap_t state = cap_get_proc();
	int error = 0;

	if (!state ||
	    (from == CAP_EFFECTIVE ? cap_clear_flag(state, CAP_EFFECTIVE)
				   : cap_fill_flag(state, CAP_EFFECTIVE, state, from)) < 0 ||
	    cap_set_proc(state) < 0)
		error = errno;
	cap_free(state);
	return error;
}

int privilege_lower(void)
{
	return set_effective(CAP_EFFECTIVE);
}

int privilege_raise(void)
{
	return set_effective(CAP_PERMITTED);
}
