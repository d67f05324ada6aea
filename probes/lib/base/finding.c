/* SPDX-License-Identifier: Apache-2.0 */
#include "base/finding.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const char finding_as_documented[] = "a kernel that answers as documented";
const char finding_unfiltered[] = "a process without seccomp filter";

/* What an errno tells when nothing more precise is known about the call that gave it. */
static const struct refusal {
	int error;
	enum redprobe_status status;
	const char *cause; /* forbidden_by or needs */
} refusals[] = {
	{ENOSYS, REDPROBE_UNSUPPORTED, NULL},
	{EINVAL, REDPROBE_UNSUPPORTED, NULL},
	{EOPNOTSUPP, REDPROBE_UNSUPPORTED, NULL},
	{EPERM, REDPROBE_RESTRICTED, "missing privilege or a security module (EPERM)"},
	{EACCES, REDPROBE_RESTRICTED, "file permissions or a security module (EACCES)"},
	{EROFS, REDPROBE_RESTRICTED, "a read-only mount"},
	{ENOSPC, REDPROBE_RESTRICTED, "a limit of the kernel (ENOSPC)"},
	{EUSERS, REDPROBE_RESTRICTED, "the nesting limit of namespaces (EUSERS)"},
	{EBUSY, REDPROBE_RESTRICTED, "use by others (EBUSY)"},
	{ENOMEM, REDPROBE_UNKNOWN, "memory"},
	{EMFILE, REDPROBE_UNKNOWN, "free file descriptors (RLIMIT_NOFILE)"},
	{ENFILE, REDPROBE_UNKNOWN, "free file descriptors (fs.file-max)"},
	{EAGAIN, REDPROBE_UNKNOWN, "free processes (RLIMIT_NPROC, pids.max)"},
};

static const struct refusal surprise = {0, REDPROBE_UNKNOWN, finding_as_documented};
static const struct refusal filter = {0, REDPROBE_UNKNOWN, finding_unfiltered};
static const struct refusal prevented = {0, REDPROBE_UNKNOWN, "a process in which that succeeds"};
static const struct refusal forbidden = {
	EPERM, REDPROBE_RESTRICTED,
	"a seccomp filter, missing privilege or a security module (EPERM)"};

static void FORMAT(4, 0) say(struct redprobe_finding *finding, enum redprobe_status status,
			     const char *cause, const char *format, va_list arguments)
{
	finding->status = status;
	vsnprintf(finding->detail, sizeof finding->detail, format, arguments);
	finding->forbidden_by[0] = finding->needs[0] = '\0';
	if (status == REDPROBE_RESTRICTED)
		snprintf(finding->forbidden_by, sizeof finding->forbidden_by, "%s", cause);
	if (status == REDPROBE_UNKNOWN)
		snprintf(finding->needs, sizeof finding->needs, "%s", cause);
}

void finding_supported(struct redprobe_finding *finding, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(finding, REDPROBE_SUPPORTED, NULL, format, arguments);
	va_end(arguments);
}

void finding_unsupported(struct redprobe_finding *finding, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(finding, REDPROBE_UNSUPPORTED, NULL, format, arguments);
	va_end(arguments);
}

void finding_restricted(struct redprobe_finding *finding, const char *forbidden_by,
			const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(finding, REDPROBE_RESTRICTED, forbidden_by, format, arguments);
	va_end(arguments);
}

void finding_unknown(struct redprobe_finding *finding, const char *needs, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(finding, REDPROBE_UNKNOWN, needs, format, arguments);
	va_end(arguments);
}

void finding_number(struct redprobe_finding *finding, long long number)
{
	finding->numbered = true;
	finding->number = number;
}

static const struct refusal *refusal_of(int error, bool filtered)
{
	if (filtered && error == ENOSYS)
		return &filter;
	if (filtered && error == EPERM)
		return &forbidden;
	for (size_t i = 0; i < COUNT(refusals); i++)
		if (refusals[i].error == error)
			return &refusals[i];
	return &surprise;
}

static void add_error(struct redprobe_finding *finding, int error)
{
	size_t used = strlen(finding->detail);

	snprintf(finding->detail + used, sizeof finding->detail - used, ": %s", error_name(error));
}

void finding_refused(struct redprobe_finding *finding, int error, bool filtered, const char *format,
		     ...)
{
	const struct refusal *refusal = refusal_of(error, filtered);
	va_list arguments;

	va_start(arguments, format);
	say(finding, refusal->status, refusal->cause, format, arguments);
	va_end(arguments);
	add_error(finding, error);
}

void finding_prevented(struct redprobe_finding *finding, int error, const char *format, ...)
{
	const struct refusal *refusal = refusal_of(error, false);
	va_list arguments;

	if (refusal->status != REDPROBE_UNKNOWN || refusal == &surprise)
		refusal = seccomp_filtered() ? &filter : &prevented;
	va_start(arguments, format);
	say(finding, refusal->status, refusal->cause, format, arguments);
	va_end(arguments);
	add_error(finding, error);
}

bool seccomp_filtered(void)
{
	int mode = prctl(PR_GET_SECCOMP, 0, 0, 0, 0);

	/* EINVAL is a kernel without filters; other errors are those of a filter. */
	return mode == 2 || (mode < 0 && errno != EINVAL);
}

static const char *const status_names[] = {
	[REDPROBE_UNKNOWN] = "unknown",
	[REDPROBE_SUPPORTED] = "supported",
	[REDPROBE_UNSUPPORTED] = "unsupported",
	[REDPROBE_RESTRICTED] = "restricted",
};

static const char *const evidence_names[] = {
	[REDPROBE_BEHAVIOUR] = "behaviour", [REDPROBE_FILE] = "file",
	[REDPROBE_SYSCTL] = "sysctl",	    [REDPROBE_MODULE] = "module",
	[REDPROBE_CONFIG] = "config",
};

/* The place of `word` among `count` names, or -1. */
static int place_of(const char *word, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], word) == 0)
			return (int)i;
	return -1;
}

const char *redprobe_status_name(enum redprobe_status status)
{
	return status_names[status];
}

const char *redprobe_evidence_name(enum redprobe_evidence evidence)
{
	return evidence_names[evidence];
}

bool redprobe_find_status(const char *word, enum redprobe_status *status)
{
	int place = place_of(word, status_names, COUNT(status_names));

	if (place >= 0)
		*status = (enum redprobe_status)place;
	return place >= 0;
}

bool redprobe_is_evidence(const char *word)
{
	return place_of(word, evidence_names, COUNT(evidence_names)) >= 0;
}
