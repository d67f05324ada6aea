/* SPDX-License-Identifier: Apache-2.0 */
/* What the trials of capabilities say. Sources: capabilities(7), PR_CAPBSET_READ(2const). */
#include "capability/capability.h"

#include "base/finding.h"
#include "namespace/namespace.h"
#include "survey/probe.h"

#include <errno.h>
#include <linux/securebits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

void capability_say_missing(int error, const char *tried, struct redprobe_finding *finding)
{
	char obstacle[128], cause[sizeof finding->forbidden_by];

	namespace_user_cause(error, obstacle, sizeof obstacle);
	snprintf(cause, sizeof cause, "missing privilege, and %s", obstacle);
	finding_restricted(finding, cause, "%s, unshare(CLONE_NEWUSER): %s", tried,
			   error_name(error));
}

/* True if the capability went through all its changes as capabilities(7) says. */
static bool proved(const struct capability_trial *trial)
{
	const int *errors = trial->errors;

	return trial->permitted && !errors[CHANGE_LOWERED] && !errors[CHANGE_DROPPED] &&
	       errors[CHANGE_REGAINED] == EPERM;
}

/* One word on a facet that does not decide. */
static const char *word(const struct capability_drill *drill, enum capability_facet facet,
			int error)
{
	return drill->fates[facet].end == CHILD_ANSWERED ? error_name(error) : "not answered";
}

/* For a capability that was tried: what that showed. `who` tells where. */
static void say_tried(const struct capability_drill *drill, cap_value_t value, const char *who,
		      struct redprobe_finding *finding)
{
	const struct capability_trial *trial = &drill->trials[value];
	const int *errors = trial->errors;
	int changing = errors[CHANGE_LOWERED] ? errors[CHANGE_LOWERED] : errors[CHANGE_DROPPED];

	if (proved(trial))
		finding_supported(finding,
				  "number %d, %s: lowered, raised, dropped: ok, raised again: "
				  "EPERM; ambient: %s; dropped from the bounding set: %s",
				  value, who, word(drill, FACET_AMBIENT, errors[CHANGE_AMBIENT]),
				  word(drill, FACET_BOUNDING, errors[CHANGE_UNBOUND]));
	else if (changing)
		finding_refused(finding, changing, seccomp_filtered(),
				"number %d, %s: lowering, raising or dropping it", value, who);
	else
		finding_unknown(finding, finding_as_documented,
				"number %d, %s: dropped: ok, raised again: %s", value, who,
				error_name(errors[CHANGE_REGAINED]));
}

/* For one that this process has not: whether it can be gained in a user namespace. */
static void say_not_permitted(struct capability_survey *survey, cap_value_t value,
			      struct redprobe_finding *finding)
{
	const struct capability_drill *user = capability_in_user(survey);
	char tried[64];

	snprintf(tried, sizeof tried, "number %d: in the bounding set, not permitted", value);
	if (user->fates[FACET_SETS].end != CHILD_ANSWERED)
		finding_fate(finding, user->fates[FACET_SETS]);
	else if (user->entered)
		capability_say_missing(user->entered, tried, finding);
	else
		say_tried(user, value, "not permitted here; in a user namespace of its own",
			  finding);
}

void capability_find(struct redprobe *probe, const void *argument, struct redprobe_finding *finding)
{
	cap_value_t value = *(const cap_value_t *)argument;
	struct capability_survey *survey = capability_survey(probe, finding);
	const struct capability_drill *here;
	int bounding;

	if (!survey)
		return;
	here = &survey->here;
	bounding = survey->bounding[value];
	if (bounding < 0)
		finding_refused(finding, -bounding, seccomp_filtered(),
				"number %d: prctl(PR_CAPBSET_READ)", value);
	else if (here->fates[FACET_SETS].end != CHILD_ANSWERED)
		finding_fate(finding, here->fates[FACET_SETS]);
	else if (here->trials[value].permitted)
		say_tried(here, value, bounding ? "in the bounding set" : "not in the bounding set",
			  finding);
	else if (bounding == 0)
		finding_restricted(
			finding, "bounding set",
			"number %d: not in the bounding set, not permitted; gained in a "
			"user namespace of its own: %s",
			value, proved(&capability_in_user(survey)->trials[value]) ? "yes" : "no");
	else
		say_not_permitted(survey, value, finding);
}

/* How many of the capabilities that were tried went well, and the first errno of the others. */
static int count(const struct capability_drill *drill, enum capability_facet facet, int *error)
{
	int well = 0;

	*error = 0;
	for (int i = 0; i < CAPABILITIES; i++) {
		const struct capability_trial *trial = &drill->trials[i];
		int result =
			trial->errors[facet == FACET_AMBIENT ? CHANGE_AMBIENT : CHANGE_UNBOUND];

		well += trial->permitted && !result;
		if (trial->permitted && result && !*error)
			*error = result;
	}
	return well;
}

/* Here, or, where this process lacks the privilege for it, in a user namespace. */
static void say_facet(struct capability_survey *survey, enum capability_facet facet,
		      const char *what, struct redprobe_finding *finding)
{
	const struct capability_drill *drill = &survey->here;
	int error, well = count(drill, facet, &error);

	if (drill->fates[facet].end == CHILD_ANSWERED && !well && (!error || error == EPERM))
		drill = capability_in_user(survey);
	well = count(drill, facet, &error);
	if (drill->fates[facet].end != CHILD_ANSWERED)
		finding_fate(finding, drill->fates[facet]);
	else if (drill->entered)
		capability_say_missing(drill->entered, what, finding);
	else if (well)
		finding_supported(finding, "%s%s: ok, for %d", what,
				  drill->here ? " in a user namespace of its own" : "", well);
	else
		finding_refused(finding, error, seccomp_filtered(), "%s", what);
}

void capability_find_ambient(struct redprobe *probe, const void *argument,
			     struct redprobe_finding *finding)
{
	static const char what[] = "raised, seen and lowered in the ambient set";
	struct capability_survey *survey = capability_survey(probe, finding);
	int bits = prctl(PR_GET_SECUREBITS, 0, 0, 0, 0);

	(void)argument;
	if (survey && bits > 0 && bits & SECBIT_NO_CAP_AMBIENT_RAISE)
		finding_restricted(finding, "securebits: SECBIT_NO_CAP_AMBIENT_RAISE",
				   "prctl(PR_GET_SECUREBITS): 0x%x", bits);
	else if (survey)
		say_facet(survey, FACET_AMBIENT, what, finding);
}

void capability_find_bounding(struct redprobe *probe, const void *argument,
			      struct redprobe_finding *finding)
{
	static const char what[] = "dropped from the bounding set, and seen to be";
	struct capability_survey *survey = capability_survey(probe, finding);
	int known = 0, bounding = 0;

	(void)argument;
	if (!survey)
		return;
	for (int i = 0; i < CAPABILITY_BITS; i++) {
		known += survey->bounding[i] >= 0;
		bounding += survey->bounding[i] > 0;
	}
	if (!known) {
		finding_refused(finding, -survey->bounding[0], seccomp_filtered(),
				"prctl(PR_CAPBSET_READ)");
		return;
	}
	say_facet(survey, FACET_BOUNDING, what, finding);
	finding_number(finding, bounding);
}

/* "; new to redprobe: 41 42" of those that have no row. */
static void list_new(const struct capability_survey *survey, int last, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (int i = CAPABILITIES; i <= last && used < size; i++)
		if (survey->bounding[i] >= 0)
			used += (size_t)snprintf(text + used, size - used, "%s %d",
						 used ? "" : "; new to redprobe:", i);
}

void capability_find_last(struct redprobe *probe, const void *argument,
			  struct redprobe_finding *finding)
{
	static const char asking[] = "prctl(PR_CAPBSET_READ)", sysctl[] = "kernel.cap_last_cap";
	const struct capability_survey *survey = capability_survey(probe, finding);
	int last = CAPABILITY_BITS - 1;
	char new[160];

	(void)argument;
	if (!survey)
		return;
	while (last >= 0 && survey->bounding[last] < 0)
		last--;
	if (last < 0) {
		finding_refused(finding, -survey->bounding[0], seccomp_filtered(), "%s", asking);
		return;
	}
	list_new(survey, last, new, sizeof new);
	if (survey->last[0] && atoi(survey->last) != last)
		finding_unknown(finding, "a kernel whose answers agree",
				"%s knows numbers up to %d, %s is %s", asking, last, sysctl,
				survey->last);
	else
		finding_supported(finding, "%s knows numbers up to %d, %s %s%s", asking, last,
				  sysctl, survey->last[0] ? "agrees" : "is not readable", new);
	finding_number(finding, last);
}
