/* SPDX-License-Identifier: Apache-2.0 */
/* Protections of the kernel that can be switched on and off. */
#ifndef REDPROBE_SECURITY_SWITCH_H
#define REDPROBE_SECURITY_SWITCH_H

#include "security/ordinary.h"

/* A protection with a sysctl. */
struct protection {
	const char *sysctl;
	bool (*in_force)(long long value);
	enum ordinary_trial trial; /* what shows it, or ORDINARY_NOTHING */
	const char *nothing;	   /* what there is not if the trial says ENOSYS */
};

extern const struct protection protection_kptr, protection_dmesg, protection_bpf,
	protection_io_uring, protection_perf, protection_symlinks, protection_hardlinks,
	protection_dumpable;

/*
 * The finding about a protection (struct protection): supported, it is in force, or there is
 * nothing to protect; restricted, it is switched off; unsupported, this kernel lacks it. The number
 * is the value of the sysctl.
 */
redprobe_function security_find_protection;

/* The same for protections that show in a way of their own. */
redprobe_function security_find_ptrace, security_find_kexec, security_find_modules,
	security_find_signatures, security_find_userns, security_find_randomize,
	security_find_lockdown, security_find_mitigations;

/* A sysctl as it was found. */
struct setting {
	int error; /* of sysctl_read */
	long long value;
	char text[96]; /* "sysctl kernel.kptr_restrict = 0" */
};

/* Reads it; its value is the number of the finding. */
struct setting setting_read(const char *name, struct redprobe_finding *finding);

/* Says the finding that follows from the sysctl alone; `more` is added to the detail. */
void setting_say(const struct setting *setting, bool in_force, const char *more,
		 struct redprobe_finding *finding);

#endif
