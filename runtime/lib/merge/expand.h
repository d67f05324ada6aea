/* SPDX-License-Identifier: Apache-2.0 */
/* Tags ($NAME), escapes (\$) and commands ($(...)) in the texts of a configuration. */
#ifndef REDPAK_EXPAND_H
#define REDPAK_EXPAND_H

#include <sys/types.h>

#include "load/node.h"

/*
 * Bounds of what expansion makes: one text, and all texts and tags of one struct expansion, so
 * that a small file with many tags can neither fill the memory nor take long.
 */
enum { EXPAND_TEXT_MAX = 1 << 20, EXPAND_TOTAL_MAX = 4 << 20, EXPAND_TAGS_MAX = 10000 };

/* What is done with a command: nothing is run unless a node is about to start. */
enum expansion_commands {
	COMMANDS_RUN,
	COMMANDS_SHOW,	/* `$(...)` stays as it stands in the file */
	COMMANDS_REFUSE /* an error that names it */
};

/*
 * @leaf: the node being run.
 * @uid, @gid: of the payload.
 * @error: filled in by each function that returns a negative errno.
 * The other members are zero at first.
 */
struct expansion {
	struct pool *pool;
	const struct node *leaf;
	enum expansion_commands commands;
	uid_t uid;
	gid_t gid;
	struct redpak_error *error;

	size_t total;		   /* bytes made so far */
	size_t tags;		   /* expanded so far */
	const char *cgroups_mount; /* looked for once */
};

/*
 * Expands tags, escapes and commands; what comes from them is not expanded again.  A `$` or
 * backslash that begins none of them stays.
 * @node: the node that defines the text, for $NODE_...
 * @text: the result; that of @setting itself (NULL included) when it holds no `$`, else owned by
 * the pool.
 * Returns 0, or a negative errno: a command that has no `)`, is refused, fails or writes a NUL
 * byte, or a bound.
 */
int expand_text(struct expansion *expansion, const struct node *node, const struct setting *setting,
		const char **text);

/*
 * The same for the keys without commands (path, ldpath).  There `$(` begins nothing, so it is plain
 * text: existing files that hold it keep starting, and nothing is run.
 */
int expand_tags(struct expansion *expansion, const struct node *node, const struct setting *setting,
		const char **text);

/*
 * Runs the command line @command as it is (mode Execfd).
 * @output: followed by a NUL, "" if the command wrote nothing; may hold NUL bytes; owned by the
 * pool.  With COMMANDS_SHOW the text of the command.
 * @length: without the final NUL.
 * Returns 0 or a negative errno as command_run() does.
 */
int expand_command(struct expansion *expansion, const struct setting *command, const char **output,
		   size_t *length);

/* Whether expand_text() would meet a command in @text. */
bool expand_has_command(const char *text);

/* Calls @each for the name (@length bytes) of each tag of @text that reads the environment. */
void expand_each_variable(const char *text,
			  void (*each)(const char *name, size_t length, void *data), void *data);

#endif
