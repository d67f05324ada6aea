/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int file_read(int fd, const char *path, char *text, size_t size)
{
	int file = openat(fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n;
	int error;

	text[0] = '\0';
	if (file < 0)
		return -errno;
	n = read(file, text, size - 1);
	error = n < 0 ? -errno : 0;
	close(file);
	if (error)
		return error;
	if (n && text[n - 1] == '\n')
		n--;
	text[n] = '\0';
	return 0;
}

int file_write(int fd, const char *path, const char *text)
{
	int file = openat(fd, path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	size_t size = strlen(text);
	ssize_t n;
	int error;

	if (file < 0)
		return -errno;
	n = write(file, text, size);
	error = n < 0 ? -errno : (size_t)n == size ? 0 : -EIO;
	close(file);
	return error;
}

int has_word(const char *text, const char *word)
{
	static const char separators[] = " ,\t\n";
	size_t length = strlen(word);

	while (*text) {
		size_t span = strcspn(text, separators);

		if (span == length && strncmp(text, word, length) == 0)
			return 1;
		text += span;
		text += strspn(text, separators);
	}
	return 0;
}

bool booted_with(const char *word)
{
	char command_line[4096];

	file_read(AT_FDCWD, "/proc/cmdline", command_line, sizeof command_line);
	return has_word(command_line, word);
}
