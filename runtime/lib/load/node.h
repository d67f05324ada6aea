/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes on disk: a directory, its status file and configuration, and the nodes above it. */
#ifndef REDPAK_NODE_H
#define REDPAK_NODE_H

#include "load/config.h"

#define NODE_STATUS_FILE      ".rednode.yaml"
#define NODE_CONFIG_DIRECTORY "etc"

/* What a node may consist of: its status file, the directory of its configurations, and these. */
enum { NODE_FILE_COUNT = 6 };
extern const char *const node_files[NODE_FILE_COUNT];

struct node {
	const char *path; /* canonical, without a final slash */
	struct status status;
	struct config config;
	struct config *admin; /* NULL when not asked for or not there */
	struct node *parent;  /* the node of the directory above, or NULL */
};

/*
 * Loads the node at @redpath and its ancestors; every file must pass the trust rule (trust.h).
 * @admin: read the admin configurations too.
 * Returns 0 or a negative errno with @error filled in. The chain belongs to @pool.
 */
int node_load(struct pool *pool, const char *redpath, bool admin, struct node **leaf,
	      struct redpak_error *error);

/*
 * Whether the directory @directory, whose canonical path is @path, is a node.
 * Returns 1, 0, or a negative errno with @error filled in.
 */
int node_is_at(int directory, const char *path, struct redpak_error *error);

/* Loads the node of such a directory without its ancestors; otherwise as node_load(). */
int node_load_alone(struct pool *pool, int directory, const char *path, bool admin,
		    struct node **result, struct redpak_error *error);

#endif
