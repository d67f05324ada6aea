/* SPDX-License-Identifier: Apache-2.0 */
/* Tags and commands in the texts of a configuration. */
#ifndef REDPAK_EXPAND_H
#define REDPAK_EXPAND_H

#include <stdbool.h>
#include <sys/types.h>

#include "load/node.h"

enum expansion_commands { COMMANDS_RUN, COMMANDS_SHOW, COMMANDS_REFUSE };

struct expansion {
	struct pool *pool;
	const struct node *leaf;
	enum expansion_commands commands;
	uid_t uid;
	gid_t gid;
	struct redpak_error *error;
};

int expand_text(struct expansion *expansion, const struct node *node, const struct setting *setting,
		const char **text);
int expand_tags(struct expansion *expansion, const struct node *node, const struct setting *setting,
		const char **text);
int expand_command(struct expansion *expansion, const struct setting *command, const char **output,
		   size_t *length);
bool expand_has_command(const char *text);

#endif
