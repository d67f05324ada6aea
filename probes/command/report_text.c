/* SPDX-License-Identifier: Apache-2.0 */
/* The report as text, readable at 80 columns. */
#include "report.h"
#include "text.h"

#include <string.h>
#include <sys/utsname.h>

enum { STATUS_WIDTH = 13, STATUSES = REDPROBE_RESTRICTED + 1 };

struct writing {
	FILE *out;
	bool coloured;
	size_t counts[STATUSES], disagreements;
};

static void witness(struct writing *writing, const struct redprobe_finding *finding)
{
	char text[160];

	if (!finding->witness.option[0] || finding->witness.agrees)
		return;
	writing->disagreements++;
	snprintf(text, sizeof text, "the configuration of the kernel disagrees: %s=%s",
		 finding->witness.option, finding->witness.value);
	fprintf(writing->out, "%*s", 4 + STATUS_WIDTH, "");
	text_in_colour(writing->out, writing->coloured, COLOUR_DOUBT, text, 0);
	fputc('\n', writing->out);
}

static void feature(struct writing *writing, const struct redprobe_feature *row,
		    const struct redprobe_finding *finding)
{
	const char *cause = finding->status == REDPROBE_RESTRICTED ? "; forbidden by: "
			    : finding->status == REDPROBE_UNKNOWN  ? "; needs: "
								   : "";
	char text[1024];

	writing->counts[finding->status]++;
	snprintf(text, sizeof text, "%s: %s%s%s%s", row->id, finding->detail, cause,
		 finding->forbidden_by, finding->needs);
	fputs("  ", writing->out);
	text_in_colour(writing->out, writing->coloured, text_status_colour(finding->status),
		       redprobe_status_name(finding->status), STATUS_WIDTH);
	text_wrapped(writing->out, text, 2 + STATUS_WIDTH, 4 + STATUS_WIDTH, TEXT_WIDTH);
	witness(writing, finding);
}

static void summary(const struct writing *writing)
{
	static const enum redprobe_status order[] = {REDPROBE_SUPPORTED, REDPROBE_RESTRICTED,
						     REDPROBE_UNSUPPORTED, REDPROBE_UNKNOWN};
	const char *before = "\n";

	for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
		fprintf(writing->out, "%s%zu ", before, writing->counts[order[i]]);
		text_in_colour(writing->out, writing->coloured, text_status_colour(order[i]),
			       redprobe_status_name(order[i]), 0);
		before = ", ";
	}
	fputc('\n', writing->out);
	if (writing->disagreements)
		fprintf(writing->out, "%zu %s with the configuration of the kernel\n",
			writing->disagreements,
			writing->disagreements == 1 ? "disagrees" : "disagree");
}

static void report(struct redprobe *probe, const struct redprobe_area *const *areas, FILE *out,
		   bool coloured)
{
	struct writing writing = {.out = out, .coloured = coloured};
	struct utsname kernel;

	uname(&kernel);
	fprintf(out, "Linux %s %s\n", kernel.release, kernel.machine);
	for (; *areas; areas++) {
		fputc('\n', out);
		text_in_colour(out, coloured, COLOUR_HEADING, (*areas)->name, 0);
		if ((*areas)->meaning)
			fprintf(out, ": %s", (*areas)->meaning);
		fputc('\n', out);
		for (size_t i = 0; i < (*areas)->count; i++)
			feature(&writing, &(*areas)->features[i],
				redprobe_ask(probe, &(*areas)->features[i]));
	}
	summary(&writing);
}

void report_text(struct redprobe *probe, const struct redprobe_area *const *areas, FILE *out)
{
	report(probe, areas, out, false);
}

void report_coloured(struct redprobe *probe, const struct redprobe_area *const *areas, FILE *out)
{
	report(probe, areas, out, true);
}
