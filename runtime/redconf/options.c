/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>

#include "redconf/redconf.h"

enum { ROWS_MAX = 16 };

/* The tables of getopt_long(3) for @rows. */
struct tables {
	struct option names[ROWS_MAX + 1];
	char letters[2 * ROWS_MAX + 2];
};

static struct tables make_tables(const struct option_row *rows, size_t count)
{
	struct tables tables = {.letters = ":"};
	char *letter = tables.letters + 1;

	for (size_t i = 0; i < count; i++) {
		tables.names[i] = (struct option){
			rows[i].name, rows[i].takes_value ? required_argument : no_argument, NULL,
			rows[i].letter};
		*letter++ = rows[i].letter;
		if (rows[i].takes_value)
			*letter++ = ':';
	}
	return tables;
}

static bool take_option(const struct option_row *rows, size_t count, int letter)
{
	for (size_t i = 0; i < count; i++) {
		if (rows[i].letter != letter)
			continue;
		if (rows[i].takes_value)
			*(const char **)rows[i].target = optarg;
		else
			*(bool *)rows[i].target = true;
		return true;
	}
	return false;
}

int read_options(int argc, char **argv, const struct option_row *rows, size_t count,
		 const char **words, size_t words_max)
{
	struct tables tables = make_tables(rows, count);
	const char *word = argv[1];
	int letter;

	/* 0 starts afresh, getopt(3). */
	optind = 0;
	opterr = 0;
	while ((letter = getopt_long(argc, argv, tables.letters, tables.names, NULL)) != -1) {
		if (letter == ':')
			return report_usage("a value is missing after ", word);
		if (!take_option(rows, count, letter))
			return report_usage("unknown option ", word);
		word = argv[optind];
	}
	if ((size_t)(argc - optind) > words_max)
		return report_usage("too many arguments: ", argv[optind + (int)words_max]);
	for (int i = optind; i < argc; i++)
		words[i - optind] = argv[i];
	return 0;
}

int read_directory_option(int argc, char **argv, char letter, const char *name,
			  const struct option_row *rows, size_t count, const char **directory)
{
	struct option_row all[ROWS_MAX] = {{name, letter, true, directory}};
	const char *word = NULL;
	int status;

	for (size_t i = 0; i < count; i++)
		all[i + 1] = rows[i];
	*directory = NULL;
	status = read_options(argc, argv, all, count + 1, &word, 1);
	if (status)
		return status;
	if (word && *directory)
		return report_usage("the directory is given twice: ", word);
	if (!*directory)
		*directory = word ? word : ".";
	return 0;
}
