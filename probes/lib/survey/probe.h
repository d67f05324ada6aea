/* SPDX-License-Identifier: Apache-2.0 */
/* The probe and the tables of its areas. */
#ifndef REDPROBE_PROBE_H
#define REDPROBE_PROBE_H

#include "redprobe.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct capability_survey;
struct cgroup_survey;
struct audit_survey;
struct ordinary;
struct security_survey;
struct mount_place;
struct seccomp_survey;
struct namespace_survey;

/* Whether a process is where the kernel looks for modules. */
enum place { PLACE_UNSEEN, PLACE_INITIAL, PLACE_OTHER };

/*
 * A probe. The process of an area has a copy of its own, but for the findings, which it shares with
 * the process that made it. There, what several rows share is found out when first wanted; it goes
 * with that process.
 */
struct redprobe {
	struct redprobe_options options;
	struct survey *survey;
	struct capability_survey *capabilities;
	struct cgroup_survey *cgroup;
	struct audit_survey *audit;
	struct ordinary *ordinary;
	struct security_survey *security;
	enum place place;
	struct mount_place *mounts;
	struct seccomp_survey *seccomp;
	struct namespace_survey *namespaces;
};

extern const struct redprobe_area namespace_area;
extern const struct redprobe_area cgroup_area;
extern const struct redprobe_area capability_area;
extern const struct redprobe_area mount_area;
extern const struct redprobe_area process_area;
extern const struct redprobe_area security_area;
extern const struct redprobe_area audit_area;
extern const struct redprobe_area kernel_area;
extern const struct redprobe_area module_area;

#endif
