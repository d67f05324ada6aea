/* SPDX-License-Identifier: Apache-2.0 */
/* Interim: replaced, with expand.h, by the branch `expand`. */
#include "merge/expand.h"

#include <string.h>

int expand_text(struct expansion *expansion, const struct node *node, const struct setting *setting,
		const char **text)
{
	(void)node;
	*text = setting->text;
	return strchr(setting->text, '$')
		       ? fail_at(expansion->error, setting->origin, "holds a '$'")
		       : 0;
}

bool expand_has_command(const char *text)
{
	return strstr(text, "$(");
}
