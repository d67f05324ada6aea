/* SPDX-License-Identifier: Apache-2.0 */
/* Files that the caller names. */
#ifndef REDPROBE_INPUT_H
#define REDPROBE_INPUT_H

#include <stddef.h>

/*
 * Reads the file `path`, "-" is standard input, of at most `limit` bytes. Returns 0 and stores the
 * bytes, which the caller frees, and their number; or says why not and returns EXIT_MACHINERY.
 */
int input_read(const char *path, size_t limit, char **text, size_t *size);

/* The name of `path` in messages: "-" is "standard input". */
const char *input_name(const char *path);

#endif
