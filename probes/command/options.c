/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: a table of the options, and which of them go together. */
#include "options.h"

#include "command.h"
#include "say.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum choice { JSON, TAP, ONLY, LOAD, EXPLAIN, LIST, REQUIRE, DIFF, VERSION, HELP, CHOICES };

#define BIT(choice) (1U << (choice))

/* What getopt_long returns for the first choice: above all characters. */
enum { FIRST_VALUE = 256 };

static const struct row {
	const char *name, *argument; /* NULL: it has none */
	const char *meaning;
	action_function *action; /* NULL: the report, unless another option says more */
	unsigned company;	 /* the options that it may stand with */
	enum form form;
} rows[CHOICES] = {
	[JSON] = {.name = "json",
		  .company = BIT(ONLY) | BIT(LOAD),
		  .form = FORM_JSON,
		  .meaning = "the findings as JSON (schema redproof.probe/1)"},
	[TAP] = {.name = "tap",
		 .company = BIT(ONLY) | BIT(LOAD) | BIT(REQUIRE),
		 .form = FORM_TAP,
		 .meaning = "the findings as TAP, version 13"},
	[ONLY] = {.name = "only",
		  .argument = "AREA,...",
		  .company = BIT(JSON) | BIT(TAP) | BIT(LOAD) | BIT(LIST) | BIT(REQUIRE),
		  .meaning = "these areas only; may be given again"},
	[LOAD] = {.name = "load-modules",
		  .company = BIT(JSON) | BIT(TAP) | BIT(ONLY) | BIT(EXPLAIN) | BIT(REQUIRE),
		  .meaning = "load the modules that isolation uses first, for good"},
	[EXPLAIN] = {.name = "explain",
		     .argument = "ID",
		     .company = BIT(LOAD),
		     .action = command_explain,
		     .meaning = "all about one feature, and what is found of it here"},
	[LIST] = {.name = "list",
		  .company = BIT(ONLY),
		  .action = command_list,
		  .meaning = "the ids, each with its meaning; nothing is probed"},
	[REQUIRE] = {.name = "require",
		     .argument = "PROFILE",
		     .company = BIT(TAP) | BIT(ONLY) | BIT(LOAD),
		     .action = command_require,
		     .meaning = "does this kernel do? A name, a file, or - for input"},
	[DIFF] = {.name = "diff",
		  .argument = "A.json B.json",
		  .action = command_diff,
		  .meaning = "what was gained and lost from one report to the other"},
	[VERSION] = {.name = "version", .action = command_version, .meaning = "the version"},
	[HELP] = {.name = "help", .action = command_help, .meaning = "this text"},
};

/* The command line while it is being read. */
struct reading {
	struct options *options;
	unsigned given;				       /* bits of choices */
	const struct redprobe_area *wanted[AREAS_MAX]; /* at their places in redprobe_areas */
};

static int wrong(const char *why, const char *what)
{
	return refuse("%s '%s', see redprobe --help", why, what);
}

static int refuse_area(const char *name, size_t length)
{
	char names[256] = "";

	for (const struct redprobe_area *const *area = redprobe_areas; *area; area++) {
		strncat(names, " ", sizeof names - strlen(names) - 1);
		strncat(names, (*area)->name, sizeof names - strlen(names) - 1);
	}
	return refuse("no area '%.*s'; there are:%s", (int)length, name, names);
}

/* Takes a list of areas with commas between them. */
static int take_areas(struct reading *reading, const char *list)
{
	for (;;) {
		size_t length = strcspn(list, ","), place = 0;
		const struct redprobe_area *area;

		while ((area = redprobe_areas[place]) &&
		       (strncmp(area->name, list, length) != 0 || area->name[length] != '\0'))
			place++;
		if (!area)
			return refuse_area(list, length);
		reading->wanted[place] = area;
		if (!list[length])
			return 0;
		list += length + 1;
	}
}

/* A word that is neither an option nor the argument of one. */
static int take_word(struct reading *reading, const char *word)
{
	if (reading->given & BIT(DIFF) && !reading->options->other) {
		reading->options->other = word;
		return 0;
	}
	if (reading->given & BIT(ONLY))
		return take_areas(reading, word);
	return wrong("unknown argument", word);
}

static int take_option(struct reading *reading, enum choice choice, const char *argument)
{
	struct options *options = reading->options;
	const struct row *row = &rows[choice];

	if (choice == ONLY) {
		reading->given |= BIT(ONLY);
		return take_areas(reading, argument);
	}
	if (row->argument && reading->given & BIT(choice))
		return refuse("--%s is given twice, see redprobe --help", row->name);
	reading->given |= BIT(choice);
	if (row->argument)
		options->argument = argument;
	if (row->action)
		options->action = row->action;
	if (choice == LOAD)
		options->load_modules = true;
	if (row->form)
		options->form = row->form;
	return 0;
}

static int take_all(struct reading *reading, int argc, char **argv)
{
	struct option names[CHOICES + 1] = {0};
	int status = 0, choice;

	/* By its value an option is told from others that begin like it: --l is none. */
	for (int i = 0; i < CHOICES; i++)
		names[i] = (struct option){
			.name = rows[i].name,
			.has_arg = rows[i].argument ? required_argument : no_argument,
			.val = FIRST_VALUE + i,
		};
	opterr = 0;
	while (!status) {
		const char *word = argv[optind];

		choice = getopt_long(argc, argv, "-:h", names, NULL);
		if (choice == -1)
			break;
		if (choice == 'h')
			choice = FIRST_VALUE + HELP;
		if (choice >= FIRST_VALUE)
			status = take_option(reading, (enum choice)(choice - FIRST_VALUE), optarg);
		else if (choice == 1)
			status = take_word(reading, optarg);
		else
			status = wrong(choice == ':' ? "an argument is missing after"
						     : "unknown option",
				       word);
	}
	while (!status && optind < argc)
		status = take_word(reading, argv[optind++]);
	return status;
}

static int check_company(unsigned given)
{
	for (unsigned one = 0; one < CHOICES; one++)
		for (unsigned other = one + 1; other < CHOICES; other++)
			if (given & BIT(one) && given & BIT(other) &&
			    !(rows[one].company & BIT(other)))
				return refuse("--%s does not go with --%s, see redprobe --help",
					      rows[one].name, rows[other].name);
	return 0;
}

int options_read(struct options *options, int argc, char **argv)
{
	struct reading reading = {.options = options};
	size_t count = 0;
	int status;

	*options = (struct options){.action = command_report};
	status = take_all(&reading, argc, argv);
	if (!status)
		status = check_company(reading.given);
	if (!status && reading.given & BIT(DIFF) && !options->other)
		status = refuse("--diff: a second report is missing, see redprobe --help");
	for (size_t i = 0; redprobe_areas[i]; i++)
		if (reading.wanted[i] || !(reading.given & BIT(ONLY)))
			options->areas[count++] = redprobe_areas[i];
	return status;
}

int command_help(const struct options *options)
{
	(void)options;
	puts("Usage: redprobe [OPTION]...\n"
	     "Says what the running kernel offers to isolation, by asking it. Changes nothing\n"
	     "that lasts, loads no module unless told to, needs no privilege.\n");
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *argument = rows[i].argument ? rows[i].argument : "";

		printf("  --%s%s%*s%s\n", rows[i].name, *argument ? " " : "",
		       -(int)(20 - strlen(rows[i].name) - (*argument != '\0')), argument,
		       rows[i].meaning);
	}
	puts("\nWithout an option: the findings as text.\n"
	     "Each is one of: supported, this process can use it; unsupported, the kernel does\n"
	     "not have it; restricted, it is forbidden here, and by what; unknown, and what is\n"
	     "needed to find out. NO_COLOR switches colours off.\n"
	     "Exit status: 0 the probe was made, whatever it found; the profile is met;\n"
	     "nothing was lost. 1 the profile is not met, or something was lost. 2 wrong\n"
	     "usage or input, or the report could not be written.");
	return flushed(EXIT_SUCCESS);
}

int command_version(const struct options *options)
{
	(void)options;
	puts("redprobe " REDPROBE_VERSION);
	return flushed(EXIT_SUCCESS);
}
