/* SPDX-License-Identifier: Apache-2.0 */
/* The list of areas, and asking one of their features. */
#include "cgroup.h"
#include "child.h"
#include "probe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_PATIENCE_MS = 10000 };

const struct redprobe_area *const redprobe_areas[] = {
	&namespace_area, &cgroup_area, &capability_area, &mount_area, &process_area,
	&module_area,	 NULL,
};

const struct redprobe_feature *redprobe_find(const char *id)
{
	for (const struct redprobe_area *const *area = redprobe_areas; *area; area++)
		for (size_t i = 0; i < (*area)->count; i++)
			if (strcmp((*area)->features[i].id, id) == 0)
				return &(*area)->features[i];
	return NULL;
}

int redprobe_open(struct redprobe **probe, const struct redprobe_options *options)
{
	struct redprobe *made = calloc(1, sizeof *made);

	if (!made)
		return -ENOMEM;
	if (options)
		made->options = *options;
	if (made->options.patience_ms <= 0)
		made->options.patience_ms = DEFAULT_PATIENCE_MS;
	*probe = made;
	return 0;
}

struct question {
	struct redprobe *probe;
	const struct redprobe_feature *feature;
};

static void ask_here(void *argument, void *answer)
{
	const struct question *question = argument;

	question->feature->function(question->probe, question->feature->argument, answer);
}

void redprobe_ask(struct redprobe *probe, const struct redprobe_feature *feature,
		  struct redprobe_finding *finding)
{
	struct question question = {probe, feature};
	struct child_fate fate;

	if (feature->where == REDPROBE_HERE) {
		memset(finding, 0, sizeof *finding);
		ask_here(&question, finding);
		return;
	}
	fate = child_ask(ask_here, &question, finding, sizeof *finding, CHILD_DIES,
			 probe->options.patience_ms);
	if (fate.end != CHILD_ANSWERED)
		finding_fate(finding, fate);
}

void redprobe_close(struct redprobe *probe)
{
	if (!probe)
		return;
	free(probe->capabilities);
	cgroup_free(probe->cgroup);
	free(probe);
}
