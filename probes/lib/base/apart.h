/* SPDX-License-Identifier: Apache-2.0 */
/* Trials that change who makes them: asked in a child that shares the memory of this process. */
#ifndef REDPROBE_APART_H
#define REDPROBE_APART_H

#include "redprobe.h"

/* Runs in the child, which it may change for good, and says the finding. It must not use stdio. */
typedef void apart_trial(struct redprobe_finding *finding);

/* Asks `trial`; says so if the child gives no answer. `flags`: of vfork_run (base/vfork.h). */
void apart_ask(apart_trial *trial, int flags, struct redprobe_finding *finding);

#endif
