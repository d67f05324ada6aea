/* SPDX-License-Identifier: Apache-2.0 */
/* Trying an operation in a child, so that its side effects end with it, or in another witness. */
#include "witness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

void broken(const char *format, ...)
{
	int error = errno;
	va_list arguments;
	va_start(arguments, format);
	fputs("witness: cannot prepare the attempt: ", stderr);
	vfprintf(stderr, format, arguments);
	fprintf(stderr, ": %s\n", strerror(error));
	va_end(arguments);
	_exit(EXIT_FAILURE);
}

int result_of(long returned)
{
	return returned < 0 ? -errno : 0;
}

void write_result(FILE *out, int result)
{
	fprintf(out, "{\"permitted\": %s, \"errno\": ", result == 0 ? "true" : "false");
	json_string(out, result < 0 ? strerrorname_np(-result) : NULL);
	fputc('}', out);
}

int run_attempt(int (*attempt)(const char *argument), const char *argument, FILE *out)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	/* What is buffered must not be written twice. */
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		close(ends[0]);
		int result = attempt(argument);
		_exit(write(ends[1], &result, sizeof(result)) == sizeof(result) ? 0 : EXIT_FAILURE);
	}
	int error = child < 0 ? -errno : 0;
	close(ends[1]);
	int result = 0;
	if (!error) {
		ssize_t got = read(ends[0], &result, sizeof(result));
		if (waitpid(child, NULL, 0) < 0)
			error = -errno;
		else if (got != sizeof(result))
			error = -ECHILD;
	}
	close(ends[0]);
	if (!error)
		write_result(out, result);
	return error;
}

int ask_witness(const char *program, const char *observation, char *text, size_t size)
{
	size_t length = 0;
	ssize_t got;
	int ends[2], wait_status;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	fflush(NULL);
	child = fork();
	if (child == 0) {
		dup2(ends[1], STDOUT_FILENO);
		execl(program, program, observation, (char *)NULL);
		_exit(EXIT_FAILURE);
	}
	close(ends[1]);
	while ((got = read(ends[0], text + length, size - 1 - length)) > 0)
		length += (size_t)got;
	close(ends[0]);
	if (child < 0 || waitpid(child, &wait_status, 0) < 0)
		return -errno;
	text[length] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return wait_status == 0 && *text ? 0 : -ENOEXEC;
}
