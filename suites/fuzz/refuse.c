/* SPDX-License-Identifier: Apache-2.0 */
/* Instead of what the command prints: what is refused is said in one line, with the reason. */
#include "say.h"

#include <stdarg.h>
#include <stdio.h>

#include "chain.h"

int refuse(const char *format, ...)
{
	char line[1024];
	va_list arguments;

	va_start(arguments, format);
	must(vsnprintf(line, sizeof line, format, arguments) > 0);
	va_end(arguments);
	return EXIT_MACHINERY;
}
