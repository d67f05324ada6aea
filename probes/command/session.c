/* SPDX-License-Identifier: Apache-2.0 */
#include "command.h"
#include "modules.h"
#include "say.h"

#include <stdio.h>
#include <string.h>

/* What was found when the modules were loaded; afterwards they would just be there. */
static void recall(void *data, const char *name, struct redprobe_finding *finding)
{
	struct redprobe *loaded = data;
	const struct redprobe_feature *feature;
	char id[64];

	snprintf(id, sizeof id, "module.%s", name);
	feature = redprobe_find(id, NULL);
	if (feature)
		*finding = *redprobe_ask(loaded, feature);
}

/* Has all modules loaded, so that the areas are asked when they are there. */
static int load_modules(struct session *session)
{
	const struct redprobe_area *const areas[] = {redprobe_find_area("module"), NULL};
	struct redprobe_options options = {
		.areas = areas, .module_lookup = modules_lookup, .module_data = session->modules};
	int error = redprobe_open(&session->loaded, &options);

	if (!error)
		(void)redprobe_ask(session->loaded, areas[0]->features);
	return error;
}

int session_open(struct session *session, const struct options *options,
		 const struct redprobe_area *const *areas)
{
	struct redprobe_options asking = {.areas = areas};
	int error = 0;

	*session = (struct session){.modules = modules_open(options->load_modules)};
	if (session->modules) {
		asking.module_lookup = modules_lookup;
		asking.module_data = session->modules;
	}
	if (session->modules && options->load_modules) {
		error = load_modules(session);
		asking.module_lookup = recall;
		asking.module_data = session->loaded;
	}
	if (!error)
		error = redprobe_open(&session->probe, &asking);
	if (!error)
		return 0;
	session_close(session);
	return refuse("cannot begin to probe: %s", strerror(-error));
}

void session_close(struct session *session)
{
	redprobe_close(session->probe);
	redprobe_close(session->loaded);
	modules_close(session->modules);
}
