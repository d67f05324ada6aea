/* SPDX-License-Identifier: Apache-2.0 */
/* Small files of the kernel, read and written whole. */
#ifndef REDPROBE_FILE_H
#define REDPROBE_FILE_H

#include <stdbool.h>

#include <stddef.h>

/*
 * Reads what `path`, relative to the directory `fd` (or AT_FDCWD), holds, up to `size` - 1 bytes,
 * and ends it with a 0; a final newline is taken off. Returns 0 or a negative errno, `text` then
 * "".
 */
int file_read(int fd, const char *path, char *text, size_t size);

/* Writes `text` to `path` in one write(2). Returns 0 or a negative errno. */
int file_write(int fd, const char *path, const char *text);

/* True if `word` is one of the words of `text`, which blanks or commas separate. */
int has_word(const char *text, const char *word);

/* True if the kernel was started with the parameter `word`, for example "audit=0". */
bool booted_with(const char *word);

#endif
