/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration as YAML: keys in the order of the schema, lists in that of the file. */
#ifndef REDPAK_YAML_H
#define REDPAK_YAML_H

#include <stdio.h>

#include "load/config.h"

/*
 * YAML_DUMP: the keys that the reference's `create` always writes are always written.
 * YAML_FILE: only what @config gives, so that the file reads back as the same: where all of those
 * keys stand in a file, the false and 0 among them do not count (rednode.md 6).
 */
enum yaml_form { YAML_DUMP, YAML_FILE };

/* Returns 0 or a negative errno, as does the next one. */
int yaml_write_config(FILE *out, const struct config *config, enum yaml_form form);

/* Writes a status file. */
int yaml_write_status(FILE *out, const struct status *status);

#endif
