/* SPDX-License-Identifier: Apache-2.0 */
/* Source: seccomp(2). */
#include "base/filter.h"

#include "base/kernel_calls.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

enum { RULES = 8, FIRST_KIND = 0x72657000 };

/* The low half of the first argument, which is all that getpriority looks at. */
enum {
	KIND = offsetof(struct seccomp_data, args) +
	       (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? sizeof(uint32_t) : 0),
};

int filter_install(const struct filter_rule *rules, size_t count, unsigned flags)
{
	struct sock_filter code[4 + 2 * RULES] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpriority, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, KIND),
	};
	struct sock_fprog program = {.len = 4, .filter = code};
	int result;

	for (size_t i = 0; i < count && i < RULES - 1; i++) {
		code[program.len++] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, FIRST_KIND + rules[i].call, 0, 1);
		code[program.len++] =
			(struct sock_filter)BPF_STMT(BPF_RET | BPF_K, rules[i].action);
	}
	code[program.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	result = kernel_seccomp(SECCOMP_SET_MODE_FILTER, flags, &program);
	return result < 0 ? -errno : result;
}

int filter_call(unsigned call)
{
	long result = syscall(SYS_getpriority, FIRST_KIND + call, 0);

	return result < 0 ? errno : (int)-result;
}
