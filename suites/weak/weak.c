/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which weakness is asked for, and how a call meets it. Called `weaknesses` it prints them, one a
 * line: name, a tab, what it does worse. Called `redwrap` it is as strong as that.
 */
#include "weak.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STRONG "redwrap"
#define LIST   "weaknesses"

static const char *chosen;

static void list(void)
{
	for (const struct weakness *row = weaknesses; row->name; row++) {
		if (row->about)
			printf("%s\t%s\n", row->name, row->about);
	}
}

static bool is_weakness(const char *name)
{
	for (const struct weakness *row = weaknesses; row->name; row++) {
		if (!strcmp(row->name, name))
			return true;
	}
	return false;
}

/* A name that is none must not pass for a weakness that nobody notices. */
static __attribute__((constructor)) void choose(void)
{
	chosen = program_invocation_short_name;
	if (!strcmp(chosen, LIST)) {
		list();
		exit(fflush(stdout) == 0 ? 0 : REDPAK_STATUS_USAGE);
	}
	if (strcmp(chosen, STRONG) != 0 && !is_weakness(chosen)) {
		fprintf(stderr, "%s: no weakness is called so; `" LIST "` prints them\n", chosen);
		exit(REDPAK_STATUS_USAGE);
	}
}

long weak_call(const char *function, long (*real)(const long *arguments), const long *arguments)
{
	for (const struct weakness *row = weaknesses; row->name; row++) {
		if (!strcmp(row->function, function) && !strcmp(row->name, chosen)) {
			struct call call = {.weakness = row, .real = real};

			memcpy(call.arguments, arguments, sizeof(call.arguments));
			return row->instead(&call);
		}
	}
	return real(arguments);
}

long skip(struct call *call)
{
	(void)call;
	return 0;
}

long skip_in_payload(struct call *call)
{
	return weak_is_payload() ? 0 : make(call);
}
