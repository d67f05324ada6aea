/* SPDX-License-Identifier: Apache-2.0 */
/* Saying a finding: one function for each status, and what an errno says about a feature. */
#ifndef REDPROBE_FINDING_H
#define REDPROBE_FINDING_H

#include "base/names.h"
#include "redprobe.h"

#define FORMAT(string, first) __attribute__((format(printf, string, first)))

/* What a finding needs that contradicts the kernel's own documentation. */
extern const char finding_as_documented[];

/* What a finding needs where a filter may have answered instead of the kernel. */
extern const char finding_unfiltered[];

/* The format and what follows it give `detail`. The evidence is left as it is. */
void finding_supported(struct redprobe_finding *finding, const char *format, ...) FORMAT(2, 3);
void finding_unsupported(struct redprobe_finding *finding, const char *format, ...) FORMAT(2, 3);
void finding_restricted(struct redprobe_finding *finding, const char *forbidden_by,
			const char *format, ...) FORMAT(3, 4);
void finding_unknown(struct redprobe_finding *finding, const char *needs, const char *format, ...)
	FORMAT(3, 4);

/* Gives the finding its number: a version, level, limit or count. */
void finding_number(struct redprobe_finding *finding, long long number);

/*
 * The finding that follows from a refused system call. `error` is a positive errno, the format
 * says what was tried; the errno's name is added. `filtered` tells that a seccomp filter stands
 * between this process and the kernel, which may then not be the one that answered.
 */
void finding_refused(struct redprobe_finding *finding, int error, bool filtered, const char *format,
		     ...) FORMAT(4, 5);

/*
 * The finding where a call was refused that only prepares for trying: unknown, because it tells
 * nothing of the feature. Otherwise as finding_refused.
 */
void finding_prevented(struct redprobe_finding *finding, int error, const char *format, ...)
	FORMAT(3, 4);

/* True if a seccomp filter is in force for this process (prctl(2), PR_GET_SECCOMP). */
bool seccomp_filtered(void);

#endif
