/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Joining namespaces, setns(2). It is the witness itself that joins, so that whatever it observes
 * next is seen from there.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "witness.h"

/* Names as in /proc/PID/ns. */
static const struct {
	const char *name;
	int flag;
} kinds[] = {
	{"cgroup", CLONE_NEWCGROUP}, {"ipc", CLONE_NEWIPC}, {"mnt", CLONE_NEWNS},
	{"net", CLONE_NEWNET},	     {"pid", CLONE_NEWPID}, {"time", CLONE_NEWTIME},
	{"user", CLONE_NEWUSER},     {"uts", CLONE_NEWUTS},
};

/* The flag of the kind that argument begins with; *rest is what follows the colon after it. */
static int parse_kind(const char *argument, const char **rest)
{
	size_t length;

	if (!argument)
		return -EINVAL;
	length = strcspn(argument, ":");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strlen(kinds[i].name) == length &&
		    strncmp(kinds[i].name, argument, length) == 0) {
			*rest = argument + length + (argument[length] == ':');
			return kinds[i].flag;
		}
	}
	return -EINVAL;
}

/* fd: what the call `opening` returned, with errno set by it. */
static int join(FILE *out, int flag, const char *opening, int fd)
{
	int result = fd < 0 ? -errno : 0;
	const char *call = fd < 0 ? opening : "setns";

	if (fd >= 0) {
		result = result_of(setns(fd, flag));
		close(fd);
	}
	fprintf(out,
		"{\"permitted\": %s, \"call\": \"%s\", \"errno\": ", result == 0 ? "true" : "false",
		call);
	json_string(out, result < 0 ? strerrorname_np(-result) : NULL);
	fputc('}', out);
	return 0;
}

static int join_file(FILE *out, const char *argument)
{
	const char *path;
	int flag = parse_kind(argument, &path);

	return flag < 0 ? flag : join(out, flag, "open", open(path, O_RDONLY | O_CLOEXEC));
}

static int join_process(FILE *out, const char *argument)
{
	const char *number;
	int flag = parse_kind(argument, &number);

	if (flag < 0)
		return flag;
	return join(out, flag, "pidfd_open", (int)syscall(SYS_pidfd_open, process_of(number), 0));
}

/* A child that lives as long as the witness, which alone holds the other end of the pipe. */
static long make_child(uint64_t flags, int *child_fd)
{
	struct clone_args arguments = {
		.flags = CLONE_PIDFD | flags,
		.pidfd = (uint64_t)(uintptr_t)child_fd,
		.exit_signal = SIGCHLD,
	};
	int ends[2];
	long child;
	char byte;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	child = syscall(SYS_clone3, &arguments, sizeof(arguments));
	if (child == 0) {
		close(ends[1]);
		_exit(read(ends[0], &byte, 1) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
	}
	return child;
}

static int join_child(FILE *out, const char *argument)
{
	const char *rest;
	int flag = parse_kind(argument, &rest), child_fd = -1;

	if (flag < 0)
		return flag;
	return join(out, flag, "clone3",
		    make_child((unsigned int)flag, &child_fd) < 0 ? -1 : child_fd);
}

const struct observation joining_observations[] = {
	{"join", join_file, NULL, "join the KIND:PATH, a namespace file"},
	{"join_process", join_process, NULL, "join the KIND:PID, a process's namespace, by pidfd"},
	{"join_child", join_child, NULL, "join the KIND of a new child that has one of its own"},
	{0},
};
