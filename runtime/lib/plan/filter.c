/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/filter.h"

#include <linux/seccomp.h>

bool filter_applies(const struct filter_rule *rule, const struct filter_request *request)
{
	return !(rule->when & ~request->when) && !(rule->lifted_by & request->keep);
}

static bool any_applies(const struct filter_request *request)
{
	for (size_t i = 0; i < filter_rule_count; i++) {
		if (filter_applies(&filter_rules[i], request))
			return true;
	}
	return false;
}

/* The instruction, with its verdict if that was open. */
static struct sock_filter decide(struct sock_filter instruction,
				 const struct filter_request *request)
{
	const struct filter_rule *rule;

	if (instruction.code != (BPF_RET | BPF_K) ||
	    (instruction.k & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_TRACE)
		return instruction;
	rule = &filter_rules[instruction.k & SECCOMP_RET_DATA];
	instruction.k = filter_applies(rule, request) ? SECCOMP_RET_ERRNO | (uint32_t)rule->error
						      : SECCOMP_RET_ALLOW;
	return instruction;
}

int filter_plan(struct pool *pool, const struct filter_request *request, struct sock_fprog *program,
		struct redpak_error *error)
{
	*program = (struct sock_fprog){.len = 0};
	if (!any_applies(request))
		return 0;
	program->filter = pool_alloc(pool, filter_program_length * sizeof(*program->filter));
	if (!program->filter)
		return out_of_memory(error);
	for (; program->len < filter_program_length; program->len++)
		program->filter[program->len] = decide(filter_program[program->len], request);
	return 0;
}
