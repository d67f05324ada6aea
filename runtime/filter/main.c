/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiles filter_rules, for the ABIs of each machine, into the C source of filter_program (see
 * filter.h), on standard output. It runs when redpak is built.
 * Exit status: 0, or 1 if a rule cannot be compiled.
 */
#include <err.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "plan/filter.h"

/*
 * @macro: what a compiler for the machine defines. x32 is not among the ABIs: few kernels have it,
 * and without it libseccomp refuses its calls with those of unknown ABIs.
 */
static const struct machine {
	const char *macro;
	uint32_t native, compatible;
} machines[] = {
	{"__x86_64__", SCMP_ARCH_X86_64, SCMP_ARCH_X86},
	{"__aarch64__", SCMP_ARCH_AARCH64, SCMP_ARCH_ARM},
};

/* Every function of libseccomp returns a negative errno on failure. */
static void check(int result, const char *what, const char *on)
{
	if (result < 0) {
		errno = -result;
		err(1, "cannot %s %s", what, on);
	}
}

/* An open verdict. Rules that are always decided alike share one, which keeps the program short. */
static uint32_t verdict(const struct filter_rule *rule)
{
	uint32_t place = 0;

	while (filter_rules[place].when != rule->when ||
	       filter_rules[place].lifted_by != rule->lifted_by ||
	       filter_rules[place].error != rule->error)
		place++;
	return SCMP_ACT_TRACE(place);
}

/*
 * libseccomp takes the number that the call has on the machine where this runs, or one of its own
 * for a call that only others have, and translates it for each ABI.
 */
static void add_rule(scmp_filter_ctx filter, const struct filter_rule *rule)
{
	const struct scmp_arg_cmp argument = SCMP_CMP(rule->argument.index, SCMP_CMP_MASKED_EQ,
						      rule->argument.mask, rule->argument.value);
	int number = seccomp_syscall_resolve_name(rule->call);

	if (number == __NR_SCMP_ERROR)
		errx(1, "libseccomp does not know the call %s; give its number", rule->call);
	check(seccomp_rule_add_array(filter, verdict(rule), number, rule->argument.mask ? 1 : 0,
				     &argument),
	      "add a rule for the call", rule->call);
}

static scmp_filter_ctx make_filter(const struct machine *machine)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	if (!filter)
		errx(1, "cannot make a filter: out of memory");
	check(seccomp_arch_remove(filter, SCMP_ARCH_NATIVE), "leave out", "the own ABI");
	check(seccomp_arch_add(filter, machine->native), "add the ABI", machine->macro);
	check(seccomp_arch_add(filter, machine->compatible), "add the second ABI", machine->macro);
	check(seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS)), "refuse",
	      "other ABIs");
	/* A binary tree is faster to load and to run than a list. */
	check(seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2), "optimise", "the filter");
	for (size_t i = 0; i < filter_rule_count; i++) {
		if (!filter_rules[i].number)
			add_rule(filter, &filter_rules[i]);
	}
	return filter;
}

static void print_instruction(struct sock_filter instruction)
{
	printf("\t{0x%x, %u, %u, 0x%x},\n", instruction.code, instruction.jt, instruction.jf,
	       instruction.k);
}

/*
 * When a filter is loaded, the kernel tries every number of both ABIs, to learn which it always
 * allows, and gives up at an instruction such as BPF_TAX. For the second ABI, which few programs
 * use, that saves more at the start than it costs later.
 */
static void print_start(const struct machine *machine)
{
	print_instruction((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						       offsetof(struct seccomp_data, arch)));
	print_instruction(
		(struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, machine->native, 1, 0));
	print_instruction((struct sock_filter)BPF_STMT(BPF_MISC | BPF_TAX, 0));
}

/* The rules for calls that libseccomp does not know. */
static void print_numbers(void)
{
	print_instruction((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						       offsetof(struct seccomp_data, nr)));
	for (size_t i = 0; i < filter_rule_count; i++) {
		if (!filter_rules[i].number)
			continue;
		print_instruction((struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)filter_rules[i].number, 0, 1));
		print_instruction(
			(struct sock_filter)BPF_STMT(BPF_RET | BPF_K, verdict(&filter_rules[i])));
	}
}

/* libseccomp exports to a file only. */
static void print_program(scmp_filter_ctx filter)
{
	struct sock_filter instruction;
	FILE *file = tmpfile();

	if (!file)
		err(1, "cannot make a temporary file");
	check(seccomp_export_bpf(filter, fileno(file)), "export", "the filter");
	rewind(file);
	while (fread(&instruction, sizeof(instruction), 1, file) == 1)
		print_instruction(instruction);
	fclose(file);
}

static void print_machine(const struct machine *machine)
{
	scmp_filter_ctx filter = make_filter(machine);

	printf("defined(%s)\nconst struct sock_filter filter_program[] = {\n", machine->macro);
	print_start(machine);
	print_numbers();
	print_program(filter);
	printf("};\n");
	seccomp_release(filter);
}

int main(void)
{
	printf("/* SPDX-License-Identifier: Apache-2.0 */\n"
	       "/* Generated from filter_rules.c. */\n"
	       "#include \"plan/filter.h\"\n\n");
	for (size_t i = 0; i < sizeof(machines) / sizeof(*machines); i++) {
		printf(i ? "#elif " : "#if ");
		print_machine(&machines[i]);
	}
	printf("#else\n#error \"no seccomp filter for this machine: add its ABIs to "
	       "runtime/filter/main.c\"\n#endif\n\n"
	       "const unsigned short filter_program_length =\n"
	       "\tsizeof(filter_program) / sizeof(*filter_program);\n");
	if (fflush(stdout) == EOF || ferror(stdout))
		err(1, "cannot write the program");
	return 0;
}
