/* SPDX-License-Identifier: Apache-2.0 */
/* The command redprobe. */
#include "options.h"
#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* With 0, 1 or 2 closed, a descriptor of the probe would take its place. */
static int occupy_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/", O_PATH | O_DIRECTORY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return refuse("cannot open a descriptor: %s", strerror(errno));
	close(fd);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct options options;
	int status = occupy_standard_descriptors();

	if (status)
		return status;
	/* Ignored, it would have the kernel reap the children of the probe. */
	signal(SIGCHLD, SIG_DFL);
	status = options_read(&options, argc, argv);
	return status ? status : options.action(&options);
}
