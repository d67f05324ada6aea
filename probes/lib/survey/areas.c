/* SPDX-License-Identifier: Apache-2.0 */
/* The list of areas. */
#include "survey/probe.h"

#include <string.h>

const struct redprobe_area *const redprobe_areas[] = {
	&namespace_area, &cgroup_area, &capability_area, &mount_area,  &process_area,
	&security_area,	 &audit_area,  &kernel_area,	 &module_area, NULL,
};

const struct redprobe_area *redprobe_find_area(const char *name)
{
	for (const struct redprobe_area *const *area = redprobe_areas; *area; area++)
		if (strcmp((*area)->name, name) == 0)
			return *area;
	return NULL;
}

const struct redprobe_feature *redprobe_find(const char *id, const struct redprobe_area **area)
{
	for (const struct redprobe_area *const *each = redprobe_areas; *each; each++)
		for (size_t i = 0; i < (*each)->count; i++)
			if (strcmp((*each)->features[i].id, id) == 0) {
				if (area)
					*area = *each;
				return &(*each)->features[i];
			}
	return NULL;
}
