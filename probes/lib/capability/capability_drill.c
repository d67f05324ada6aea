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
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

/*
 * Changes one flag of some capabilities; `state` is what this process has, before and after.
 * Returns 0, or a positive errno; EIO if it did not take for all of them.
 */
static int set_flags(cap_t state, const cap_value_t *values, int count, cap_flag_t flag,
		     cap_flag_value_t wanted)
{
	int error;

	cap_set_flag(state, flag, count, values, wanted);
	error = cap_set_proc(state) < 0 ? errno : 0;
	if (capgetp(0, state) < 0)
		return errno;
	for (int i = 0; i < count && !error; i++) {
		cap_flag_value_t got = !wanted;

		cap_get_flag(state, values[i], flag, &got);
		error = got == wanted ? 0 : EIO;
	}
	return error;
}

/*
 * Changes one flag of all capabilities that are tried and have not failed at `what` before. All at
 * once, because each call takes its time; if that fails, one by one, which tells those that fail.
 */
static void change(cap_t state, struct capability_trial *trials, enum capability_change what,
		   cap_flag_t flag, cap_flag_value_t wanted)
{
	cap_value_t values[CAPABILITIES];
	int count = 0;

	for (cap_value_t i = 0; i < CAPABILITIES; i++)
		if (trials[i].permitted && !trials[i].errors[what])
			values[count++] = i;
	if (!set_flags(state, values, count, flag, wanted))
		return;
	for (int i = 0; i < count; i++)
		trials[values[i]].errors[what] = set_flags(state, &values[i], 1, flag, wanted);
}

/* What is not permitted cannot be effective: that goes first. Raising is refused to each alone. */
static void try_sets(cap_t state, struct capability_trial *trials)
{
	change(state, trials, CHANGE_LOWERED, CAP_EFFECTIVE, CAP_CLEAR);
	change(state, trials, CHANGE_LOWERED, CAP_EFFECTIVE, CAP_SET);
	change(state, trials, CHANGE_DROPPED, CAP_EFFECTIVE, CAP_CLEAR);
	change(state, trials, CHANGE_DROPPED, CAP_PERMITTED, CAP_CLEAR);
	for (cap_value_t i = 0; i < CAPABILITIES; i++)
		if (trials[i].permitted)
			trials[i].errors[CHANGE_REGAINED] =
				set_flags(state, &i, 1, CAP_PERMITTED, CAP_SET);
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
	change(state, trials, CHANGE_AMBIENT, CAP_INHERITABLE, CAP_SET);
	for (cap_value_t i = 0; i < CAPABILITIES; i++) {
		if (!trials[i].permitted)
			continue;
		if (!trials[i].errors[CHANGE_AMBIENT])
			trials[i].errors[CHANGE_AMBIENT] = set_ambient(i, CAP_SET);
		if (!trials[i].errors[CHANGE_AMBIENT])
			trials[i].errors[CHANGE_AMBIENT] = set_ambient(i, CAP_CLEAR);
	}
}

static void try_bounding(cap_t state, struct capability_trial *trials)
{
	(void)state;
	for (cap_value_t i = 0; i < CAPABILITIES; i++)
		if (trials[i].permitted)
			trials[i].errors[CHANGE_UNBOUND] = cap_drop_bound(i) < 0   ? errno
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
	if (drill->entered)
		return;
	if (!state)
		_exit(EXIT_FAILURE);
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
