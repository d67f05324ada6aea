/* SPDX-License-Identifier: Apache-2.0 */
/* Capabilities, identities and what a payload is refused. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "apply/init.h"
#include "plan/filter.h"
#include "weak.h"

#define BIT(call) (UINT64_C(1) << (call)->weakness->number)

/* Of merge_settings(). @number: of the capability. */
long keep_capability(struct call *call)
{
	struct merged *merged = pointer(call, 2);
	long result = make(call);

	merged->keep |= BIT(call);
	return result;
}

long lose_capability(struct call *call)
{
	struct merged *merged = pointer(call, 2);
	long result = make(call);

	merged->keep &= ~BIT(call);
	return result;
}

/* Of cap_drop_bound(3): before it goes from the bounding set it becomes inheritable
 * (CVE-2022-29162). */
long inherit_capability(struct call *call)
{
	cap_value_t value = (cap_value_t)call->arguments[0];
	cap_t caps = cap_get_proc();

	if (caps && cap_set_flag(caps, CAP_INHERITABLE, 1, &value, CAP_SET) == 0)
		(void)cap_set_proc(caps);
	cap_free(caps);
	return make(call);
}

/* Adds to @wanted what the process itself has of @flag. */
static void add_own(cap_t wanted, cap_flag_t flag)
{
	cap_t own = cap_get_proc();

	for (cap_value_t cap = 0; own && cap < cap_max_bits(); cap++) {
		cap_flag_value_t has = CAP_CLEAR;

		if (cap_get_flag(own, cap, flag, &has) == 0 && has == CAP_SET)
			(void)cap_set_flag(wanted, flag, 1, &cap, CAP_SET);
	}
	cap_free(own);
}

/* Of cap_set_proc(3): what the payload has inherited stays so. */
long set_inheritable(struct call *call)
{
	if (weak_is_payload())
		add_own(pointer(call, 0), CAP_INHERITABLE);
	return make(call);
}

/* Of cap_set_proc(3): what the payload has, stays. */
long set_all(struct call *call)
{
	if (weak_is_payload()) {
		add_own(pointer(call, 0), CAP_PERMITTED);
		add_own(pointer(call, 0), CAP_EFFECTIVE);
	}
	return make(call);
}

/* @number: what prctl(2) is not asked for. */
long skip_prctl(struct call *call)
{
	return call->arguments[0] == call->weakness->number ? 0 : make(call);
}

/* cap_set_ambient(3) calls prctl(2), too. */
long keep_ambient(struct call *call)
{
	bool empties = call->arguments[0] == PR_CAP_AMBIENT &&
		       call->arguments[1] == PR_CAP_AMBIENT_CLEAR_ALL;

	return empties ? 0 : make(call);
}

/* Nobody but the launcher itself ends with its parent. */
long skip_tie(struct call *call)
{
	return call->arguments[0] == PR_SET_PDEATHSIG && getpid() != weak_launcher ? 0 : make(call);
}

/* Without no_new_privs a filter needs CAP_SYS_ADMIN, seccomp(2): it is installed while there is
 * that. */
long filter_instead(struct call *call)
{
	if (call->arguments[0] == PR_SET_SECCOMP)
		return 0;
	if (call->arguments[0] != PR_SET_NO_NEW_PRIVS)
		return make(call);
	if (!weak_plan->filter.len)
		return 0;
	call->arguments[0] = PR_SET_SECCOMP;
	call->arguments[1] = SECCOMP_MODE_FILTER;
	call->arguments[2] = (long)&weak_plan->filter;
	return make(call);
}

/* @number: the call that syscall(2) does not make. */
long skip_syscall(struct call *call)
{
	return call->arguments[0] == call->weakness->number ? 0 : make(call);
}

/* Of filter_plan(). @number: the part of the filter that is left out. */
long filter_less(struct call *call)
{
	struct filter_request request = *(const struct filter_request *)pointer(call, 1);

	request.when &= ~(unsigned int)call->weakness->number;
	call->arguments[1] = (long)&request;
	return make(call);
}

#if defined(__x86_64__)
#define OWN_ABI AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OWN_ABI AUDIT_ARCH_AARCH64
#endif

/* Of filter_plan(): the calls of all other ABIs pass by. */
long permit_other_abis(struct call *call)
{
	static const struct sock_filter first[] = {
		{BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, arch)},
		{BPF_JMP | BPF_JEQ | BPF_K, 1, 0, OWN_ABI},
		{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
	};
	enum { FIRST = sizeof(first) / sizeof(*first) };
	struct sock_fprog *program = pointer(call, 2);
	struct sock_filter *filter;
	long result = make(call);

	if (result < 0 || !program->len)
		return result;
	filter = pool_alloc(pointer(call, 0), (program->len + FIRST) * sizeof(*filter));
	if (!filter)
		return -ENOMEM;
	memcpy(filter, first, sizeof(first));
	memcpy(filter + FIRST, program->filter, program->len * sizeof(*filter));
	program->filter = filter;
	program->len += FIRST;
	return result;
}
