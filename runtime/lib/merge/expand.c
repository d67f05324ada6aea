/* SPDX-License-Identifier: Apache-2.0 */
#include "merge/expand.h"

#include <string.h>

#include "load/markup.h"
#include "merge/command.h"
#include "merge/tag.h"

static int refuse(const struct expansion *expansion, const char *command, struct origin origin)
{
	return fail_at(expansion->error, origin,
		       "cannot run the command " COMMAND_FORMAT ": commands are forbidden here; "
		       "start without --no-commands, or write its output in its place",
		       command);
}

/* Tags and escapes; @substitute appends what stands for the command at *@text and steps over it. */
static int expand(struct expanding *expanding, const char *text,
		  int (*substitute)(struct expanding *expanding, const char **text))
{
	int result = 0;

	while (*text && result == 0) {
		size_t length = strcspn(text, "$\\");

		if (length) {
			result = expanding_append(expanding, text, length);
		} else if (markup_is_escape(text)) {
			result = expanding_append(expanding, "$", 1);
			length = strlen("\\$");
		} else if (substitute && markup_is_command(text)) {
			result = substitute(expanding, &text);
		} else {
			length = *text == '$' ? strspn(text + 1, TAG_CHARACTERS) : 0;
			result = length ? tag_append(expanding, text + 1, length)
					: expanding_append(expanding, text, 1);
			length++;
		}
		text += length;
	}
	return result;
}

static int run(struct expanding *outer, const char *command)
{
	struct expansion *expansion = outer->expansion;
	struct origin origin = outer->setting->origin;
	struct expanding line = {.expansion = expansion,
				 .node = outer->node,
				 .setting = outer->setting,
				 .in_command = true,
				 .out = {.pool = expansion->pool}};
	const char *output;
	size_t length;
	int result;

	/* A `$(` inside is left to the shell. */
	result = expand(&line, command, NULL);
	if (result == 0)
		result = command_run(expansion->pool, buffer_text(&line.out), origin, &output,
				     &length, expansion->error);
	if (result != 0)
		return result;
	if (memchr(output, '\0', length))
		return fail_at(expansion->error, origin,
			       "the command " COMMAND_FORMAT " wrote a NUL byte, which no text can "
			       "hold; correct it",
			       command);
	return expanding_append(outer, output, length);
}

static int substitute_command(struct expanding *expanding, const char **text)
{
	struct expansion *expansion = expanding->expansion;
	const char *begin = *text, *end = markup_command_end(begin);
	const char *command;

	if (!end)
		return fail_at(expansion->error, expanding->setting->origin,
			       "the command " COMMAND_FORMAT
			       " has no closing ')'; add it, or write "
			       "'\\$(' for a plain '$('",
			       begin);
	*text = end;
	if (expansion->commands == COMMANDS_SHOW)
		return expanding_append(expanding, begin, (size_t)(end - begin));
	begin += strlen("$(");
	command = pool_copy(expansion->pool, begin, (size_t)(end - begin) - strlen(")"));
	if (!command)
		return out_of_memory(expansion->error);
	if (expansion->commands == COMMANDS_REFUSE)
		return refuse(expansion, command, expanding->setting->origin);
	return run(expanding, command);
}

static int expand_setting(struct expansion *expansion, const struct node *node,
			  const struct setting *setting, const char **text,
			  int (*substitute)(struct expanding *expanding, const char **text))
{
	struct expanding expanding = {.expansion = expansion,
				      .node = node,
				      .setting = setting,
				      .out = {.pool = expansion->pool}};
	int result;

	*text = setting->text;
	if (!setting->text || !strchr(setting->text, '$'))
		return 0;
	result = expand(&expanding, setting->text, substitute);
	*text = buffer_text(&expanding.out);
	return result;
}

int expand_text(struct expansion *expansion, const struct node *node, const struct setting *setting,
		const char **text)
{
	return expand_setting(expansion, node, setting, text, substitute_command);
}

int expand_tags(struct expansion *expansion, const struct node *node, const struct setting *setting,
		const char **text)
{
	return expand_setting(expansion, node, setting, text, NULL);
}

int expand_command(struct expansion *expansion, const struct setting *command, const char **output,
		   size_t *length)
{
	*output = command->text;
	*length = strlen(command->text);
	if (expansion->commands == COMMANDS_SHOW)
		return 0;
	if (expansion->commands == COMMANDS_REFUSE)
		return refuse(expansion, command->text, command->origin);
	return command_run(expansion->pool, command->text, command->origin, output, length,
			   expansion->error);
}

bool expand_has_command(const char *text)
{
	return markup_find_command(text);
}

void expand_each_variable(const char *text,
			  void (*each)(const char *name, size_t length, void *data), void *data)
{
	while (*(text += strcspn(text, "$\\"))) {
		size_t length = *text == '$' ? strspn(text + 1, TAG_CHARACTERS) : 0;

		if (length && tag_reads_environment(text + 1, length))
			each(text + 1, length, data);
		text += markup_is_escape(text) ? strlen("\\$") : length + 1;
	}
}
