/* SPDX-License-Identifier: Apache-2.0 */
#include "redwrap/options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char options_usage[] =
	"Usage: redwrap --redpath DIR [OPTIONS] [--] PROGRAM [ARGUMENTS]\n"
	"Run PROGRAM in the REDNODE at DIR.\n"
	"\n"
	"  -r, --redpath DIR      directory of the node (also --rpath, --rp)\n"
	"  -a, --admin[=X]        use the admin configurations too (X has no meaning)\n"
	"      --dump             print what is about to be done on standard error, then run\n"
	"  -D, --dump-only        print it on standard output; run nothing, PROGRAM is optional\n"
	"  -s, --strict[=yes|no]  do not create missing directories\n"
	"  -f, --force[=yes|no]   create them also where no node of the chain is\n"
	"  -u, --unsafe[=yes|no]  accepted, without effect\n"
	"  -U, --user U           user to run PROGRAM as (also --uid)\n"
	"  -G, --group G          group to run PROGRAM as (also --gid)\n"
	"  -S, --smack LABEL      Smack label of PROGRAM\n"
	"  -b, --bwrap PATH       the name of bubblewrap in a dump\n"
	"      --no-commands      refuse a node that holds commands, run none\n"
	"      --preserve-fd N    leave the descriptor N open for PROGRAM\n"
	"  -v, --verbose[=N]      log level 0 to 8 (5); -v alone is one more\n"
	"  -h, -?, --help         this text\n"
	"\n"
	"Options end at the first word that is not one.\n"
	"Exit status: that of PROGRAM; 128+N when signal N ended it; 125 the node could not be\n"
	"set up, 126 PROGRAM cannot be executed, 127 it is not there, 2 wrong usage.\n";

enum { LOG_LEVEL_MAX = 8, LOG_LEVEL_DEFAULT = 5 };

static void wrong(struct options *options, const char *why, const char *what)
{
	options->action = OPTIONS_WRONG;
	options->why = why;
	options->what = what;
}

/* A whole number from @low to @high in decimal digits. */
static bool parse_number(const char *text, long low, long high, int *number)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (errno || *end || !isdigit((unsigned char)text[0]) || value < low || value > high)
		return false;
	*number = (int)value;
	return true;
}

/* Without a value it is yes. */
static bool parse_yes(struct options *options, const char *text)
{
	if (!text || !strcasecmp(text, "yes"))
		return true;
	if (strcasecmp(text, "no") != 0)
		wrong(options, "the value is neither yes nor no: ", text);
	return false;
}

struct row;

/* Takes one option; @value is NULL where none was given. */
typedef void (*take_function)(struct options *options, const struct row *row, const char *value);

/* @letter: the short form, 0 for none. @offset: of what the option sets in struct options. */
struct row {
	const char *name;
	char letter;
	int argument;
	take_function take;
	size_t offset;
};

static void *target_of(struct options *options, const struct row *row)
{
	return (char *)options + row->offset;
}

static void take_text(struct options *options, const struct row *row, const char *value)
{
	*(const char **)target_of(options, row) = value;
}

static void take_flag(struct options *options, const struct row *row, const char *value)
{
	(void)value;
	*(bool *)target_of(options, row) = true;
}

static void take_nothing(struct options *options, const struct row *row, const char *value)
{
	(void)row;
	(void)parse_yes(options, value);
}

/* Strict and force are opposites: the last one counts. */
static void take_opposite(struct options *options, const struct row *row, const char *value)
{
	bool yes = parse_yes(options, value);

	if (yes)
		options->request.strict = options->request.force = false;
	*(bool *)target_of(options, row) = yes;
}

static void take_preserve(struct options *options, const struct row *row, const char *value)
{
	struct redpak_request *request = &options->request;

	(void)row;
	if (parse_number(value, 0, INT_MAX, &options->preserve[request->preserve_count]))
		request->preserve_count++;
	else
		wrong(options, "not the number of a descriptor: ", value);
}

static void take_verbose(struct options *options, const struct row *row, const char *value)
{
	int *level = target_of(options, row);

	if (!value)
		*level = *level < 0 ? LOG_LEVEL_DEFAULT + 1 : *level + (*level < LOG_LEVEL_MAX);
	else if (!parse_number(value, 0, LOG_LEVEL_MAX, level))
		wrong(options, "not a log level, 0 to 8: ", value);
}

static void take_dump_only(struct options *options, const struct row *row, const char *value)
{
	(void)row;
	(void)value;
	options->action = OPTIONS_DUMP_ONLY;
}

static void take_help(struct options *options, const struct row *row, const char *value)
{
	(void)row;
	(void)value;
	options->action = OPTIONS_HELP;
}

#define AT(member) offsetof(struct options, member)

static const struct row rows[] = {
	{"redpath", 'r', required_argument, take_text, AT(request.redpath)},
	{"rpath", 0, required_argument, take_text, AT(request.redpath)},
	{"rp", 0, required_argument, take_text, AT(request.redpath)},
	{"admin", 'a', optional_argument, take_flag, AT(request.admin)},
	{"dump", 0, no_argument, take_flag, AT(dump)},
	{"dump-only", 'D', no_argument, take_dump_only, 0},
	{"strict", 's', optional_argument, take_opposite, AT(request.strict)},
	{"force", 'f', optional_argument, take_opposite, AT(request.force)},
	{"unsafe", 'u', optional_argument, take_nothing, 0},
	{"user", 'U', required_argument, take_text, AT(request.user)},
	{"uid", 0, required_argument, take_text, AT(request.user)},
	{"group", 'G', required_argument, take_text, AT(request.group)},
	{"gid", 0, required_argument, take_text, AT(request.group)},
	{"smack", 'S', required_argument, take_text, AT(request.smack)},
	{"bwrap", 'b', required_argument, take_text, AT(bwrap)},
	{"no-commands", 0, no_argument, take_flag, AT(request.no_commands)},
	{"preserve-fd", 0, required_argument, take_preserve, 0},
	{"verbose", 'v', optional_argument, take_verbose, AT(request.verbose)},
	{"help", 'h', no_argument, take_help, 0},
};

enum { ROW_COUNT = sizeof(rows) / sizeof(*rows) };

/* '+': stop at the first word that is not an option. ':': tell a missing value. */
static const char letters[] = "+:r:aDsfuU:G:S:b:v::h";

/* What getopt_long(3) returned: the index of a row behind the letters, or a letter. */
static const struct row *row_of(int option)
{
	if (option > UCHAR_MAX)
		return &rows[option - UCHAR_MAX - 1];
	for (size_t i = 0; i < ROW_COUNT; i++) {
		if (rows[i].letter == option)
			return &rows[i];
	}
	return NULL;
}

/* @word: the one that getopt_long(3) stood at. */
static void take_option(struct options *options, int option, const char *word)
{
	const struct row *row = row_of(option);

	if (row)
		row->take(options, row, optarg);
	else if (option == ':')
		wrong(options, "a value is missing after ", word);
	else if (!strcmp(word, "-?"))
		options->action = OPTIONS_HELP;
	else
		wrong(options, "unknown option ", word);
}

struct options options_parse(int argc, char **argv, int *preserve)
{
	struct options options = {
		.bwrap = "/usr/bin/bwrap", .request.verbose = -1, .preserve = preserve};
	struct option names[ROW_COUNT + 1] = {0};
	const char *word = argv[1];
	int option;

	for (int i = 0; i < ROW_COUNT; i++)
		names[i] = (struct option){rows[i].name, rows[i].argument, NULL, UCHAR_MAX + 1 + i};
	options.request.preserve = preserve;
	/* 0 starts afresh, getopt(3). */
	optind = 0;
	opterr = 0;
	while (options.action != OPTIONS_WRONG && options.action != OPTIONS_HELP &&
	       (option = getopt_long(argc, argv, letters, names, NULL)) != -1) {
		take_option(&options, option, word);
		word = argv[optind];
	}
	options.request.argv = argv + optind;
	options.request.display = options.action == OPTIONS_DUMP_ONLY;
	if (options.action == OPTIONS_WRONG || options.action == OPTIONS_HELP)
		return options;
	if (!options.request.redpath)
		wrong(&options, "no node: --redpath is missing", "");
	else if (optind == argc && options.action == OPTIONS_RUN)
		wrong(&options, "no program to run", "");
	return options;
}
