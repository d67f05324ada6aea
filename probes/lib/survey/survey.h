/* SPDX-License-Identifier: Apache-2.0 */
/* Asking whole areas: each in a process of its own, all at once. */
#ifndef REDPROBE_SURVEY_H
#define REDPROBE_SURVEY_H

#include "redprobe.h"

struct survey;

/* Makes room for the findings of the probe's areas. Returns NULL if memory is short. */
struct survey *survey_open(const struct redprobe_area *const *areas);

/* Asks all areas of `probe`, unless that has been done. */
void survey_run(struct redprobe *probe);

/* The finding about a row of one of the probe's areas, or NULL. */
const struct redprobe_finding *survey_finding(const struct redprobe *probe,
					      const struct redprobe_feature *feature);

void survey_close(struct survey *survey);

#endif
