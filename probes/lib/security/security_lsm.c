/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Security modules. The list of the active ones comes from lsm_list_modules(2), or else from
 * securityfs, if need be from an instance of its own that is mounted nowhere; without both some
 * can be asked one by one.
 * Sources: Documentation/userspace-api/lsm.rst, Documentation/admin-guide/LSM, landlock(7).
 */
#include "security/security.h"

#include "base/file.h"
#include "base/finding.h"
#include "survey/probe.h"

#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef __NR_lsm_list_modules
#define __NR_lsm_list_modules 461
#endif
#ifndef PR_SET_PTRACER
#define PR_SET_PTRACER 0x59616d61
#endif
#ifndef SECURITYFS_MAGIC
#define SECURITYFS_MAGIC 0x73636673
#endif

static const char securityfs_mount[] = "/sys/kernel/security";

/* By the numbers of lsm_list_modules(2). */
static const char *const numbered[] = {
	[100 - 100] = "capability", [101 - 100] = "selinux",   [102 - 100] = "smack",
	[103 - 100] = "tomoyo",	    [104 - 100] = "apparmor",  [105 - 100] = "yama",
	[106 - 100] = "loadpin",    [107 - 100] = "safesetid", [108 - 100] = "lockdown",
	[109 - 100] = "bpf",	    [110 - 100] = "landlock",  [111 - 100] = "ima",
	[112 - 100] = "evm",	    [113 - 100] = "ipe",
};

static void add_active(struct security_survey *survey, uint64_t number)
{
	size_t used = strlen(survey->active), left = sizeof survey->active - used;
	const char *blank = used ? " " : "";

	if (number >= 100 && number - 100 < COUNT(numbered))
		snprintf(survey->active + used, left, "%s%s", blank, numbered[number - 100]);
	else
		snprintf(survey->active + used, left, "%s%llu", blank, (unsigned long long)number);
	survey->count++;
}

static bool list_by_call(struct security_survey *survey)
{
	uint64_t numbers[32];
	uint32_t size = sizeof numbers;
	long count = syscall(__NR_lsm_list_modules, numbers, &size, 0);

	for (long i = 0; i < count; i++)
		add_active(survey, numbers[i]);
	if (count > 0)
		survey->source = "lsm_list_modules";
	return count > 0;
}

static bool list_by_file(struct security_survey *survey)
{
	if (survey->securityfs < 0 ||
	    file_read(survey->securityfs, "lsm", survey->active, sizeof survey->active) < 0)
		return false;
	survey->source = "securityfs";
	survey->count = survey->active[0] != '\0';
	for (char *comma = survey->active; (comma = strchr(comma, ',')); survey->count++)
		*comma = ' ';
	return true;
}

/* Where the file system is not there, asking for it would make the kernel look for a module. */
static int own_securityfs(void)
{
	int context, mount = -1;

	if (access(securityfs_mount, F_OK) < 0)
		return -1;
	context = (int)syscall(SYS_fsopen, "securityfs", FSOPEN_CLOEXEC);
	if (context < 0)
		return -1;
	if (syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		mount = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0);
	close(context);
	return mount;
}

static int open_securityfs(void)
{
	int fd = open(securityfs_mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (fd < 0)
		return -1;
	if (fstatfs(fd, &fs) == 0 && fs.f_type == SECURITYFS_MAGIC)
		return fd;
	close(fd);
	return own_securityfs();
}

struct security_survey *security_survey(struct redprobe *probe)
{
	struct security_survey *made = probe->security;

	if (made)
		return made;
	made = calloc(1, sizeof *made);
	if (!made)
		return NULL;
	probe->security = made;
	made->securityfs = open_securityfs();
	if (!list_by_call(made))
		list_by_file(made);
	return made;
}

/* A module with a directory of its own in /proc/self/attr shows there: EINVAL if it is not active.
 */
static int ask_attribute(const char *path)
{
	char text[128];
	int error = file_read(AT_FDCWD, path, text, sizeof text);

	if (error == 0)
		return 0;
	if (error == -ENOENT)
		return access("/proc/self/attr", F_OK) == 0 ? ENOSYS : ENODATA;
	return error == -EINVAL ? EOPNOTSUPP : ENODATA;
}

static int ask_apparmor(const struct security_survey *found)
{
	(void)found;
	return ask_attribute("/proc/self/attr/apparmor/current");
}

static int ask_smack(const struct security_survey *found)
{
	(void)found;
	return ask_attribute("/proc/self/attr/smack/current");
}

static int ask_landlock(const struct security_survey *found)
{
	enum { CREATE_RULESET_VERSION = 1 };
	long version = syscall(__NR_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);

	(void)found;
	if (version >= 0)
		return 0;
	return errno == EOPNOTSUPP || (errno == ENOSYS && !seccomp_filtered()) ? errno : ENODATA;
}

/* To allow nobody more to trace, which is how it is: only Yama knows the word. */
static int ask_yama(const struct security_survey *found)
{
	(void)found;
	if (prctl(PR_SET_PTRACER, 0UL, 0UL, 0UL, 0UL) == 0)
		return 0;
	return errno == EINVAL ? EOPNOTSUPP : ENODATA;
}

static int ask_selinux(const struct security_survey *found)
{
	(void)found;
	if (access("/sys/fs/selinux", F_OK) == 0)
		return 0;
	return access("/sys/fs", F_OK) == 0 ? EOPNOTSUPP : ENODATA;
}

/* IMA is active wherever it is built in. */
static int ask_integrity(const struct security_survey *found)
{
	if (found->securityfs < 0)
		return ENODATA;
	return faccessat(found->securityfs, "ima", F_OK, 0) == 0 ? 0 : ENOSYS;
}

const struct lsm lsm_apparmor = {{"apparmor"}, NULL, ask_apparmor};
const struct lsm lsm_bpf = {{"bpf"}, "bpf_lsm_file_open", NULL};
const struct lsm lsm_integrity = {{"integrity", "ima", "evm"}, "ima_file_check", ask_integrity};
const struct lsm lsm_landlock = {{"landlock"}, NULL, ask_landlock};
const struct lsm lsm_lockdown = {{"lockdown"}, "lockdown_is_locked_down", NULL};
const struct lsm lsm_selinux = {{"selinux"}, "selinux_inode_permission", ask_selinux};
const struct lsm lsm_smack = {{"smack"}, NULL, ask_smack};
const struct lsm lsm_tomoyo = {{"tomoyo"}, "tomoyo_path_unlink", NULL};
const struct lsm lsm_yama = {{"yama"}, "yama_ptrace_traceme", ask_yama};

/* The name by which it is in the list, or NULL. */
static const char *listed(const struct security_survey *found, const struct lsm *lsm)
{
	for (size_t i = 0; i < COUNT(lsm->names) && lsm->names[i]; i++)
		if (has_word(found->active, lsm->names[i]))
			return lsm->names[i];
	return NULL;
}

/* A kernel built without security modules has no attributes of theirs. */
static bool no_modules_at_all(void)
{
	return access("/proc/self/stat", F_OK) == 0 && access("/proc/self/attr", F_OK) < 0;
}

/* It is not active: is it built in? `asked` is what lsm->ask said, ENODATA if it was not asked. */
static enum symbol built_in(struct security_survey *found, const struct lsm *lsm, int asked)
{
	if (asked == ENOSYS || no_modules_at_all())
		return SYMBOL_ABSENT;
	if (lsm->symbol)
		return symbol_look(&found->symbols, lsm->symbol);
	return asked == EOPNOTSUPP ? SYMBOL_BUILT_IN : SYMBOL_UNSEEN;
}

static void say_inactive(struct security_survey *found, const struct lsm *lsm, int asked,
			 struct redprobe_finding *finding)
{
	const char *list = found->source ? found->active : "not to be seen";

	switch (built_in(found, lsm, asked)) {
	case SYMBOL_ABSENT:
		finding_unsupported(finding, "not built in; active are: %s", list);
		break;
	case SYMBOL_BUILT_IN:
		finding_restricted(finding,
				   "the choice at boot: parameters lsm= and security=, CONFIG_LSM",
				   "built in, not active; active are: %s", list);
		break;
	default:
		finding_unknown(finding, "/sys/kernel/btf/vmlinux or /proc/kallsyms",
				"not active, but it may be built in; active are: %s", list);
	}
}

void security_find_lsm(struct redprobe *probe, const void *argument,
		       struct redprobe_finding *finding)
{
	struct security_survey *found = security_survey(probe);
	const struct lsm *lsm = argument;
	int asked = found && lsm->ask ? lsm->ask(found) : ENODATA;
	const char *name;

	if (!found) {
		finding_refused(finding, ENOMEM, false, "making room for the answer");
		return;
	}
	name = listed(found, lsm);
	if (name)
		finding_supported(finding, "%s is active, says %s", name, found->source);
	else if (asked == 0)
		finding_supported(finding, "active: it answers");
	else if (found->source || asked != ENODATA || no_modules_at_all())
		say_inactive(found, lsm, asked, finding);
	else
		finding_unknown(finding, "securityfs mounted, or CAP_SYS_ADMIN to do so",
				"lsm_list_modules: not there; no securityfs on %s",
				securityfs_mount);
}

void security_find_list(struct redprobe *probe, const void *argument,
			struct redprobe_finding *finding)
{
	const struct security_survey *found = security_survey(probe);

	(void)argument;
	if (!found)
		finding_refused(finding, ENOMEM, false, "making room for the answer");
	else if (!found->source && no_modules_at_all())
		finding_unsupported(finding, "there is no /proc/self/attr");
	else if (!found->source)
		finding_unknown(finding, "securityfs mounted, or CAP_SYS_ADMIN to do so",
				"lsm_list_modules: not there; no securityfs on %s",
				securityfs_mount);
	else {
		finding_number(finding, (long long)found->count);
		finding_supported(finding, "%s: %s", found->source, found->active);
	}
}
