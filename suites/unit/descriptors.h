/* SPDX-License-Identifier: Apache-2.0 */
/* What a test looks at to see that nothing stays open. */
#ifndef SUITES_UNIT_DESCRIPTORS_H
#define SUITES_UNIT_DESCRIPTORS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>

/* How many descriptors this process has open; always the same number more, for the listing. */
static inline size_t open_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	size_t count = 0;

	assert_non_null(directory);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

#endif
