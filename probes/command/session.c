/* SPDX-License-Identifier: Apache-2.0 */
#include "command.h"
#include "modules.h"
#include "say.h"

#include <string.h>

int session_open(struct session *session, const struct redprobe_area *const *areas)
{
	struct redprobe_options options = {.areas = areas};
	int error;

	session->modules = modules_open(false);
	if (session->modules) {
		options.module_lookup = modules_lookup;
		options.module_data = session->modules;
	}
	error = redprobe_open(&session->probe, &options);
	if (!error)
		return 0;
	modules_close(session->modules);
	return refuse("cannot begin to probe: %s", strerror(-error));
}

void session_close(struct session *session)
{
	redprobe_close(session->probe);
	modules_close(session->modules);
}
