/* SPDX-License-Identifier: Apache-2.0 */
/* Tags, escapes and commands in texts (rednode.md 2, Expansion). Tags are in test_tag.c. */
#include "tree.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "merge/expand.h"

enum { MIB = 1 << 20 };

static const struct node node = {
	.path = "/r/node", .config = {.alias = {.text = "$UID"}, .info = {.text = "$(false)"}}};

static struct expansion expansion(struct tree *tree)
{
	return (struct expansion){.pool = &tree->bench.pool,
				  .leaf = &node,
				  .commands = COMMANDS_RUN,
				  .error = &tree->bench.error};
}

static struct setting setting(const char *text)
{
	return (struct setting){.text = text, .origin = {TEXT_NAME, 3, 5}};
}

static const char *expanded(struct tree *tree, const char *text)
{
	struct expansion plain = expansion(tree);
	struct setting said = setting(text);
	const char *result = NULL;

	if (expand_text(&plain, &node, &said, &result) < 0)
		fail_msg("refused: %s", tree->bench.error.text);
	return result;
}

static void assert_expansion_refused(struct tree *tree, const char *text, const char *reason)
{
	struct expansion plain = expansion(tree);
	struct setting said = setting(text);
	const char *result;

	if (expand_text(&plain, &node, &said, &result) >= 0)
		fail_msg("accepted: %s", text);
	assert_place(&tree->bench.error, 3, 5);
	if (!strstr(tree->bench.error.text, reason))
		fail_msg("'%s' is not the reason: %s", reason, tree->bench.error.text);
}

/* A command that makes the file marker; its text. */
static const char *mark(struct tree *tree)
{
	return pool_format(&tree->bench.pool, "touch %s", tree_path(tree, "marker"));
}

static bool marked(struct tree *tree)
{
	return unlink(tree_path(tree, "marker")) == 0;
}

static char *repeat(struct tree *tree, const char *text, size_t times)
{
	size_t length = strlen(text);
	char *all = pool_alloc(&tree->bench.pool, length * times + 1);

	assert_non_null(all);
	for (size_t i = 0; i < length * times; i++)
		all[i] = text[i % length];
	return all;
}

struct example {
	const char *text, *result;
};

static void assert_examples(struct tree *tree, const struct example *examples, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_string_equal(expanded(tree, examples[i].text), examples[i].result);
}

static void a_backslash_makes_a_dollar(void **state)
{
	static const struct example examples[] = {
		{"\\$NODE_PATH", "$NODE_PATH"},
		{"\\\\$NODE_PATH", "\\$NODE_PATH"},
		{"a\\$", "a$"},
		{"\\$(false)", "$(false)"},
		{"$NODE_PATH\\$NODE_PATH", "/r/node$NODE_PATH"},
		{"\\x \\ $NODE_PATH", "\\x \\ /r/node"},
	};

	assert_examples(*state, examples, COUNT(examples));
}

static void a_dollar_that_begins_nothing_stays(void **state)
{
	static const struct example examples[] = {
		{"", ""},
		{"plain \\ text", "plain \\ text"},
		{"$", "$"},
		{"a$", "a$"},
		{"$-$.$/", "$-$.$/"},
		{"${NODE_PATH}", "${NODE_PATH}"},
		{"$$NODE_PATH", "$/r/node"},
		{"$é", "$é"},
	};

	assert_examples(*state, examples, COUNT(examples));
}

static void a_text_that_is_not_said_stays_so(void **state)
{
	struct expansion plain = expansion(*state);
	const struct setting silent = {0};
	const char *text = "";

	assert_int_equal(expand_text(&plain, &node, &silent, &text), 0);
	assert_null(text);
}

static void what_comes_out_is_not_expanded_again(void **state)
{
	struct tree *tree = *state;

	setenv("REDPAK_TEST", "$NODE_PATH \\$ $(touch marker) $REDPAK_TEST", 1);
	assert_string_equal(expanded(tree, "<$REDPAK_TEST>"),
			    "<$NODE_PATH \\$ $(touch marker) $REDPAK_TEST>");
	assert_string_equal(expanded(tree, "$NODE_ALIAS $NODE_INFO"), "$UID $(false)");
	assert_string_equal(expanded(tree, "$(printf %s '\\$NODE_PATH')"), "$NODE_PATH");
	/* Two values that only together would be a tag. */
	setenv("REDPAK_TEST", "$", 1);
	assert_string_equal(expanded(tree, "$REDPAK_TEST(false)"), "$(false)");
}

static void f4_a_long_expansion_is_whole(void **state)
{
	struct tree *tree = *state;
	const size_t sizes[] = {511, 512, 513, 600, 4096, 100000, MIB};

	for (size_t i = 0; i < COUNT(sizes); i++) {
		char *value = repeat(tree, "v", sizes[i]);

		setenv("REDPAK_TEST", value, 1);
		assert_string_equal(expanded(tree, "$REDPAK_TEST"), value);
	}
}

static void f4_a_variable_that_names_itself_ends(void **state)
{
	setenv("REDPAK_TEST", "$REDPAK_TEST:/more", 1);
	assert_string_equal(expanded(*state, "$REDPAK_TEST"), "$REDPAK_TEST:/more");
}

static void a_text_is_bounded(void **state)
{
	struct tree *tree = *state;

	setenv("REDPAK_TEST", repeat(tree, "v", 1024), 1);
	assert_int_equal(strlen(expanded(tree, repeat(tree, "$REDPAK_TEST", 1024))), MIB);
	assert_expansion_refused(tree, repeat(tree, "$REDPAK_TEST", 1025), "longer than 1 MiB");
}

static void all_texts_together_are_bounded(void **state)
{
	struct tree *tree = *state;
	struct expansion plain = expansion(tree);
	struct setting said = setting(repeat(tree, "$REDPAK_TEST", 1024));
	const char *text;

	setenv("REDPAK_TEST", repeat(tree, "v", 1024), 1);
	for (size_t i = 0; i < EXPAND_TOTAL_MAX / MIB; i++)
		assert_int_equal(expand_text(&plain, &node, &said, &text), 0);
	said = setting("$NODE_PATH");
	assert_true(expand_text(&plain, &node, &said, &text) < 0);
	assert_place(&tree->bench.error, 3, 5);
	assert_non_null(strstr(tree->bench.error.text, "longer than 4 MiB"));
}

static void the_output_of_a_command_is_inserted_unchanged(void **state)
{
	static const struct example examples[] = {
		{"<$(echo  two   blanks)>", "<two blanks\n>"},
		{"<$(printf ' a\\n\\n')>", "< a\n\n>"},
		{"<$(:)>", "<>"},
		{"<$()>", "<>"},
		{"$(printf a)$(printf b)-$(printf c)", "ab-c"},
	};

	assert_examples(*state, examples, COUNT(examples));
}

static void parentheses_are_counted(void **state)
{
	static const struct example examples[] = {
		{"<$( (printf a); (printf b) )>", "<ab>"},
		{"<$(printf '()' )>", "<()>"},
		{"$(printf a))", "a)"},
		{"($(printf a)", "(a"},
	};
	struct tree *tree = *state;

	assert_examples(tree, examples, COUNT(examples));
	assert_expansion_refused(tree, "$(printf a", "'$(printf a' has no closing ')'");
	assert_expansion_refused(tree, "x $( (printf a)", "has no closing ')'");
	assert_expansion_refused(tree, "$(printf a) $(", "has no closing ')'");
}

static void inside_a_command_tags_come_first(void **state)
{
	static const struct example examples[] = {
		{"$(printf %s '$NODE_PATH')", "/r/node"},
		{"$(printf %s $REDPAK_TEST)", "value"},
		{"$(printf %s '\\$NODE_PATH')", "$NODE_PATH"},
		{"$(a=b; printf %s \\$a)", "b"},
		{"$(printf %s '${x}')", "${x}"},
		/* The alias is $UID: it is inserted, and not expanded again. */
		{"$(printf %s '$NODE_ALIAS')", "$UID"},
	};

	setenv("REDPAK_TEST", "value", 1);
	assert_examples(*state, examples, COUNT(examples));
}

static void inside_a_command_a_command_is_left_to_the_shell(void **state)
{
	static const struct example examples[] = {
		{"<$(printf %s \"$(printf ' a\\n')\")>", "< a>"},
		{"<$(printf %s \"$(printf '$NODE_PATH')\")>", "</r/node>"},
	};

	assert_examples(*state, examples, COUNT(examples));
}

static void a_variable_adds_nothing_to_a_command(void **state)
{
	static const char *const values[] = {"$(%s)", "`%s`",	"; %s", "& %s",	 "| %s",
					     "'; %s", "\"; %s", "\n%s", "<(%s)", "\\"};
	struct tree *tree = *state;

	for (size_t i = 0; i < COUNT(values); i++) {
		const char *percent = strchr(values[i], '%');
		int head = percent ? (int)(percent - values[i]) : (int)strlen(values[i]);
		const char *tail = percent ? percent + 2 : "";

		setenv("REDPAK_TEST",
		       pool_format(&tree->bench.pool, "%.*s%s%s", head, values[i], mark(tree),
				   tail),
		       1);
		assert_expansion_refused(tree, "$(echo $REDPAK_TEST)", "'REDPAK_TEST'");
		assert_expansion_refused(tree, "$(echo \"$REDPAK_TEST\")", "'REDPAK_TEST'");
		assert_false(marked(tree));
		assert_string_equal(expanded(tree, "$(printf %s \"\\$REDPAK_TEST\")"),
				    getenv("REDPAK_TEST"));
		assert_false(marked(tree));
	}
	/* The control: what the file itself says is run. */
	expanded(tree, pool_format(&tree->bench.pool, "$(echo; %s)", mark(tree)));
	assert_true(marked(tree));
}

static void a_command_that_fails_is_an_error(void **state)
{
	struct tree *tree = *state;

	assert_expansion_refused(tree, "a $(exit 3)", "'exit 3' failed: its exit status is 3");
	assert_expansion_refused(tree, "$(printf 'a\\0b')", "wrote a NUL byte");
	assert_expansion_refused(tree, "-$(head -c 1048576 /dev/zero | tr '\\0' x)",
				 "longer than 1 MiB");
}

static void w5_only_a_start_runs_commands(void **state)
{
	struct tree *tree = *state;
	struct expansion plain = expansion(tree);
	const char *text =
		pool_format(&tree->bench.pool, "$NODE_PATH $(%s $NODE_PATH)!", mark(tree));
	struct setting said = setting(text);
	const char *result;

	plain.commands = COMMANDS_SHOW;
	assert_int_equal(expand_text(&plain, &node, &said, &result), 0);
	assert_string_equal(
		result, pool_format(&tree->bench.pool, "/r/node %s", text + strlen("$NODE_PATH ")));
	assert_false(marked(tree));

	plain.commands = COMMANDS_REFUSE;
	assert_true(expand_text(&plain, &node, &said, &result) < 0);
	assert_place(&tree->bench.error, 3, 5);
	assert_non_null(strstr(tree->bench.error.text, mark(tree)));
	assert_non_null(strstr(tree->bench.error.text, "--no-commands"));
	assert_false(marked(tree));

	/* The control. */
	said = setting(pool_format(&tree->bench.pool, "$(%s)", mark(tree)));
	plain.commands = COMMANDS_RUN;
	assert_int_equal(expand_text(&plain, &node, &said, &result), 0);
	assert_true(marked(tree));
}

static void a_command_without_end_is_an_error_though_not_run(void **state)
{
	const enum expansion_commands modes[] = {COMMANDS_SHOW, COMMANDS_REFUSE};
	struct tree *tree = *state;
	struct expansion plain = expansion(tree);
	struct setting said = setting("$(echo");
	const char *result;

	for (size_t i = 0; i < COUNT(modes); i++) {
		plain.commands = modes[i];
		assert_true(expand_text(&plain, &node, &said, &result) < 0);
		assert_place(&tree->bench.error, 3, 5);
		assert_non_null(strstr(tree->bench.error.text, "no closing ')'"));
	}
}

static void path_and_ldpath_have_tags_but_no_commands(void **state)
{
	struct tree *tree = *state;
	struct expansion plain = expansion(tree);
	struct setting said = setting(pool_format(
		&tree->bench.pool, "$NODE_PATH/bin:\\$:$(%s $NODE_PATH)$(", mark(tree)));
	const char *result;

	assert_int_equal(expand_tags(&plain, &node, &said, &result), 0);
	assert_string_equal(result, pool_format(&tree->bench.pool, "/r/node/bin:$:$(%s /r/node)$(",
						mark(tree)));
	assert_false(marked(tree));
}

static void execfd_runs_the_line_as_it_is(void **state)
{
	struct tree *tree = *state;
	struct expansion plain = expansion(tree);
	struct setting said = setting("a='\\$'; printf '%s %s\\0' \"$a\" '$NODE_PATH'");
	const char *output;
	size_t length;

	assert_int_equal(expand_command(&plain, &said, &output, &length), 0);
	assert_int_equal(length, strlen("\\$ $NODE_PATH") + 1);
	assert_memory_equal(output, "\\$ $NODE_PATH\0", length + 1);
	said = setting("exit 4");
	assert_true(expand_command(&plain, &said, &output, &length) < 0);
	assert_place(&tree->bench.error, 3, 5);
}

static void f5_a_silent_command_gives_an_empty_text(void **state)
{
	struct expansion plain = expansion(*state);
	struct setting said = setting(":");
	const char *output = NULL;
	size_t length = 1;

	assert_int_equal(expand_command(&plain, &said, &output, &length), 0);
	assert_string_equal(output, "");
	assert_int_equal(length, 0);
	assert_string_equal(expanded(*state, "$(:)"), "");
}

static void w5_execfd_is_only_run_at_a_start(void **state)
{
	struct tree *tree = *state;
	struct expansion plain = expansion(tree);
	struct setting said = setting(mark(tree));
	const char *output;
	size_t length;

	plain.commands = COMMANDS_SHOW;
	assert_int_equal(expand_command(&plain, &said, &output, &length), 0);
	assert_string_equal(output, said.text);
	assert_int_equal(length, strlen(said.text));
	assert_false(marked(tree));
	plain.commands = COMMANDS_REFUSE;
	assert_true(expand_command(&plain, &said, &output, &length) < 0);
	assert_place(&tree->bench.error, 3, 5);
	assert_non_null(strstr(tree->bench.error.text, said.text));
	assert_false(marked(tree));
	/* The control. */
	plain.commands = COMMANDS_RUN;
	assert_int_equal(expand_command(&plain, &said, &output, &length), 0);
	assert_true(marked(tree));
}

static void commands_are_found(void **state)
{
	static const struct {
		const char *text;
		bool found;
	} examples[] = {
		{"$(a)", true},	    {"a $(b", true},   {"\\\\$(a)", false}, {"$$(a)", true},
		{"\\$ $(a)", true}, {"\\$(a)", false}, {"$ (a)", false},    {"$a(b)", false},
		{"", false},	    {"\\", false},     {"$", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(examples); i++)
		assert_int_equal(expand_has_command(examples[i].text), examples[i].found);
}

/* How many more pools succeed; negative: all. */
static int memory = -1;

void *__real_pool_alloc(struct pool *pool, size_t size);
void *__wrap_pool_alloc(struct pool *pool, size_t size);
char *__real_pool_copy(struct pool *pool, const char *text, size_t length);
char *__wrap_pool_copy(struct pool *pool, const char *text, size_t length);

static bool exhausted(void)
{
	if (memory < 0 || memory-- > 0)
		return false;
	errno = ENOMEM;
	return true;
}

void *__wrap_pool_alloc(struct pool *pool, size_t size)
{
	return exhausted() ? NULL : __real_pool_alloc(pool, size);
}

char *__wrap_pool_copy(struct pool *pool, const char *text, size_t length)
{
	return exhausted() ? NULL : __real_pool_copy(pool, text, length);
}

static void without_memory_it_is_refused(void **state)
{
	struct tree *tree = *state;
	struct setting said = setting("$NODE_PATH$(printf $NODE_PATH)");
	int granted = 0, result;
	const char *text;

	do {
		struct expansion plain = expansion(tree);

		memory = granted++;
		result = expand_text(&plain, &node, &said, &text);
		memory = -1;
		if (result < 0)
			assert_non_null(strstr(tree->bench.error.text, "memory"));
	} while (result < 0);
	assert_string_equal(text, "/r/node/r/node");
	/* The text, the command, its line, its environment, its output. */
	assert_int_equal(granted, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		tree_test(a_backslash_makes_a_dollar),
		tree_test(a_dollar_that_begins_nothing_stays),
		tree_test(a_text_that_is_not_said_stays_so),
		tree_test(what_comes_out_is_not_expanded_again),
		tree_test(f4_a_long_expansion_is_whole),
		tree_test(f4_a_variable_that_names_itself_ends),
		tree_test(a_text_is_bounded),
		tree_test(all_texts_together_are_bounded),
		tree_test(the_output_of_a_command_is_inserted_unchanged),
		tree_test(parentheses_are_counted),
		tree_test(inside_a_command_tags_come_first),
		tree_test(inside_a_command_a_command_is_left_to_the_shell),
		tree_test(a_variable_adds_nothing_to_a_command),
		tree_test(a_command_that_fails_is_an_error),
		tree_test(w5_only_a_start_runs_commands),
		tree_test(a_command_without_end_is_an_error_though_not_run),
		tree_test(path_and_ldpath_have_tags_but_no_commands),
		tree_test(execfd_runs_the_line_as_it_is),
		tree_test(f5_a_silent_command_gives_an_empty_text),
		tree_test(w5_execfd_is_only_run_at_a_start),
		tree_test(commands_are_found),
		tree_test(without_memory_it_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
