/* SPDX-License-Identifier: Apache-2.0 */
#include "chain.h"

#include <ctype.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Warnings would be all that is seen. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	redpak_set_log_level(0);
	return 0;
}

int fuzz_document(struct pool *pool, const uint8_t *data, size_t size, const struct value **root,
		  struct redpak_error *error)
{
	int fd = memfd_create("text", MFD_CLOEXEC);
	int result;

	must(fd >= 0 && write(fd, data, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0);
	result = document_read(pool, fd, "text", root, error);
	close(fd);
	return result;
}

void must_be_error(const struct redpak_error *error)
{
	must(error->status == REDPAK_STATUS_SETUP);
	must(*error->text && memchr(error->text, '\0', sizeof(error->text)));
	for (const char *c = error->text; *c; c++)
		must(!iscntrl((unsigned char)*c));
}
