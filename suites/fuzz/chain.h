/* SPDX-License-Identifier: Apache-2.0 */
/* What the fuzz targets share: texts made into configurations and nodes. */
#ifndef REDPAK_FUZZ_CHAIN_H
#define REDPAK_FUZZ_CHAIN_H

#include <stddef.h>
#include <stdint.h>

#include "load/node.h"

/* The entry points of libFuzzer. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the process, which libFuzzer takes for a crash, when what must hold does not. */
#define must(condition) ((condition) ? (void)0 : __builtin_trap())

/* Reads @size bytes as a document; returns what document_read() does. */
int fuzz_document(struct pool *pool, const uint8_t *data, size_t size, const struct value **root,
		  struct redpak_error *error);

/* Whether the error is one line of text that can be printed. */
void must_be_error(const struct redpak_error *error);

#endif
