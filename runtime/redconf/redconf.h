/* SPDX-License-Identifier: Apache-2.0 */
/* What the subcommands of redconf share. */
#ifndef REDCONF_H
#define REDCONF_H

#include <getopt.h>
#include <stdbool.h>

#include "base/error.h"
#include "merge/merge.h"

/* Exit statuses. */
enum {
	REDCONF_OK = 0,
	REDCONF_ERROR = 1,
	REDCONF_USAGE = 2,
	REDCONF_WARNINGS = 3, /* check: warnings, and no error */
};

/* Options before the subcommand. */
struct globals {
	bool yaml;
};

/*
 * A subcommand; @argv[0] is its name. Returns the exit status; an error has been printed.
 * @options: its short options and their meaning, for the usage.
 */
struct subcommand {
	const char *name;
	int (*run)(const struct globals *globals, int argc, char **argv);
	const char *arguments;
	const char *meaning;
};

int redconf_config(const struct globals *globals, int argc, char **argv);
int redconf_mergeconfig(const struct globals *globals, int argc, char **argv);
int redconf_tree(const struct globals *globals, int argc, char **argv);
int redconf_create(const struct globals *globals, int argc, char **argv);
int redconf_check(const struct globals *globals, int argc, char **argv);
int redconf_features(const struct globals *globals, int argc, char **argv);

/* Loads and merges the node at @directory for display: no command is run. 0 or a negative errno. */
int load_merged(struct pool *pool, const char *directory, bool admin, struct merged *merged,
		struct redpak_error *error);

/* Prints the error as one line. Returns REDCONF_ERROR. */
int report_error(const struct redpak_error *error);

/*
 * Ends what was printed on standard output, @what. Returns 0, or a negative errno when some of it
 * could not be written, now or before.
 */
int end_printing(const char *what, struct redpak_error *error);

/* Prints what is wrong with the command line. Returns REDCONF_USAGE. */
int report_usage(const char *why, const char *what);

/*
 * One option of a subcommand. @letter: its short form. @takes_value: where its value goes, a const
 * char *; else it is a flag, a bool.
 */
struct option_row {
	const char *name;
	char letter;
	bool takes_value;
	void *target;
};

/*
 * Reads the options of a subcommand, and up to @words_max words after them into @words.
 * Returns 0, or an exit status after printing what is wrong.
 */
int read_options(int argc, char **argv, const struct option_row *rows, size_t count,
		 const char **words, size_t words_max);

/* The same for the form `[-r DIR] [DIR]`; without either it is the current directory. */
int read_directory_option(int argc, char **argv, char letter, const char *name,
			  const struct option_row *rows, size_t count, const char **directory);

#endif
