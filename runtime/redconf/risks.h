/* SPDX-License-Identifier: Apache-2.0 */
/* What a configuration is allowed to say and had better not. */
#ifndef REDCONF_RISKS_H
#define REDCONF_RISKS_H

#include "merge/merge.h"

/* Where findings go, each once (@seen: a tree of their texts); the counts tell the exit status. */
struct report {
	size_t errors, warnings;
	void *seen;
};

/* Print one finding: FILE:LINE:COLUMN: error|warning: text. */
void report_risk_error(struct report *report, struct origin where, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void report_risk_warning(struct report *report, struct origin where, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Looks for everything in the table of risks.c.
 * @merged: the chain without its admin configurations. @admin: with them.
 */
void risks_find(struct report *report, const struct merged *merged, const struct merged *admin);

#endif
