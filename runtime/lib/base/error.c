/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Appends to the text; what does not fit is cut, never written elsewhere. */
static void append(char *text, size_t size, const char *format, va_list args)
{
	char raw[REDPAK_ERROR_MAX];
	size_t used = strlen(text);

	vsnprintf(raw, sizeof(raw), format, args);
	for (const unsigned char *c = (const unsigned char *)raw; *c; c++) {
		int plain = *c >= 0x20 && *c != 0x7f;
		size_t need = plain ? 1 : 4;

		if (used + need >= size)
			break;
		if (plain)
			text[used] = (char)*c;
		else
			snprintf(text + used, need + 1, "\\%03o", *c);
		used += need;
		text[used] = '\0';
	}
}

static void __attribute__((format(printf, 2, 3)))
append_format(struct redpak_error *error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	append(error->text, sizeof(error->text), format, args);
	va_end(args);
}

static void begin(struct redpak_error *error)
{
	error->status = REDPAK_STATUS_SETUP;
	error->text[0] = '\0';
}

int fail(struct redpak_error *error, int code, const char *format, ...)
{
	va_list args;

	begin(error);
	va_start(args, format);
	append(error->text, sizeof(error->text), format, args);
	va_end(args);
	return code;
}

int fail_errno(struct redpak_error *error, int code, const char *format, ...)
{
	const char *reason = strerror(-code);
	va_list args;

	begin(error);
	va_start(args, format);
	/* However long the name of the object, the reason has its place. */
	append(error->text, sizeof(error->text) - strlen(": ") - strlen(reason), format, args);
	va_end(args);
	append_format(error, ": %s", reason);
	return code;
}

void error_at(struct redpak_error *error, struct origin where, const char *format, ...)
{
	va_list args;

	begin(error);
	append_format(error, ORIGIN_FORMAT ": ", ORIGIN_ARGS(where));
	va_start(args, format);
	append(error->text, sizeof(error->text), format, args);
	va_end(args);
}

void error_memory(struct redpak_error *error)
{
	fail(error, -ENOMEM, "cannot plan the node: out of memory; free some and try again");
}

int blame(struct redpak_error *error, int code, struct origin where)
{
	struct redpak_error inner = *error;

	error_at(error, where, "%s", inner.text);
	error->status = inner.status;
	return code;
}

int advise(struct redpak_error *error, int code, const char *advice)
{
	append_format(error, "; %s", advice);
	return code;
}

/* The only global state: how much is said, and how often there was cause to warn. */
static int log_level = LOG_LEVEL_DEFAULT;
static size_t warnings;

void redpak_set_log_level(int level)
{
	log_level = level;
}

static void say(int level, const char *prefix, const char *format, va_list args)
{
	char text[REDPAK_ERROR_MAX] = "";

	if (level > log_level)
		return;
	append(text, sizeof(text), format, args);
	fprintf(stderr, "%s: %s%s\n", program_invocation_short_name, prefix, text);
}

void note(int level, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(level, "", format, args);
	va_end(args);
}

void warn(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(LOG_LEVEL_WARNING, "warning: ", format, args);
	va_end(args);
	warnings++;
}

size_t warning_count(void)
{
	return warnings;
}
