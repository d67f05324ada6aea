/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REDCONF_CREATE_H
#define REDCONF_CREATE_H

#include <stdbool.h>

#include "base/error.h"
#include "base/pool.h"

/*
 * What is NULL was not given.
 * @config, @config_adm: templates of the configurations; @model: where one of them is not given.
 * @redroot: where a relative @node begins, and what the node must be beneath.
 */
struct create_options {
	const char *node, *redroot;
	const char *alias;
	const char *config, *config_adm, *model;
	const char *templates;
	bool update;
};

/* Returns 0, or a negative errno with @error filled in: then nothing has changed. */
int create_node(struct pool *pool, const struct create_options *options,
		struct redpak_error *error);

#endif
