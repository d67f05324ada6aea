/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes the program of the node. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "apply/init.h"

/*
 * Becomes the payload's user and leaves the kept capabilities in all five sets, and nothing in any
 * other; capabilities(7). To drop from the bounding set takes CAP_SETPCAP, which a change of user
 * may take away.
 */
static int limit_privileges(const struct redpak_plan *plan, struct redpak_error *error)
{
	int result;

	/* Up to the first that the kernel does not have: whoever counted them may be wrong. */
	for (cap_value_t cap = 0; cap < CAPABILITY_MAX; cap++) {
		if (plan->merged.keep & (UINT64_C(1) << cap) || cap_drop_bound(cap) == 0)
			continue;
		if (errno == EINVAL)
			break;
		return fail_errno(error, -errno, "cannot drop capability %d", cap);
	}
	result = become_user(&plan->identity, error);
	if (result < 0)
		return result;
	if (cap_set_proc(plan->capabilities) < 0)
		return advise(error, fail_errno(error, -errno, "cannot keep the capabilities"),
			      "the caller must have those that the node keeps");
	/* cap_reset_ambient(3) asks for each capability first. */
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return fail_errno(error, -errno, "cannot empty the ambient capabilities");
	for (cap_value_t cap = 0; cap < plan->capability_last; cap++) {
		if ((plan->merged.keep & (UINT64_C(1) << cap)) && cap_set_ambient(cap, CAP_SET) < 0)
			return fail_errno(error, -errno, "cannot keep capability %d", cap);
	}
	return 0;
}

/* A directory that is not below the root of the node has no path, getcwd(2). */
static bool is_in_node(void)
{
	char here[PATH_MAX];

	return syscall(SYS_getcwd, here, sizeof(here)) > 0 && *here == '/';
}

static int enter_directory(const struct redpak_plan *plan, struct redpak_error *error)
{
	for (size_t i = 0; i < plan->directory_count; i++) {
		const struct plan_directory *directory = &plan->directories[i];

		if (chdir(directory->path) < 0)
			continue;
		if (!is_in_node())
			return fail(error, -EPERM, "cannot start in %s: it leads out of the node",
				    directory->path);
		if (plan->environment.pwd)
			*plan->environment.pwd = directory->variable;
		return 0;
	}
	return advise(error,
		      fail_errno(error, -errno, "cannot start in %s of the node %s",
				 plan->directories[0].path, plan->leaf->path),
		      "correct chdir, or export that directory");
}

/*
 * What a process takes over from the caller through exec, execve(2).
 * @init: 0 where the payload cannot outlive it.
 */
static int settle_process(const struct redpak_plan *plan, pid_t init, struct redpak_error *error)
{
	int result;

	if (plan->umask >= 0)
		umask((mode_t)plan->umask);
	if (plan->new_session && setsid() < 0)
		return fail_errno(error, -errno, "cannot make a session");
	/* Without a PID namespace of its own nothing else ends the payload with init. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return fail_errno(error, -errno, "cannot tie the payload to its init");
	if (init && getppid() != init)
		return fail(error, -ESRCH, "the init of the payload has gone");
	result = descriptors_set_cloexec(plan->preserve, 0);
	if (result < 0)
		return fail_errno(error, result, "cannot hand over the preserved descriptors");
	return 0;
}

/* The last step before exec, so that the filter need not allow what the others do. */
static int install_filter(const struct redpak_plan *plan, struct redpak_error *error)
{
	if (plan->filter.len && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &plan->filter, 0, 0) < 0)
		return advise(error, fail_errno(error, -errno, "cannot install the seccomp filter"),
			      "the kernel needs CONFIG_SECCOMP_FILTER");
	return 0;
}

/*
 * Executes the file @path. Returns why that cannot be done, as a negative errno; @found becomes
 * true where it is the interpreter of the file that is not there.
 */
static int execute_file(const struct redpak_plan *plan, const char *path, bool *found)
{
	int result;

	execve(path, plan->argv, plan->environment.variables);
	result = -errno;
	*found |= result == -ENOENT && faccessat(AT_FDCWD, path, F_OK, 0) == 0;
	return result;
}

/*
 * As execvp(3) searches, but what is no program is not given to a shell: for that glibc puts all
 * words on the stack, and that of the payload is small.
 */
static int search(const struct redpak_plan *plan, bool *found)
{
	const char *next = getenv("PATH"), *program = plan->argv[0];
	bool forbidden = false;
	int result = -ENOENT;
	char path[PATH_MAX];

	if (strchr(program, '/'))
		return execute_file(plan, program, found);
	if (!next)
		next = "/usr/local/bin:/bin:/usr/bin";
	while (*program && next && result == -ENOENT) {
		int length = (int)strcspn(next, ":");

		if (snprintf(path, sizeof(path), "%.*s%s%s", length, next, length ? "/" : "",
			     program) < (int)sizeof(path))
			result = execute_file(plan, path, found);
		forbidden |= result == -EACCES;
		if (result == -EACCES || result == -ENOTDIR)
			result = -ENOENT;
		next = next[length] ? next + length + 1 : NULL;
	}
	return forbidden && result == -ENOENT ? -EACCES : result;
}

static void pass_over(int number)
{
	(void)number;
}

/*
 * Init waits for the program and cannot tell of a payload that stops before: until there is one,
 * what the terminal stops it with is passed over. Handlers end with exec, execve(2).
 */
static void pass_over_stops(void)
{
	static const int stops[] = {SIGTSTP, SIGTTIN, SIGTTOU};
	const struct sigaction handler = {.sa_handler = pass_over, .sa_flags = SA_RESTART};
	struct sigaction former;

	for (size_t i = 0; i < sizeof(stops) / sizeof(*stops); i++) {
		if (sigaction(stops[i], NULL, &former) == 0 && former.sa_handler == SIG_DFL)
			sigaction(stops[i], &handler, NULL);
	}
}

static int execute(const struct init_job *job, struct redpak_error *error)
{
	const struct redpak_plan *plan = job->plan;
	bool found = false;
	int result;

	if (job->terminal)
		pass_over_stops();
	sigprocmask(SIG_SETMASK, &job->mask, NULL);
	environ = plan->environment.variables;
	result = fail_errno(error, search(plan, &found), "cannot execute %s in the node %s",
			    plan->argv[0], plan->leaf->path);
	error->status = REDPAK_STATUS_NOEXEC;
	if (result != -ENOENT)
		return result;
	if (found)
		return advise(error, result, "its interpreter is not there");
	error->status = REDPAK_STATUS_NOTFOUND;
	return result;
}

static int become_payload(const struct init_job *job, struct redpak_error *error)
{
	const struct redpak_plan *plan = job->plan;
	int result;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return fail_errno(error, -errno, "cannot set no_new_privs");
	result = limit_privileges(plan, error);
	if (result == 0)
		result = settle_process(plan, job->self, error);
	if (result == 0)
		result = enter_directory(plan, error);
	if (result == 0)
		result = init_await(job, error);
	if (result == 0)
		result = install_filter(plan, error);
	return result < 0 ? result : execute(job, error);
}

int payload_run(void *data)
{
	const struct init_job *job = data;
	struct redpak_error error;

	become_payload(job, &error);
	init_report(job->channel, &error);
}
