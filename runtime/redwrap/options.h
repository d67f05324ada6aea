/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of redwrap. */
#ifndef REDWRAP_OPTIONS_H
#define REDWRAP_OPTIONS_H

#include <redpak.h>

enum options_action { OPTIONS_RUN, OPTIONS_DUMP_ONLY, OPTIONS_HELP, OPTIONS_WRONG };

/*
 * @dump: print what is about to be done, then do it.
 * @why, @what: with OPTIONS_WRONG, the reason and the word it is about ("" if none).
 */
struct options {
	enum options_action action;
	struct redpak_request request;
	bool dump;
	const char *bwrap;
	const char *why, *what;
	int *preserve;
};

/*
 * Reads the command line, nothing else; texts are borrowed from @argv.
 * @preserve: room for @argc numbers, borrowed by the result.
 */
struct options options_parse(int argc, char **argv, int *preserve);

extern const char options_usage[];

#endif
