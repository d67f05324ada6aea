/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sysctl.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int sysctl_read(const char *name, long long *value)
{
	char path[128], text[32], *end;
	int error;

	snprintf(path, sizeof path, "/proc/sys/%s", name);
	for (char *dot = path; *dot; dot++)
		if (*dot == '.')
			*dot = '/';
	error = file_read(AT_FDCWD, path, text, sizeof text);
	if (error == -ENOENT && access("/proc/sys/kernel", F_OK) < 0)
		return -ENODATA;
	if (error)
		return error;
	*value = strtoll(text, &end, 10);
	return end == text ? -EINVAL : 0;
}
