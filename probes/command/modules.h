/* SPDX-License-Identifier: Apache-2.0 */
/* What libkmod knows about the modules of the running kernel. */
#ifndef REDPROBE_MODULES_H
#define REDPROBE_MODULES_H

#include "redprobe.h"

struct modules;

/*
 * Makes room for what is known of modules; libkmod is taken in when the first is looked up. `load`
 * tells to load those that can be. Returns NULL if memory is short. The caller gives it to
 * modules_close.
 */
struct modules *modules_open(bool load);
void modules_close(struct modules *modules);

/* A redprobe_module_lookup; `data` is a struct modules. */
void modules_lookup(void *data, const char *name, struct redprobe_finding *finding);

#endif
