/* SPDX-License-Identifier: Apache-2.0 */
/* The loader: a file as a document, then as a configuration and as a status file. */
#include <string.h>

#include "chain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct redpak_error error = {0};
	struct pool pool = {0};
	const struct value *root = NULL;
	struct config config = {0};
	struct status status = {0};

	if (fuzz_document(&pool, data, size, &root, &error) < 0) {
		must_be_error(&error);
	} else {
		if (config_read(&pool, root, &config, &error) < 0) {
			must_be_error(&error);
			must(!strncmp(error.text, "text:", 5));
		} else {
			must(config.alias.text && *config.alias.text);
		}
		if (status_read(&pool, root, &status, &error) < 0)
			must_be_error(&error);
	}
	pool_free(&pool);
	return 0;
}
