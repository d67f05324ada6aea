/* SPDX-License-Identifier: Apache-2.0 */
/* What libkmod knows about the modules of the running kernel. */
#ifndef REDPROBE_MODULES_H
#define REDPROBE_MODULES_H

#include "redprobe.h"

struct modules;

/*
 * Opens the module index of the running kernel. Returns NULL if memory is short. The caller gives
 * it to modules_close.
 */
struct modules *modules_open(void);
void modules_close(struct modules *modules);

/* A redprobe_module_lookup; `data` is a struct modules. Loads nothing. */
void modules_lookup(void *data, const char *name, struct redprobe_finding *finding);

#endif
