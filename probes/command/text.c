/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool text_coloured(void)
{
	const char *none = getenv("NO_COLOR"), *terminal = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(none && none[0]) &&
	       !(terminal && strcmp(terminal, "dumb") == 0);
}

void text_in_colour(FILE *out, bool coloured, enum colour colour, const char *text, int width)
{
	static const char *const codes[] = {
		[COLOUR_HEADING] = "\033[1m", [COLOUR_GOOD] = "\033[32m",
		[COLOUR_BAD] = "\033[31m",    [COLOUR_FORBIDDEN] = "\033[35m",
		[COLOUR_DOUBT] = "\033[33m",
	};

	fprintf(out, "%s%s%s%*s", coloured ? codes[colour] : "", text, coloured ? "\033[0m" : "",
		width > (int)strlen(text) ? width - (int)strlen(text) : 0, "");
}

enum colour text_status_colour(enum redprobe_status status)
{
	static const enum colour colours[] = {
		[REDPROBE_UNKNOWN] = COLOUR_DOUBT,
		[REDPROBE_SUPPORTED] = COLOUR_GOOD,
		[REDPROBE_UNSUPPORTED] = COLOUR_BAD,
		[REDPROBE_RESTRICTED] = COLOUR_FORBIDDEN,
	};

	return colours[status];
}

/* Control characters, as a cgroup's name may hold them, would act on the terminal. */
static bool acts_on_terminal(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

static void put_word(FILE *out, const char *word, size_t length)
{
	size_t plain = 0;

	while (plain < length && !acts_on_terminal(word[plain]))
		plain++;
	fwrite(word, 1, plain, out);
	for (size_t i = plain; i < length; i++)
		fputc(acts_on_terminal(word[i]) ? '?' : word[i], out);
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

void text_labelled(FILE *out, const char *label, const char *text)
{
	enum { INDENT = 2, LABEL_WIDTH = 14 };

	if (!text || !*text)
		return;
	fprintf(out, "%*s%-*s", INDENT, "", LABEL_WIDTH, label);
	text_wrapped(out, text, INDENT + LABEL_WIDTH, INDENT + LABEL_WIDTH, TEXT_WIDTH);
}

void text_finding(FILE *out, const char *label, const struct redprobe_finding *finding)
{
	char text[512];

	snprintf(text, sizeof text, "%s: %s", redprobe_status_name(finding->status),
		 finding->detail);
	text_labelled(out, label, text);
	text_labelled(out, "forbidden by", finding->forbidden_by);
	text_labelled(out, "needs", finding->needs);
}

const char *text_since(const char *release, char *text, size_t size)
{
	if (!release)
		return NULL;
	if (!*release)
		return "before Linux 3.0";
	if (strcmp(release, "none") == 0)
		return "in no release of Linux";
	snprintf(text, size, "Linux %s", release);
	return text;
}
