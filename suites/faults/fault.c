/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a command and lets one of its system calls fail, ptrace(2).
 *
 *   fault LIST COMMAND...                          writes the calls to the file LIST
 *   fault PROCESS:NUMBER:ERRNO:NAME COMMAND...     lets one fail; it is not made
 *
 * A line of LIST: PROCESS NUMBER NAME. Processes count from 0 in the order of their birth, calls of
 * a name in a process from 1. What executes a program (but for COMMAND itself) is let go and not
 * counted on. Exit status: that of COMMAND, 128+N for a signal; 2 when nothing could be run, 3 when
 * the call to fail was not met.
 */
#include <errno.h>
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

/* @list: NULL when a call is to fail, the one @name that is numbered @number of the @process. */
struct tracing {
	FILE *list;
	long process, number;
	int error;
	char name[32];
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

static bool is_to_fail(const struct tracing *tracing, const struct process *process, long number,
		       const char *name)
{
	return process - tracing->processes == tracing->process && number == tracing->number &&
	       !strcmp(name, tracing->name);
}

static void at_entry(struct tracing *tracing, struct process *process,
		     struct user_regs_struct *registers)
{
	char *known = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, (int)registers->orig_rax);
	const char *name = known ? known : "?";
	long number = ++process->made[registers->orig_rax % CALLS_MAX];

	process->calls++;
	if (tracing->list) {
		fprintf(tracing->list, "%td %ld %s\n", process - tracing->processes, number, name);
	} else if (is_to_fail(tracing, process, number, name)) {
		process->failing = tracing->met = true;
		registers->orig_rax = (unsigned long long)-1;
		ptrace(PTRACE_SETREGS, process->pid, NULL, registers);
	}
	free(known);
}

static void at_exit(const struct tracing *tracing, struct process *process,
		    struct user_regs_struct *registers)
{
	if (!process->failing)
		return;
	process->failing = false;
	registers->rax = (unsigned long long)-tracing->error;
	ptrace(PTRACE_SETREGS, process->pid, NULL, registers);
}

static void at_call(struct tracing *tracing, struct process *process)
{
	struct __ptrace_syscall_info info;
	struct user_regs_struct registers;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, process->pid, sizeof(info), &info) < 0 ||
	    ptrace(PTRACE_GETREGS, process->pid, NULL, &registers) < 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		at_entry(tracing, process, &registers);
	else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
		at_exit(tracing, process, &registers);
}

/* A child has its number when it is made, as it may end before it stops for the first time. */
static void number_child(struct tracing *tracing, pid_t parent)
{
	unsigned long child;

	if (ptrace(PTRACE_GETEVENTMSG, parent, NULL, &child) == 0)
		process_of(tracing, (pid_t)child);
}

/* Handles one stop. Returns the signal to go on with, or -1 to let the process go. */
static int at_stop(struct tracing *tracing, pid_t pid, int wait_status)
{
	int signal_number = WSTOPSIG(wait_status);
	int event = wait_status >> 16;
	bool known = tracing->count > 0;
	struct process *process = process_of(tracing, pid);

	if (event == PTRACE_EVENT_EXEC)
		return process->calls > 1 || process != tracing->processes ? -1 : 0;
	if (event) {
		number_child(tracing, pid);
		return 0;
	}
	if (signal_number == (SIGTRAP | 0x80)) {
		at_call(tracing, process);
		return 0;
	}
	/* A new process, and the first one, begin with a stop of the tracing itself. */
	if (signal_number == SIGSTOP && (process->calls == 0 || !known))
		return 0;
	return signal_number;
}

static int trace(struct tracing *tracing, pid_t first)
{
	int wait_status, status = STATUS_BROKEN;
	pid_t pid;

	while ((pid = waitpid(-1, &wait_status, __WALL)) > 0) {
		int signal_number;

		if (!WIFSTOPPED(wait_status)) {
			if (pid == first)
				status = WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status)
								  : WEXITSTATUS(wait_status);
			continue;
		}
		if (pid == first && tracing->count == 0)
			ptrace(PTRACE_SETOPTIONS, pid, NULL, OPTIONS);
		signal_number = at_stop(tracing, pid, wait_status);
		if (signal_number < 0)
			ptrace(PTRACE_DETACH, pid, NULL, 0);
		else
			ptrace(PTRACE_SYSCALL, pid, NULL, signal_number);
	}
	return status;
}

int main(int argc, char **argv)
{
	struct tracing tracing = {.list = NULL};
	pid_t first;
	int status;

	if (argc < 3) {
		fprintf(stderr, "Usage: fault LIST|PROCESS:NUMBER:ERRNO:NAME COMMAND...\n");
		return STATUS_BROKEN;
	}
	if (sscanf(argv[1], "%ld:%ld:%d:%31s", &tracing.process, &tracing.number, &tracing.error,
		   tracing.name) != 4)
		tracing.list = fopen(argv[1], "we");
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
