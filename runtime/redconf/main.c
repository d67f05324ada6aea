/* SPDX-License-Identifier: Apache-2.0 */
/* redconf: shows, makes and checks the configuration of REDNODEs. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "redconf/redconf.h"

static const struct subcommand subcommands[] = {
	{"config", redconf_config, "[-r DIR] [DIR]", "the files of a node and its ancestors"},
	{"mergeconfig", redconf_mergeconfig, "[-r DIR] [-a] [DIR]", "what they make together"},
	{"tree", redconf_tree, "[-r DIR] [DIR]", "the nodes below a directory"},
	{"create", redconf_create, "[OPTIONS] [NODE [ROOT]]", "make a directory a node"},
	{"check", redconf_check, "[-r DIR] [DIR]", "validate a node, and name its risks"},
	{"features", redconf_features, "NODE", "the kernel features it needs"},
};

enum { SUBCOMMAND_COUNT = sizeof(subcommands) / sizeof(*subcommands) };

int report_error(const struct redpak_error *error)
{
	fprintf(stderr, "redconf: %s\n", error->text);
	return REDCONF_ERROR;
}

int end_printing(const char *what, struct redpak_error *error)
{
	/* Of what failed before, the stream does not tell why. */
	bool failed = ferror(stdout);

	if (fflush(stdout) == 0 && !failed)
		return 0;
	return fail_errno(error, failed ? -EIO : -errno, "cannot print %s", what);
}

int report_usage(const char *why, const char *what)
{
	struct redpak_error error;

	fail(&error, -EINVAL, "%s%s; see redconf --help", why, what);
	fprintf(stderr, "redconf: %s\n", error.text);
	return REDCONF_USAGE;
}

static int help(void)
{
	struct redpak_error error;

	printf("Usage: redconf [-y] [-l N] [-v[N]] COMMAND ...\n"
	       "Show, make and check the configuration of REDNODEs.\n\n");
	for (size_t i = 0; i < SUBCOMMAND_COUNT; i++)
		printf("  %-12s %-24s %s\n", subcommands[i].name, subcommands[i].arguments,
		       subcommands[i].meaning);
	printf("\n"
	       "  -y, --yaml         config: a line with the path before each node\n"
	       "  -l, --log-yaml N   log level 0 to 8 of reading the files\n"
	       "  -v[N]              log level 0 to 8 (5); -v alone is one more\n"
	       "  -h, --help         this text\n\n"
	       "Exit status: 0, 1 on any error, 2 wrong usage; check: 3 when there are\n"
	       "only warnings.\n");
	return end_printing("the help", &error) == 0 ? REDCONF_OK : report_error(&error);
}

static bool parse_level(const char *text, int *level)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(text, &end, 10);
	if (errno || *end || !isdigit((unsigned char)*text) || number > LOG_LEVEL_MAX)
		return false;
	*level = (int)number;
	return true;
}

/* Returns -1 to go on, else the exit status. */
static int read_globals(int argc, char **argv, struct globals *globals)
{
	static const struct option names[] = {{"yaml", no_argument, NULL, 'y'},
					      {"log-yaml", required_argument, NULL, 'l'},
					      {"verbose", optional_argument, NULL, 'v'},
					      {"help", no_argument, NULL, 'h'},
					      {NULL, 0, NULL, 0}};
	const char *word = argv[1];
	int level = 5, option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "+:yl:v::h", names, NULL)) != -1) {
		if (option == 'y')
			globals->yaml = true;
		else if (option == 'v' && !optarg)
			level += level < LOG_LEVEL_MAX;
		else if (option == 'h')
			return help();
		else if (option == ':')
			return report_usage("a value is missing after ", word);
		else if (option == '?')
			return report_usage("unknown option ", word);
		else if (!optarg || !parse_level(optarg, &level))
			return report_usage("not a log level, 0 to 8: ", optarg);
		word = argv[optind];
	}
	redpak_set_log_level(level);
	return -1;
}

int main(int argc, char **argv)
{
	struct globals globals = {.yaml = false};
	int status = read_globals(argc, argv, &globals);

	if (status >= 0)
		return status;
	if (optind == argc)
		return report_usage("no command", "");
	for (size_t i = 0; i < SUBCOMMAND_COUNT; i++) {
		if (!strcmp(subcommands[i].name, argv[optind]))
			return subcommands[i].run(&globals, argc - optind, argv + optind);
	}
	return report_usage("unknown command ", argv[optind]);
}
