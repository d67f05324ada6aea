/* SPDX-License-Identifier: Apache-2.0 */
#include "say.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int refuse(const char *format, ...)
{
	char line[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof line, format, arguments);
	va_end(arguments);
	for (char *at = line; *at; at++)
		if ((unsigned char)*at < 0x20 || *at == 0x7f)
			*at = '?';
	fprintf(stderr, "redprobe: %s\n", line);
	return EXIT_MACHINERY;
}

int flushed(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	return refuse("cannot write to standard output: %s", strerror(errno));
}
