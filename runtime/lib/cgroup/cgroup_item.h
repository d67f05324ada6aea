/* SPDX-License-Identifier: Apache-2.0 */
/* The cgroup v2 files that a node may set (Documentation/admin-guide/cgroup-v2.rst). */
#ifndef REDPAK_CGROUP_ITEM_H
#define REDPAK_CGROUP_ITEM_H

#include <stdbool.h>
#include <stddef.h>

/* Whether what the kernel shows, @read, means what was written. */
typedef bool (*cgroup_same)(const char *written, const char *read);

/*
 * @section: of config.cgroups. @key: in that section. @file: in the group's directory.
 * @controller: to enable above the group.
 * @protects: has effect only where every group on the way down to the processes has it.
 * @id: of the feature, in the table of redprobe.
 * @exact: another file that shows the same setting, where @file does so approximately.
 * @effective: shows what an empty @file amounts to: with processes in the group the kernel does not
 * let it be made empty again.
 * @unset: what takes back the setting of a device; NULL where there is none for each device.
 * @system_wide: the file is in the root group alone; it is accepted and never written.
 */
struct cgroup_item {
	const char *section, *key, *file, *controller;
	cgroup_same same;
	const char *id, *exact, *effective, *unset;
	bool protects, system_wide;
};

enum { CGROUP_ITEM_COUNT = 18 };
extern const struct cgroup_item cgroup_items[CGROUP_ITEM_COUNT];

/* The id of the controller with this name in the table of redprobe; "" if it is none of these. */
const char *cgroup_controller_id(const char *name, size_t length);

bool cgroup_same_text(const char *written, const char *read);
bool cgroup_same_number(const char *written, const char *read);
bool cgroup_same_size(const char *written, const char *read);
bool cgroup_same_bandwidth(const char *written, const char *read);
bool cgroup_same_list(const char *written, const char *read);
bool cgroup_same_weight(const char *written, const char *read);
bool cgroup_same_device(const char *written, const char *read);

#endif
