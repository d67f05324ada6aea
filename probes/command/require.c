/* SPDX-License-Identifier: Apache-2.0 */
/* redprobe --require: whether the running kernel has what a profile demands. */
#include "command.h"
#include "profile.h"
#include "say.h"
#include "tap.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* How many demands there are and how many are met, of both sorts. */
struct tally {
	size_t all[2], met[2]; /* required, optional */
};

static bool is_met(const struct demand *demand, const struct redprobe_finding *finding)
{
	return (demand->states & 1U << finding->status) != 0;
}

static void wanted(const struct demand *demand, char *text, size_t size)
{
	const char *before = "";
	size_t used = 0;

	for (int status = 0; status <= REDPROBE_RESTRICTED; status++)
		if (demand->states & 1U << status) {
			used += (size_t)snprintf(
				text + used, size - used, "%s%s", before,
				redprobe_status_name((enum redprobe_status)status));
			before = " or ";
		}
}

static void text_shortfall(const struct demand *demand, const struct redprobe_finding *finding)
{
	const struct redprobe_feature *feature = demand->feature;
	const char *get = feature->get ? feature->get : demand->area->get;
	char states[64], release[64], text[256];

	wanted(demand, states, sizeof states);
	text_in_colour(stdout, text_coloured(), demand->optional ? COLOUR_DOUBT : COLOUR_BAD,
		       demand->optional ? "optional " : "required ", 0);
	snprintf(text, sizeof text, "%s: %s", feature->id, feature->meaning);
	text_wrapped(stdout, text, (int)strlen("required "), (int)strlen("required "), TEXT_WIDTH);
	text_labelled(stdout, "wanted", states);
	text_finding(stdout, "found", finding);
	text_labelled(stdout, "why", feature->why);
	text_labelled(stdout, "since", text_since(feature->since, release, sizeof release));
	text_labelled(stdout, "to get it", get);
}

static void text_verdict(const struct profile *profile, const struct tally *tally)
{
	bool met = tally->met[false] == tally->all[false];

	printf("%s: ", profile->name);
	text_in_colour(stdout, text_coloured(), met ? COLOUR_GOOD : COLOUR_BAD,
		       met ? "met" : "not met", 0);
	printf(": %zu of %zu required", tally->met[false], tally->all[false]);
	if (tally->all[true])
		printf(", %zu of %zu optional", tally->met[true], tally->all[true]);
	putchar('\n');
}

static void tap_demand(size_t number, const struct demand *demand,
		       const struct redprobe_finding *finding)
{
	bool met = is_met(demand, finding);
	char states[64];

	tap_result(stdout, met, number, demand->feature->id,
		   !met && demand->optional ? "TODO" : NULL, "optional");
	if (met)
		return;
	wanted(demand, states, sizeof states);
	tap_comment(stdout, "wanted", states);
	tap_finding(stdout, finding);
}

static bool is_among(const struct redprobe_area *area, const struct redprobe_area *const *areas)
{
	while (*areas && *areas != area)
		areas++;
	return *areas;
}

/* Of the areas that are asked for, those of which the profile demands anything. */
static void choose_areas(const struct options *options, struct profile *profile,
			 const struct redprobe_area **areas)
{
	size_t kept = 0;

	for (size_t i = 0; i < profile->count; i++)
		if (is_among(profile->demands[i].area, options->areas))
			profile->demands[kept++] = profile->demands[i];
	profile->count = kept;
	for (const struct redprobe_area *const *area = options->areas; *area; area++)
		for (size_t i = 0; i < profile->count; i++)
			if (profile->demands[i].area == *area) {
				*areas++ = *area;
				break;
			}
	*areas = NULL;
}

static int judge(const struct profile *profile, struct redprobe *probe, enum form form)
{
	struct tally tally = {0};

	if (form == FORM_TAP)
		tap_plan(stdout, profile->count);
	for (size_t i = 0; i < profile->count; i++) {
		const struct demand *demand = &profile->demands[i];
		const struct redprobe_finding *finding = redprobe_ask(probe, demand->feature);
		bool met = is_met(demand, finding);

		tally.all[demand->optional]++;
		tally.met[demand->optional] += met;
		if (form == FORM_TAP)
			tap_demand(i + 1, demand, finding);
		else if (!met)
			text_shortfall(demand, finding);
	}
	if (form != FORM_TAP)
		text_verdict(profile, &tally);
	return tally.met[false] == tally.all[false] ? EXIT_SUCCESS : EXIT_FAILURE;
}

int command_require(const struct options *options)
{
	const struct redprobe_area *areas[AREAS_MAX + 1];
	struct profile profile;
	struct session session;
	int status = profile_read(&profile, options->argument);

	if (status)
		return status;
	choose_areas(options, &profile, areas);
	if (!profile.count)
		status = refuse("%s demands nothing of the areas of --only", profile.name);
	else if (!(status = session_open(&session, options, areas))) {
		status = judge(&profile, session.probe, options->form);
		session_close(&session);
		status = flushed(status);
	}
	profile_free(&profile);
	return status;
}
