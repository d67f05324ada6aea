/* SPDX-License-Identifier: Apache-2.0 */
/* Work that the control files of a group bound, cgroups(7): memory, processor time, block I/O. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "witness.h"

enum { PAGE = 4096, NODES_MAX = 64, SPIN_LOOPS = 1000000 };

/* Address space for everything that is taken, so that it is one range. */
#define RESERVED ((size_t)4 << 30)

static struct {
	char *start;
	size_t size;
} taken;

static int parse_size(const char *argument, size_t *size)
{
	char *end;

	if (!argument || *argument < '0' || *argument > '9')
		return -EINVAL;
	errno = 0;
	*size = strtoull(argument, &end, 10);
	if (errno || *end || *size % PAGE || *size > RESERVED - taken.size)
		return -EINVAL;
	return 0;
}

/* Ordinary pages only, so that counters of pages and their order do not depend on huge ones. */
static int reserve(void)
{
	if (taken.start)
		return 0;
	taken.start = mmap(NULL, RESERVED, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (taken.start == MAP_FAILED) {
		taken.start = NULL;
		return -errno;
	}
	return result_of(madvise(taken.start, RESERVED, MADV_NOHUGEPAGE));
}

/* No two pages are alike, and none is zero: nothing can save memory on them. */
static int take(size_t size)
{
	int result = reserve();

	for (size_t done = 0; result == 0 && done < size; done += PAGE) {
		*(size_t *)(taken.start + taken.size) = taken.size + 1;
		taken.size += PAGE;
	}
	return result;
}

static int take_memory(FILE *out, const char *argument)
{
	size_t size;
	int result = parse_size(argument, &size);

	if (result == 0)
		result = take(size);
	fprintf(out, "%zu", taken.size);
	return result;
}

/* What is taken from now on is neither swapped nor otherwise reclaimed; needs RLIMIT_MEMLOCK. */
static int lock_future(void)
{
	return result_of(mlockall(MCL_FUTURE | MCL_ONFAULT));
}

static int lock_memory_to_come(FILE *out, const char *argument)
{
	(void)argument;
	fputs("true", out);
	return lock_future();
}

static int take_locked_in_child(FILE *out, const char *argument)
{
	int wait_status;
	size_t size;
	pid_t child;
	int result = parse_size(argument, &size);

	if (result < 0)
		return result;
	fflush(NULL);
	child = fork();
	if (child == 0)
		_exit(lock_future() < 0 || take(size) < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
	if (child < 0 || waitpid(child, &wait_status, 0) < 0)
		return -errno;
	if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) != EXIT_SUCCESS)
		return -ENOMEM;
	json_string(out, WIFSIGNALED(wait_status) ? sigabbrev_np(WTERMSIG(wait_status)) : NULL);
	return 0;
}

/* Counts the pages by their state in /proc/self/pagemap, proc(5): a page may also be in neither. */
static int count_states(int pagemap, size_t *present, size_t *swapped)
{
	const uint64_t is_present = UINT64_C(1) << 63, is_swapped = UINT64_C(1) << 62;
	off_t first = (off_t)((uintptr_t)taken.start / PAGE);
	uint64_t state;

	for (size_t i = 0; i < taken.size / PAGE; i++) {
		off_t at = (first + (off_t)i) * (off_t)sizeof(state);

		if (pread(pagemap, &state, sizeof(state), at) != (ssize_t)sizeof(state))
			return errno ? -errno : -EIO;
		*present += state & is_present ? PAGE : 0;
		*swapped += state & is_swapped ? PAGE : 0;
	}
	return 0;
}

static int tell_taken(FILE *out, const char *argument)
{
	int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	size_t present = 0, swapped = 0;
	int result = pagemap < 0 ? -errno : count_states(pagemap, &present, &swapped);

	(void)argument;
	fprintf(out, "{\"present\": %zu, \"swapped\": %zu}", present, swapped);
	if (pagemap >= 0)
		close(pagemap);
	return result;
}

static int page_out(FILE *out, const char *argument)
{
	(void)argument;
	fputs("true", out);
	return result_of(madvise(taken.start, taken.size, MADV_PAGEOUT));
}

/* Asks on which NUMA node each page lies; move_pages(2) without nodes to move to. */
static int count_nodes(const char *start, size_t pages, size_t counts[NODES_MAX])
{
	void **addresses = calloc(pages + 1, sizeof(*addresses));
	int *nodes = calloc(pages + 1, sizeof(*nodes));
	int result = addresses && nodes ? 0 : -ENOMEM;

	for (size_t i = 0; result == 0 && i < pages; i++)
		addresses[i] = (char *)start + i * PAGE;
	if (result == 0)
		result = result_of(syscall(SYS_move_pages, 0, pages, addresses, NULL, nodes, 0));
	for (size_t i = 0; result == 0 && i < pages; i++) {
		if (nodes[i] >= 0 && nodes[i] < NODES_MAX)
			counts[nodes[i]]++;
	}
	free(addresses);
	free(nodes);
	return result;
}

static int tell_memory_nodes(FILE *out, const char *argument)
{
	size_t counts[NODES_MAX] = {0};
	int result = count_nodes(taken.start, taken.size / PAGE, counts);
	const char *separator = "";

	(void)argument;
	fputc('{', out);
	for (int node = 0; node < NODES_MAX; node++) {
		if (counts[node]) {
			fprintf(out, "%s\"%d\": %zu", separator, node, counts[node] * PAGE);
			separator = ", ";
		}
	}
	fputc('}', out);
	return result;
}

/* Tries to run on each processor in turn. */
static int tell_processors(FILE *out, const char *argument)
{
	const char *separator = "";
	cpu_set_t before, one;

	(void)argument;
	if (sched_getaffinity(0, sizeof(before), &before) < 0)
		return -errno;
	fputc('[', out);
	for (int processor = 0; processor < CPU_SETSIZE; processor++) {
		CPU_ZERO(&one);
		CPU_SET((size_t)processor, &one);
		if (sched_setaffinity(0, sizeof(one), &one) < 0 || sched_getcpu() != processor)
			continue;
		fprintf(out, "%s%d", separator, processor);
		separator = ", ";
	}
	fputc(']', out);
	return result_of(sched_setaffinity(0, sizeof(before), &before));
}

/* Microseconds of processor time that this process has used. */
static int64_t used_time(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return used.tv_sec * INT64_C(1000000) + used.tv_nsec / 1000;
}

static int spin(FILE *out, const char *argument)
{
	int64_t before = used_time();

	(void)argument;
	while (!line_waits()) {
		for (volatile int i = 0; i < SPIN_LOOPS; i++)
			;
	}
	await_line();
	fprintf(out, "%" PRId64, used_time() - before);
	return 0;
}

typedef ssize_t (*transfer)(int fd, void *buffer, size_t size, off_t offset);

static ssize_t write_block(int fd, void *buffer, size_t size, off_t offset)
{
	return pwrite(fd, buffer, size, offset);
}

/* Transfers one page after the other, anywhere in the file, past the page cache. */
static int transfer_pages(FILE *out, const char *path, int access, transfer transfer_one)
{
	int fd = path ? open(path, access | O_DIRECT | O_CLOEXEC) : -1;
	int result = fd < 0 ? (path ? -errno : -EINVAL) : 0;
	uint64_t random = 1, bytes = 0;
	void *buffer = NULL;
	struct stat status;

	if (result == 0)
		result = result_of(fstat(fd, &status));
	if (result == 0 && status.st_size < PAGE)
		result = -EINVAL;
	if (result == 0)
		result = -posix_memalign(&buffer, PAGE, PAGE);
	if (result == 0)
		memset(buffer, 'x', PAGE);
	while (result == 0 && !line_waits()) {
		random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		off_t page = (off_t)((random >> 33) % (uint64_t)(status.st_size / PAGE));

		if (transfer_one(fd, buffer, PAGE, page * PAGE) != PAGE)
			result = errno ? -errno : -EIO;
		bytes += PAGE;
	}
	if (result == 0)
		await_line();
	fprintf(out, "%" PRIu64, bytes);
	free(buffer);
	if (fd >= 0)
		close(fd);
	return result;
}

static int read_pages(FILE *out, const char *path)
{
	return transfer_pages(out, path, O_RDONLY, pread);
}

static int write_pages(FILE *out, const char *path)
{
	return transfer_pages(out, path, O_WRONLY, write_block);
}

const struct observation cgroup_observations[] = {
	{"take", take_memory, NULL, "=BYTES: take memory and keep it; bytes taken so far"},
	{"lock", lock_memory_to_come, NULL, "lock what is taken from now on"},
	{"take_in_child", take_locked_in_child, NULL,
	 "=BYTES: locked; signal that ended the child"},
	{"taken", tell_taken, NULL, "bytes of what was taken, present and swapped out"},
	{"page_out", page_out, NULL, "have what was taken swapped out, as far as possible"},
	{"memory_nodes", tell_memory_nodes, NULL, "bytes of what was taken, by NUMA node"},
	{"processors", tell_processors, NULL, "on which the process can run"},
	{"spin", spin, NULL, "until a line comes; microseconds of processor time used"},
	{"read_pages", read_pages, NULL, "=FILE: by direct I/O until a line comes; bytes"},
	{"write_pages", write_pages, NULL, "=FILE: by direct I/O until a line comes; bytes"},
	{0},
};
