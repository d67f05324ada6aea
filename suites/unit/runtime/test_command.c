/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of a configuration: where they run, and how they end (rednode.md 2 and 10). */
#include "commands.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void the_output_is_taken_whole(void **state)
{
	const char *output;
	size_t length;

	assert_output(*state, "echo a; printf ' b \\n\\n'", "a\n b \n\n");
	assert_int_equal(run(*state, "printf 'a\\0b\\0'", &output, &length), 0);
	assert_int_equal(length, 4);
	assert_memory_equal(output, "a\0b\0", 5);
}

static void f5_a_silent_command_gives_an_empty_text(void **state)
{
	assert_output(*state, ":", "");
	assert_output(*state, "", "");
}

static void the_shell_is_restricted(void **state)
{
	assert_output(*state, "echo $0; shopt -q restricted_shell && echo restricted",
		      "bash\nrestricted\n");
	assert_run_refused(*state, "cd /", "exit status is 1");
	/* The control. */
	assert_output(*state, "sh -c 'cd / && pwd'", "/\n");
}

static void it_runs_where_the_caller_is(void **state)
{
	int before = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	assert_int_equal(chdir("/usr"), 0);
	assert_output(*state, "pwd", "/usr\n");
	assert_int_equal(chdir("/"), 0);
	assert_output(*state, "pwd", "/\n");
	assert_int_equal(fchdir(before), 0);
	close(before);
}

static void w19_no_variable_of_the_dynamic_linker_gets_there(void **state)
{
	static const char *const dropped[] = {"LD_PRELOAD", "LD_LIBRARY_PATH", "LD_", "LD_other"};
	static const char *const kept[] = {"REDPAK_LD_PRELOAD", "LDX", "ld_preload", "REDPAK_TEST"};
	struct tree *tree = *state;

	for (size_t i = 0; i < COUNT(dropped); i++) {
		setenv(dropped[i], "/dev/null/x y", 1);
		assert_output(tree, pool_format(&tree->bench.pool, "echo \"<$%s>\"", dropped[i]),
			      "<>\n");
		assert_output(tree, "env | grep -c ^LD_ || :", "0\n");
		unsetenv(dropped[i]);
	}
	for (size_t i = 0; i < COUNT(kept); i++) {
		setenv(kept[i], "some value", 1);
		assert_output(tree, pool_format(&tree->bench.pool, "echo \"<$%s>\"", kept[i]),
			      "<some value>\n");
	}
}

static void an_empty_environment_is_enough(void **state)
{
	char **before = environ;

	environ = NULL;
	assert_output(*state, "echo $REDPAK_TEST-", "-\n");
	environ = before;
}

static void it_has_no_input(void **state)
{
	int ends[2], before = dup(STDIN_FILENO);

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "from the caller", 15), 15);
	close(ends[1]);
	dup2(ends[0], STDIN_FILENO);
	assert_output(*state, "cat; echo end", "end\n");
	dup2(before, STDIN_FILENO);
	close(before);
	close(ends[0]);
}

static void complain(void *tree)
{
	assert_output(tree, "echo out; echo one >&2; echo two >&2", "out\n");
}

static void messages_go_where_the_callers_go(void **state)
{
	struct tree *tree = *state;

	assert_int_equal(count_warnings(&tree->bench, complain, tree), 2);
}

static void w3_other_descriptors_are_closed(void **state)
{
	int secret = dup2(STDERR_FILENO, 9), high = dup2(STDERR_FILENO, 900);

	assert_true(secret == 9 && high == 900);
	assert_output(*state, "for n in 2 9 900; do [ -e /proc/$$/fd/$n ] && echo $n; done; echo .",
		      "2\n.\n");
	close(secret);
	close(high);
}

static void signals_are_as_by_default(void **state)
{
	const int ignored[] = {SIGPIPE, SIGTERM, SIGRTMIN, SIGRTMAX};
	unsigned long long of_libc = 3ULL << (32 - 1), mask;
	sigset_t some, before;
	const char *output;
	size_t length;

	sigemptyset(&some);
	sigaddset(&some, SIGUSR1);
	sigaddset(&some, SIGRTMAX);
	sigprocmask(SIG_BLOCK, &some, &before);
	for (size_t i = 0; i < COUNT(ignored); i++)
		signal(ignored[i], SIG_IGN);
	assert_output(*state, "grep SigBlk /proc/self/status", "SigBlk:\t0000000000000000\n");
	assert_int_equal(run(*state, "grep SigIgn /proc/self/status", &output, &length), 0);
	/* Whoever starts the tests may ignore the two signals of the C library. */
	mask = strtoull(output + strlen("SigIgn:"), NULL, 16) & ~of_libc;
	assert_true(mask == 0);
	for (size_t i = 0; i < COUNT(ignored); i++)
		signal(ignored[i], SIG_DFL);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

/* Or a command that touches the terminal would be stopped, being in the background. */
static void it_leads_a_session_without_terminal(void **state)
{
	assert_output(*state,
		      "read -r _ _ _ _ group session terminal _ </proc/$$/stat; "
		      "[ $$ = $group ] && [ $$ = $session ] && echo leads on $terminal",
		      "leads on 0\n");
}

static void a_failure_names_command_place_and_status(void **state)
{
	assert_run_refused(*state, "exit 3", "'exit 3' failed: its exit status is 3");
	assert_run_refused(*state, "redpak-no-such-command", "its exit status is 127");
	assert_run_refused(*state, "kill -KILL $$", "signal 9 ended it");
	assert_run_refused(*state, "echo all is well; false", "its exit status is 1");
	/* The control. */
	assert_output(*state, "false; echo all is well", "all is well\n");
}

static void a_long_command_leaves_room_for_the_reason(void **state)
{
	char line[8192];

	snprintf(line, sizeof(line), "%*s", (int)sizeof(line) - 1, "exit 9");
	assert_run_refused(*state, line, "failed: its exit status is 9;");
}

static void the_status_is_known_where_sigchld_is_ignored(void **state)
{
	struct sigaction after;

	signal(SIGCHLD, SIG_IGN);
	assert_output(*state, "echo a", "a\n");
	assert_run_refused(*state, "exit 3", "its exit status is 3");
	sigaction(SIGCHLD, NULL, &after);
	assert_ptr_equal(after.sa_handler, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		command_test(the_output_is_taken_whole),
		command_test(f5_a_silent_command_gives_an_empty_text),
		command_test(the_shell_is_restricted),
		command_test(it_runs_where_the_caller_is),
		command_test(w19_no_variable_of_the_dynamic_linker_gets_there),
		command_test(an_empty_environment_is_enough),
		command_test(it_has_no_input),
		command_test(messages_go_where_the_callers_go),
		command_test(w3_other_descriptors_are_closed),
		command_test(signals_are_as_by_default),
		command_test(it_leads_a_session_without_terminal),
		command_test(a_failure_names_command_place_and_status),
		command_test(a_long_command_leaves_room_for_the_reason),
		command_test(the_status_is_known_where_sigchld_is_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
