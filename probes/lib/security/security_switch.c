/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Protections with a sysctl. Where an ordinary process can try what is protected it does, and the
 * sysctl is the cause of what it finds.
 * Source: Documentation/admin-guide/sysctl/{kernel,fs}.rst.
 */
#include "security/security_switch.h"

#include "base/finding.h"
#include "base/sysctl.h"
#include "survey/probe.h"

#include <errno.h>
#include <stdio.h>

static bool at_least_1(long long value)
{
	return value >= 1;
}

static bool at_least_2(long long value)
{
	return value >= 2;
}

static bool not_1(long long value)
{
	return value != 1;
}

const struct protection protection_kptr = {"kernel.kptr_restrict", at_least_1, ORDINARY_KALLSYMS,
					   NULL};
const struct protection protection_dmesg = {"kernel.dmesg_restrict", at_least_1, ORDINARY_SYSLOG,
					    "kernel log"};
const struct protection protection_bpf = {"kernel.unprivileged_bpf_disabled", at_least_1,
					  ORDINARY_BPF, "bpf(2)"};
const struct protection protection_io_uring = {"kernel.io_uring_disabled", at_least_1,
					       ORDINARY_IO_URING, "io_uring"};
const struct protection protection_perf = {"kernel.perf_event_paranoid", at_least_2, ORDINARY_PERF,
					   "perf_event_open(2)"};
const struct protection protection_symlinks = {"fs.protected_symlinks", at_least_1,
					       ORDINARY_NOTHING, NULL};
const struct protection protection_hardlinks = {"fs.protected_hardlinks", at_least_1,
						ORDINARY_NOTHING, NULL};
const struct protection protection_dumpable = {"fs.suid_dumpable", not_1, ORDINARY_DUMPABLE, NULL};

struct setting setting_read(const char *name, struct redprobe_finding *finding)
{
	struct setting setting = {.error = sysctl_read(name, &setting.value)};

	finding->evidence = REDPROBE_SYSCTL;
	if (setting.error == -ENOENT)
		snprintf(setting.text, sizeof setting.text, "no sysctl %s", name);
	else if (setting.error)
		snprintf(setting.text, sizeof setting.text, "sysctl %s cannot be read: %s", name,
			 setting.error == -ENODATA ? "no /proc/sys" : error_name(-setting.error));
	else {
		snprintf(setting.text, sizeof setting.text, "sysctl %s = %lld", name,
			 setting.value);
		finding_number(finding, setting.value);
	}
	return setting;
}

void setting_say(const struct setting *setting, bool in_force, const char *more,
		 struct redprobe_finding *finding)
{
	if (setting->error == -ENOENT)
		finding_unsupported(finding, "%s%s", setting->text, more);
	else if (setting->error)
		finding_unknown(finding, "/proc/sys mounted and readable", "%s%s", setting->text,
				more);
	else if (in_force)
		finding_supported(finding, "%s%s", setting->text, more);
	else
		finding_restricted(finding, setting->text, "%s%s", setting->text, more);
}

void security_find_protection(struct redprobe *probe, const void *argument,
			      struct redprobe_finding *finding)
{
	const struct protection *protection = argument;
	const struct ordinary *ordinary = protection->trial ? ordinary_ask(probe) : NULL;
	int answer = ordinary ? ordinary->answers[protection->trial] : ORDINARY_UNTRIED;
	struct setting setting = setting_read(protection->sysctl, finding);
	bool in_force = setting.error == 0 && protection->in_force(setting.value);
	bool refused = answer == EPERM || answer == EACCES;
	char tried[128], through[sizeof finding->forbidden_by];

	ordinary_say(protection->trial, answer, tried, sizeof tried);
	if (refused || answer == ORDINARY_ALLOWED || answer == ENOSYS)
		finding->evidence = REDPROBE_BEHAVIOUR;
	if (answer == ENOSYS && !seccomp_filtered())
		finding_supported(finding, "this kernel has no %s%s", protection->nothing, tried);
	else if (refused && setting.error)
		finding_supported(finding, "%s%s", setting.text, tried);
	else if (answer == ORDINARY_ALLOWED && in_force) {
		snprintf(through, sizeof through, "%s lets this process through", setting.text);
		finding_restricted(finding, through, "%s%s", setting.text, tried);
	} else
		setting_say(&setting, in_force, tried, finding);
}
