/* SPDX-License-Identifier: Apache-2.0 */
/* How the payload is started: directory, umask, session, descriptors. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plan/plan.h"

static int add_directory(struct redpak_plan *plan, const char *path, struct redpak_error *error)
{
	struct plan_directory *directory = &plan->directories[plan->directory_count++];

	directory->path = pool_copy(&plan->pool, path, strlen(path));
	directory->variable = pool_format(&plan->pool, "PWD=%s", path);
	return directory->path && directory->variable ? 0 : out_of_memory(error);
}

/* What the configuration names must exist; else the payload starts where the caller stands. */
static int plan_directories(struct redpak_plan *plan, struct redpak_error *error)
{
	char here[PATH_MAX];
	const char *home = environment_value(&plan->environment, "HOME");
	int result = 0;

	if (plan->texts[KEY_CHDIR])
		return add_directory(plan, plan->texts[KEY_CHDIR], error);
	/* An unreachable directory is shown as "(unreachable)/...", getcwd(3). */
	if (getcwd(here, sizeof(here)) && *here == '/')
		result = add_directory(plan, here, error);
	if (result == 0 && home && *home == '/')
		result = add_directory(plan, home, error);
	return result < 0 ? result : add_directory(plan, "/", error);
}

static int plan_descriptors(struct redpak_plan *plan, const struct redpak_request *request,
			    struct redpak_error *error)
{
	plan->preserve = (struct descriptors){request->preserve, request->preserve_count};
	for (size_t i = 0; i < request->preserve_count; i++) {
		if (fcntl(request->preserve[i], F_GETFD) < 0)
			return advise(error,
				      fail_errno(error, -errno, "cannot preserve descriptor %d",
						 request->preserve[i]),
				      "open it before redwrap is started");
	}
	return 0;
}

int plan_process(struct redpak_plan *plan, const struct redpak_request *request,
		 struct redpak_error *error)
{
	int result;

	plan->new_session = merged_number(&plan->merged, KEY_NEW_SESSION) == SWITCH_ENABLED;
	plan->die_with_parent = merged_number(&plan->merged, KEY_DIE_WITH_PARENT) == SWITCH_ENABLED;
	/* check.c has read it already. */
	plan->umask = plan->texts[KEY_UMASK] ? (int)strtol(plan->texts[KEY_UMASK], NULL, 8) : -1;
	result = plan_descriptors(plan, request, error);
	return result < 0 ? result : plan_directories(plan, error);
}
