/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"

#include <link.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * Of the beginning, where the commands have what runs from now on (runtime/module.mk): a page that
 * comes back brings up to 16 others.
 */
enum { KEPT = 64 * 1024 };

/* The parts of an object that are not writable lie side by side, elf(5). */
static int forget_object(struct dl_phdr_info *object, size_t size, void *data)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t first = UINTPTR_MAX, last = 0;

	(void)size;
	(void)data;
	for (int i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &object->dlpi_phdr[i];
		uintptr_t start = object->dlpi_addr + part->p_vaddr;

		if (part->p_type != PT_LOAD || (part->p_flags & PF_W))
			continue;
		first = start < first ? start & ~(page - 1) : first;
		last = start + part->p_memsz > last ? start + part->p_memsz : last;
	}
	first += KEPT;
	/* It is a saving only: a refusal costs nothing. */
	if (first < last)
		madvise((void *)first, last - first, MADV_DONTNEED);
	return 0;
}

void memory_forget_program(void)
{
	dl_iterate_phdr(forget_object, NULL);
}
