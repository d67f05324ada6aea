/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The seccomp filter of the payload: which system calls it is refused, seccomp(2).
 *
 * The published list is one table, filter_rules. runtime/filter compiles it with libseccomp, for
 * the ABIs of the machine, when redpak is built; at a start only the verdicts are filled in.
 * Compiling then would take half as long as all the rest of the start.
 */
#ifndef REDPAK_FILTER_H
#define REDPAK_FILTER_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/pool.h"

/*
 * When a rule is in force: under all that its row names.
 * FILTER_LIST: `seccomp` is `default`. FILTER_TERMINAL: the payload may share a terminal with its
 * caller. FILTER_NO_NESTING: `nested_userns` is Disabled.
 */
enum filter_when {
	FILTER_LIST = 1 << 0,
	FILTER_TERMINAL = 1 << 1,
	FILTER_NO_NESTING = 1 << 2,
};

/*
 * @call: the kernel's name.
 * @when: bits of enum filter_when.
 * @lifted_by: the capabilities, as bits, each of which lifts the rule if it is kept.
 * @error: what the call fails with. It is what the kernel itself says to those without the
 * capability, or in a configuration without the call, so that programs that probe go on.
 * @meaning: what the call does.
 * @argument: if its @mask is not 0, only calls whose argument @index has @value in those bits.
 * @number: of a call that libseccomp 2.5.4 does not know, the same in every ABI; 0 for all others.
 */
struct filter_rule {
	const char *call;
	uint64_t lifted_by;
	unsigned int when;
	int error;
	const char *meaning;
	struct {
		unsigned int index;
		uint32_t mask, value;
	} argument;
	int number;
};

extern const struct filter_rule filter_rules[];
extern const size_t filter_rule_count;

/* What a payload is like: bits of enum filter_when, and the capabilities it keeps, as bits. */
struct filter_request {
	unsigned int when;
	uint64_t keep;
};

/* Whether the rule is in force. */
bool filter_applies(const struct filter_rule *rule, const struct filter_request *request);

/*
 * The filter of a payload. @program: its instructions belong to @pool; its length is 0 where no
 * rule is in force. Calls of an ABI that is not the machine's, and of x32, fail with ENOSYS.
 * Returns 0 or -ENOMEM.
 */
int filter_plan(struct pool *pool, const struct filter_request *request, struct sock_fprog *program,
		struct redpak_error *error);

/*
 * Generated. An instruction that returns SECCOMP_RET_TRACE stands for a verdict that is still
 * open; its data is the place of a rule that decides it.
 */
extern const struct sock_filter filter_program[];
extern const unsigned short filter_program_length;

#endif
