/* SPDX-License-Identifier: Apache-2.0 */
/* Does what the sanitizers are to find, as init could, or redwrap itself: faulty
 * memory|overflow|leak ROOT. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What is lost is still pointed to: that it is not given back is enough. */
static void *lost;

static int read_behind(int size)
{
	char *bytes = calloc(1, (size_t)size);
	int found = bytes ? bytes[size] : 0;

	free(bytes);
	return found;
}

int main(int argc, char **argv)
{
	pid_t child;

	if (argc != 3 || chroot(argv[2]) != 0 || chdir("/") != 0)
		return EXIT_FAILURE;
	if (strcmp(argv[1], "leak") == 0)
		return (lost = calloc(1, 1)) ? EXIT_SUCCESS : EXIT_FAILURE;
	child = fork();
	if (child == 0) {
		close_range(0, UINT_MAX, 0);
		_exit(strcmp(argv[1], "memory") == 0 ? read_behind((int)strlen(argv[2]))
						     : INT_MAX + argc);
	}
	return waitpid(child, NULL, 0) == child ? EXIT_SUCCESS : EXIT_FAILURE;
}
