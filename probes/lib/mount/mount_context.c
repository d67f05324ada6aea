/* SPDX-License-Identifier: Apache-2.0 */
/* Sources: fsopen(2), fsconfig(2), fsmount(2), Documentation/filesystems/mount_api.rst. */
#include "mount/mount_context.h"

#include "base/kernel_calls.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Keeps the last error of the context's log: lines "e file system: text". */
static void keep_log(struct mount_context *context)
{
	char line[sizeof context->log];
	ssize_t n;

	while ((n = read(context->fd, line, sizeof line - 1)) > 0) {
		line[n] = '\0';
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "e ", 2) == 0)
			snprintf(context->log, sizeof context->log, "%s", line + 2);
	}
}

static void fail(struct mount_context *context, const char *call)
{
	context->call = call;
	context->error = errno;
	if (context->fd >= 0)
		keep_log(context);
}

void mount_context_open(struct mount_context *context, const char *type)
{
	*context = (struct mount_context){.fd = kernel_fsopen(type)};
	if (context->fd < 0)
		fail(context, "fsopen");
}

static void configure(struct mount_context *context, unsigned command, const char *key,
		      const char *value, int aux)
{
	if (!context->call && kernel_fsconfig(context->fd, command, key, value, aux) < 0)
		fail(context, "fsconfig");
}

void mount_context_set(struct mount_context *context, const char *key, const char *value)
{
	configure(context, value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, key, value, 0);
}

void mount_context_set_fd(struct mount_context *context, const char *key, int fd)
{
	configure(context, FSCONFIG_SET_FD, key, NULL, fd);
}

int mount_context_finish(struct mount_context *context)
{
	int mounted = -1;

	if (!context->call && kernel_fsconfig(context->fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		fail(context, "fsconfig(FSCONFIG_CMD_CREATE)");
	if (!context->call) {
		mounted = kernel_fsmount(context->fd);
		if (mounted < 0)
			fail(context, "fsmount");
	}
	if (context->fd >= 0)
		close(context->fd);
	context->fd = -1;
	return mounted;
}

int mount_context_stranger(const struct mount_context *context)
{
	return context->error == EINVAL && strstr(context->log, "Unknown parameter");
}
