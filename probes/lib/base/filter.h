/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Seccomp filters for trials: rules about calls of prctl(2) with options that no kernel has, so
 * that nothing but the trials themselves is affected.
 */
#ifndef REDPROBE_FILTER_H
#define REDPROBE_FILTER_H

#include <stddef.h>
#include <stdint.h>

struct filter_rule {
	unsigned call;	 /* which of the calls */
	uint32_t action; /* SECCOMP_RET_…, with its data */
};

/*
 * Installs a filter of no more than 8 rules; other calls are allowed. `flags`:
 * SECCOMP_FILTER_FLAG_…. Returns what seccomp(2) does, or a negative errno.
 */
int filter_install(const struct filter_rule *rules, size_t count, unsigned flags);

/*
 * Makes a call. Returns 0 or a positive errno: EINVAL if the kernel itself has answered; what a
 * filter makes it return beyond that is negated.
 */
int filter_call(unsigned call);

#endif
