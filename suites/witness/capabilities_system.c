/* SPDX-License-Identifier: Apache-2.0 */
/* Operations on the whole system that a capability permits. None changes it. */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/klog.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "capabilities.h"
#include "witness.h"

/* syslog(2); glibc has no name for it. */
enum { SYSLOG_ACTION_SIZE_UNREAD = 9 };

/* An empty image passes the permission check and nothing after it. */
int load_module(const char *unused)
{
	(void)unused;
	int result = result_of(syscall(SYS_init_module, "", 0, ""));
	return result == -ENOEXEC ? 0 : result;
}

int stop_accounting(const char *unused)
{
	(void)unused;
	return result_of(acct(NULL));
}

/* Only where Ctrl-Alt-Del goes; in the initial PID namespace, elsewhere it is EINVAL. */
int configure_reboot(const char *unused)
{
	(void)unused;
	return result_of(reboot(RB_DISABLE_CAD));
}

int set_clock(const char *unused)
{
	(void)unused;
	struct timex clock = {0};
	if (adjtimex(&clock) < 0)
		broken("cannot read the clock's tick");
	clock.modes = ADJ_TICK;
	return result_of(adjtimex(&clock));
}

/* Without a controlling terminal there is nothing to hang up. */
int hang_up_terminal(const char *unused)
{
	(void)unused;
	return result_of(vhangup());
}

/* AppArmor's policy is administered through directories; an empty namespace has no effect. */
int make_policy_namespace(const char *directory)
{
	char path[4096];
	snprintf(path, sizeof(path), "%s/witness", directory ? directory : "");
	int result = result_of(mkdir(path, 0755));
	if (result == 0 && rmdir(path) < 0)
		broken("cannot remove %s", path);
	return result;
}

int control_log(const char *unused)
{
	(void)unused;
	return result_of(klogctl(SYSLOG_ACTION_SIZE_UNREAD, NULL, 0));
}

int make_wake_timer(const char *unused)
{
	(void)unused;
	return result_of(timerfd_create(CLOCK_REALTIME_ALARM, TFD_CLOEXEC));
}

int block_suspend(const char *unused)
{
	(void)unused;
	struct epoll_event event = {.events = EPOLLIN | EPOLLWAKEUP};
	int instance = epoll_create1(EPOLL_CLOEXEC), target = eventfd(0, EFD_CLOEXEC);
	if (instance < 0 || target < 0 || epoll_ctl(instance, EPOLL_CTL_ADD, target, &event) < 0)
		broken("cannot set up epoll");
	static const char label[] = "events:";
	char path[64], line[256];
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", instance);
	FILE *info = fopen(path, "re");
	if (!info)
		broken("cannot open %s", path);
	unsigned long events = 0;
	while (fgets(line, sizeof(line), info)) {
		const char *field = strstr(line, label);
		if (field)
			events = strtoul(field + strlen(label), NULL, 16);
	}
	fclose(info);
	if (!events)
		broken("no events in %s", path);
	return (events & EPOLLWAKEUP) ? 0 : IGNORED;
}

int count_system_wide(const char *unused)
{
	(void)unused;
	const struct perf_event_attr event = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(event),
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.disabled = 1,
	};
	const int every_process = -1, first_processor = 0, no_group = -1;
	return result_of(syscall(SYS_perf_event_open, &event, every_process, first_processor,
				 no_group, PERF_FLAG_FD_CLOEXEC));
}

/* Arrays may be open to everybody; queues need the capability whatever the sysctl says. */
int make_privileged_map(const char *unused)
{
	(void)unused;
	union bpf_attr attributes;
	memset(&attributes, 0, sizeof(attributes));
	attributes.map_type = BPF_MAP_TYPE_QUEUE;
	attributes.value_size = 4;
	attributes.max_entries = 1;
	return result_of(syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof(attributes)));
}
