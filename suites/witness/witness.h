/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program that observes from inside a node. One file for each subject, with a table of what
 * it can observe; witness.c finds the entries by name.
 */
#ifndef WITNESS_H
#define WITNESS_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

/* An attempt that was neither refused nor did what the privilege is for: silently ignored. */
#define IGNORED 1

/*
 * One thing that can be observed; exactly one of the functions is set. argument is what follows
 * '=' on the command line, NULL without one.
 *
 * observe: writes one JSON value to out. Returns 0, or a negative errno when it could not observe.
 * attempt: tries one operation, in a child of its own that need not clean up after itself. Returns
 *          0 if it was permitted, the negative errno if it was refused, or IGNORED.
 */
struct observation {
	const char *name;
	int (*observe)(FILE *out, const char *argument);
	int (*attempt)(const char *argument);
	const char *description;
};

/* Tables of the subjects; each ends with an entry without a name. */
extern const struct observation capability_observations[];
extern const struct observation cgroup_observations[];
extern const struct observation escape_call_observations[];
extern const struct observation escape_file_observations[];
extern const struct observation escape_host_observations[];
extern const struct observation escape_launcher_mount_observations[];
extern const struct observation escape_launcher_observations[];
extern const struct observation escape_launcher_process_observations[];
extern const struct observation escape_mount_observations[];
extern const struct observation escape_network_observations[];
extern const struct observation escape_process_observations[];
extern const struct observation filesystem_observations[];
extern const struct observation joining_observations[];
extern const struct observation namespace_observations[];
extern const struct observation process_observations[];
extern const struct observation terminal_observations[];

/* What had to be there before the operation could be tried is not, or the argument makes no sense.
 * Says so on standard error, printf-like, with errno's text, and ends the process: the child of an
 * attempt, which then has no result, or the witness. */
__attribute__((noreturn, format(printf, 1, 2))) void broken(const char *format, ...);

/*
 * Arguments that make no sense are broken, above.
 *
 * need: returns the argument, which must not be NULL.
 * split: takes the fields apart, which have commas between them; the last may contain some. texts
 *        point into a copy of the argument, of which there is one only.
 * number_of: a number in C's notation.
 * process_of: the pid of one process, which is not init: 0 and below would mean groups, or all.
 */
const char *need(const char *argument);
void split(const char *argument, const char **texts, size_t count);
long number_of(const char *text);
pid_t process_of(const char *text);

/* For an attempt: its result from what a system call returned, with errno still set by it. */
int result_of(long returned);

/* Writes text as a JSON string, quotes included; null for NULL. Bytes above 127 are taken as UTF-8.
 */
void json_string(FILE *out, const char *text);

/* Whether a line of standard input, or its end, can be read without waiting. */
bool line_waits(void);

/* Waits for a line of standard input, or its end, and takes it away. */
void await_line(void);

/* Writes the text to an existing file. Returns 0 or a negative errno. */
int write_text(const char *path, const char *text);

/* Makes the file at path, below a directory as of openat(2), with a line in it. As write_text. */
int make_file_at(int directory, const char *path);

/* Runs PROGRAM, another witness, for one observation and puts the line that it prints into text,
 * which ends with a zero byte. Returns 0, or a negative errno, ENOEXEC when it printed none. */
int ask_witness(const char *program, const char *observation, char *text, size_t size);

/* The line of /proc/self/cgroup that is cgroup2's, without its end: "0::/PATH" from the root of the
 * cgroup namespace. Returns 0 or a negative errno. */
int own_group(char *line, size_t size);

/* Writes what an attempt resulted in, as {"permitted": BOOL, "errno": NAME or null}. */
void write_result(FILE *out, int result);

/* Runs an attempt in a child and writes {"permitted": BOOL, "errno": NAME or null} to out.
 * Returns 0, or a negative errno when the child gave no result. */
int run_attempt(int (*attempt)(const char *argument), const char *argument, FILE *out);

#endif
