/* SPDX-License-Identifier: Apache-2.0 */
/* redwrap: runs a program in a REDNODE. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <redpak.h>

#include "base/error.h"

static const char usage[] =
	"Usage: redwrap --redpath DIR [--] PROGRAM [ARGUMENTS]\n"
	"Run PROGRAM in the REDNODE at DIR.\n"
	"\n"
	"  -r, --redpath DIR   directory of the node (also --rpath, --rp)\n"
	"  -h, -?, --help      this text\n"
	"\n"
	"Options end at the first word that is not one.\n"
	"Exit status: that of PROGRAM; 128+N when signal N ended it; 125 the node could not be\n"
	"set up, 126 PROGRAM cannot be executed, 127 it is not there, 2 wrong usage.\n";

static const struct option options[] = {
	{"redpath", required_argument, NULL, 'r'},
	{"rpath", required_argument, NULL, 'r'},
	{"rp", required_argument, NULL, 'r'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static int refuse(const char *why, const char *what)
{
	struct redpak_error error;

	fail(&error, -EINVAL, "%s%s; see redwrap --help", why, what);
	fprintf(stderr, "redwrap: %s\n", error.text);
	return REDPAK_STATUS_USAGE;
}

static int help(void)
{
	if (fputs(usage, stdout) >= 0 && fflush(stdout) == 0)
		return 0;
	fprintf(stderr, "redwrap: cannot print the help: %s\n", strerror(errno));
	return REDPAK_STATUS_USAGE;
}

/* Returns -1 to go on, else the exit status. */
static int parse(int argc, char **argv, struct redpak_request *request)
{
	const char *word;
	int option;

	opterr = 0;
	/* '+': stop at the first word that is not an option. ':': tell a missing value. */
	while (word = argv[optind],
	       (option = getopt_long(argc, argv, "+:r:h", options, NULL)) != -1) {
		if (option == 'r')
			request->redpath = optarg;
		else if (option == 'h' || (option == '?' && !strcmp(word, "-?")))
			return help();
		else if (option == ':')
			return refuse("a value is missing after ", word);
		else
			return refuse("unknown option ", word);
	}
	request->argv = argv + optind;
	if (!request->redpath)
		return refuse("no node: --redpath is missing", "");
	if (optind == argc)
		return refuse("no program to run", "");
	return -1;
}

/* What the caller closed of them is taken, or a descriptor of ours would be the payload's. */
static int settle_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	return fd < 0 ? -1 : close(fd);
}

int main(int argc, char **argv)
{
	struct redpak_request request = {0};
	struct redpak_plan *plan = NULL;
	struct redpak_error error;
	int status = parse(argc, argv, &request);

	if (status >= 0)
		return status;
	if (settle_standard_descriptors() < 0) {
		fprintf(stderr, "redwrap: cannot settle the standard descriptors: %s\n",
			strerror(errno));
		return REDPAK_STATUS_SETUP;
	}
	status = redpak_plan(&request, &plan, &error);
	if (status == 0)
		status = redpak_run(plan, &error);
	redpak_plan_free(plan);
	if (status >= 0)
		return status;
	fprintf(stderr, "redwrap: %s\n", error.text);
	return error.status;
}
