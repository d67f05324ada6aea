/* SPDX-License-Identifier: Apache-2.0 */
#include "input.h"

#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *input_name(const char *path)
{
	return strcmp(path, "-") == 0 ? "standard input" : path;
}

/* Reads until the end or until `size` bytes. Returns how many, or -errno. */
static ssize_t read_all(int fd, char *text, size_t size)
{
	size_t got = 0;

	while (got < size) {
		ssize_t n = read(fd, text + got, size - got);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			break;
		if (n > 0)
			got += (size_t)n;
	}
	return (ssize_t)got;
}

int input_read(const char *path, size_t limit, char **text, size_t *size)
{
	bool standard = strcmp(path, "-") == 0;
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t got = fd < 0 ? -errno : -ENOMEM;

	*text = NULL;
	if (fd >= 0)
		*text = malloc(limit + 1);
	if (*text)
		got = read_all(fd, *text, limit + 1);
	if (fd >= 0 && !standard)
		close(fd);
	if (got >= 0 && (size_t)got <= limit) {
		*size = (size_t)got;
		return 0;
	}
	free(*text);
	*text = NULL;
	if (got < 0)
		return refuse("cannot read %s: %s", input_name(path), strerror((int)-got));
	return refuse("%s is too large: more than %zu bytes", input_name(path), limit);
}
