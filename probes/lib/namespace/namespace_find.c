/* SPDX-License-Identifier: Apache-2.0 */
/* What the trials of making and joining namespaces say. */
#include "base/finding.h"
#include "namespace/namespace.h"
#include "survey/probe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The words of one finding, and whom it is about. */
struct saying {
	struct namespace_survey *survey;
	const struct namespace *namespace;
	size_t kind;
	char tried[128];
	struct redprobe_finding *finding;
};

static void say_made(const struct saying *saying, const struct namespace_trial *trial)
{
	unsigned long before = saying->survey->here[saying->kind];
	struct redprobe_finding *finding = saying->finding;

	if (saying->kind == NAMESPACE_PID && !trial->first)
		finding_unknown(finding, "a child in the new namespace",
				"%s: ok, but the next child is not process 1", saying->tried);
	else if (saying->kind == NAMESPACE_PID)
		finding_supported(finding, "%s: ok, the next child is process 1", saying->tried);
	else if (!before || !trial->number)
		finding_supported(finding, "%s: ok, taken at its word: /proc is not mounted",
				  saying->tried);
	else if (before != trial->number)
		finding_supported(finding, "%s: ok, namespace %lu became %lu", saying->tried,
				  before, trial->number);
	else
		finding_unknown(finding, finding_as_documented,
				"%s: ok, but the namespace is still %lu", saying->tried, before);
}

/* Returns true if the trial came to its end, or as far as joining, or says why not. */
static bool completed(const struct saying *saying, const struct namespace_trial *trial,
		      bool joining)
{
	if (trial->fate.end != CHILD_ANSWERED && (joining || !trial->joining)) {
		finding_fate(saying->finding, trial->fate);
		return false;
	}
	if (trial->error) {
		namespace_say_refused(saying->survey, saying->namespace, trial->error,
				      saying->tried, saying->finding);
		return false;
	}
	/* A kernel without control groups takes the flag, and does nothing. */
	if (namespace_absent(saying->survey, saying->kind)) {
		finding_unsupported(saying->finding, "%s: ok, but no /proc/self/ns/%s",
				    saying->tried, saying->namespace->name);
		return false;
	}
	return true;
}

/*
 * The trial of the namespace: as this process is, or, if privilege is missing for making or joining
 * it, in a new user namespace. Returns NULL, and says so, if there is none.
 */
static const struct namespace_trial *trial_of(struct saying *saying,
					      struct namespace_survey *survey, bool joining)
{
	const struct namespace_trial *trial = namespace_try(survey, MAKER_AS_IS, saying->kind);
	const struct namespace_trial *user = &survey->drills[MAKER_IN_USER].trials[NAMESPACE_USER];

	snprintf(saying->tried, sizeof saying->tried, "unshare(%s)", saying->namespace->flag_name);
	if (saying->kind == NAMESPACE_USER || namespace_absent(survey, saying->kind) ||
	    (trial->error != EPERM && !(joining && trial->join_error == EPERM)))
		return completed(saying, trial, joining) ? trial : NULL;
	trial = namespace_try(survey, MAKER_IN_USER, saying->kind);
	if (user->error) {
		snprintf(saying->tried, sizeof saying->tried,
			 "unshare(%s): EPERM, unshare(CLONE_NEWUSER)",
			 saying->namespace->flag_name);
		namespace_say_no_user(survey, user->error, saying->tried, saying->finding);
		return NULL;
	}
	snprintf(saying->tried, sizeof saying->tried, "unshare(%s) in a new user namespace",
		 saying->namespace->flag_name);
	return completed(saying, trial, joining) ? trial : NULL;
}

/* Makes `*saying` for the row. Returns the survey, or NULL if memory is short. */
static struct namespace_survey *begin(struct redprobe *probe, const void *argument,
				      struct redprobe_finding *finding, struct saying *saying)
{
	struct namespace_survey *survey = namespace_survey(probe, finding);
	const struct namespace *namespace = argument;

	*saying = (struct saying){.survey = survey,
				  .namespace = namespace,
				  .kind = (size_t)(namespace - namespaces),
				  .finding = finding};
	return survey;
}

void namespace_create(struct redprobe *probe, const void *argument,
		      struct redprobe_finding *finding)
{
	struct saying saying;
	struct namespace_survey *survey = begin(probe, argument, finding, &saying);
	const struct namespace_trial *trial = survey ? trial_of(&saying, survey, false) : NULL;

	if (trial)
		say_made(&saying, trial);
}

void namespace_join(struct redprobe *probe, const void *argument, struct redprobe_finding *finding)
{
	struct saying saying;
	struct namespace_survey *survey = begin(probe, argument, finding, &saying);
	const struct namespace_trial *trial = survey ? trial_of(&saying, survey, true) : NULL;
	size_t used = strlen(saying.tried);

	if (!trial)
		return;
	if (!trial->joinable) {
		finding_unknown(finding, "/proc mounted, for a descriptor of the namespace",
				"%s: ok, no link in /proc/self/ns", saying.tried);
		return;
	}
	snprintf(saying.tried + used, sizeof saying.tried - used, ": ok, setns(%s)",
		 saying.namespace->flag_name);
	if (trial->join_error)
		finding_refused(finding, trial->join_error, seccomp_filtered(), "%s", saying.tried);
	else if (trial->entered != trial->target)
		finding_unknown(finding, finding_as_documented,
				"%s from %lu to %lu: ok, but it is %lu", saying.tried, trial->left,
				trial->target, trial->entered);
	else
		finding_supported(finding, "%s from %lu to %lu: ok", saying.tried, trial->left,
				  trial->target);
}

void namespace_offsets(struct redprobe *probe, const void *argument,
		       struct redprobe_finding *finding)
{
	static const char writing[] = "writing /proc/self/timens_offsets";
	struct saying saying;
	struct namespace_survey *survey = begin(probe, argument, finding, &saying);
	const struct namespace_trial *trial = survey ? trial_of(&saying, survey, true) : NULL;

	if (!trial)
		return;
	if (!trial->joinable)
		finding_unknown(finding, "/proc mounted, where offsets are set",
				"%s: ok, no link in /proc/self/ns", saying.tried);
	else if (trial->offsets_error)
		finding_refused(finding, trial->offsets_error, seccomp_filtered(), "%s", writing);
	else if (trial->join_error)
		finding_unknown(finding, "setns(2), to see the clocks of the namespace",
				"%s: ok, setns(CLONE_NEWTIME): %s", writing,
				error_name(trial->join_error));
	else if (trial->ahead)
		finding_supported(
			finding, "%s: ok, inside CLOCK_MONOTONIC and CLOCK_BOOTTIME are %d s ahead",
			writing, NAMESPACE_AHEAD);
	else
		finding_unknown(finding, finding_as_documented,
				"%s: ok, but the clocks inside are not ahead", writing);
}

/* Says why no second one was made in the first; `saying->tried` ends with the second. */
static void say_not_nested(const struct saying *saying, const struct namespace_trial *trial)
{
	const struct namespace_nest *nest = &trial->nest;
	struct redprobe_finding *finding = saying->finding;

	if (trial->fate.end != CHILD_ANSWERED)
		finding_fate(finding, trial->fate);
	else if (nest->fate.end != CHILD_ANSWERED)
		finding_fate(finding, nest->fate);
	else if (!nest->error)
		finding_unknown(finding, finding_as_documented,
				"%s: ok, but the next child is not process 1", saying->tried);
	else if (!nest->file)
		namespace_say_refused(saying->survey, saying->namespace, nest->error, saying->tried,
				      finding);
	else if (nest->error == ENOENT)
		finding_unknown(finding, "/proc mounted, to map ids", "writing %s: ENOENT",
				nest->file);
	else
		finding_refused(finding, nest->error, seccomp_filtered(), "writing %s", nest->file);
}

void namespace_nesting(struct redprobe *probe, const void *argument,
		       struct redprobe_finding *finding)
{
	struct saying saying;
	struct namespace_survey *survey = begin(probe, argument, finding, &saying);
	const struct namespace_trial *trial = survey ? trial_of(&saying, survey, false) : NULL;
	size_t used = strlen(saying.tried);

	if (!trial)
		return;
	snprintf(saying.tried + used, sizeof saying.tried - used, ", and again in the new one");
	if (!trial->nest.made) {
		say_not_nested(&saying, trial);
		return;
	}
	finding_supported(finding, "%s: ok", saying.tried);
	finding_number(finding, 2);
}

/* Says what an ordinary process got of the namespace in a user namespace of its own. */
static void say_unprivileged(struct saying *saying, struct namespace_survey *survey)
{
	const struct namespace_trial *trial = namespace_try(survey, MAKER_ORDINARY, saying->kind);
	const struct namespace_drill *drill = &survey->drills[MAKER_ORDINARY];
	int user = drill->trials[NAMESPACE_USER].error;
	const char *obstacle = trial->error == EPERM ? namespace_user_obstacle() : NULL;
	size_t used =
		(size_t)snprintf(saying->tried, sizeof saying->tried,
				 "uid %u without capabilities: unshare(CLONE_NEWUSER)", drill->uid);

	if (drill->ordinary) {
		finding_prevented(saying->finding, drill->ordinary,
				  "giving up privilege before trying");
		return;
	}
	if (user) {
		namespace_say_refused(survey, &namespaces[NAMESPACE_USER], user, saying->tried,
				      saying->finding);
		return;
	}
	snprintf(saying->tried + used, sizeof saying->tried - used, ": ok, unshare(%s) in it",
		 saying->namespace->flag_name);
	if (obstacle)
		finding_restricted(saying->finding, obstacle, "%s: EPERM", saying->tried);
	else if (completed(saying, trial, false))
		say_made(saying, trial);
}

/*
 * Some kernels let the user namespace be made but give no privilege in it: it is of use only if
 * another one can be made there: a mount namespace, which every kernel has.
 */
void namespace_unprivileged(struct redprobe *probe, const void *argument,
			    struct redprobe_finding *finding)
{
	struct saying saying;
	struct namespace_survey *survey = begin(probe, argument, finding, &saying);

	if (!survey)
		return;
	if (namespace_absent(survey, saying.kind)) {
		finding_unsupported(finding, "no /proc/self/ns/%s", saying.namespace->name);
		return;
	}
	if (saying.kind == NAMESPACE_USER)
		saying.kind = NAMESPACE_MNT;
	saying.namespace = &namespaces[saying.kind];
	say_unprivileged(&saying, survey);
}
