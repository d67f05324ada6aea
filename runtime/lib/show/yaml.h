/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration as YAML: keys in the order of the schema, lists in that of the file. */
#ifndef REDPAK_YAML_H
#define REDPAK_YAML_H

#include <stdio.h>

#include "load/config.h"

/*
 * Writes @config as a file that reads back as the same. The keys that the reference's `create`
 * always writes are always written.
 * Returns 0 or a negative errno.
 */
int yaml_write_config(FILE *out, const struct config *config);

/* Writes a status file. @realpath, @info: its texts. Returns 0 or a negative errno. */
int yaml_write_status(FILE *out, const char *realpath, unsigned long long timestamp,
		      const char *info);

#endif
