/* SPDX-License-Identifier: Apache-2.0 */
/* Processes that the payload makes. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "witness.h"

static _Noreturn void wait_for_end(int fd, int ready)
{
	char byte = 0;

	if (write(ready, &byte, 1) != 1)
		_exit(EXIT_FAILURE);
	close(ready);
	while (read(fd, &byte, 1) > 0)
		;
	_exit(EXIT_SUCCESS);
}

/* They live as long as the witness, which alone holds the other end of the pipe; both are there
 * when it returns. */
static int make_family(FILE *out, const char *argument)
{
	int ends[2], ready[2];
	char bytes[2];
	pid_t child;

	(void)argument;
	if (pipe(ends) < 0 || pipe(ready) < 0)
		return -errno;
	fflush(NULL);
	child = fork();
	if (child < 0)
		return -errno;
	if (child == 0) {
		close(ends[1]);
		if (setsid() < 0 || fork() < 0)
			_exit(EXIT_FAILURE);
		wait_for_end(ends[0], ready[1]);
	}
	close(ends[0]);
	close(ready[1]);
	for (size_t i = 0; i < sizeof(bytes); i++)
		if (read(ready[0], bytes + i, 1) != 1)
			return -ECHILD;
	close(ready[0]);
	fputs("true", out);
	return 0;
}

/* Answers each line of standard input with a line. */
static _Noreturn void answer(int fd)
{
	char byte;

	while (read(fd, &byte, 1) > 0) {
		if (byte == '\n' && write(STDOUT_FILENO, "\"alive\"\n", 8) != 8)
			break;
	}
	_exit(EXIT_SUCCESS);
}

/* A daemon as daemon(3) makes it: its parent ends, it stays. */
static int make_daemon(FILE *out, const char *argument)
{
	pid_t child;

	(void)argument;
	fflush(NULL);
	child = fork();
	if (child < 0)
		return -errno;
	if (child == 0) {
		if (setsid() < 0 || fork() != 0)
			_exit(EXIT_SUCCESS);
		answer(STDIN_FILENO);
	}
	fputs("true", out);
	return 0;
}

const struct observation process_observations[] = {
	{"family", make_family, NULL, "a child in a session of its own, and a child of it"},
	{"daemon", make_daemon, NULL, "a daemon that outlives the witness and answers lines"},
	{0},
};
