/* SPDX-License-Identifier: Apache-2.0 */
/* The command line. */
#ifndef REDPROBE_OPTIONS_H
#define REDPROBE_OPTIONS_H

#include "redprobe.h"

struct options;

/* What the command does; returns its exit status. */
typedef int action_function(const struct options *options);

enum form { FORM_TEXT, FORM_JSON, FORM_TAP };

enum { AREAS_MAX = 31 };

struct options {
	action_function *action;
	enum form form;
	const struct redprobe_area *areas[AREAS_MAX + 1]; /* those of --only, or all; then NULL */
	const char *argument; /* of --explain, --require and --diff; else NULL */
	bool load_modules;
	const char *other; /* the second one of --diff */
};

/*
 * Reads the command line into `options`; its words are not copied. Returns 0, or says what is wrong
 * with it and returns EXIT_MACHINERY.
 */
int options_read(struct options *options, int argc, char **argv);

#endif
