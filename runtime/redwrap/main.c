/* SPDX-License-Identifier: Apache-2.0 */
/* redwrap: runs a program in a REDNODE. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <redpak.h>

#include "base/auto.h"
#include "base/error.h"
#include "redwrap/options.h"

/* Up to this log level a dump says nothing but itself. */
enum { LEVEL_DUMP_REST = 5 };

static int refuse(const char *why, const char *what)
{
	struct redpak_error error;

	fail(&error, -EINVAL, "%s%s; see redwrap --help", why, what);
	fprintf(stderr, "redwrap: %s\n", error.text);
	return REDPAK_STATUS_USAGE;
}

static int help(void)
{
	if (fputs(options_usage, stdout) >= 0 && fflush(stdout) == 0)
		return 0;
	fprintf(stderr, "redwrap: cannot print the help: %s\n", strerror(errno));
	return REDPAK_STATUS_USAGE;
}

/*
 * What the caller closed of them is taken, or a descriptor of ours would be the payload's; by one
 * that fails as a closed one does, so that nobody takes what is lost for written.
 */
static int settle_standard_descriptors(void)
{
	static const int modes[] = {O_WRONLY, O_RDONLY, O_RDONLY};
	struct pollfd standard[] = {
		{.fd = STDIN_FILENO}, {.fd = STDOUT_FILENO}, {.fd = STDERR_FILENO}};

	if (poll(standard, 3, 0) < 0)
		return -1;
	for (int number = STDIN_FILENO; number <= STDERR_FILENO; number++) {
		if (standard[number].revents & POLLNVAL && open("/dev/null", modes[number]) < 0)
			return -1;
	}
	return 0;
}

/*
 * Configurations are trusted as far as the caller is: by the rights of a set-user-ID file anybody
 * would write those of its owner.
 */
static int refuse_lent_rights(struct redpak_error *error)
{
	/* As of the exec, getauxval(3). */
	if (getauxval(AT_UID) == getauxval(AT_EUID) && getauxval(AT_GID) == getauxval(AT_EGID))
		return 0;
	return fail(error, -EPERM,
		    "cannot start as user %u with the rights of user %u: redwrap must not be "
		    "set-user-ID or set-group-ID; chmod ug-s it",
		    getuid(), geteuid());
}

static int print_plan(const struct redpak_plan *plan, const struct options *options,
		      const char *name, struct redpak_error *error)
{
	int result = redpak_dump(plan, options->bwrap, name, stdout);

	if (result == 0 && options->request.verbose > LEVEL_DUMP_REST)
		result = redpak_dump_rest(plan, stderr);
	return result < 0 ? fail_errno(error, result, "cannot print the dump") : 0;
}

/* Made for tools that read both outputs: up to level 5 there is nothing but the dump. */
static int dump_only(const struct options *options, const char *name, struct redpak_error *error)
{
	struct redpak_plan *plan = NULL;
	int result;

	if (options->request.verbose <= LEVEL_DUMP_REST)
		redpak_set_log_level(0);
	result = redpak_plan(&options->request, &plan, error);
	if (result == 0)
		result = print_plan(plan, options, name, error);
	redpak_plan_free(plan);
	return result;
}

static int run(const struct options *options, const char *name, struct redpak_error *error)
{
	struct redpak_plan *plan = NULL;
	int result = redpak_plan(&options->request, &plan, error);

	if (result == 0 && options->dump) {
		redpak_dump(plan, options->bwrap, name, stderr);
		redpak_dump_rest(plan, stderr);
	}
	if (result == 0)
		result = redpak_run(plan, error);
	redpak_plan_free(plan);
	return result;
}

int main(int argc, char **argv)
{
	AUTO_FREE int *preserve = NULL;
	struct redpak_error error;
	struct options options;
	int status;

	if (settle_standard_descriptors() == 0)
		preserve = calloc((size_t)argc + 1, sizeof(*preserve));
	if (!preserve) {
		fprintf(stderr, "redwrap: cannot begin: %s\n", strerror(errno));
		return REDPAK_STATUS_SETUP;
	}
	options = options_parse(argc, argv, preserve);
	if (options.action == OPTIONS_WRONG)
		return refuse(options.why, options.what);
	if (options.action == OPTIONS_HELP)
		return help();
	if (options.request.verbose >= 0)
		redpak_set_log_level(options.request.verbose);
	status = refuse_lent_rights(&error);
	if (status == 0 && options.action == OPTIONS_DUMP_ONLY)
		status = dump_only(&options, argv[0], &error);
	else if (status == 0)
		status = run(&options, argv[0], &error);
	if (status >= 0)
		return status;
	fprintf(stderr, "redwrap: %s\n", error.text);
	return error.status;
}
