/* SPDX-License-Identifier: Apache-2.0 */
/* What one configuration file says (redpak.yaml), checked against the schema. */
#ifndef REDPAK_CONFIG_H
#define REDPAK_CONFIG_H

#include <stdbool.h>

#include "base/namespace.h"
#include "cgroup/cgroup_item.h"
#include "load/document.h"
#include "load/keys.h"

struct export_mode;

/* Texts are as written; merge/ expands and normalises them. */
struct export
{
	const struct export_mode *mode;
	struct setting mount; /* in the node */
	struct setting path;  /* text NULL where the file gives none */
	struct setting info, warn;
	struct origin origin;
};

enum variable_mode {
	VARIABLE_STATIC,
	VARIABLE_EXECFD,
	VARIABLE_DEFAULT,
	VARIABLE_REMOVE,
	VARIABLE_INHERIT,
	VARIABLE_MODE_COUNT
};

/* The words of enum variable_mode. */
extern const char *const variable_modes[VARIABLE_MODE_COUNT];

struct variable {
	enum variable_mode mode;
	struct setting key, value; /* value.text NULL where the mode takes none */
	struct setting info, warn;
	struct origin origin;
};

enum { CAPABILITY_ALL = -1, CAPABILITY_MAX = 64 };

struct capability_rule {
	int capability; /* its number, or CAPABILITY_ALL */
	bool keep;
	struct setting cap; /* the name as written */
	struct setting info, warn;
	struct origin origin;
};

/*
 * @zeros_count: false and 0 count as set (section 6: not in a file as the reference's `create`
 * writes it).
 */
struct config {
	struct setting alias, name, info;
	struct export *exports;
	size_t export_count;
	struct variable *variables;
	size_t variable_count;
	struct setting settings[KEY_COUNT];
	bool zeros_count;
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

/* Whether @text may be the alias of a node. */
bool alias_is_valid(const char *text);

/* The setting of @key, or NULL where the file does not set it: not written, Unset, a zero that
 * does not count. */
const struct setting *config_setting(const struct config *config, enum config_key key);

/* The status file: whether the node may be started. */
enum node_state { NODE_DISABLE, NODE_ENABLE, NODE_UNKNOWN, NODE_ERROR, NODE_STATE_COUNT };

/* The words of enum node_state. */
extern const char *const node_states[NODE_STATE_COUNT];

struct status {
	struct setting realpath, info;
	unsigned long long timestamp; /* ms since the epoch */
	enum node_state state;
};

int status_read(struct pool *pool, const struct value *root, struct status *status,
		struct redpak_error *error);

#endif
