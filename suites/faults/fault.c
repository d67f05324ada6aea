/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a command and lets one of its system calls fail, ptrace(2).
 *
 *   fault LIST COMMAND...                          writes the calls to the file LIST
 *   fault PROCESS:NUMBER:ERRNO:NAME COMMAND...     lets one fail; it is not made, and nothing is
 *                                                  traced from then on
 *
 * A line of LIST: PROCESS NUMBER NAME. Processes count from 0 in the order of their birth, calls of
 * a name in a process from 1. What executes a program (but for COMMAND itself) is let go and not
 * counted on. Exit status: that of COMMAND, 128+N for a signal; 2 when nothing could be run, 3 when
 * the call to fail was not met.
 */
#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	PROCESSES_MAX = 64,
	CALLS_MAX = 1024,
	STATUS_BROKEN = 2,
	STATUS_NOT_MET = 3,
	OPTIONS = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
		  PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL
};

/* @calls: how many there were, @made: of each. @failing: the one that is under way is to fail. */
struct process {
	pid_t pid;
	long calls, made[CALLS_MAX];
	bool failing;
};

/* @list: NULL when @call is to fail, the one that is numbered @number of the @process. */
struct tracing {
	FILE *list;
	long process, number;
	int error, call;
	bool met;
	struct process processes[PROCESSES_MAX];
	size_t count;
};

static struct process *process_of(struct tracing *tracing, pid_t pid)
{
	for (size_t i = 0; i < tracing->count; i++) {
		if (tracing->processes[i].pid == pid)
			return &tracing->processes[i];
	}
	if (tracing->count == PROCESSES_MAX) {
		fprintf(stderr, "fault: more than %d processes\n", PROCESSES_MAX);
		exit(STATUS_BROKEN);
	}
	tracing->processes[tracing->count] = (struct process){.pid = pid};
	return &tracing->processes[tracing->count++];
}

static void list_call(const struct tracing *tracing, const struct process *process, int call,
		      long number)
{
	char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, call);

	fprintf(tracing->list, "%td %ld %s\n", process - tracing->processes, number,
		name ? name : "?");
	free(name);
}

static void at_entry(struct tracing *tracing, struct process *process, int call)
{
	long number = ++process->made[(unsigned int)call % CALLS_MAX];

	process->calls++;
	if (tracing->list)
		list_call(tracing, process, call, number);
	else
		process->failing = call == tracing->call && number == tracing->number &&
				   process - tracing->processes == tracing->process;
}

/* Changes what the call under way is, or what it has answered. */
static void set_call(pid_t pid, long call, const long *answer)
{
	struct user_regs_struct registers;

	if (ptrace(PTRACE_GETREGS, pid, NULL, &registers) < 0)
		return;
	registers.orig_rax = (unsigned long long)call;
	if (answer)
		registers.rax = (unsigned long long)*answer;
	ptrace(PTRACE_SETREGS, pid, NULL, &registers);
}

static void at_call(struct tracing *tracing, struct process *process)
{
	struct __ptrace_syscall_info info;
	long answer = -tracing->error;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, process->pid, sizeof(info), &info) < 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		at_entry(tracing, process, (int)info.entry.nr);
		if (process->failing)
			set_call(process->pid, -1, NULL);
	} else if (process->failing) {
		set_call(process->pid, -1, &answer);
		tracing->met = true;
	}
}

/* A child has its number when it is made, as it may end before it stops for the first time. */
static void number_child(struct tracing *tracing, pid_t parent)
{
	unsigned long child;

	if (ptrace(PTRACE_GETEVENTMSG, parent, NULL, &child) == 0)
		process_of(tracing, (pid_t)child);
}

/* Handles one stop. Returns how to go on: PTRACE_SYSCALL, or PTRACE_DETACH. */
static int at_stop(struct tracing *tracing, struct process *process, int wait_status)
{
	int event = wait_status >> 16;

	if (event == PTRACE_EVENT_EXEC) {
		bool is_command = process == tracing->processes && process->calls == 1;

		return is_command ? PTRACE_SYSCALL : PTRACE_DETACH;
	}
	if (event)
		number_child(tracing, process->pid);
	else if (WSTOPSIG(wait_status) == (SIGTRAP | 0x80))
		at_call(tracing, process);
	return tracing->met ? PTRACE_DETACH : PTRACE_SYSCALL;
}

/* What a process gets when it goes on. A new one begins with a stop of the tracing itself. */
static int signal_of(const struct process *process, int wait_status)
{
	int signal_number = WSTOPSIG(wait_status);
	bool is_tracing = wait_status >> 16 || signal_number == (SIGTRAP | 0x80) ||
			  (signal_number == SIGSTOP && process->calls == 0);

	return is_tracing ? 0 : signal_number;
}

static int trace(struct tracing *tracing, pid_t first)
{
	int wait_status, status = STATUS_BROKEN;
	pid_t pid;

	while ((pid = waitpid(-1, &wait_status, __WALL)) > 0) {
		struct process *process;
		int request;

		if (!WIFSTOPPED(wait_status)) {
			if (pid == first)
				status = WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status)
								  : WEXITSTATUS(wait_status);
			continue;
		}
		if (pid == first && tracing->count == 0)
			ptrace(PTRACE_SETOPTIONS, pid, NULL, OPTIONS);
		process = process_of(tracing, pid);
		request = at_stop(tracing, process, wait_status);
		ptrace((enum __ptrace_request)request, pid, NULL, signal_of(process, wait_status));
	}
	return status;
}

/* Reads what is to be done. Returns false when it is nothing. */
static bool read_task(struct tracing *tracing, const char *text)
{
	char name[32];

	if (sscanf(text, "%ld:%ld:%d:%31s", &tracing->process, &tracing->number, &tracing->error,
		   name) == 4) {
		tracing->call = seccomp_syscall_resolve_name(name);
		return tracing->call != __NR_SCMP_ERROR;
	}
	tracing->list = fopen(text, "we");
	return tracing->list != NULL;
}

/* Who stops and who waits for it take turns: on one processor neither has to wake another one. */
static void stay_on_one_processor(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	sched_setaffinity(0, sizeof(set), &set);
}

int main(int argc, char **argv)
{
	struct tracing tracing = {.list = NULL};
	pid_t first;
	int status;

	if (argc < 3 || !read_task(&tracing, argv[1])) {
		fprintf(stderr, "Usage: fault LIST|PROCESS:NUMBER:ERRNO:NAME COMMAND...\n");
		return STATUS_BROKEN;
	}
	stay_on_one_processor();
	first = fork();
	if (first == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		execv(argv[2], argv + 2);
		_exit(STATUS_BROKEN);
	}
	status = trace(&tracing, first);
	if (tracing.list)
		return fclose(tracing.list) == 0 ? status : STATUS_BROKEN;
	return tracing.met ? status : STATUS_NOT_MET;
}
