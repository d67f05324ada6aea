/* SPDX-License-Identifier: Apache-2.0 */
/* Commands run by a test. */
#ifndef REDPAK_TEST_COMMANDS_H
#define REDPAK_TEST_COMMANDS_H

#include "tree.h"

/* As command_run(), with TEXT_NAME:7:8 as the place of the command. */
int run(struct tree *tree, const char *line, const char **output, size_t *length);

/* Asserts that the command @line writes @wanted. */
void assert_output(struct tree *tree, const char *line, const char *wanted);

/* Asserts that @line is refused at its place, with @reason in the message. */
void assert_run_refused(struct tree *tree, const char *line, const char *reason);

/*
 * A test with a tree, of which no command, whatever became of it, may leave a process or a
 * descriptor. What hangs is ended by an alarm.
 */
int commands_make(void **state);
int commands_free(void **state);

#define command_test(function) \
	cmocka_unit_test_setup_teardown(function, commands_make, commands_free)

#endif
