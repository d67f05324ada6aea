/* SPDX-License-Identifier: Apache-2.0 */
/* Which namespaces are made, kept and joined. */
#include <linux/sched.h>
#include <unistd.h>

#include "plan/plan.h"

void plan_namespaces(struct redpak_plan *plan)
{
	uint64_t *const flags[NAMESPACE_MOMENT_COUNT] = {
		[NAMESPACE_AT_BIRTH] = &plan->birth_flags,
		[NAMESPACE_MEANWHILE] = &plan->meanwhile_flags,
		[NAMESPACE_AT_LAST] = &plan->last_flags,
	};

	for (int kind = 0; kind < NAMESPACE_COUNT; kind++) {
		const struct namespace_type *type = &namespace_types[kind];
		const struct merged_share *share = &plan->merged.shares[kind];

		if (share->state == SHARE_DISABLED)
			*flags[type->moment] |= type->flag;
		if (share->state != SHARE_JOINED)
			continue;
		plan->joins[kind] = share->setting;
		plan->join_flags |= type->flag;
	}
	plan->builder_user = plan->birth_flags & CLONE_NEWUSER;
	plan->born_in_joined_user =
		(plan->join_flags & CLONE_NEWUSER) && plan->identity.caller_uid == 0;
	/*
	 * Redwrap and init are not dumpable there (join.c), so that redwrap could not enter the PID
	 * and IPC namespaces of init, nor init write to its own timens_offsets, which then is
	 * root's.
	 */
	if ((plan->join_flags & CLONE_NEWUSER) && !plan->born_in_joined_user)
		plan->ahead_flags = (plan->birth_flags | plan->meanwhile_flags) &
				    (CLONE_NEWPID | CLONE_NEWTIME | CLONE_NEWIPC);
	plan->meanwhile_flags &= ~plan->ahead_flags;
	plan->forbids_nested = plan->builder_user &&
			       merged_number(&plan->merged, KEY_NESTED_USERNS) != SWITCH_ENABLED;
}
