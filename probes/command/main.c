/* SPDX-License-Identifier: Apache-2.0 */
/* The command redprobe. Exit status: 0 the probe was made, 2 usage or machinery. */
#include "modules.h"
#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_USAGE = 2 };

typedef int action_function(void);

static int act_text(void);
static int act_json(void);
static int act_list(void);
static int act_version(void);
static int act_help(void);

static const struct action {
	const char *option;
	action_function *function;
	const char *description;
} actions[] = {
	{"--json", act_json, "the findings as JSON (schema redproof.probe/1)"},
	{"--list", act_list, "the ids, each with its meaning; nothing is probed"},
	{"--version", act_version, "the version"},
	{"--help", act_help, "this text"},
};

/* What is still in the buffer may fail as well, for example on a full disk. */
static int flushed(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_SUCCESS;
	fprintf(stderr, "redprobe: cannot write to standard output: %s\n", strerror(errno));
	return EXIT_USAGE;
}

static bool coloured(void)
{
	const char *none = getenv("NO_COLOR"), *terminal = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(none && none[0]) &&
	       !(terminal && strcmp(terminal, "dumb") == 0);
}

static int probe(bool json)
{
	struct modules *modules = modules_open();
	struct redprobe_options options = {.module_lookup = modules ? modules_lookup : NULL,
					   .module_data = modules};
	struct redprobe *made = NULL;

	if (redprobe_open(&made, &options) < 0) {
		modules_close(modules);
		fprintf(stderr, "redprobe: cannot begin to probe: %s\n", strerror(ENOMEM));
		return EXIT_USAGE;
	}
	if (json)
		report_json(made, stdout);
	else
		report_text(made, stdout, coloured());
	redprobe_close(made);
	modules_close(modules);
	return flushed();
}

static int act_text(void)
{
	return probe(false);
}

static int act_json(void)
{
	return probe(true);
}

static int act_list(void)
{
	for (const struct redprobe_area *const *area = redprobe_areas; *area; area++)
		for (size_t i = 0; i < (*area)->count; i++)
			printf("%-33s %s\n", (*area)->features[i].id, (*area)->features[i].meaning);
	return flushed();
}

static int act_version(void)
{
	puts("redprobe " REDPROBE_VERSION);
	return flushed();
}

static int act_help(void)
{
	puts("Usage: redprobe [OPTION]\n"
	     "Says what the running kernel offers to isolation, by asking it. Changes nothing\n"
	     "that lasts, loads no module, needs no privilege.\n");
	for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
		printf("  %-10s %s\n", actions[i].option, actions[i].description);
	puts("\nWithout an option: the findings as text.\n"
	     "Each is one of: supported, this process can use it; unsupported, the kernel does\n"
	     "not have it; restricted, it is forbidden here, and by what; unknown, and what is\n"
	     "needed to find out. NO_COLOR switches colours off.\n"
	     "Exit status: 0 the probe was made, whatever it found; 2 wrong usage, or the report\n"
	     "could not be written.");
	return flushed();
}

static const struct action *action_of(const char *option)
{
	for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
		if (strcmp(actions[i].option, option) == 0)
			return &actions[i];
	return NULL;
}

/* With 0, 1 or 2 closed, a descriptor of the probe would take its place. */
static bool occupy_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/", O_PATH | O_DIRECTORY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return false;
	close(fd);
	return true;
}

int main(int argc, char **argv)
{
	const struct action *action;

	if (!occupy_standard_descriptors())
		return EXIT_USAGE;
	if (argc < 2)
		return act_text();
	action = action_of(argv[1]);
	if (!action) {
		fprintf(stderr, "redprobe: unknown argument '%s', see redprobe --help\n", argv[1]);
		return EXIT_USAGE;
	}
	if (argc > 2) {
		fprintf(stderr,
			"redprobe: '%s' after %s: one option at a time, see redprobe --help\n",
			argv[2], argv[1]);
		return EXIT_USAGE;
	}
	return action->function();
}
