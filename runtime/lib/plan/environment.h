/* SPDX-License-Identifier: Apache-2.0 */
/* The environment of the payload. */
#ifndef REDPAK_ENVIRONMENT_H
#define REDPAK_ENVIRONMENT_H

#include "merge/merge.h"

enum search_path { SEARCH_PROGRAMS, SEARCH_LIBRARIES, SEARCH_PATH_COUNT };

/* PATH, LD_LIBRARY_PATH. */
extern const char *const search_path_names[SEARCH_PATH_COUNT];

/*
 * @variables: "NAME=value", NULL terminated, for execve(2).
 * @pwd: the element for PWD, filled in when the directory is known; NULL where the node itself sets
 * or removes PWD.
 * @search_paths: what the keys `path` and `ldpath` give, NULL for nothing.
 */
struct environment {
	char **variables;
	char **pwd;
	const char *search_paths[SEARCH_PATH_COUNT];
};

/*
 * Runs the commands of the variables. Returns 0 or a negative errno.
 */
int environment_plan(struct expansion *expansion, const struct merged *merged,
		     struct environment *environment);

/* The value that the payload gets for @name, NULL if none. */
const char *environment_value(const struct environment *environment, const char *name);

#endif
