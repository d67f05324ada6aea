/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter_plan(): the program says what the rules say, for every call of every ABI; rednode.md 5,
 * W13, W20. The program is interpreted here; test_filter_calls.c lets the kernel run it.
 */
#include <errno.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>

#include "support.h"

enum { EVERYTHING = FILTER_LIST | FILTER_TERMINAL | FILTER_NO_NESTING, NUMBER_MAX = 1024 };

#if defined(__x86_64__)
static const uint32_t abis[] = {SCMP_ARCH_X86_64, SCMP_ARCH_X86};
static const uint32_t foreign = SCMP_ARCH_AARCH64;
#elif defined(__aarch64__)
static const uint32_t abis[] = {SCMP_ARCH_AARCH64, SCMP_ARCH_ARM};
static const uint32_t foreign = SCMP_ARCH_X86_64;
#endif

static struct sock_fprog plan(struct bench *bench, unsigned int when, uint64_t keep)
{
	const struct filter_request request = {when, keep};
	struct sock_fprog program;

	assert_int_equal(filter_plan(&bench->pool, &request, &program, &bench->error), 0);
	return program;
}

/* What the instruction makes of the accumulator. */
static uint32_t calculate(struct sock_filter instruction, uint32_t accumulator,
			  const struct seccomp_data *call)
{
	uint32_t loaded;

	switch (instruction.code) {
	case BPF_LD | BPF_W | BPF_ABS:
		assert_true(instruction.k <= sizeof(*call) - sizeof(loaded));
		memcpy(&loaded, (const char *)call + instruction.k, sizeof(loaded));
		return loaded;
	case BPF_ALU | BPF_AND | BPF_K:
		return accumulator & instruction.k;
	case BPF_MISC | BPF_TAX:
		return accumulator;
	default:
		fail_msg("instruction 0x%x", instruction.code);
		return 0;
	}
}

/* How many instructions a jump leaves out. */
static uint32_t leap(struct sock_filter instruction, uint32_t accumulator)
{
	const uint32_t k = instruction.k;
	bool holds;

	switch (BPF_OP(instruction.code)) {
	case BPF_JA:
		return k;
	case BPF_JEQ:
		holds = accumulator == k;
		break;
	case BPF_JGT:
		holds = accumulator > k;
		break;
	default:
		assert_int_equal(BPF_OP(instruction.code), BPF_JGE);
		holds = accumulator >= k;
	}
	return holds ? instruction.jt : instruction.jf;
}

/* The errno that the program answers the call with; 0 if it allows it. */
static int answer(const struct sock_fprog *program, const struct seccomp_data *call)
{
	uint32_t accumulator = 0, place = 0, verdict;

	for (; BPF_CLASS(program->filter[place].code) != BPF_RET; place++) {
		assert_true(place < program->len);
		if (BPF_CLASS(program->filter[place].code) == BPF_JMP)
			place += leap(program->filter[place], accumulator);
		else
			accumulator = calculate(program->filter[place], accumulator, call);
	}
	verdict = program->filter[place].k;
	if (verdict == SECCOMP_RET_ALLOW)
		return 0;
	assert_int_equal(verdict & SECCOMP_RET_ACTION_FULL, SECCOMP_RET_ERRNO);
	return (int)(verdict & SECCOMP_RET_DATA);
}

/* The number of the rule's call in the ABI; negative if that does not have it. */
static int number_of(const struct filter_rule *rule, uint32_t abi)
{
	return rule->number ? rule->number : seccomp_syscall_resolve_name_arch(abi, rule->call);
}

static struct seccomp_data call_of(const struct filter_rule *rule, uint32_t abi)
{
	struct seccomp_data call = {.nr = number_of(rule, abi), .arch = abi};

	call.args[rule->argument.index] = rule->argument.value;
	return call;
}

static const struct filter_rule *find(const char *name)
{
	for (size_t i = 0; i < filter_rule_count; i++) {
		if (!strcmp(filter_rules[i].call, name))
			return &filter_rules[i];
	}
	fail_msg("no rule for %s", name);
	return NULL;
}

/* Asserts that each rule that the ABI has a call for is in force exactly if filter_applies(). */
static void check_rules(const struct sock_fprog *program, const struct filter_request *request)
{
	for (size_t abi = 0; abi < COUNT(abis); abi++) {
		for (size_t i = 0; i < filter_rule_count; i++) {
			const struct filter_rule *rule = &filter_rules[i];
			struct seccomp_data call = call_of(rule, abis[abi]);
			int expected = filter_applies(rule, request) ? rule->error : 0;

			if (call.nr >= 0 && answer(program, &call) != expected)
				fail_msg("%s in ABI 0x%x, when %u, keep 0x%llx", rule->call,
					 abis[abi], request->when,
					 (unsigned long long)request->keep);
		}
	}
}

static void w20_every_rule_is_compiled_for_every_abi(void **state)
{
	struct bench *bench = *state;
	struct sock_fprog program = plan(bench, EVERYTHING, 0);
	size_t checked = 0;

	for (size_t abi = 0; abi < COUNT(abis); abi++) {
		for (size_t i = 0; i < filter_rule_count; i++) {
			struct seccomp_data call = call_of(&filter_rules[i], abis[abi]);

			if (call.nr < 0)
				continue;
			assert_int_equal(answer(&program, &call), filter_rules[i].error);
			checked++;
		}
	}
	assert_true(checked > filter_rule_count);
}

static bool is_in_list(int number, uint32_t abi)
{
	for (size_t i = 0; i < filter_rule_count; i++) {
		if (number_of(&filter_rules[i], abi) == number)
			return true;
	}
	return false;
}

static void all_other_calls_are_allowed(void **state)
{
	struct bench *bench = *state;
	struct sock_fprog program = plan(bench, EVERYTHING, 0);

	for (size_t abi = 0; abi < COUNT(abis); abi++) {
		for (int number = 0; number < NUMBER_MAX; number++) {
			struct seccomp_data call = {.nr = number, .arch = abis[abi]};

			memset(call.args, 0xff, sizeof(call.args));
			if (!is_in_list(number, abis[abi]))
				assert_int_equal(answer(&program, &call), 0);
		}
	}
}

/* Rules with an argument leave the other uses of the call alone. */
static void other_arguments_are_allowed(void **state)
{
	struct bench *bench = *state;
	struct sock_fprog program = plan(bench, EVERYTHING, 0);
	struct seccomp_data call;

	for (size_t abi = 0; abi < COUNT(abis); abi++) {
		call = call_of(find("ioctl"), abis[abi]);
		call.args[1] = TCGETS;
		assert_int_equal(answer(&program, &call), 0);
		call.args[1] = 0;
		call.args[0] = call.args[2] = TIOCSTI;
		assert_int_equal(answer(&program, &call), 0);
		call = call_of(find("clone"), abis[abi]);
		call.args[0] = ~(uint64_t)CLONE_NEWUSER;
		assert_int_equal(answer(&program, &call), 0);
	}
}

/* CVE-2019-10063: the kernel takes 32 bits of a request, and single bits of flags. */
static void w13_other_bits_of_the_argument_do_not_matter(void **state)
{
	struct bench *bench = *state;
	struct sock_fprog program = plan(bench, EVERYTHING, 0);
	static const uint64_t requests[] = {TIOCSTI, TIOCLINUX};
	struct seccomp_data call;

	for (size_t abi = 0; abi < COUNT(abis); abi++) {
		call = call_of(find("ioctl"), abis[abi]);
		for (size_t i = 0; i < COUNT(requests); i++) {
			for (unsigned int bit = 32; bit < 64; bit++) {
				call.args[1] = requests[i] | UINT64_C(1) << bit;
				assert_int_equal(answer(&program, &call), EPERM);
			}
		}
		call = call_of(find("unshare"), abis[abi]);
		call.args[0] = UINT64_MAX;
		assert_int_equal(answer(&program, &call), EPERM);
	}
}

static void w13_calls_of_other_abis_are_refused(void **state)
{
	struct bench *bench = *state;
	struct sock_fprog program = plan(bench, FILTER_TERMINAL, 0);
	struct seccomp_data call = {.nr = 0, .arch = foreign};

	assert_int_equal(answer(&program, &call), ENOSYS);
#ifdef __x86_64__
	/* x32: read, and ioctl with its own number. */
	call = (struct seccomp_data){.nr = 0x40000000, .arch = abis[0]};
	assert_int_equal(answer(&program, &call), ENOSYS);
	call = (struct seccomp_data){.nr = 0x40000000 | 514, .arch = abis[0], .args = {0, TIOCSTI}};
	assert_int_equal(answer(&program, &call), ENOSYS);
#endif
}

/* Written out, so that a change of the table is seen. */
static void w20_a_kept_capability_lifts_what_it_is_for(void **state)
{
	static const struct {
		const char *call;
		uint64_t capabilities[2];
	} expected[] = {
		{"kexec_load", {CAP_SYS_BOOT}},
		{"reboot", {CAP_SYS_BOOT}},
		{"init_module", {CAP_SYS_MODULE}},
		{"finit_module", {CAP_SYS_MODULE}},
		{"delete_module", {CAP_SYS_MODULE}},
		{"syslog", {CAP_SYSLOG}},
		{"settimeofday", {CAP_SYS_TIME}},
		{"clock_settime", {CAP_SYS_TIME}},
		{"acct", {CAP_SYS_PACCT}},
		{"vhangup", {CAP_SYS_TTY_CONFIG}},
		{"open_by_handle_at", {CAP_DAC_READ_SEARCH}},
		{"perf_event_open", {CAP_PERFMON, CAP_SYS_ADMIN}},
		{"bpf", {CAP_BPF, CAP_SYS_ADMIN}},
		{"userfaultfd", {CAP_SYS_PTRACE}},
		{"keyctl", {CAP_SYS_ADMIN}},
		{"mount", {CAP_SYS_ADMIN}},
		{"open_tree_attr", {CAP_SYS_ADMIN}},
		{"setns", {CAP_SYS_ADMIN}},
		{"swapon", {CAP_SYS_ADMIN}},
		{"clone3", {0}},
	};
	struct bench *bench = *state;

	for (size_t i = 0; i < COUNT(expected); i++) {
		const struct filter_rule *rule = find(expected[i].call);

		for (uint64_t cap = 0; cap <= CAP_LAST_CAP; cap++) {
			struct sock_fprog program = plan(bench, EVERYTHING, UINT64_C(1) << cap);
			struct seccomp_data call = call_of(rule, abis[0]);
			bool lifted = cap && (cap == expected[i].capabilities[0] ||
					      cap == expected[i].capabilities[1]);

			assert_int_equal(answer(&program, &call), lifted ? 0 : rule->error);
		}
	}
}

/* `seccomp`, `nested_userns`, `new-session` in every combination, with each capability. */
static void every_request_is_answered_by_its_rules(void **state)
{
	struct bench *bench = *state;

	for (unsigned int when = 1; when <= EVERYTHING; when++) {
		for (int cap = -1; cap <= CAP_LAST_CAP; cap++) {
			struct filter_request request = {when, cap < 0 ? 0 : UINT64_C(1) << cap};
			struct sock_fprog program = plan(bench, when, request.keep);

			if (program.len)
				check_rules(&program, &request);
		}
	}
}

static void what_the_keys_switch(void **state)
{
	static const struct {
		const char *call;
		unsigned int when;
		int error;
	} expected[] = {
		{"bpf", FILTER_LIST, EPERM},
		{"bpf", FILTER_NO_NESTING | FILTER_TERMINAL, 0},
		/* A nested user namespace has mounts of its own. */
		{"mount", FILTER_LIST | FILTER_NO_NESTING, EPERM},
		{"mount", FILTER_LIST, 0},
		{"mount", FILTER_NO_NESTING, 0},
		{"unshare", FILTER_NO_NESTING, EPERM},
		{"clone", FILTER_NO_NESTING, EPERM},
		{"clone3", FILTER_NO_NESTING, ENOSYS},
		{"unshare", FILTER_LIST | FILTER_TERMINAL, 0},
		{"clone", FILTER_LIST | FILTER_TERMINAL, 0},
		{"clone3", FILTER_LIST | FILTER_TERMINAL, 0},
		{"ioctl", FILTER_TERMINAL, EPERM},
		{"ioctl", FILTER_LIST | FILTER_NO_NESTING, 0},
	};
	struct bench *bench = *state;

	for (size_t i = 0; i < COUNT(expected); i++) {
		struct sock_fprog program = plan(bench, expected[i].when, 0);

		for (size_t abi = 0; abi < COUNT(abis); abi++) {
			struct seccomp_data call = call_of(find(expected[i].call), abis[abi]);

			assert_int_equal(answer(&program, &call), expected[i].error);
		}
	}
}

static void without_rules_there_is_no_filter(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(plan(bench, 0, 0).len, 0);
	assert_int_equal(plan(bench, 0, UINT64_MAX).len, 0);
	assert_null(bench->pool.blocks);
}

static bool memory_is_short;

void *__real_pool_alloc(struct pool *pool, size_t size);
void *__wrap_pool_alloc(struct pool *pool, size_t size);
void *__wrap_pool_alloc(struct pool *pool, size_t size)
{
	return memory_is_short ? NULL : __real_pool_alloc(pool, size);
}

static void short_memory_is_an_error(void **state)
{
	const struct filter_request request = {EVERYTHING, 0};
	struct bench *bench = *state;
	struct sock_fprog program;

	memory_is_short = true;
	assert_int_equal(filter_plan(&bench->pool, &request, &program, &bench->error), -ENOMEM);
	memory_is_short = false;
	assert_int_equal(program.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(w20_every_rule_is_compiled_for_every_abi),
		bench_test(all_other_calls_are_allowed),
		bench_test(other_arguments_are_allowed),
		bench_test(w13_other_bits_of_the_argument_do_not_matter),
		bench_test(w13_calls_of_other_abis_are_refused),
		bench_test(w20_a_kept_capability_lifts_what_it_is_for),
		bench_test(every_request_is_answered_by_its_rules),
		bench_test(what_the_keys_switch),
		bench_test(without_rules_there_is_no_filter),
		bench_test(short_memory_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
