/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of the Test Anything Protocol, version 13 (testanything.org). */
#ifndef REDPROBE_TAP_H
#define REDPROBE_TAP_H

#include "redprobe.h"

#include <stdio.h>

/* The version, and how many results will follow. */
void tap_plan(FILE *out, size_t count);

/*
 * One result. `directive` is "SKIP" or "TODO", and `why` says why, or both are NULL.
 */
void tap_result(FILE *out, bool passed, size_t number, const char *id, const char *directive,
		const char *why);

/* Comments that say what was found. */
void tap_finding(FILE *out, const struct redprobe_finding *finding);

/* A comment, `name` before the text. */
void tap_comment(FILE *out, const char *name, const char *text);

#endif
