/* SPDX-License-Identifier: Apache-2.0 */
/* Source: Documentation/bpf/btf.rst. */
#include "symbol.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/btf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Reads `size` bytes at `offset`, however small the pieces that the file gives. */
static bool read_all(int fd, char *to, size_t size, off_t offset)
{
	while (size) {
		ssize_t n = pread(fd, to, size, offset);

		if (n <= 0)
			return false;
		to += n;
		offset += n;
		size -= (size_t)n;
	}
	return true;
}

/* The strings of the type information, each ended by a 0. The caller frees them. */
static char *read_strings(size_t *size)
{
	int fd = open("/sys/kernel/btf/vmlinux", O_RDONLY | O_CLOEXEC);
	struct btf_header header;
	char *strings = NULL;

	if (fd < 0)
		return NULL;
	if (read_all(fd, (char *)&header, sizeof header, 0) && header.magic == BTF_MAGIC)
		strings = malloc(header.str_len);
	if (strings &&
	    !read_all(fd, strings, header.str_len, (off_t)header.hdr_len + header.str_off)) {
		free(strings);
		strings = NULL;
	}
	close(fd);
	*size = strings ? header.str_len : 0;
	return strings;
}

static bool in_strings(const char *strings, size_t size, const char *symbol)
{
	const char *found, *end = strings + size;
	size_t length = strlen(symbol) + 1;

	while ((found = memmem(strings, (size_t)(end - strings), symbol, length))) {
		if (found[-1] == '\0')
			return true;
		strings = found + 1;
	}
	return false;
}

/* A line is "ffffffff81000000 T name", followed by a tab and a module's name where it has one. */
static enum symbol look_in_kallsyms(const char *symbol)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	size_t length = strlen(symbol);
	bool found = false;
	char line[512];

	if (!file)
		return SYMBOL_UNSEEN;
	while (!found && fgets(line, sizeof line, file)) {
		const char *name = strrchr(line, ' ');

		found = name && strncmp(name + 1, symbol, length) == 0 && name[1 + length] == '\n';
	}
	fclose(file);
	return found ? SYMBOL_BUILT_IN : SYMBOL_ABSENT;
}

enum symbol symbol_look(struct symbols *symbols, const char *symbol)
{
	if (!symbols->read) {
		symbols->strings = read_strings(&symbols->size);
		symbols->read = true;
	}
	if (!symbols->strings)
		return look_in_kallsyms(symbol);
	return in_strings(symbols->strings + 1, symbols->size - 1, symbol) ? SYMBOL_BUILT_IN
									   : SYMBOL_ABSENT;
}
