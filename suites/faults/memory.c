/* SPDX-License-Identifier: Apache-2.0 */
#include "suites/faults/memory.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/capability.h>
#include <unistd.h>
#include <yaml.h>

#include "base/pool.h"
#include "suites/faults/wrap.h"

#define NUMBER "FAILING_ALLOCATION"

enum { STATUS_NOT_MET = 4 };

struct failing_memory memory;

static bool runs_out(void)
{
	if (memory.left == 0 || --memory.left > 0)
		return false;
	memory.met = true;
	errno = ENOMEM;
	return true;
}

WRAP(void *, pool_alloc, runs_out(), NULL, (struct pool * pool, size_t size), (pool, size))
WRAP(void *, pool_append, runs_out(), NULL,
     (struct pool * pool, void *array, size_t *count, size_t size), (pool, array, count, size))
WRAP(char *, pool_copy, runs_out(), NULL, (struct pool * pool, const char *text, size_t length),
     (pool, text, length))
WRAP(void *, calloc, runs_out(), NULL, (size_t count, size_t size), (count, size))
WRAP(void *, realloc, runs_out(), NULL, (void *old, size_t size), (old, size))
WRAP(cap_t, cap_init, runs_out(), NULL, (void), ())
WRAP(int, yaml_parser_initialize, runs_out(), 0, (yaml_parser_t * parser), (parser))
WRAP(int, yaml_emitter_initialize, runs_out(), 0, (yaml_emitter_t * emitter), (emitter))

/* The real one cannot be handed its arguments. */
char *__wrap_pool_format(struct pool *pool, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
char *__wrap_pool_format(struct pool *pool, const char *format, ...)
{
	char *text, *copy;
	va_list args;
	int length;

	if (runs_out())
		return NULL;
	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	copy = length < 0 ? NULL : __real_pool_copy(pool, text, (size_t)length);
	if (length >= 0)
		free(text);
	return copy;
}

__attribute__((constructor)) static void begin(void)
{
	const char *number = getenv(NUMBER);

	memory.left = number ? strtoul(number, NULL, 10) : 0;
}

__attribute__((destructor)) static void end(void)
{
	if (!getenv(NUMBER) || memory.met)
		return;
	fflush(NULL);
	_exit(STATUS_NOT_MET);
}
