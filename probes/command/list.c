/* SPDX-License-Identifier: Apache-2.0 */
/* redprobe --list: the ids, each with its meaning. */
#include "command.h"
#include "say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The length of the longest id. */
static int widest(const struct redprobe_area *const *areas)
{
	size_t width = 0;

	for (; *areas; areas++)
		for (size_t i = 0; i < (*areas)->count; i++) {
			size_t length = strlen((*areas)->features[i].id);

			width = length > width ? length : width;
		}
	return (int)width;
}

int command_list(const struct options *options)
{
	int width = widest(options->areas);

	for (const struct redprobe_area *const *area = options->areas; *area; area++)
		for (size_t i = 0; i < (*area)->count; i++)
			printf("%-*s  %s\n", width, (*area)->features[i].id,
			       (*area)->features[i].meaning);
	return flushed(EXIT_SUCCESS);
}
