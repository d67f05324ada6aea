/* SPDX-License-Identifier: Apache-2.0 */
/* Limits of a tmpfs, each on a small one of its own. Source: tmpfs(5). */
#include "base/finding.h"
#include "base/kernel_calls.h"
#include "mount/mount.h"
#include "mount/mount_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

/* Makes a tmpfs with one option. Returns its root, or -1 with the finding said. */
static int tmpfs_with(const char *key, const char *value, struct redprobe_finding *finding)
{
	struct mount_context context;
	char tried[48];
	int mounted;

	mount_context_open(&context, "tmpfs");
	mount_context_set(&context, key, value);
	mounted = mount_context_finish(&context);
	snprintf(tried, sizeof tried, "tmpfs with %s%s%s", key, value ? "=" : "",
		 value ? value : "");
	if (mount_context_stranger(&context))
		finding_unsupported(finding, "%s: %s: EINVAL (%.100s)", tried, context.call,
				    context.log);
	else if (mounted < 0)
		mount_context_refused(finding, &context, tried);
	return mounted;
}

/* Writes a page more than fits in. Returns the errno of the write that failed, or 0. */
static int overfill(int mounted, size_t limit)
{
	static const char page[4096];
	int file = openat(mounted, "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600), error = 0;

	if (file < 0)
		return errno;
	for (size_t size = 0; size <= limit && !error; size += sizeof page)
		if (write(file, page, sizeof page) < 0)
			error = errno;
	close(file);
	return error;
}

void mount_try_size(struct redprobe *probe, const void *argument, struct redprobe_finding *finding)
{
	const struct mount_place *place = mount_place_files(probe, finding);
	int mounted = place ? tmpfs_with("size", "64k", finding) : -1, error;

	(void)argument;
	if (mounted < 0)
		return;
	error = overfill(mounted, 65536);
	if (error == ENOSPC)
		finding_supported(finding, "tmpfs with size=64k: ok, writing more: ENOSPC");
	else
		finding_unknown(finding, finding_as_documented,
				"tmpfs with size=64k: ok, writing more: %s", error_name(error));
	close(mounted);
}

void mount_try_nr_inodes(struct redprobe *probe, const void *argument,
			 struct redprobe_finding *finding)
{
	const struct mount_place *place = mount_place_files(probe, finding);
	int mounted = place ? tmpfs_with("nr_inodes", "2", finding) : -1;

	(void)argument;
	if (mounted < 0)
		return;
	if (mkdirat(mounted, "first", 0700) == 0 && mkdirat(mounted, "second", 0700) < 0 &&
	    errno == ENOSPC)
		finding_supported(finding, "tmpfs with nr_inodes=2: ok, a third inode: ENOSPC");
	else
		finding_unknown(finding, finding_as_documented,
				"tmpfs with nr_inodes=2: ok, but mkdir: %s", error_name(errno));
	close(mounted);
}

/* Sets the option of a tmpfs that is made: it is refused where it was not set from the beginning.
 */
static int set_noswap(int mounted)
{
	int context = kernel_fspick(mounted), error = 0;

	if (context < 0)
		return errno;
	if (kernel_fsconfig(context, FSCONFIG_SET_FLAG, "noswap", NULL, 0) < 0 ||
	    kernel_fsconfig(context, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0)
		error = errno;
	close(context);
	return error;
}

static void see_noswap(int mounted, int plain, struct redprobe_finding *finding)
{
	int error = set_noswap(mounted), plain_error = set_noswap(plain);

	if (error && error == plain_error)
		finding_supported(finding, "tmpfs with noswap: ok; its effect not seen: %s",
				  error_name(error));
	else if (!error && plain_error == EINVAL)
		finding_supported(finding, "tmpfs with noswap: ok, and set again: ok; on one made "
					   "without it: EINVAL");
	else
		finding_unknown(finding, finding_as_documented,
				"tmpfs with noswap: ok, but set again: %s, on one without it: %s",
				error_name(error), error_name(plain_error));
	close(mounted);
}

void mount_try_noswap(struct redprobe *probe, const void *argument,
		      struct redprobe_finding *finding)
{
	const struct mount_place *place = mount_place_tree(probe, false, finding);
	struct mount_context context;
	int mounted;

	(void)argument;
	if (!place)
		return;
	mount_context_open(&context, "tmpfs");
	mount_context_set(&context, "noswap", NULL);
	mounted = mount_context_finish(&context);
	if (mounted >= 0)
		see_noswap(mounted, place->tree, finding);
	else if (mount_context_stranger(&context))
		finding_unsupported(finding, "tmpfs with noswap: EINVAL (%.100s)", context.log);
	else if (context.error == EINVAL && context.log[0])
		finding_restricted(finding, "missing privilege: CAP_SYS_ADMIN of the whole machine",
				   "tmpfs with noswap: EINVAL (%.100s)", context.log);
	else
		mount_context_refused(finding, &context, "tmpfs with noswap");
}

void mount_try_mode(struct redprobe *probe, const void *argument, struct redprobe_finding *finding)
{
	const struct mount_place *place = mount_place(probe, finding);
	int mounted = place ? tmpfs_with("mode", "0510", finding) : -1;
	struct stat root;

	(void)argument;
	if (mounted < 0)
		return;
	if (fstat(mounted, &root) == 0 && (root.st_mode & 07777) == 0510)
		finding_supported(finding, "tmpfs with mode=0510: ok, its root has that mode");
	else
		finding_unknown(finding, finding_as_documented,
				"tmpfs with mode=0510: ok, but not its root");
	close(mounted);
}
