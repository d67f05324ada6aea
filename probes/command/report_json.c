/* SPDX-License-Identifier: Apache-2.0 */
/* The report as JSON, schema redproof.probe/1 (redproof.probe-1.schema.json). */
#include "report.h"

#include <string.h>
#include <sys/utsname.h>

/*
 * The length of the UTF-8 sequence at `text`, or 0 if there is none: no stray bytes, no overlong
 * forms, no surrogates, nothing above U+10FFFF (RFC 3629).
 */
static size_t utf8_length(const unsigned char *text)
{
	static const struct {
		unsigned char first, last, low, high; /* of the first byte, of the second */
		size_t length;
	} forms[] = {
		{0x01, 0x7f, 0x00, 0x00, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2},
		{0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
		{0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
		{0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4},
		{0xf4, 0xf4, 0x80, 0x8f, 4},
	};

	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		if (text[0] < forms[i].first || text[0] > forms[i].last)
			continue;
		if (forms[i].length > 1 && (text[1] < forms[i].low || text[1] > forms[i].high))
			return 0;
		for (size_t k = 2; k < forms[i].length; k++)
			if ((text[k] & 0xc0) != 0x80)
				return 0;
		return forms[i].length;
	}
	return 0;
}

void report_string(FILE *out, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	fputc('"', out);
	while (*at) {
		size_t length = utf8_length(at);

		if (length == 0) {
			fputs("\\ufffd", out);
			length = 1;
		} else if (*at < 0x20 || *at == 0x7f) {
			fprintf(out, "\\u%04x", *at);
		} else {
			if (*at == '"' || *at == '\\')
				fputc('\\', out);
			fwrite(at, 1, length, out);
		}
		at += length;
	}
	fputc('"', out);
}

static void member(FILE *out, const char *before, const char *name, const char *value)
{
	fprintf(out, "%s\"%s\": ", before, name);
	report_string(out, value);
}

static void config(FILE *out, const struct redprobe_witness *witness)
{
	if (!witness->option[0])
		return;
	member(out, ", \"config\": {", "option", witness->option);
	member(out, ", ", "value", witness->value);
	fprintf(out, ", \"agrees\": %s}", witness->agrees ? "true" : "false");
}

static void feature(FILE *out, const char *id, const struct redprobe_finding *finding)
{
	fprintf(out, "    \"%s\": {", id);
	member(out, "", "status", redprobe_status_name(finding->status));
	member(out, ", ", "evidence", redprobe_evidence_name(finding->evidence));
	member(out, ", ", "detail", finding->detail);
	if (finding->status == REDPROBE_RESTRICTED)
		member(out, ", ", "forbidden_by", finding->forbidden_by);
	if (finding->status == REDPROBE_UNKNOWN)
		member(out, ", ", "needs", finding->needs);
	if (finding->numbered)
		fprintf(out, ", \"number\": %lld", finding->number);
	config(out, &finding->witness);
	fputc('}', out);
}

void report_json(struct redprobe *probe, const struct redprobe_area *const *areas, FILE *out)
{
	const char *separator = "";
	struct utsname kernel;

	uname(&kernel);
	fputs("{\n", out);
	member(out, "  ", "schema", "redproof.probe/1");
	member(out, ",\n  \"kernel\": {", "release", kernel.release);
	member(out, ", ", "version", kernel.version);
	member(out, ", ", "machine", kernel.machine);
	fputs("},\n  \"features\": {\n", out);
	for (; *areas; areas++)
		for (size_t i = 0; i < (*areas)->count; i++) {
			const struct redprobe_feature *row = &(*areas)->features[i];

			fputs(separator, out);
			feature(out, row->id, redprobe_ask(probe, row));
			separator = ",\n";
		}
	fputs("\n  }\n}\n", out);
}
