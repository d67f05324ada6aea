/* SPDX-License-Identifier: Apache-2.0 */
/* The report as text, readable at 80 columns. */
#include "report.h"

#include <string.h>
#include <sys/utsname.h>

enum { WIDTH = 80, STATUS_WIDTH = 13 };

static const char *const colours[] = {
	[REDPROBE_UNKNOWN] = "\033[33m",
	[REDPROBE_SUPPORTED] = "\033[32m",
	[REDPROBE_UNSUPPORTED] = "\033[31m",
	[REDPROBE_RESTRICTED] = "\033[35m",
};

/* Control characters, as a cgroup's name may hold them, would act on the terminal. */
static void put_word(FILE *out, const char *word, size_t length)
{
	for (size_t i = 0; i < length; i++)
		fputc((unsigned char)word[i] < 0x20 || word[i] == 0x7f ? '?' : word[i], out);
}

void text_wrapped(FILE *out, const char *text, int column, int indent, int width)
{
	const char *blank = "";

	while (*text) {
		size_t length = strcspn(text, " ");

		if (*blank && column + 1 + (int)length > width) {
			fprintf(out, "\n%*s", indent, "");
			column = indent;
			blank = "";
		}
		fputs(blank, out);
		put_word(out, text, length);
		column += (int)(strlen(blank) + length);
		blank = " ";
		text += length;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

static void feature(struct redprobe *probe, const struct redprobe_feature *row, FILE *out,
		    bool colour)
{
	const struct redprobe_finding *finding = redprobe_ask(probe, row);
	char text[1024];
	const char *cause;

	cause = finding->status == REDPROBE_RESTRICTED ? "; forbidden by: "
		: finding->status == REDPROBE_UNKNOWN  ? "; needs: "
						       : "";
	snprintf(text, sizeof text, "%s: %s%s%s%s", row->id, finding->detail, cause,
		 finding->forbidden_by, finding->needs);
	fprintf(out, "  %s%-*s%s", colour ? colours[finding->status] : "", STATUS_WIDTH,
		redprobe_status_name(finding->status), colour ? "\033[0m" : "");
	text_wrapped(out, text, 2 + STATUS_WIDTH, 4 + STATUS_WIDTH, WIDTH);
}

void report_text(struct redprobe *probe, FILE *out, bool colour)
{
	struct utsname kernel;

	uname(&kernel);
	fprintf(out, "Linux %s %s\n", kernel.release, kernel.machine);
	for (const struct redprobe_area *const *area = redprobe_areas; *area; area++) {
		fprintf(out, "\n%s%s%s\n", colour ? "\033[1m" : "", (*area)->name,
			colour ? "\033[0m" : "");
		for (size_t i = 0; i < (*area)->count; i++)
			feature(probe, &(*area)->features[i], out, colour);
	}
}
