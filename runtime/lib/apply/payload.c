/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes the program of the node. */
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "apply/init.h"

/* Leaves the kept capabilities in all five sets, and nothing in any other; capabilities(7). */
static int limit_capabilities(const struct redpak_plan *plan, struct redpak_error *error)
{
	for (cap_value_t cap = 0; cap < plan->capability_last; cap++) {
		if (!(plan->merged.keep & (UINT64_C(1) << cap)) && cap_drop_bound(cap) < 0)
			return fail_errno(error, -errno, "cannot drop capability %d", cap);
	}
	if (cap_set_proc(plan->capabilities) < 0)
		return advise(error, fail_errno(error, -errno, "cannot keep the capabilities"),
			      "the caller must have those that the node keeps");
	if (cap_reset_ambient() < 0)
		return fail_errno(error, -errno, "cannot empty the ambient capabilities");
	for (cap_value_t cap = 0; cap < plan->capability_last; cap++) {
		if ((plan->merged.keep & (UINT64_C(1) << cap)) && cap_set_ambient(cap, CAP_SET) < 0)
			return fail_errno(error, -errno, "cannot keep capability %d", cap);
	}
	return 0;
}

static int become_payload(const struct redpak_plan *plan, struct redpak_error *error)
{
	int result;

	environ = (char **)plan->environment_here;
	if (chdir(plan->directory) < 0) {
		environ = (char **)plan->environment_root;
		if (chdir("/") < 0)
			return fail_errno(error, -errno, "cannot enter the root of the node");
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return fail_errno(error, -errno, "cannot set no_new_privs");
	result = limit_capabilities(plan, error);
	if (result < 0)
		return result;
	execvp(plan->argv[0], plan->argv);
	result = fail_errno(error, -errno, "cannot execute %s in the node %s", plan->argv[0],
			    plan->leaf->path);
	error->status = result == -ENOENT ? REDPAK_STATUS_NOTFOUND : REDPAK_STATUS_NOEXEC;
	return result;
}

_Noreturn void payload_run(const struct init_job *job)
{
	struct redpak_error error;

	sigprocmask(SIG_SETMASK, &job->mask, NULL);
	become_payload(job->plan, &error);
	init_report(job->channel, &error);
}
