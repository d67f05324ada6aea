/* SPDX-License-Identifier: Apache-2.0 */
/* Who redwrap and the payload are. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "apply/init.h"
#include "apply/launch.h"
#include "base/auto.h"

#define SMACK_LABEL "/proc/self/attr/smack/current"

int apply_label(struct launch *launch)
{
	const char *label = launch->plan->identity.label;
	AUTO_CLOSE int fd = -1;
	int result;

	if (!label)
		return 0;
	fd = open(SMACK_LABEL, O_WRONLY | O_CLOEXEC);
	if (fd >= 0 && write(fd, label, strlen(label)) == (ssize_t)strlen(label))
		return 0;
	result = fail_errno(launch->error, -errno,
			    "cannot set the Smack label '%s' by " SMACK_LABEL, label);
	return advise(launch->error, result,
		      "it needs the security module smack (see /sys/kernel/security/lsm) and "
		      "CAP_MAC_ADMIN");
}

/* Says so where the payload keeps groups of the caller that its configuration did not name. */
static int keep_groups(const struct launch *launch)
{
	const struct plan_identity *identity = &launch->plan->identity;

	if (identity->caller_uid != 0 && getgroups(0, NULL) > 0)
		note(identity->asked ? LOG_LEVEL_DEFAULT : LOG_LEVEL_DEFAULT + 1,
		     "the supplementary groups of the caller stay, shown as 65534: a user "
		     "namespace without privilege cannot drop them");
	return 0;
}

int apply_groups(struct launch *launch)
{
	const struct plan_identity *identity = &launch->plan->identity;

	if (!identity->sets_groups)
		return keep_groups(launch);
	if (setgroups(identity->group_count, identity->groups) == 0)
		return 0;
	if (errno == EPERM && identity->groups_may_stay)
		return keep_groups(launch);
	return advise(launch->error,
		      fail_errno(launch->error, -errno, "cannot set the supplementary groups"),
		      "they take CAP_SETGID of the caller");
}

int become_user(const struct plan_identity *identity, struct redpak_error *error)
{
	gid_t gid = identity->inside_gid;
	uid_t uid = identity->inside_uid;

	if (identity->stays)
		return 0;
	/* One thread only: the C library would stop the others. */
	if (syscall(SYS_setresgid, gid, gid, gid) < 0)
		return fail_errno(error, -errno,
				  "cannot become group %u, which must be mapped in the user "
				  "namespace of the node",
				  gid);
	/* What the payload keeps of privileges is set later; exec ends this, prctl(2). */
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return fail_errno(error, -errno, "cannot keep privileges over a change of user");
	if (syscall(SYS_setresuid, uid, uid, uid) < 0)
		return fail_errno(error, -errno,
				  "cannot become user %u, which must be mapped in the user "
				  "namespace of the node",
				  uid);
	/* The memory is that of init, and who has another user may trace whom he shares it with. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return fail_errno(error, -errno, "cannot forbid to trace init");
	return 0;
}

int keep_privileges(cap_t caps, const cap_value_t *kept, int count, struct redpak_error *error)
{
	int result = cap_clear(caps);

	if (result == 0 && count)
		result = cap_set_flag(caps, CAP_PERMITTED, count, kept, CAP_SET) +
			 cap_set_flag(caps, CAP_EFFECTIVE, count, kept, CAP_SET);
	if (result == 0)
		result = cap_set_proc(caps);
	return result < 0 ? fail_errno(error, -errno, "cannot give up privileges") : 0;
}

/*
 * What is permitted stays: who has less may not trace redwrap, ptrace(2), which stands on the host.
 */
static int set_effective(const cap_value_t *wanted, int count)
{
	cap_t caps = cap_get_proc();
	int result = caps ? cap_clear_flag(caps, CAP_EFFECTIVE) : -1;

	for (int i = 0; i < count && result == 0; i++) {
		cap_flag_value_t has;

		result = cap_get_flag(caps, wanted[i], CAP_PERMITTED, &has);
		if (result == 0)
			result = cap_set_flag(caps, CAP_EFFECTIVE, 1, &wanted[i], has);
	}
	if (result == 0)
		result = cap_set_proc(caps);
	cap_free(caps);
	return result;
}

int renounce(struct launch *launch)
{
	/* To remove a mount point, and the mounts on it where they are redwrap's own; to pass
	 * signals. */
	static const cap_value_t wanted[] = {CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_KILL, CAP_SYS_ADMIN};
	int count = (int)(sizeof(wanted) / sizeof(*wanted)) - launch->plan->builder_user;

	if (launch->plan->identity.caller_uid != 0 || set_effective(wanted, count) == 0)
		return 0;
	return fail_errno(launch->error, -errno, "cannot give up privileges");
}
