/* SPDX-License-Identifier: Apache-2.0 */
/* Taking the arguments of attempts apart. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "witness.h"

const char *need(const char *argument)
{
	errno = EINVAL;
	if (!argument)
		broken("the argument is missing");
	return argument;
}

void split(const char *argument, const char **texts, size_t count)
{
	static char copy[8192];
	char *rest = copy;

	if (snprintf(copy, sizeof(copy), "%s", need(argument)) >= (int)sizeof(copy))
		broken("the fields are too long");
	for (size_t i = 0; i < count; i++) {
		texts[i] = i + 1 < count ? strsep(&rest, ",") : rest;
		if (!texts[i])
			broken("%zu fields are needed, not '%s'", count, argument);
	}
}

long number_of(const char *text)
{
	char *end;
	long value;

	need(text);
	errno = 0;
	value = strtol(text, &end, 0);
	if (errno || !*text || *end) {
		errno = errno ? errno : EINVAL;
		broken("'%s' is not a number", text);
	}
	return value;
}

pid_t process_of(const char *text)
{
	long pid = number_of(text);

	errno = EINVAL;
	if (pid <= 1)
		broken("no process id: %ld", pid);
	return (pid_t)pid;
}
