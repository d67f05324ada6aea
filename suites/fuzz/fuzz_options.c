/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of redwrap: words divided by NUL. */
#include <string.h>

#include "chain.h"
#include "redwrap/options.h"

enum { WORDS_MAX = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *argv[WORDS_MAX + 1] = {NULL};
	int preserve[WORDS_MAX + 1];
	struct options options;
	struct pool pool = {0};
	char *text = pool_copy(&pool, (const char *)data, size);
	char *end = text + size;
	int argc = 0;

	must(text);
	argv[argc++] = pool_format(&pool, "redwrap");
	while (text < end && argc < WORDS_MAX) {
		argv[argc++] = text;
		text += strlen(text) + 1;
	}
	options = options_parse(argc, argv, preserve);
	if (options.action == OPTIONS_WRONG)
		must(options.why && options.what);
	else if (options.action == OPTIONS_RUN)
		must(options.request.redpath && options.request.argv && *options.request.argv);
	pool_free(&pool);
	redpak_set_log_level(0);
	return 0;
}
