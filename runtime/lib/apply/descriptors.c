/* SPDX-License-Identifier: Apache-2.0 */
#include "apply/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

/* The lowest number of @list and @other that is @from or more; UINT_MAX: none. */
static unsigned int lowest(struct descriptors list, int other, unsigned int from)
{
	unsigned int found =
		other >= 0 && (unsigned int)other >= from ? (unsigned int)other : UINT_MAX;

	for (size_t i = 0; i < list.count; i++) {
		unsigned int number = (unsigned int)list.numbers[i];

		if (number >= from && number < found)
			found = number;
	}
	return found;
}

int descriptors_close_others(struct descriptors list, int other)
{
	unsigned int from = STDERR_FILENO + 1;

	for (;;) {
		unsigned int kept = lowest(list, other, from);

		if (kept > from && close_range(from, kept - 1, 0) < 0)
			return -errno;
		if (kept == UINT_MAX)
			return 0;
		from = kept + 1;
	}
}

void descriptors_close(struct descriptors list)
{
	for (size_t i = 0; i < list.count; i++) {
		if (list.numbers[i] > STDERR_FILENO)
			close(list.numbers[i]);
	}
}

int descriptors_set_cloexec(struct descriptors list, int flag)
{
	for (size_t i = 0; i < list.count; i++) {
		if (list.numbers[i] > STDERR_FILENO && fcntl(list.numbers[i], F_SETFD, flag) < 0)
			return -errno;
	}
	return 0;
}
