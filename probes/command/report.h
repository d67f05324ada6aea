/* SPDX-License-Identifier: Apache-2.0 */
/* The forms of a report: text for people, JSON for machines, TAP for those that run tests. */
#ifndef REDPROBE_REPORT_H
#define REDPROBE_REPORT_H

#include "redprobe.h"

#include <stdio.h>

/*
 * Writes the findings about the features of `areas`, which is ended by NULL, to `out`. Errors of
 * writing stay with the stream, see ferror(3).
 */
typedef void report_function(struct redprobe *probe, const struct redprobe_area *const *areas,
			     FILE *out);

report_function report_text, report_coloured, report_json, report_tap;

/*
 * Writes `text` as a JSON string with its quotes. Bytes that are no UTF-8 become U+FFFD.
 */
void report_string(FILE *out, const char *text);

#endif
