/* SPDX-License-Identifier: Apache-2.0 */
/* A probe from its beginning to its end. */
#include "survey/probe.h"

#include "survey/survey.h"

#include <errno.h>
#include <stdlib.h>

enum { DEFAULT_PATIENCE_MS = 10000 };

int redprobe_open(struct redprobe **probe, const struct redprobe_options *options)
{
	struct redprobe *made = calloc(1, sizeof *made);

	if (!made)
		return -ENOMEM;
	if (options)
		made->options = *options;
	if (made->options.patience_ms <= 0)
		made->options.patience_ms = DEFAULT_PATIENCE_MS;
	if (!made->options.areas)
		made->options.areas = redprobe_areas;
	made->survey = survey_open(made->options.areas);
	if (!made->survey) {
		free(made);
		return -ENOMEM;
	}
	*probe = made;
	return 0;
}

const struct redprobe_finding *redprobe_ask(struct redprobe *probe,
					    const struct redprobe_feature *feature)
{
	static const struct redprobe_finding stranger = {
		.detail = "not asked",
		.needs = "a probe of the area of this feature",
	};
	const struct redprobe_finding *finding;

	survey_run(probe);
	finding = survey_finding(probe, feature);
	return finding ? finding : &stranger;
}

void redprobe_close(struct redprobe *probe)
{
	if (!probe)
		return;
	survey_close(probe->survey);
	free(probe);
}
