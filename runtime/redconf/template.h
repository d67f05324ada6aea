/* SPDX-License-Identifier: Apache-2.0 */
/* Templates: configurations that nodes are made from. They must pass the trust rule. */
#ifndef REDCONF_TEMPLATE_H
#define REDCONF_TEMPLATE_H

#include "load/config.h"

/*
 * Reads a template.
 * @templates: the template directory, or NULL: REDNODE_TEMPLATE_DIR (not when AT_SECURE is set,
 * getauxval(3)), else that of the installation.
 * @name: with a slash a path; else in the template directory, tried as it is, with `.yaml`, and
 * with @ending.
 * Returns 0 or a negative errno with @error filled in. @config belongs to @pool.
 */
int template_read(struct pool *pool, const char *templates, const char *name, const char *ending,
		  struct config *config, struct redpak_error *error);

#endif
