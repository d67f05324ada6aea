/* SPDX-License-Identifier: Apache-2.0 */
/* Exports of parts of the host. */
#include <errno.h>
#include <sys/stat.h>

#include "apply/export_modes.h"
#include "apply/host.h"
#include "apply/mount.h"

int export_tree_directory(const struct root *root, const struct plan_export *export)
{
	int source = host_open_again(root->host, export->path, export->source, root->error);

	if (source < 0)
		return source;
	closing_add(root->closing, source);
	return mount_copy(root, source, export->path, export->mode->attributes);
}

int export_tree_host_file(const struct root *root, const struct plan_export *export)
{
	int source = host_open_again(root->host, export->path, export->source, root->error);
	struct stat status;

	if (source < 0)
		return source;
	closing_add(root->closing, source);
	if (fstat(source, &status) < 0)
		return fail_errno(root->error, -errno, "cannot export %s of the host",
				  export->path);
	if (S_ISDIR(status.st_mode))
		return fail(root->error, -EISDIR,
			    "cannot export %s of the host with mode %s: it is a directory; use the "
			    "mode without File",
			    export->path, export->mode->name);
	return mount_copy(root, source, export->path, export->mode->attributes);
}
