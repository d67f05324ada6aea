/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of a configuration, `$(...)` and the mode Execfd, and programs of the system. */
#ifndef REDPAK_COMMAND_H
#define REDPAK_COMMAND_H

#include "base/error.h"
#include "base/pool.h"

/* How much a command may write, and how long it may take until it and its output have ended. */
enum { COMMAND_OUTPUT_MAX = 1 << 20, COMMAND_SECONDS_MAX = 10 };

/* A command in a message: its first bytes. */
#define COMMAND_FORMAT "'%.200s'"

/*
 * Runs `/usr/bin/bash -r -c @line` as the caller: in the caller's directory, with the caller's
 * environment less every LD_* variable, no input, the caller's standard error, no other
 * descriptor, the default signal dispositions, in a session of its own.  When it ends, what it
 * left in its process group is killed.
 * @origin: where the command stands.
 * @output: what it wrote, followed by a NUL, "" if nothing; may hold NUL bytes; owned by @pool.
 * @length: without the final NUL.
 * Returns 0, or a negative errno with @error naming the command when it cannot be run, ends with
 * another status than 0 or exceeds a bound.
 */
int command_run(struct pool *pool, const char *line, struct origin origin, const char **output,
		size_t *length, struct redpak_error *error);

/*
 * Runs a program of the system in the same bounds, without a shell; its standard error is output.
 * @argv: its absolute path and its arguments, NULL terminated.
 * Returns 0, or a negative errno with @error naming the program, how it ended and what it said.
 */
int program_run(struct pool *pool, const char *const argv[], const char **output,
		struct redpak_error *error);

#endif
