/* SPDX-License-Identifier: Apache-2.0 */
/* Expansion of a text: tags and escapes; commands are shown, as nothing may be run here. */
#include <string.h>

#include "chain.h"
#include "merge/expand.h"

static struct config headers(const char *alias)
{
	return (struct config){.alias = {.text = alias}, .name = {.text = "$NODE_PATH"}};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct redpak_error error = {0};
	struct pool pool = {0};
	struct node parent = {.path = "/r", .config = headers("parent")};
	struct node leaf = {.path = "/r/l", .config = headers("leaf"), .parent = &parent};
	struct expansion expansion = {
		.pool = &pool, .leaf = &leaf, .commands = COMMANDS_SHOW, .error = &error};
	struct setting setting = {.text = pool_copy(&pool, (const char *)data, size),
				  .origin = {"text", 1, 1}};
	const char *text = NULL;

	must(setting.text);
	if (expand_text(&expansion, &parent, &setting, &text) < 0)
		must_be_error(&error);
	else
		must(strlen(text) <= EXPAND_TEXT_MAX &&
		     (strchr(setting.text, '$') || !strcmp(text, setting.text)));
	if (expand_tags(&expansion, &leaf, &setting, &text) < 0)
		must_be_error(&error);
	pool_free(&pool);
	return 0;
}
