/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that reach past namespaces: keyrings, control groups, programs that give rights, rings. */
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <linux/userfaultfd.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "escape.h"
#include "witness.h"

/* Keyrings; the argument is the description of a key of type "user". */

static int read_key(long key)
{
	char text[sizeof(SECRET)];

	if (key < 0 || syscall(SYS_keyctl, KEYCTL_READ, key, text, sizeof(text)) < 0)
		return -errno;
	return is_secret(text, sizeof(text));
}

static int find_in(long ring, const char *name)
{
	return read_key(syscall(SYS_keyctl, KEYCTL_SEARCH, ring, "user", name, 0));
}

static int read_session_key(const char *name)
{
	return find_in(KEY_SPEC_SESSION_KEYRING, name);
}

/* Whoever has a keyring in one of his own may read what is in it. */
static int read_user_key(const char *name)
{
	if (syscall(SYS_keyctl, KEYCTL_LINK, KEY_SPEC_USER_KEYRING, KEY_SPEC_PROCESS_KEYRING) < 0)
		return -errno;
	return find_in(KEY_SPEC_USER_KEYRING, name);
}

static int read_persistent_key(const char *name)
{
	long ring = syscall(SYS_keyctl, KEYCTL_GET_PERSISTENT, -1, KEY_SPEC_PROCESS_KEYRING);

	return ring < 0 ? -errno : find_in(ring, name);
}

/* Large parts of the kernel, and what passes by every filter. */

static int make_ring(const char *unused)
{
	struct io_uring_params parameters = {0};

	(void)unused;
	return result_of(syscall(SYS_io_uring_setup, 1, &parameters));
}

/* The flag is of 5.11, and only with it the call asks no privilege since; userfaultfd(2). */
static int try_faults(long (*call)(long flags))
{
	long result = call(O_CLOEXEC | UFFD_USER_MODE_ONLY);

	if (result == -EINVAL)
		result = call(O_CLOEXEC);
	return result < 0 ? (int)result : 0;
}

static long call_userfaultfd(long flags)
{
	long result = syscall(SYS_userfaultfd, flags);

	return result < 0 ? -errno : result;
}

static int handle_faults(const char *unused)
{
	(void)unused;
	return try_faults(call_userfaultfd);
}

#ifdef __x86_64__
static sigjmp_buf without_abi;

static void leave_call(int unused)
{
	(void)unused;
	siglongjmp(without_abi, 1);
}

static long call_userfaultfd_32(long flags)
{
	enum { I386_USERFAULTFD = 374 };
	long result = I386_USERFAULTFD;

	__asm__ volatile("int $0x80"
			 : "+a"(result)
			 : "b"(flags)
			 : "memory", "r8", "r9", "r10", "r11");
	return (int)result;
}

/* The same by the gate of 32-bit programs. A kernel that has none ends the call with SIGSEGV. */
static int handle_faults_32(const char *unused)
{
	(void)unused;
	if (signal(SIGSEGV, leave_call) == SIG_ERR)
		broken("no handler");
	return sigsetjmp(without_abi, 1) ? -ENOSYS : try_faults(call_userfaultfd_32);
}
#else
static int handle_faults_32(const char *unused)
{
	(void)unused;
	return -ENOSYS;
}
#endif

/* Control groups. */

/* A child that is born in the group DIRECTORY, which need not be writable for that. */
static int clone_into(const char *directory)
{
	char own[4096] = "", childs[4096] = "";
	int status = 0, error = own_group(own, sizeof(own)),
	    fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct clone_args arguments = {
		.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = (uint64_t)fd};
	pid_t child;

	if (fd < 0 || error)
		return error ? error : -errno;
	child = (pid_t)syscall(SYS_clone3, &arguments, sizeof(arguments));
	if (child == 0) {
		error = own_group(childs, sizeof(childs));
		_exit(error || strcmp(own, childs) == 0 ? IGNORED : 0);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -ECHILD;
}

/* Fields: DIRECTORY, FILE, TEXT: to the file of every group from the own one up to the root. */
static int lift_limits(const char *argument)
{
	const char *texts[3];
	char line[4096] = "", path[8192], *group = line + strlen("0::");
	int error, result = IGNORED;

	split(argument, texts, 3);
	error = leave_mounts();
	if (error)
		return error;
	error = own_group(line, sizeof(line));
	if (error)
		return error;
	if (mount("witness", texts[0], "cgroup2", 0, GROUP_OPTIONS) < 0)
		return -errno;
	for (; *group; *strrchr(group, '/') = '\0') {
		snprintf(path, sizeof(path), "%s%s/%s", texts[0], group, texts[1]);
		error = write_text(path, texts[2]);
		if (error == 0)
			result = 0;
	}
	return result == 0 ? 0 : error;
}

/* As many children at once; they wait for the end of the attempt. */
static int make_children(const char *count)
{
	long wanted = number_of(count), made = 0;
	int ends[2], result;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	for (pid_t child = 1; made < wanted && child > 0; made += child > 0) {
		child = fork();
		if (child == 0) {
			char byte;

			close(ends[1]);
			_exit(read(ends[0], &byte, 1) == 0 ? 0 : EXIT_FAILURE);
		}
	}
	result = made == wanted ? 0 : -errno;
	close(ends[1]);
	while (wait(NULL) > 0)
		;
	return result;
}

/* Whether PROGRAM, a witness that has rights of its own, may take another user's id. */
static int gain_by_program(const char *program)
{
	char text[256];
	int error = ask_witness(need(program), "cap_setuid", text, sizeof(text));

	if (error)
		return error;
	return strstr(text, "\"permitted\": true") ? 0 : -EPERM;
}

const struct observation escape_call_observations[] = {
	{"read_session_key", NULL, read_session_key, "=NAME: read the key of the session keyring"},
	{"read_user_key", NULL, read_user_key, "=NAME: the same of the user keyring"},
	{"read_persistent_key", NULL, read_persistent_key, "=NAME: of the persistent keyring"},
	{"make_ring", NULL, make_ring, "io_uring_setup"},
	{"handle_faults", NULL, handle_faults, "userfaultfd"},
	{"handle_faults_32", NULL, handle_faults_32, "userfaultfd by int 0x80"},
	{"clone_into", NULL, clone_into, "=DIRECTORY: clone3 with CLONE_INTO_CGROUP"},
	{"lift_limits", NULL, lift_limits, "=DIRECTORY,FILE,TEXT: mount cgroup2, write to it"},
	{"make_children", NULL, make_children, "=COUNT: as many at once"},
	{"gain_by_program", NULL, gain_by_program, "=PATH of a witness: setuid in it"},
	{0},
};
