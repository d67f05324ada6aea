/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A child changes its capabilities, each of those that it has, and sees what came of it.
 * Sources: capabilities(7), PR_CAPBSET_DROP(2const), PR_CAP_AMBIENT(2const), user_namespaces(7).
 */
#include "base/file.h"
#include "base/finding.h"
#include "base/vfork.h"
#include "capability/capability.h"
#include "survey/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>

/*
 * Changes one flag of one capability; `state` is what this process has, before and after. Returns
 * 0, or a positive errno; EIO if it did not take.
 */
static int set_flag(cap_t state, cap_value_t value, cap_flag_t flag, cap_flag_value_t wanted)
{
	cap_flag_value_t got = !wanted;
	int error;

	cap_set_flag(state, flag, 1, &value, wanted);
	if (cap_set_proc(state) < 0) {
		error = errno;
		cap_set_flag(state, flag, 1, &value, !wanted);
		return error;
	}
	if (capgetp(0, state) < 0 || cap_get_flag(state, value, flag, &got) < 0)
		return errno;
	return got == wanted ? 0 : EIO;
}

/* What is not permitted cannot be effective: both go in one call. */
static void drop(cap_t state, cap_value_t value, struct capability_trial *trial)
{
	cap_set_flag(state, CAP_EFFECTIVE, 1, &value, CAP_CLEAR);
	trial->dropped = set_flag(state, value, CAP_PERMITTED, CAP_CLEAR);
	trial->regained = set_flag(state, value, CAP_PERMITTED, CAP_SET);
}

static void try_sets(cap_t state, struct capability_trial *trials)
{
	for (cap_value_t i = 0; i < CAPABILITIES; i++)
		if (trials[i].permitted) {
			trials[i].lowered = set_flag(state, i, CAP_EFFECTIVE, CAP_CLEAR);
			if (!trials[i].lowered)
				trials[i].lowered = set_flag(state, i, CAP_EFFECTIVE, CAP_SET);
		}
	for (cap_value_t i = 0; i < CAPABILITIES; i++)
		if (trials[i].permitted)
			drop(state, i, &trials[i]);
}

static int set_ambient(cap_value_t value, cap_flag_value_t wanted)
{
	if (cap_set_ambient(value, wanted) < 0)
		return errno;
	return cap_get_ambient(value) == (int)wanted ? 0 : EIO;
}

/* Only what is inheritable can be ambient. */
static void try_ambient(cap_t state, struct capability_trial *trials)
{
	for (cap_value_t i = 0; i < CAPABILITIES; i++) {
		if (!trials[i].permitted)
			continue;
		trials[i].ambient = set_flag(state, i, CAP_INHERITABLE, CAP_SET);
		if (!trials[i].ambient)
			trials[i].ambient = set_ambient(i, CAP_SET);
		if (!trials[i].ambient)
			trials[i].ambient = set_ambient(i, CAP_CLEAR);
	}
}

static void try_bounding(cap_t state, struct capability_trial *trials)
{
	(void)state;
	for (cap_value_t i = 0; i < CAPABILITIES; i++)
		if (trials[i].permitted)
			trials[i].unbound = cap_drop_bound(i) < 0   ? errno
					    : cap_get_bound(i) == 0 ? 0
								    : EIO;
}

static void see_permitted(cap_t state, const struct capability_drill *here,
			  struct capability_trial *trials)
{
	for (cap_value_t i = 0; i < CAPABILITIES; i++) {
		cap_flag_value_t got = CAP_CLEAR;

		cap_get_flag(state, i, CAP_PERMITTED, &got);
		trials[i].permitted = got == CAP_SET && !(here && here->trials[i].permitted);
	}
}

static void run(void *argument)
{
	static void (*const facets[FACETS])(cap_t, struct capability_trial *) = {
		[FACET_SETS] = try_sets,
		[FACET_AMBIENT] = try_ambient,
		[FACET_BOUNDING] = try_bounding,
	};
	struct capability_drill *drill = argument;
	cap_t state;

	drill->entered = drill->here && unshare(CLONE_NEWUSER) < 0 ? errno : 0;
	state = drill->entered ? NULL : cap_get_proc();
	if (!state)
		return;
	see_permitted(state, drill->here, drill->trials);
	for (; drill->next < FACETS; drill->next++)
		facets[drill->next](state, drill->trials);
	cap_free(state);
}

/* If a child ends in the midst, that is what is known of this facet; another tries the rest. */
static const struct capability_drill *drill(struct capability_drill *drill, int patience_ms)
{
	while (drill->next < FACETS && !drill->entered) {
		struct child_fate fate = vfork_run_within(patience_ms, run, drill, 0);

		if (fate.end != CHILD_ANSWERED)
			drill->fates[drill->next++] = fate;
	}
	return drill;
}

const struct capability_drill *capability_in_user(struct capability_survey *survey)
{
	survey->user.here = &survey->here;
	return drill(&survey->user, survey->patience_ms);
}

struct capability_survey *capability_survey(struct redprobe *probe,
					    struct redprobe_finding *finding)
{
	struct capability_survey *made = probe->capabilities;

	if (made)
		return made;
	made = vfork_shared(sizeof *made);
	if (!made) {
		finding_refused(finding, ENOMEM, false, "making room for the answers");
		return NULL;
	}
	for (int i = 0; i < CAPABILITY_BITS; i++) {
		made->bounding[i] = prctl(PR_CAPBSET_READ, i, 0, 0, 0);
		if (made->bounding[i] < 0)
			made->bounding[i] = -errno;
	}
	file_read(AT_FDCWD, "/proc/sys/kernel/cap_last_cap", made->last, sizeof made->last);
	made->patience_ms = probe->options.patience_ms;
	drill(&made->here, made->patience_ms);
	probe->capabilities = made;
	return made;
}
