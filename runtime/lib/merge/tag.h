/* SPDX-License-Identifier: Apache-2.0 */
/* The values of tags; for expand.c alone. */
#ifndef REDPAK_TAG_H
#define REDPAK_TAG_H

#include "base/buffer.h"
#include "merge/expand.h"

/* Of what the name of a tag is made. */
#define TAG_CHARACTERS "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"

/*
 * A text while it is expanded.
 * @in_command: it becomes the line of a shell.
 */
struct expanding {
	struct expansion *expansion;
	const struct node *node;
	const struct setting *setting;
	bool in_command;
	struct buffer out;
};

/* Returns 0 or a negative errno with the error filled in, as all of these do. */
int expanding_append(struct expanding *expanding, const char *bytes, size_t length);

/* Appends the value of the tag @name (of @length bytes, without its `$`). */
int tag_append(struct expanding *expanding, const char *name, size_t length);

/* Whether its value may come from the caller's environment. */
bool tag_reads_environment(const char *name, size_t length);

#endif
