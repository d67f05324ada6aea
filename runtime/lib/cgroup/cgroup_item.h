/* SPDX-License-Identifier: Apache-2.0 */
/* The cgroup v2 files that a node may set (Documentation/admin-guide/cgroup-v2.rst). */
#ifndef REDPAK_CGROUP_ITEM_H
#define REDPAK_CGROUP_ITEM_H

#include <stdbool.h>
#include <stddef.h>

/* Whether what the kernel shows, @read, means what was written. */
typedef bool (*cgroup_same)(const char *written, const char *read);

struct cgroup_item {
	const char *section;	/* of config.cgroups */
	const char *key;	/* in that section */
	const char *file;	/* in the group's directory */
	const char *controller; /* to enable above the group */
	cgroup_same same;
	bool protects; /* has effect only where every group on the way down to the processes has it
			*/
};

enum { CGROUP_ITEM_COUNT = 16 };
extern const struct cgroup_item cgroup_items[CGROUP_ITEM_COUNT];

bool cgroup_same_text(const char *written, const char *read);
bool cgroup_same_number(const char *written, const char *read);
bool cgroup_same_size(const char *written, const char *read);
bool cgroup_same_bandwidth(const char *written, const char *read);
bool cgroup_same_list(const char *written, const char *read);
bool cgroup_same_weight(const char *written, const char *read);
bool cgroup_same_device(const char *written, const char *read);

#endif
