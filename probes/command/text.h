/* SPDX-License-Identifier: Apache-2.0 */
/* Text for people: lines that fit, and colours for those who want them. */
#ifndef REDPROBE_TEXT_H
#define REDPROBE_TEXT_H

#include "redprobe.h"

#include <stdio.h>

enum { TEXT_WIDTH = 80 };

enum colour {
	COLOUR_NONE,
	COLOUR_HEADING,
	COLOUR_GOOD,
	COLOUR_BAD,
	COLOUR_FORBIDDEN,
	COLOUR_DOUBT
};

/* True if standard output wants colours: a terminal that has them, and no NO_COLOR (no-color.org).
 */
bool text_coloured(void);

/*
 * Writes `text`, filled up with blanks to `width` columns, in a colour if `coloured`.
 */
void text_in_colour(FILE *out, bool coloured, enum colour colour, const char *text, int width);

/* The colour of a status. */
enum colour text_status_colour(enum redprobe_status status);

/*
 * Writes `text` so that no line is wider than `width` columns: words go to the next line, which
 * begins with `indent` blanks. `column` is where the text begins. Ends with a newline.
 */
void text_wrapped(FILE *out, const char *text, int column, int indent, int width);

/*
 * Writes a line for a label and the text that it is for, wrapped. Without a text it writes nothing.
 */
void text_labelled(FILE *out, const char *label, const char *text);

/* The release of a feature in words, in `text` if need be; NULL if there is none. */
const char *text_since(const char *release, char *text, size_t size);

/* Writes a finding likewise: its status, and what led to it. */
void text_finding(FILE *out, const char *label, const struct redprobe_finding *finding);

#endif
