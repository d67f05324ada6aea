/* SPDX-License-Identifier: Apache-2.0 */
/* What one configuration file says (redpak.yaml), checked against the schema. */
#ifndef REDPAK_CONFIG_H
#define REDPAK_CONFIG_H

#include <stdbool.h>

#include "base/namespace.h"
#include "cgroup/cgroup_item.h"
#include "load/document.h"

struct export_mode;

struct export
{
	const struct export_mode *mode;
	const char *mount; /* in the node: absolute, normalised, without a final slash */
	const char *path;  /* on the host, or the target of a symbolic link */
	struct origin origin;
};

enum share_state { SHARE_UNSET, SHARE_ENABLED, SHARE_DISABLED };

struct share {
	enum share_state state;
	struct origin origin;
};

/* @text is NULL where the file does not say. */
struct setting {
	const char *text;
	struct origin origin;
};

enum { CAPABILITY_ALL = -1, CAPABILITY_MAX = 64 };

struct capability_rule {
	int capability; /* its number, or CAPABILITY_ALL */
	bool keep;
	struct origin origin;
};

struct config {
	struct setting alias, name, info;
	struct export *exports;
	size_t export_count;
	struct share share_all;
	struct share shares[NAMESPACE_COUNT]; /* NAMESPACE_MNT: never set */
	struct setting hostname, cgrouproot;
	struct setting time_offsets[CLOCK_COUNT]; /* whole seconds */
	struct capability_rule *capabilities;
	size_t capability_count;
	struct setting cgroup[CGROUP_ITEM_COUNT];
	bool has_cgroups;
};

/*
 * Reads @root as a configuration; every string of @config belongs to @pool.
 * Returns 0 or a negative errno with @error naming file, line and column.
 */
int config_read(struct pool *pool, const struct value *root, struct config *config,
		struct redpak_error *error);

/* The status file: whether the node may be started. */
enum node_state { NODE_DISABLE, NODE_ENABLE, NODE_UNKNOWN, NODE_ERROR };

struct status {
	struct setting realpath, info;
	unsigned long long timestamp; /* ms since the epoch */
	enum node_state state;
};

int status_read(struct pool *pool, const struct value *root, struct status *status,
		struct redpak_error *error);

#endif
