/* SPDX-License-Identifier: Apache-2.0 */
#include "tap.h"

void tap_plan(FILE *out, size_t count)
{
	fprintf(out, "TAP version 13\n1..%zu\n", count);
}

/* One line: a control character would end it, or act on a terminal. */
static void put_text(FILE *out, const char *text)
{
	for (; *text; text++)
		fputc((unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text, out);
	fputc('\n', out);
}

void tap_result(FILE *out, bool passed, size_t number, const char *id, const char *directive,
		const char *why)
{
	fprintf(out, "%s %zu - %s", passed ? "ok" : "not ok", number, id);
	if (directive)
		fprintf(out, " # %s ", directive);
	put_text(out, directive ? why : "");
}

void tap_comment(FILE *out, const char *name, const char *text)
{
	fprintf(out, "# %s: ", name);
	put_text(out, text);
}

void tap_finding(FILE *out, const struct redprobe_finding *finding)
{
	const struct redprobe_witness *witness = &finding->witness;

	tap_comment(out, redprobe_status_name(finding->status), finding->detail);
	if (finding->status == REDPROBE_RESTRICTED)
		tap_comment(out, "forbidden by", finding->forbidden_by);
	if (finding->status == REDPROBE_UNKNOWN)
		tap_comment(out, "needs", finding->needs);
	if (witness->option[0] && !witness->agrees)
		fprintf(out, "# the configuration of the kernel disagrees: %s=%s\n",
			witness->option, witness->value);
}
