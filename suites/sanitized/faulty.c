/* SPDX-License-Identifier: Apache-2.0 */
/* Does what the sanitizers are to find, as init could: faulty memory|overflow ROOT. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

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
	child = fork();
	if (child == 0) {
		close_range(0, UINT_MAX, 0);
		_exit(strcmp(argv[1], "memory") == 0 ? read_behind((int)strlen(argv[2]))
						     : INT_MAX + argc);
	}
	return waitpid(child, NULL, 0) == child ? EXIT_SUCCESS : EXIT_FAILURE;
}
