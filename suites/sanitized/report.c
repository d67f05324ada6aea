/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linked into sanitized programs: counts their reports in REPORTS, a file of the host. It is memory
 * shared with the file, as those that report may have another root, no /proc, and no descriptor but
 * those of the payload. The text of a report goes to standard error.
 * Source: sanitizer/common_interface_defs.h, sanitizer/asan_interface.h
 */
#include <fcntl.h>
#include <sanitizer/asan_interface.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

static atomic_uint *reports;

/* What counts the leaks is a process of its own; redwrap can have none once init has ended. */
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

static void count(void)
{
	atomic_fetch_add(reports, 1);
}

/* Started inside a node, where REPORTS is not to be seen, a program is the payload: not counted. */
__attribute__((constructor)) static void begin(void)
{
	int fd = open(REPORTS, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return;
	reports = mmap(NULL, sizeof(*reports), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (reports != MAP_FAILED)
		__sanitizer_set_death_callback(count);
	close(fd);
}
