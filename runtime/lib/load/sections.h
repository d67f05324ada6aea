/* SPDX-License-Identifier: Apache-2.0 */
/* Readers of the parts of redpak.yaml; @target is the struct config. See schema.h. */
#ifndef REDPAK_SECTIONS_H
#define REDPAK_SECTIONS_H

#include "load/config.h"

int read_exports(struct reader *reader, const struct value *value, void *target);
int read_environ(struct reader *reader, const struct value *value, void *target);
int read_capabilities(struct reader *reader, const struct value *value, void *target);

#endif
