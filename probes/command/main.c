/* SPDX-License-Identifier: Apache-2.0 */
/* The command redprobe. */
#include "options.h"
#include "say.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

/* With 0, 1 or 2 closed, a descriptor of the probe would take its place. */
static bool occupy_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/", O_PATH | O_DIRECTORY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return false;
	close(fd);
	return true;
}

int main(int argc, char **argv)
{
	struct options options;
	int status;

	if (!occupy_standard_descriptors())
		return EXIT_MACHINERY;
	/* Ignored, it would have the kernel reap the children of the probe. */
	signal(SIGCHLD, SIG_DFL);
	status = options_read(&options, argc, argv);
	return status ? status : options.action(&options);
}
