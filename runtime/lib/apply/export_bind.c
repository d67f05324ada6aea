/* SPDX-License-Identifier: Apache-2.0 */
/* Exports of parts of the host. */
#include <errno.h>
#include <sys/stat.h>

#include "apply/export_modes.h"
#include "apply/host.h"
#include "base/auto.h"

/* The directory that was made for @export must be the one that is exported. */
static int check_made(const struct root *root, const struct plan_export *export,
		      const struct stat *status)
{
	struct stat made;

	if (export->made < 0)
		return 0;
	if (fstat(export->made, &made) < 0)
		return fail_errno(root->error, -errno, "cannot export %s of the host",
				  export->path);
	if (!host_is_same(&made, status))
		return fail(root->error, -EPERM,
			    "cannot export %s of the host: it was replaced meanwhile",
			    export->path);
	return 0;
}

int export_tree_directory(const struct root *root, const struct plan_export *export)
{
	AUTO_CLOSE int source = host_open(root->host, export->path, root->error);
	struct stat status;
	int result;

	if (source < 0)
		return source;
	if (fstat(source, &status) < 0)
		return fail_errno(root->error, -errno, "cannot export %s of the host",
				  export->path);
	result = check_made(root, export, &status);
	return result < 0 ? result
			  : mount_copy(root, source, export->path, export->mode->attributes);
}

int export_tree_host_file(const struct root *root, const struct plan_export *export)
{
	AUTO_CLOSE int source = host_open(root->host, export->path, root->error);
	struct stat status;

	if (source == -ENOENT)
		return advise(root->error, source, "the mode makes no file: make it beforehand");
	if (source < 0)
		return source;
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
