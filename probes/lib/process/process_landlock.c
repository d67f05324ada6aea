/* SPDX-License-Identifier: Apache-2.0 */
/* Access that a process gives up for good. Source: landlock(7). */
#include "base/apart.h"
#include "base/finding.h"
#include "base/kernel_calls.h"
#include "process/process.h"

#include <errno.h>
#include <linux/landlock.h>
#include <sys/prctl.h>

#ifndef LANDLOCK_RESTRICT_SELF_LOG_SAME_EXEC_OFF
#define LANDLOCK_RESTRICT_SELF_LOG_SAME_EXEC_OFF 1 /* 6.15 */
#endif

enum { LANDLOCK_ABI_THAT_LOGS = 7 };

static int open_root(void)
{
	int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC), error = errno;

	if (root < 0)
		return error;
	close(root);
	return 0;
}

/*
 * Takes away the right to read directories, which takes no_new_privs or CAP_SYS_ADMIN. Refusals are
 * kept out of the audit log, by a flag of the kernels that log them. Returns the call that failed,
 * with errno, or NULL.
 */
static const char *forbid_reading(long abi)
{
	const struct landlock_ruleset_attr rules = {.handled_access_fs =
							    LANDLOCK_ACCESS_FS_READ_DIR};
	unsigned flags =
		abi >= LANDLOCK_ABI_THAT_LOGS ? LANDLOCK_RESTRICT_SELF_LOG_SAME_EXEC_OFF : 0;
	long ruleset = syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0);

	if (ruleset < 0)
		return "landlock_create_ruleset";
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (syscall(SYS_landlock_restrict_self, (int)ruleset, flags) < 0)
		return "landlock_restrict_self";
	return NULL;
}

static long landlock_abi(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

static void see_refusal(struct redprobe_finding *finding)
{
	int before = open_root(), after;
	long abi = landlock_abi();
	const char *failed = forbid_reading(abi);

	if (failed) {
		finding_refused(finding, errno, seccomp_filtered(), "ABI %ld; %s", abi, failed);
		return;
	}
	after = open_root();
	if (after == EACCES)
		finding_supported(finding,
				  "ABI %ld; with a ruleset against it, opening /: EACCES; "
				  "before: %s",
				  abi, error_name(before));
	else
		finding_unknown(finding, finding_as_documented,
				"ABI %ld; with a ruleset against it, opening /: %s", abi,
				error_name(after));
}

void process_try_landlock(struct redprobe *probe, const void *argument,
			  struct redprobe_finding *finding)
{
	long abi = landlock_abi();

	(void)probe;
	(void)argument;
	if (abi < 0 && errno == EOPNOTSUPP)
		finding_restricted(finding, "boot parameter lsm= without landlock",
				   "landlock_create_ruleset: EOPNOTSUPP");
	else if (abi < 0)
		finding_refused(finding, errno, seccomp_filtered(), "landlock_create_ruleset");
	if (abi < 0)
		return;
	apart_ask(see_refusal, 0, finding);
	finding_number(finding, abi);
}
