/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linked into sanitized programs: counts their reports in REPORTS, a file of the host. It is memory
 * shared with the file, as those that report may have another root, no /proc, and no descriptor but
 * those of the payload. The text of a report goes to standard error.
 *
 * Memory that the program has not given back when it ends is a report too. It is told by counting:
 * LeakSanitizer looks for it from a process of its own, and redwrap can have none once init has
 * ended.
 * Source: sanitizer/common_interface_defs.h, sanitizer/asan_interface.h,
 * sanitizer/allocator_interface.h
 */
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sanitizer/asan_interface.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* As sanitizer/allocator_interface.h of clang has it, which gcc has not. */
int __sanitizer_install_malloc_and_free_hooks(void (*malloc_hook)(const volatile void *, size_t),
					      void (*free_hook)(const volatile void *));

static atomic_uint *reports;
static atomic_int held;
static pid_t begun;

const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

/*
 * Called before what does not return, for those who jump out of frames, which nothing here does; it
 * would only warn of the stacks on which redwrap makes processes.
 */
void __wrap___asan_handle_no_return(void);
void __wrap___asan_handle_no_return(void)
{
}

static void count(void)
{
	atomic_fetch_add(reports, 1);
}

static void take(const volatile void *memory, size_t size)
{
	(void)memory;
	(void)size;
	atomic_fetch_add(&held, 1);
}

static void give_back(const volatile void *memory)
{
	if (memory)
		atomic_fetch_sub(&held, 1);
}

/* A process that was forked does not own what it holds. */
__attribute__((destructor)) static void end(void)
{
	if (getpid() != begun || atomic_load(&held) == 0)
		return;
	fprintf(stderr, "sanitized: %d pieces of memory are not given back\n", atomic_load(&held));
	count();
}

/* What the C library never gives back is there before the count begins. */
static void settle_library(void)
{
	static char buffer[BUFSIZ];
	FILE *accounts = fopen("/etc/passwd", "re"), *groups = fopen("/etc/group", "re");

	if (accounts) {
		fgetpwent(accounts);
		fclose(accounts);
	}
	if (groups) {
		fgetgrent(groups);
		fclose(groups);
	}
	setvbuf(stdout, buffer, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF, sizeof(buffer));
	tzset();
}

/* Started inside a node, where REPORTS is not to be seen, a program is the payload: not counted. */
__attribute__((constructor)) static void begin(void)
{
	int fd = open(REPORTS, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return;
	reports = mmap(NULL, sizeof(*reports), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (reports == MAP_FAILED)
		return;
	__sanitizer_set_death_callback(count);
	settle_library();
	begun = getpid();
	__sanitizer_install_malloc_and_free_hooks(take, give_back);
}
