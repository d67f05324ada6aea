/* SPDX-License-Identifier: Apache-2.0 */
/* Maps of ids between user namespaces, user_namespaces(7). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "plan/identity.h"

static int append(struct pool *pool, struct id_ranges *map, id_t inside, id_t outside, id_t count)
{
	struct id_range *ranges;

	if (!count)
		return 0;
	ranges = pool_append(pool, map->ranges, &map->count, sizeof(*ranges));
	if (!ranges)
		return -ENOMEM;
	map->ranges = ranges;
	ranges[map->count - 1] = (struct id_range){inside, outside, count};
	return 0;
}

int id_map_add(struct pool *pool, struct id_ranges *map, struct id_range range, id_t except)
{
	id_t before = except - range.outside;
	int result;

	if (except < range.outside || before >= range.count)
		return append(pool, map, range.inside, range.outside, range.count);
	result = append(pool, map, range.inside, range.outside, before);
	if (result < 0)
		return result;
	return append(pool, map, range.inside + before + 1, except + 1, range.count - before - 1);
}

/* user_namespaces(7): three numbers of ten places, each with a space or the end of the line. */
enum { RANGES_MAX = 340, RANGE_LENGTH = 3 * 11 };

/* Of the initial user namespace: PROC_USER_INIT_INO of the kernel, the same since Linux 3.8. */
static const ino_t initial_user = 0xEFFFFFFD;

static ssize_t read_whole(int fd, char *text, size_t size)
{
	size_t length = 0;
	ssize_t count;

	/* The kernel gives a page at a time. */
	while (length < size && (count = read(fd, text + length, size - length)) != 0) {
		if (count < 0)
			return -1;
		length += (size_t)count;
	}
	return (ssize_t)length;
}

bool id_map_is_whole(void)
{
	struct stat status;

	return stat("/proc/self/ns/user", &status) == 0 && status.st_ino == initial_user;
}

int id_map_of_self(struct pool *pool, const char *file, struct id_ranges *map)
{
	char text[RANGES_MAX * RANGE_LENGTH + 1];
	AUTO_CLOSE int fd = openat(AT_FDCWD, file, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read_whole(fd, text, sizeof(text) - 1);
	int used, result = 0;

	if (length < 0)
		return -errno;
	text[length] = '\0';
	for (const char *next = text; *next && result == 0; next += used) {
		unsigned int inside, outside, count;

		used = 0;
		if (sscanf(next, "%u %u %u%n", &inside, &outside, &count, &used) != 3 ||
		    next[used] != '\n')
			return -EIO;
		used++;
		result = append(pool, map, inside, inside, count);
	}
	return result;
}

int id_map_parse_subids(struct pool *pool, const char *text, struct id_ranges *map)
{
	int length;

	/* "0: user 100000 65536" */
	while (*text) {
		unsigned long long first, count;

		length = 0;
		if (sscanf(text, "%*u: %*s %llu %llu%n", &first, &count, &length) != 2 ||
		    text[length] != '\n' || first >= ID_KEPT || count == 0 ||
		    count > ID_KEPT - first)
			return -EINVAL;
		if (append(pool, map, (id_t)first, (id_t)first, (id_t)count) < 0)
			return -ENOMEM;
		text += length + 1;
	}
	return 0;
}

bool id_map_holds(const struct id_ranges *map, id_t outside)
{
	for (size_t i = 0; i < map->count; i++) {
		const struct id_range *range = &map->ranges[i];

		if (outside >= range->outside && outside - range->outside < range->count)
			return true;
	}
	return false;
}

const char *id_map_text(struct pool *pool, const struct id_ranges *map)
{
	const char *text = "";

	for (size_t i = 0; i < map->count && text; i++)
		text = pool_format(pool, "%s%u %u %u\n", text, map->ranges[i].inside,
				   map->ranges[i].outside, map->ranges[i].count);
	return text;
}

const char **id_map_arguments(struct pool *pool, const struct id_ranges *map, const char *program)
{
	const char **arguments = pool_alloc(pool, (map->count * 3 + 3) * sizeof(*arguments));
	size_t used = 0;

	if (!arguments)
		return NULL;
	arguments[used++] = program;
	arguments[used++] = NULL;
	for (size_t i = 0; i < map->count; i++) {
		const struct id_range *range = &map->ranges[i];
		const id_t numbers[] = {range->inside, range->outside, range->count};

		for (size_t j = 0; j < 3; j++) {
			arguments[used] = pool_format(pool, "%u", numbers[j]);
			if (!arguments[used++])
				return NULL;
		}
	}
	return arguments;
}
