/* SPDX-License-Identifier: Apache-2.0 */
/* The mode Internal: a file that holds what the caller hands over through a descriptor. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "plan/plan_exports.h"

/* The standard descriptors are the payload's own. */
static int parse_descriptor(const struct plan_export *export, struct redpak_error *error)
{
	size_t digits = strspn(export->path, "0123456789");
	unsigned long number = digits && digits < 10 ? strtoul(export->path, NULL, 10) : 0;

	if (export->path[digits] || number <= STDERR_FILENO || number > INT_MAX)
		return fail_at(error, export->origin,
			       "'%s' is not the number of an inherited descriptor (3 or more)",
			       export->path);
	return (int)number;
}

/* Returns 1 at the end, 0 before it, or a negative errno. */
static int read_some(int fd, struct buffer *content)
{
	char chunk[16384];
	ssize_t length = read(fd, chunk, sizeof(chunk));

	if (length < 0)
		return errno == EINTR ? 0 : -errno;
	if ((size_t)length > INTERNAL_CONTENT_MAX - content->length)
		return -EFBIG;
	return length == 0 ? 1 : buffer_append(content, chunk, (size_t)length);
}

int internal_read(struct pool *pool, struct plan_export *export, struct redpak_error *error)
{
	struct buffer content = {.pool = pool};
	int fd = parse_descriptor(export, error);
	int result = 0;

	if (fd < 0)
		return fd;
	while (result == 0)
		result = read_some(fd, &content);
	if (result == -EFBIG)
		return fail_at(error, export->origin,
			       "descriptor %d yields more than %d bytes for %s; hand over less", fd,
			       INTERNAL_CONTENT_MAX, export->mount);
	if (result < 0)
		return advise(error,
			      blame(error,
				    fail_errno(error, result, "cannot read descriptor %d for %s",
					       fd, export->mount),
				    export->origin),
			      "the caller must open it for reading");
	export->content = buffer_text(&content);
	export->length = content.length;
	return 0;
}
