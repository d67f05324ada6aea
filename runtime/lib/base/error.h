/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REDPAK_ERROR_H
#define REDPAK_ERROR_H

#include <errno.h>

#include <redpak.h>

/* Where something stands in a configuration file; line and column count from 1. */
struct origin {
	const char *file;
	size_t line;
	size_t column;
};

#define ORIGIN_FORMAT	   "%s:%zu:%zu"
#define ORIGIN_ARGS(where) (where).file, (where).line, (where).column

/*
 * Fill in @error with a one-line text; control characters in it (a file name may hold them) are
 * written as \ooo.  Return @code, a negative errno, so that `return fail(...)` reads naturally.
 * fail_errno() appends the reason of @code, fail_at() begins with file:line:column.
 * out_of_memory() is the one text for ENOMEM.
 */
int fail(struct redpak_error *error, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int fail_errno(struct redpak_error *error, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void error_at(struct redpak_error *error, struct origin where, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void error_memory(struct redpak_error *error);

/* Macros, so that a static analyser knows that the result is negative. */
#define fail_at(error, where, ...) (error_at(error, where, __VA_ARGS__), -EINVAL)
#define out_of_memory(error)	   (error_memory(error), -ENOMEM)

/* Puts the place in a configuration in front of the text. Returns @code. */
int blame(struct redpak_error *error, int code, struct origin where);

/* Appends the advice that ends the line. Returns @code. */
int advise(struct redpak_error *error, int code, const char *advice);

enum log_level { LOG_LEVEL_WARNING = 4, LOG_LEVEL_DEFAULT = 5, LOG_LEVEL_MAX = 8 };

/*
 * One line on standard error, from log level @level on (redpak_set_log_level()); a warning belongs
 * to LOG_LEVEL_WARNING. Control characters are written as in errors.
 */
void note(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));
void warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* How many warnings there were, also where the log level kept them back. */
size_t warning_count(void);

#endif
