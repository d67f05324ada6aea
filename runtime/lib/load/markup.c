/* SPDX-License-Identifier: Apache-2.0 */
#include "load/markup.h"

#include <stddef.h>
#include <string.h>

bool markup_is_escape(const char *text)
{
	return text[0] == '\\' && text[1] == '$';
}

bool markup_is_command(const char *text)
{
	return text[0] == '$' && text[1] == '(';
}

const char *markup_find_command(const char *text)
{
	while ((text = strpbrk(text, "$\\")) && !markup_is_command(text))
		text += markup_is_escape(text) ? 2 : 1;
	return text;
}

const char *markup_command_end(const char *text)
{
	size_t depth = 0;

	while (*(text += strcspn(text, "()"))) {
		depth += *text == '(' ? 1 : (size_t)-1;
		text++;
		if (depth == 0)
			return text;
	}
	return NULL;
}
