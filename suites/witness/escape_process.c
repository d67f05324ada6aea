/* SPDX-License-Identifier: Apache-2.0 */
/* Ways to a process that is not the node's: to influence it, and to what it has. */
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "escape.h"
#include "witness.h"

static int open_process(const char *pid)
{
	return (int)syscall(SYS_pidfd_open, process_of(pid), 0);
}

/* Influence. */

static int signal_process(const char *pid)
{
	return result_of(kill(process_of(pid), SIGUSR1));
}

static int signal_by_descriptor(const char *pid)
{
	int process = open_process(pid);

	if (process < 0)
		return -errno;
	return result_of(syscall(SYS_pidfd_send_signal, process, SIGUSR2, NULL, 0));
}

static int lower_priority(const char *pid)
{
	return result_of(setpriority(PRIO_PROCESS, (id_t)process_of(pid), 5));
}

static int limit_memory(const char *pid)
{
	const struct rlimit none = {0, 0};

	return result_of(prlimit(process_of(pid), RLIMIT_MEMLOCK, &none, NULL));
}

static int choose_processor(const char *pid)
{
	cpu_set_t first;

	CPU_ZERO(&first);
	CPU_SET(0, &first);
	return result_of(sched_setaffinity(process_of(pid), sizeof(first), &first));
}

/* The group of processes that the payload was started in, whatever PID namespace they are in. */

static int signal_group(const char *unused)
{
	(void)unused;
	/* What is not waiting for it ignores it, the witness included. */
	return result_of(kill(0, SIGURG));
}

static int lower_priority_of_group(const char *unused)
{
	(void)unused;
	return result_of(setpriority(PRIO_PGRP, 0, 6));
}

/* What it has in memory. Fields: PID, ADDRESS of the secret. */

struct place {
	pid_t pid;
	uintptr_t address;
	char bytes[sizeof(SECRET)];
};

static struct place place_of(const char *argument)
{
	const char *texts[2];
	struct place place = {0};

	split(argument, texts, 2);
	place.pid = process_of(texts[0]);
	place.address = (uintptr_t)number_of(texts[1]);
	return place;
}

static int trace_process(const char *argument)
{
	struct place place = place_of(argument);

	if (ptrace(PTRACE_ATTACH, place.pid, NULL, NULL) < 0)
		return -errno;
	if (waitpid(place.pid, NULL, __WALL) < 0)
		return -errno;
	for (size_t i = 0; i < sizeof(place.bytes); i += sizeof(long)) {
		errno = 0;
		long word = ptrace(PTRACE_PEEKDATA, place.pid, place.address + i, NULL);
		size_t left = sizeof(place.bytes) - i;

		if (errno)
			return -errno;
		memcpy(place.bytes + i, &word, left < sizeof(word) ? left : sizeof(word));
	}
	ptrace(PTRACE_DETACH, place.pid, NULL, NULL);
	return is_secret(place.bytes, sizeof(place.bytes));
}

static int read_memory(const char *argument)
{
	struct place place = place_of(argument);
	struct iovec local = {place.bytes, sizeof(place.bytes)};
	struct iovec remote = {(void *)place.address, sizeof(place.bytes)};

	if (syscall(SYS_process_vm_readv, place.pid, &local, 1, &remote, 1, 0) < 0)
		return -errno;
	return is_secret(place.bytes, sizeof(place.bytes));
}

/* Fields: FILE, ADDRESS of the secret. */
static int read_memory_file(const char *argument)
{
	struct place place = {0};
	const char *texts[2];
	int fd;

	split(argument, texts, 2);
	place.address = (uintptr_t)number_of(texts[1]);
	fd = open(texts[0], O_RDONLY | O_CLOEXEC);
	if (fd < 0 || pread(fd, place.bytes, sizeof(place.bytes), (off_t)place.address) < 0)
		return -errno;
	return is_secret(place.bytes, sizeof(place.bytes));
}

/* What it has open: its standard input is a file with the secret. */

static int take_descriptor(const char *pid)
{
	int process = open_process(pid);
	int fd = process < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, process, STDIN_FILENO, 0);

	if (fd < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	return find_secret(fd);
}

/* Whether they are the same is told in an order that hides addresses. */
static int compare_process(const char *pid)
{
	return result_of(syscall(SYS_kcmp, getpid(), process_of(pid), KCMP_VM, 0, 0));
}

/* Where it lives. Fields: PID, PATH of a file there that holds the secret. */
static int join_mounts(const char *argument)
{
	const char *texts[2];
	int process;

	split(argument, texts, 2);
	process = open_process(texts[0]);
	if (process < 0 || setns(process, CLONE_NEWNS) < 0)
		return -errno;
	return read_secret_at(AT_FDCWD, texts[1]);
}

const struct observation escape_process_observations[] = {
	{"signal_process", NULL, signal_process, "=PID: kill with SIGUSR1"},
	{"signal_by_descriptor", NULL, signal_by_descriptor, "=PID: pidfd_send_signal of SIGUSR2"},
	{"lower_priority", NULL, lower_priority, "=PID: setpriority to 5"},
	{"limit_memory", NULL, limit_memory, "=PID: prlimit of RLIMIT_MEMLOCK to 0"},
	{"choose_processor", NULL, choose_processor, "=PID: sched_setaffinity to processor 0"},
	{"signal_group", NULL, signal_group, "kill of the own process group with SIGURG"},
	{"lower_priority_of_group", NULL, lower_priority_of_group, "setpriority of it to 6"},
	{"trace_process", NULL, trace_process, "=PID,ADDRESS: ptrace and read the secret"},
	{"read_memory", NULL, read_memory, "=PID,ADDRESS: process_vm_readv of the secret"},
	{"read_memory_file", NULL, read_memory_file,
	 "=FILE,ADDRESS: the same by its /proc/PID/mem"},
	{"take_descriptor", NULL, take_descriptor, "=PID: pidfd_getfd, and read the secret"},
	{"compare_process", NULL, compare_process, "=PID: kcmp of its memory with the own"},
	{"join_mounts", NULL, join_mounts, "=PID,PATH: setns by pidfd, and read the secret"},
	{0},
};
