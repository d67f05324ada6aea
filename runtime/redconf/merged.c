/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "redconf/redconf.h"

int load_merged(struct pool *pool, const char *directory, bool admin, struct merged *merged,
		struct redpak_error *error)
{
	struct expansion expansion = {.pool = pool,
				      .commands = COMMANDS_SHOW,
				      .uid = getuid(),
				      .gid = getgid(),
				      .error = error};
	struct node *leaf;
	int result = node_load(pool, directory, admin, &leaf, error);

	if (result == 0)
		result = merge_settings(pool, leaf, merged, error);
	expansion.leaf = leaf;
	return result < 0 ? result : merge_lists(&expansion, merged);
}
