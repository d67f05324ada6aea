/* SPDX-License-Identifier: Apache-2.0 */
/* What the exports of a node make, in which order, with what content. */
#ifndef REDPAK_PLAN_EXPORTS_H
#define REDPAK_PLAN_EXPORTS_H

#include "plan/plan.h"

/* What the descriptor of a mode Internal may yield. */
enum { INTERNAL_CONTENT_MAX = 1 << 20 };

/*
 * Runs the commands and reads the descriptors of the modes Execfd and Internal. The identity of
 * the payload must be planned.
 * Returns 0 or a negative errno with the expansion's error filled in.
 */
int plan_exports(struct redpak_plan *plan, const struct redpak_request *request,
		 struct expansion *expansion);

/*
 * internal.c: reads the descriptor whose number is the path of @export, until its end, into the
 * content of @export. Returns 0 or a negative errno.
 */
int internal_read(struct pool *pool, struct plan_export *export, struct redpak_error *error);

/* guarded.c: the ways to the files of the chain. Returns 0 or a negative errno. */
int plan_guarded(struct redpak_plan *plan, struct redpak_error *error);

#endif
