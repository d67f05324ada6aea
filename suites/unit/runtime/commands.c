/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../descriptors.h"
#include "merge/command.h"

static const struct origin origin = {TEXT_NAME, 7, 8};

int run(struct tree *tree, const char *line, const char **output, size_t *length)
{
	*output = NULL;
	return command_run(&tree->bench.pool, line, origin, output, length, &tree->bench.error);
}

void assert_output(struct tree *tree, const char *line, const char *wanted)
{
	const char *output;
	size_t length;

	if (run(tree, line, &output, &length) < 0)
		fail_msg("refused: %s", tree->bench.error.text);
	assert_string_equal(output, wanted);
	assert_int_equal(length, strlen(wanted));
}

void assert_run_refused(struct tree *tree, const char *line, const char *reason)
{
	const char *output;
	size_t length;

	tree->bench.error = (struct redpak_error){0};
	if (run(tree, line, &output, &length) >= 0)
		fail_msg("accepted: %s", line);
	assert_place(&tree->bench.error, 7, 8);
	if (!strstr(tree->bench.error.text, reason))
		fail_msg("'%s' is not the reason: %s", reason, tree->bench.error.text);
}

static size_t descriptors_before;

int commands_make(void **state)
{
	int result = tree_make(state);

	descriptors_before = open_descriptors();
	alarm(60);
	return result;
}

int commands_free(void **state)
{
	alarm(0);
	assert_int_equal(open_descriptors(), descriptors_before);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	return tree_free(state);
}
