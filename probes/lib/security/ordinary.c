/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls that a kernel may keep from ordinary users, made without privilege in a child. Each is such
 * that nothing comes of it where it is allowed: its arguments are refused after the permission has
 * been looked at, or what it makes goes with the child.
 * Sources: syslog(2), bpf(2), io_uring_setup(2), kexec_load(2), perf_event_open(2), prctl(2).
 */
#include "security/ordinary.h"

#include "base/finding.h"
#include "base/privilege.h"
#include "base/vfork.h"
#include "survey/probe.h"

#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef __NR_io_uring_setup
#define __NR_io_uring_setup 425
#endif

enum { SYSLOG_SIZE_BUFFER = 10 };

static int answer_of(long result)
{
	return result < 0 ? errno : ORDINARY_ALLOWED;
}

/* Like answer_of, for a call whose arguments are refused with `refused` if it is allowed. */
static int answer_behind(long result, int refused)
{
	int answer = answer_of(result);

	return answer == refused ? ORDINARY_ALLOWED : answer;
}

static int try_syslog(void)
{
	return answer_of(syscall(SYS_syslog, SYSLOG_SIZE_BUFFER, NULL, 0));
}

static int try_bpf(void)
{
	union bpf_attr attributes;
	long fd;

	memset(&attributes, 0, sizeof attributes);
	attributes.map_type = BPF_MAP_TYPE_ARRAY;
	attributes.key_size = sizeof(uint32_t);
	attributes.value_size = sizeof(uint32_t);
	attributes.max_entries = 1;
	fd = syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof attributes);
	return answer_of(fd);
}

/* No ring has 0 entries. */
static int try_io_uring(void)
{
	uint64_t parameters[15] = {0};

	return answer_behind(syscall(__NR_io_uring_setup, 0, parameters), EINVAL);
}

/* Without privilege it is EPERM where the kernel has it. The flags would be refused anyway. */
static int try_kexec(void)
{
#ifdef SYS_kexec_load
	return answer_behind(syscall(SYS_kexec_load, 0UL, 0UL, NULL, ~0UL), EINVAL);
#else
	return ENOSYS;
#endif
}

static int try_kexec_file(void)
{
#ifdef SYS_kexec_file_load
	return answer_behind(syscall(SYS_kexec_file_load, -1, -1, 0UL, NULL, ~0UL), EINVAL);
#else
	return ENOSYS;
#endif
}

/* An event of the kernel; a period this long is refused after the permission was looked at. */
static int try_perf(void)
{
	struct perf_event_attr event;

	memset(&event, 0, sizeof event);
	event.type = PERF_TYPE_SOFTWARE;
	event.size = sizeof event;
	event.config = PERF_COUNT_SW_DUMMY;
	event.sample_period = 1ULL << 63;
	return answer_behind(syscall(SYS_perf_event_open, &event, 0, -1, -1, 0UL), EINVAL);
}

/* All addresses are zero if they are hidden; the first one may be so anyway. */
static int try_kallsyms(void)
{
	int fd = open("/proc/kallsyms", O_RDONLY | O_CLOEXEC);
	char text[4096], *line = text;
	ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof text - 1);

	if (fd >= 0)
		close(fd);
	if (size <= 0)
		return ORDINARY_UNTRIED;
	text[size] = '\0';
	do {
		if (strtoull(line, NULL, 16))
			return ORDINARY_ALLOWED;
		line = strchr(line, '\n');
	} while (line && *++line);
	return EPERM;
}

static int try_userns(void)
{
	return answer_of(unshare(CLONE_NEWUSER));
}

/* After try_userns. A rule of AppArmor lets it be made, but without use. */
static int try_userns_used(void)
{
	return answer_of(unshare(CLONE_NEWNS));
}

/* A process that has changed its user has the mode of dumps that is set for such. */
static int dumpable_answer(void)
{
	return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1 ? ORDINARY_ALLOWED : EPERM;
}

/* `refused` and `allowed` are told instead of an errno where there is none. */
static const struct {
	const char *tried, *refused, *allowed;
} words[ORDINARY_TRIALS] = {
	[ORDINARY_SYSLOG] = {"syslog", NULL, "ok"},
	[ORDINARY_BPF] = {"bpf(BPF_MAP_CREATE)", NULL, "ok"},
	[ORDINARY_IO_URING] = {"io_uring_setup", NULL, "allowed"},
	[ORDINARY_KEXEC] = {"kexec_load", NULL, "allowed"},
	[ORDINARY_KEXEC_FILE] = {"kexec_file_load", NULL, "allowed"},
	[ORDINARY_PERF] = {"perf_event_open of the kernel", NULL, "allowed"},
	[ORDINARY_DUMPABLE] = {"after setresuid", "not dumpable", "dumpable"},
	[ORDINARY_KALLSYMS] = {"addresses in /proc/kallsyms", "hidden", "shown"},
	[ORDINARY_USERNS] = {"unshare(CLONE_NEWUSER)", NULL, "ok"},
	[ORDINARY_USERNS_USED] = {"unshare(CLONE_NEWNS) in a user namespace", NULL, "ok"},
};

void ordinary_say(enum ordinary_trial trial, int answer, char *text, size_t size)
{
	const char *refused = words[trial].refused;

	text[0] = '\0';
	if (answer != ORDINARY_UNTRIED)
		snprintf(text, size, "; %s as an ordinary process: %s", words[trial].tried,
			 answer == ORDINARY_ALLOWED ? words[trial].allowed
			 : refused		    ? refused
						    : error_name(answer));
}

static void ask_all(void *argument)
{
	int *answers = ((struct ordinary *)argument)->answers;
	bool changed;

	if (privilege_give_up(&changed))
		return;
	answers[ORDINARY_DUMPABLE] = changed ? dumpable_answer() : ORDINARY_UNTRIED;
	answers[ORDINARY_SYSLOG] = try_syslog();
	answers[ORDINARY_BPF] = try_bpf();
	answers[ORDINARY_IO_URING] = try_io_uring();
	answers[ORDINARY_KEXEC] = try_kexec();
	answers[ORDINARY_KEXEC_FILE] = try_kexec_file();
	answers[ORDINARY_PERF] = try_perf();
	answers[ORDINARY_KALLSYMS] = try_kallsyms();
	answers[ORDINARY_USERNS] = try_userns();
	if (answers[ORDINARY_USERNS] == ORDINARY_ALLOWED)
		answers[ORDINARY_USERNS_USED] = try_userns_used();
}

const struct ordinary *ordinary_ask(struct redprobe *probe)
{
	struct ordinary *made = probe->ordinary;

	if (made)
		return made;
	made = vfork_shared(sizeof *made);
	if (!made)
		return NULL;
	probe->ordinary = made;
	for (size_t i = 0; i < ORDINARY_TRIALS; i++)
		made->answers[i] = ORDINARY_UNTRIED;
	vfork_run_within(probe->options.patience_ms, ask_all, made, 0);
	return made;
}
