/* SPDX-License-Identifier: Apache-2.0 */
/* What a process without any privilege is answered. */
#ifndef REDPROBE_ORDINARY_H
#define REDPROBE_ORDINARY_H

#include "redprobe.h"

enum ordinary_trial {
	ORDINARY_NOTHING, /* not tried */
	ORDINARY_SYSLOG,
	ORDINARY_BPF,
	ORDINARY_IO_URING,
	ORDINARY_KEXEC,
	ORDINARY_KEXEC_FILE,
	ORDINARY_PERF,
	ORDINARY_DUMPABLE,
	ORDINARY_KALLSYMS,
	ORDINARY_USERNS,
	ORDINARY_USERNS_USED,
	ORDINARY_TRIALS,
};

/* What a trial came to: a positive errno, or one of these. */
enum {
	ORDINARY_ALLOWED = 0,
	ORDINARY_UNTRIED = -1, /* could not be tried, or does not tell */
};

struct ordinary {
	int answers[ORDINARY_TRIALS];
};

/*
 * Says what was tried and what came of it, "; io_uring_setup as an ordinary process: EPERM", or
 * nothing if it was not tried. `text` has room for `size` bytes.
 */
void ordinary_say(enum ordinary_trial trial, int answer, char *text, size_t size);

/*
 * Makes a child that gives up all privilege, and asks in it, when first wanted. What comes after a
 * question that crashed or hung is untried. The result belongs to the probe; NULL if memory is
 * short.
 */
const struct ordinary *ordinary_ask(struct redprobe *probe);

#endif
