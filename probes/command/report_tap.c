/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report in the Test Anything Protocol, version 13. What is not supported is a test that is
 * not expected to pass (TODO), since no kernel has all: who wants to fail gives a profile. What
 * could not be found out was not tested (SKIP).
 */
#include "report.h"

#include "tap.h"

static size_t count_of(const struct redprobe_area *const *areas)
{
	size_t count = 0;

	for (; *areas; areas++)
		count += (*areas)->count;
	return count;
}

static void feature(FILE *out, size_t number, const struct redprobe_feature *row,
		    const struct redprobe_finding *finding)
{
	switch (finding->status) {
	case REDPROBE_SUPPORTED:
		tap_result(out, true, number, row->id, NULL, NULL);
		break;
	case REDPROBE_UNKNOWN:
		tap_result(out, true, number, row->id, "SKIP", finding->needs);
		break;
	default:
		tap_result(out, false, number, row->id, "TODO",
			   redprobe_status_name(finding->status));
	}
	tap_finding(out, finding);
}

void report_tap(struct redprobe *probe, const struct redprobe_area *const *areas, FILE *out)
{
	size_t number = 0;

	tap_plan(out, count_of(areas));
	for (; *areas; areas++)
		for (size_t i = 0; i < (*areas)->count; i++)
			feature(out, ++number, &(*areas)->features[i],
				redprobe_ask(probe, &(*areas)->features[i]));
}
