/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Protections that show in a way of their own.
 * Sources: Documentation/admin-guide/sysctl/kernel.rst, Documentation/admin-guide/LSM/Yama.rst,
 * Documentation/admin-guide/hw-vuln, Documentation/admin-guide/module-signing.rst,
 * kernel_lockdown(7), kexec_load(2), finit_module(2), personality(2).
 */
#include "base/file.h"
#include "base/finding.h"
#include "base/userns.h"
#include "module/module.h"
#include "security/security.h"
#include "security/security_switch.h"
#include "survey/probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <unistd.h>

void security_find_ptrace(struct redprobe *probe, const void *argument,
			  struct redprobe_finding *finding)
{
	struct setting setting;

	(void)argument;
	security_find_lsm(probe, &lsm_yama, finding);
	if (finding->status != REDPROBE_SUPPORTED)
		return;
	setting = setting_read("kernel.yama.ptrace_scope", finding);
	setting_say(&setting, setting.value >= 1, "", finding);
}

void security_find_kexec(struct redprobe *probe, const void *argument,
			 struct redprobe_finding *finding)
{
	const struct ordinary *ordinary = ordinary_ask(probe);
	struct setting setting = setting_read("kernel.kexec_load_disabled", finding);
	int load = ordinary ? ordinary->answers[ORDINARY_KEXEC] : ORDINARY_UNTRIED;
	int file = ordinary ? ordinary->answers[ORDINARY_KEXEC_FILE] : ORDINARY_UNTRIED;
	char first[96], tried[200];
	bool none;

	(void)argument;
	ordinary_say(ORDINARY_KEXEC, load, first, sizeof first);
	snprintf(tried, sizeof tried, "%s", first);
	ordinary_say(ORDINARY_KEXEC_FILE, file, tried + strlen(first),
		     sizeof tried - strlen(first));
	/*
	 * Where a filter may have answered, the sysctl that is missing tells the same; where it is
	 * there, a process of another word size may lack the calls.
	 */
	none = seccomp_filtered() ? setting.error == -ENOENT
				  : setting.error && load == ENOSYS && file == ENOSYS;
	if (none) {
		finding->evidence = REDPROBE_BEHAVIOUR;
		finding_supported(finding, "this kernel starts no other%s", tried);
	} else
		setting_say(&setting, setting.value == 1, tried, finding);
}

void security_find_modules(struct redprobe *probe, const void *argument,
			   struct redprobe_finding *finding)
{
	struct setting setting = setting_read("kernel.modules_disabled", finding);

	(void)probe;
	(void)argument;
	if (module_kernel_loads()) {
		setting_say(&setting, setting.value == 1, "", finding);
		return;
	}
	finding->evidence = REDPROBE_BEHAVIOUR;
	finding_supported(finding, "this kernel loads no modules: finit_module: ENOSYS");
}

/* How far the kernel is locked down: 0 not at all, 1 integrity, 2 confidentiality; -1: unseen. */
static int lockdown_level(const struct security_survey *found)
{
	static const char *const levels[] = {"[none]", "[integrity]", "[confidentiality]"};
	char text[64];

	if (!found || found->securityfs < 0 ||
	    file_read(found->securityfs, "lockdown", text, sizeof text) < 0)
		return -1;
	for (int i = 0; i < (int)COUNT(levels); i++)
		if (strstr(text, levels[i]))
			return i;
	return -1;
}

void security_find_lockdown(struct redprobe *probe, const void *argument,
			    struct redprobe_finding *finding)
{
	static const char *const levels[] = {"none", "integrity", "confidentiality"};
	int level = lockdown_level(security_survey(probe));

	(void)argument;
	if (level < 0) {
		security_find_lsm(probe, &lsm_lockdown, finding);
		if (finding->status == REDPROBE_SUPPORTED)
			finding_unknown(finding, "securityfs mounted, or CAP_SYS_ADMIN to do so",
					"Lockdown is active, its level is not to be seen");
		return;
	}
	finding->evidence = REDPROBE_FILE;
	finding_number(finding, level);
	if (level)
		finding_supported(finding, "lockdown in securityfs is %s", levels[level]);
	else
		finding_restricted(finding, "lockdown = none, boot parameter lockdown=",
				   "lockdown in securityfs is none");
}

void security_find_signatures(struct redprobe *probe, const void *argument,
			      struct redprobe_finding *finding)
{
	int required = module_signature_required();

	(void)argument;
	finding->evidence = REDPROBE_FILE;
	if (!module_kernel_loads()) {
		finding->evidence = REDPROBE_BEHAVIOUR;
		finding_supported(finding, "this kernel loads no modules: finit_module: ENOSYS");
	} else if (required == -ENOENT && access("/sys/module", F_OK) < 0)
		finding_unknown(finding, "/sys mounted", "%s is not to be seen",
				module_sig_enforce);
	else if (required == -ENOENT)
		finding_unsupported(finding, "there is no %s", module_sig_enforce);
	else if (required < 0)
		finding_refused(finding, -required, false, "reading %s", module_sig_enforce);
	else if (required)
		finding_supported(finding, "%s is Y", module_sig_enforce);
	else if (lockdown_level(security_survey(probe)) > 0)
		finding_supported(finding, "%s is N, but the kernel is locked down",
				  module_sig_enforce);
	else
		finding_restricted(finding, "module.sig_enforce = N", "%s is N",
				   module_sig_enforce);
}

static struct setting first_userns_switch(struct redprobe_finding *finding)
{
	const struct userns_switch *one = userns_switches;
	struct setting setting;

	do
		setting = setting_read(one->sysctl, finding);
	while (setting.error && (++one)->sysctl);
	return setting;
}

void security_find_userns(struct redprobe *probe, const void *argument,
			  struct redprobe_finding *finding)
{
	const struct ordinary *ordinary = ordinary_ask(probe);
	int made = ordinary ? ordinary->answers[ORDINARY_USERNS] : ORDINARY_UNTRIED;
	int used = ordinary ? ordinary->answers[ORDINARY_USERNS_USED] : ORDINARY_UNTRIED;
	struct setting setting = first_userns_switch(finding);
	enum ordinary_trial trial = made ? ORDINARY_USERNS : ORDINARY_USERNS_USED;
	int answer = made ? made : used;
	const char *closed = userns_closed_by(answer);
	char tried[128];

	(void)argument;
	if (answer == ORDINARY_UNTRIED) {
		finding_unknown(finding, "a child process that answers", "not tried");
		return;
	}
	finding->evidence = REDPROBE_BEHAVIOUR;
	ordinary_say(trial, answer, tried, sizeof tried);
	if (answer == ORDINARY_ALLOWED)
		finding_restricted(finding,
				   setting.error ? "no switch that is seen is on" : setting.text,
				   "%s", tried + 2);
	else if (userns_absent(answer))
		finding_supported(finding, "this kernel has no user namespaces%s", tried);
	else if (!closed && userns_in_chroot())
		finding_unknown(finding, "a process outside a chroot", "%s", tried + 2);
	else if (!closed && seccomp_filtered())
		finding_unknown(finding, finding_unfiltered, "%s", tried + 2);
	else
		finding_supported(finding, "%s: %s", tried + 2,
				  closed ? closed : "by no switch that is known");
}

void security_find_randomize(struct redprobe *probe, const void *argument,
			     struct redprobe_finding *finding)
{
	struct setting setting = setting_read("kernel.randomize_va_space", finding);
	int own = personality(0xffffffff);

	(void)probe;
	(void)argument;
	if (own >= 0 && (own & ADDR_NO_RANDOMIZE))
		finding_restricted(finding, "personality ADDR_NO_RANDOMIZE of this process", "%s",
				   setting.text);
	else
		setting_say(&setting, setting.value >= 1,
			    setting.value == 1 ? ", that is, without the heap" : "", finding);
}

/* Adds the name of a weakness to the list of them. */
static void add_name(char *list, size_t size, const char *name)
{
	size_t used = strlen(list);

	snprintf(list + used, size - used, "%s%.40s", used ? " " : "", name);
}

void security_find_mitigations(struct redprobe *probe, const void *argument,
			       struct redprobe_finding *finding)
{
	DIR *files = opendir("/sys/devices/system/cpu/vulnerabilities");
	char text[256], names[240] = "";
	int count = 0, known = 0, unread = 0;
	struct dirent *file;

	(void)probe;
	(void)argument;
	finding->evidence = REDPROBE_FILE;
	if (!files && access("/sys/devices", F_OK) < 0) {
		finding_unknown(finding, "/sys mounted", "there is no /sys/devices");
		return;
	}
	if (!files && errno != ENOENT) {
		finding_refused(finding, errno, false, "reading what the kernel tells of faults");
		return;
	}
	if (!files) {
		finding_unsupported(finding, "this kernel tells nothing of its processors' faults");
		return;
	}
	while ((file = readdir(files))) {
		if (file->d_name[0] == '.')
			continue;
		if (file_read(dirfd(files), file->d_name, text, sizeof text) < 0) {
			unread++;
			continue;
		}
		known++;
		if (!strstr(text, "Vulnerable"))
			continue;
		count++;
		add_name(names, sizeof names, file->d_name);
	}
	closedir(files);
	if (!count && (unread || !known)) {
		finding_unknown(finding, "/sys/devices/system/cpu/vulnerabilities to be readable",
				"%d files of known faults cannot be read, %d can", unread, known);
		return;
	}
	finding_number(finding, count);
	if (!count)
		finding_supported(finding, "none of %d known faults is open", known);
	else
		finding_restricted(
			finding,
			booted_with("mitigations=off")
				? "boot parameter mitigations=off"
				: "microcode, boot parameters or how the kernel was built",
			"%d of %d known faults are open: %s", count, known, names);
}
