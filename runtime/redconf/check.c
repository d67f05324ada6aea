/* SPDX-License-Identifier: Apache-2.0 */
/* redconf check: whether a node may be started, and what is risky about it. */
#include <stdio.h>

#include "plan/plan.h"
#include "redconf/redconf.h"
#include "redconf/risks.h"

/* The same refusals as of a start. */
static int plan_for_check(const char *directory, bool admin, struct redpak_plan **plan,
			  struct redpak_error *error)
{
	char *const no_program[] = {NULL};
	const struct redpak_request request = {.redpath = directory,
					       .admin = admin,
					       .display = true,
					       .verbose = 0,
					       .argv = no_program};

	return redpak_plan(&request, plan, error);
}

int redconf_check(const struct globals *globals, int argc, char **argv)
{
	struct redpak_plan *plan = NULL, *with_admin = NULL;
	struct redpak_error error;
	struct report report = {0};
	const char *directory;
	int result, status = read_directory_option(argc, argv, 'r', "redpath", NULL, 0, &directory);

	(void)globals;
	if (status)
		return status;
	result = plan_for_check(directory, true, &with_admin, &error);
	/* The files of N have had their say. */
	redpak_set_log_level(0);
	if (result == 0)
		result = plan_for_check(directory, false, &plan, &error);
	if (result == 0)
		risks_find(&report, &plan->merged, &with_admin->merged);
	redpak_plan_free(with_admin);
	redpak_plan_free(plan);
	if (result == 0)
		result = end_printing("the risks", &error);
	if (result < 0)
		return report_error(&error);
	if (report.errors)
		return REDCONF_ERROR;
	return report.warnings + warning_count() ? REDCONF_WARNINGS : REDCONF_OK;
}
