/* SPDX-License-Identifier: Apache-2.0 */
/* What stands for something else in the texts of a configuration: escapes (\$), commands ($(...)).
 */
#ifndef REDPAK_MARKUP_H
#define REDPAK_MARKUP_H

#include <stdbool.h>

/* Whether @text begins with one. */
bool markup_is_escape(const char *text);
bool markup_is_command(const char *text);

/* The first command in @text, or NULL. */
const char *markup_find_command(const char *text);

/* What follows the `)` that ends the command at @text (parentheses are counted), or NULL. */
const char *markup_command_end(const char *text);

#endif
