/* SPDX-License-Identifier: Apache-2.0 */
/* Sources: Documentation/bpf/btf.rst, proc(5). */
#include "base/symbol.h"

#include <fcntl.h>
#include <linux/btf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Without a map the names come in pages: there is no larger read. */
static const char *read_names(int fd, off_t offset, size_t size)
{
	char *names = malloc(size);

	for (size_t got = 0; names && got < size;) {
		ssize_t n = pread(fd, names + got, size - got, offset + (off_t)got);

		if (n > 0) {
			got += (size_t)n;
			continue;
		}
		free(names);
		names = NULL;
	}
	return names;
}

/* Since Linux 6.16 the information can be mapped, but only from its beginning. */
static const char *map_names(int fd, size_t offset, size_t size)
{
	char *information = mmap(NULL, offset + size, PROT_READ, MAP_PRIVATE, fd, 0);

	return information == MAP_FAILED ? NULL : information + offset;
}

static void look_for_information(struct symbols *symbols)
{
	int fd = open("/sys/kernel/btf/vmlinux", O_RDONLY | O_CLOEXEC);
	struct btf_header header;
	size_t offset;

	symbols->looked = true;
	if (fd < 0)
		return;
	if (pread(fd, &header, sizeof header, 0) == sizeof header && header.magic == BTF_MAGIC) {
		offset = (size_t)header.hdr_len + header.str_off;
		symbols->size = header.str_len;
		symbols->names = map_names(fd, offset, header.str_len);
		if (!symbols->names)
			symbols->names = read_names(fd, (off_t)offset, header.str_len);
	}
	close(fd);
}

/* The first of the names is empty. */
static bool in_information(const struct symbols *symbols, const char *name)
{
	const char *at = symbols->names + 1, *end = symbols->names + symbols->size;

	while ((at = memmem(at, (size_t)(end - at), name, strlen(name) + 1))) {
		if (at[-1] == '\0')
			return true;
		at++;
	}
	return false;
}

/* A line is "ffffffff81000000 T name", followed by a tab and a module's name where it has one. */
static enum symbol look_in_kallsyms(const char *name)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	size_t length = strlen(name);
	bool found = false;
	char line[512];

	if (!file)
		return SYMBOL_UNSEEN;
	while (!found && fgets(line, sizeof line, file)) {
		const char *last = strrchr(line, ' ');

		found = last && strncmp(last + 1, name, length) == 0 && last[1 + length] == '\n';
	}
	fclose(file);
	return found ? SYMBOL_BUILT_IN : SYMBOL_ABSENT;
}

enum symbol symbol_look(struct symbols *symbols, const char *name)
{
	if (symbols->last == name)
		return symbols->found;
	if (!symbols->looked)
		look_for_information(symbols);
	symbols->last = name;
	if (!symbols->names)
		symbols->found = look_in_kallsyms(name);
	else
		symbols->found = in_information(symbols, name) ? SYMBOL_BUILT_IN : SYMBOL_ABSENT;
	return symbols->found;
}
