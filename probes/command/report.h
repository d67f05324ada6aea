/* SPDX-License-Identifier: Apache-2.0 */
/* The two forms of a report: text for people, JSON for machines. */
#ifndef REDPROBE_REPORT_H
#define REDPROBE_REPORT_H

#include "redprobe.h"

#include <stdio.h>

/*
 * Asks for every feature and writes the findings to `out`. Errors of writing stay with the stream,
 * see ferror(3).
 */
void report_text(struct redprobe *probe, FILE *out, bool colour);
void report_json(struct redprobe *probe, FILE *out);

/*
 * Writes `text` as a JSON string with its quotes. Bytes that are no UTF-8 become U+FFFD.
 */
void json_string(FILE *out, const char *text);

/*
 * Writes `text` so that no line is wider than `width` columns: words go to the next line, which
 * begins with `indent` blanks. `column` is where the text begins. Ends with a newline.
 */
void text_wrapped(FILE *out, const char *text, int column, int indent, int width);

#endif
