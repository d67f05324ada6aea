/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel features that a node needs, by the ids of redprobe. */
#ifndef REDPAK_FEATURES_H
#define REDPAK_FEATURES_H

#include "merge/merge.h"

/* Calls @each with every id that @merged needs, each once. */
void features_each(const struct merged *merged, void (*each)(const char *id, void *data),
		   void *data);

#endif
