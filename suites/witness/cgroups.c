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

enum { PAGE = 4096, NODES_MAX = 64, SPIN_LOOPS = 1000000, QUEUE_DEPTH = 4 };

/* Address space for everything that is taken, so that it is one range. */
#define RESERVED ((size_t)4 << 30)

static struct {
	char *start;
	size_t size;
} taken;

/* Reads a whole number of pages; *rest is what follows it. */
static int parse_size(const char *argument, size_t *size, char **rest)
{
	if (!argument || *argument < '0' || *argument > '9')
		return -EINVAL;
	errno = 0;
	*size = strtoull(argument, rest, 10);
	return errno || *size % PAGE || *size > RESERVED - taken.size ? -EINVAL : 0;
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
		return -ENOMEM;
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
	char *rest;
	size_t size;
	int result = parse_size(argument, &size, &rest);

	if (result == 0)
		result = *rest ? -EINVAL : take(size);
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

/* Writes the name of the signal that ended a child which takes locked memory; null without. */
static int take_locked_in_child(FILE *out, size_t size)
{
	int wait_status;
	pid_t child;

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

static int take_in_children(FILE *out, const char *argument)
{
	const char *separator = "";
	int result = 0;
	char *rest;

	fputc('[', out);
	for (; result == 0 && argument; argument = *rest ? rest + 1 : NULL) {
		size_t size;

		fputs(separator, out);
		result = parse_size(argument, &size, &rest);
		if (result == 0)
			result = *rest && *rest != ',' ? -EINVAL : take_locked_in_child(out, size);
		separator = ", ";
		if (result < 0)
			break;
	}
	fputc(']', out);
	return result;
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

/* The processors of the mask that the process was started with. */
static int tell_affinity(FILE *out, const char *argument)
{
	const char *separator = "";
	cpu_set_t mask;

	(void)argument;
	if (sched_getaffinity(0, sizeof(mask), &mask) < 0)
		return -errno;
	fputc('[', out);
	for (size_t processor = 0; processor < CPU_SETSIZE; processor++) {
		if (CPU_ISSET(processor, &mask)) {
			fprintf(out, "%s%zu", separator, processor);
			separator = ", ";
		}
	}
	fputc(']', out);
	return 0;
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

/* Reads or writes pages anywhere in the file for ever; returns only when one cannot be. */
static int transfer_pages(int fd, bool writes, _Atomic uint64_t *bytes)
{
	uint64_t random = (uint64_t)getpid();
	struct stat status;
	void *buffer;

	if (fstat(fd, &status) < 0 || status.st_size < PAGE)
		return -EINVAL;
	if (posix_memalign(&buffer, PAGE, PAGE) != 0)
		return -ENOMEM;
	memset(buffer, 'x', PAGE);
	for (;;) {
		random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		off_t at = (off_t)((random >> 33) % (uint64_t)(status.st_size / PAGE)) * PAGE;
		ssize_t done = writes ? pwrite(fd, buffer, PAGE, at) : pread(fd, buffer, PAGE, at);

		if (done != PAGE)
			return errno ? -errno : -EIO;
		*bytes += PAGE;
	}
}

/* Ends the children and returns what the first that had already ended said. */
static int collect(const pid_t children[QUEUE_DEPTH])
{
	int result = 0, wait_status;

	for (int i = 0; i < QUEUE_DEPTH && children[i] > 0; i++) {
		kill(children[i], SIGKILL);
		if (waitpid(children[i], &wait_status, 0) == children[i] && WIFEXITED(wait_status))
			result = -WEXITSTATUS(wait_status);
	}
	return result;
}

/*
 * Has several children transfer pages, past the page cache: so many that some always wait for
 * the device, and it is the kernel that decides how much they get. The first writers of them write.
 */
static int keep_busy(FILE *out, const char *path, int writers)
{
	int fd = path ? open(path, (writers ? O_RDWR : O_RDONLY) | O_DIRECT | O_CLOEXEC) : -1;
	_Atomic uint64_t *bytes =
		mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t children[QUEUE_DEPTH] = {0};
	int result = fd < 0 ? -ENOENT : 0;

	if (bytes == MAP_FAILED)
		return -ENOMEM;
	fflush(NULL);
	for (int i = 0; result == 0 && i < QUEUE_DEPTH; i++) {
		children[i] = fork();
		if (children[i] == 0)
			_exit(-transfer_pages(fd, i < writers, bytes));
		if (children[i] < 0)
			result = -errno;
	}
	if (result == 0)
		await_line();
	fprintf(out, "%" PRIu64, *bytes);
	int failed = collect(children);
	munmap((void *)bytes, PAGE);
	if (fd >= 0)
		close(fd);
	return result < 0 ? result : failed;
}

static int read_pages(FILE *out, const char *path)
{
	return keep_busy(out, path, 0);
}

static int transfer_both_ways(FILE *out, const char *path)
{
	return keep_busy(out, path, QUEUE_DEPTH / 2);
}

const struct observation cgroup_observations[] = {
	{"take", take_memory, NULL, "=BYTES: take memory and keep it; bytes taken so far"},
	{"lock", lock_memory_to_come, NULL, "lock what is taken from now on"},
	{"take_in_child", take_in_children, NULL,
	 "=BYTES,...: locked; signal that ended each child"},
	{"taken", tell_taken, NULL, "bytes of what was taken, present and swapped out"},
	{"page_out", page_out, NULL, "have what was taken swapped out, as far as possible"},
	{"memory_nodes", tell_memory_nodes, NULL, "bytes of what was taken, by NUMA node"},
	{"affinity", tell_affinity, NULL, "on which processors the process may run"},
	{"processors", tell_processors, NULL, "on which it can, having tried all"},
	{"spin", spin, NULL, "until a line comes; microseconds of processor time used"},
	{"read_pages", read_pages, NULL, "=FILE: by direct I/O until a line comes; bytes"},
	{"transfer_pages", transfer_both_ways, NULL, "=FILE: likewise, half of them written"},
	{0},
};
