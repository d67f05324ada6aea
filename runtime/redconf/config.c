/* SPDX-License-Identifier: Apache-2.0 */
/* redconf config: the files of a node and its ancestors, leaf first. */
#include <stdio.h>

#include "load/node.h"
#include "redconf/redconf.h"
#include "show/yaml.h"

int redconf_config(const struct globals *globals, int argc, char **argv)
{
	struct redpak_error error;
	struct pool pool = {0};
	struct node *leaf = NULL;
	const char *directory;
	int result, status = read_directory_option(argc, argv, 'r', "redpath", NULL, 0, &directory);

	if (status)
		return status;
	result = node_load(&pool, directory, false, &leaf, &error);
	for (const struct node *node = leaf; node && result == 0; node = node->parent) {
		if (globals->yaml)
			printf("# REDNODE CONFIG %s\n", node->path);
		result = yaml_write_config(stdout, &node->config, YAML_DUMP);
		if (result < 0)
			fail_errno(&error, result, "cannot print the configuration");
		else
			putchar('\n');
	}
	if (result == 0)
		result = end_printing("the configuration", &error);
	pool_free(&pool);
	return result < 0 ? report_error(&error) : REDCONF_OK;
}
