/* SPDX-License-Identifier: Apache-2.0 */
/* redprobe --explain: all that is known of one feature, and what is found here. */
#include "command.h"
#include "say.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

static void option(const struct redprobe_feature *feature, const struct redprobe_finding *finding)
{
	const struct redprobe_witness *witness = &finding->witness;
	char text[160];

	if (!feature->option)
		return;
	if (!witness->option[0])
		snprintf(text, sizeof text, "%s; what this kernel was built with cannot be read",
			 feature->option);
	else
		snprintf(text, sizeof text, "%s=%s%s", witness->option, witness->value,
			 finding->status == REDPROBE_UNKNOWN ? ""
			 : witness->agrees		     ? ", which agrees with what is found"
					   : ", which disagrees with what is found");
	text_labelled(stdout, "option", text);
}

static void explain(const struct redprobe_area *area, const struct redprobe_feature *feature,
		    const struct redprobe_finding *finding)
{
	char text[64];

	text_in_colour(stdout, text_coloured(), COLOUR_HEADING, feature->id, 0);
	fputs(": ", stdout);
	text_wrapped(stdout, feature->meaning, (int)strlen(feature->id) + 2, 2, TEXT_WIDTH);
	putchar('\n');
	text_labelled(stdout, "why", feature->why);
	text_labelled(stdout, "probed by", feature->how ? feature->how : area->how);
	text_labelled(stdout, "since", text_since(feature->since, text, sizeof text));
	text_labelled(stdout, "to get it", feature->get ? feature->get : area->get);
	option(feature, finding);
	text_finding(stdout, "here", finding);
}

/* Asks this one row alone. */
int command_explain(const struct options *options)
{
	const struct redprobe_area *area;
	const struct redprobe_feature *feature = redprobe_find(options->argument, &area);
	const struct redprobe_area *areas[2] = {NULL};
	struct redprobe_area alone;
	struct session session;
	int status;

	if (!feature)
		return refuse("no feature '%s', see redprobe --list", options->argument);
	alone = *area;
	alone.features = feature;
	alone.count = 1;
	areas[0] = &alone;
	status = session_open(&session, options, areas);
	if (status)
		return status;
	explain(area, feature, redprobe_ask(session.probe, feature));
	session_close(&session);
	return flushed(EXIT_SUCCESS);
}
