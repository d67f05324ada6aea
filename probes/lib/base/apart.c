/* SPDX-License-Identifier: Apache-2.0 */
#include "base/apart.h"

#include "base/finding.h"
#include "base/vfork.h"

#include <errno.h>

struct apart {
	apart_trial *trial;
	struct redprobe_finding finding;
};

static void run_trial(void *argument)
{
	struct apart *apart = argument;

	apart->trial(&apart->finding);
}

void apart_ask(apart_trial *trial, int flags, struct redprobe_finding *finding)
{
	struct apart *apart = vfork_shared(sizeof *apart);
	struct child_fate fate;

	if (!apart) {
		finding_refused(finding, ENOMEM, false, "making room for the answer");
		return;
	}
	apart->trial = trial;
	fate = vfork_run(run_trial, apart, flags);
	if (fate.end == CHILD_ANSWERED)
		*finding = apart->finding;
	else
		finding_fate(finding, fate);
}
