/* SPDX-License-Identifier: Apache-2.0 */
/* What trials of namespaces say: made-up ones, and that those of this process leave it as it was.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/finding.h"
#include "namespace/namespace.h"
#include "survey/probe.h"

#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NEW = 1000 }; /* the number of a new namespace is that much above the own one */

struct bench {
	struct namespace_survey survey;
	struct redprobe probe;
	struct redprobe_finding finding;
};

/* All is well, whoever makes them. */
static int make_bench(void **state)
{
	struct bench *bench = calloc(1, sizeof *bench);

	assert_non_null(bench);
	bench->probe.namespaces = &bench->survey;
	bench->survey.limited = true;
	for (size_t i = 0; i < NAMESPACES; i++) {
		bench->survey.here[i] = 1 + i;
		strcpy(bench->survey.limits[i], "500");
		for (size_t maker = 0; maker < MAKERS; maker++)
			bench->survey.drills[maker].trials[i] = (struct namespace_trial){
				.tried = true,
				.number = NEW + 1 + i,
				.first = true,
				.joinable = true,
				.joining = true,
				.left = NEW + 1 + i,
				.target = 1 + i,
				.entered = 1 + i,
				.ahead = true,
				.nest = {.made = true},
			};
	}
	*state = bench;
	return 0;
}

static int free_bench(void **state)
{
	free(*state);
	return 0;
}

static struct namespace_trial *trial(struct bench *bench, enum namespace_maker maker, size_t kind)
{
	return &bench->survey.drills[maker].trials[kind];
}

static enum redprobe_status ask(struct bench *bench, redprobe_function *function, size_t kind)
{
	memset(&bench->finding, 0, sizeof bench->finding);
	function(&bench->probe, &namespaces[kind], &bench->finding);
	return bench->finding.status;
}

static void what_is_seen_is_supported(void **state)
{
	struct bench *bench = *state;

	for (size_t i = 0; i < NAMESPACES; i++) {
		assert_int_equal(ask(bench, namespace_create, i), REDPROBE_SUPPORTED);
		assert_int_equal(ask(bench, namespace_join, i), REDPROBE_SUPPORTED);
		assert_int_equal(ask(bench, namespace_unprivileged, i), REDPROBE_SUPPORTED);
		assert_int_equal(ask(bench, namespace_limit, i), REDPROBE_SUPPORTED);
		assert_int_equal(bench->finding.number, 500);
	}
	assert_int_equal(ask(bench, namespace_offsets, NAMESPACE_TIME), REDPROBE_SUPPORTED);
}

static void what_is_not_seen_is_not_believed(void **state)
{
	struct bench *bench = *state;

	trial(bench, MAKER_AS_IS, NAMESPACE_UTS)->number = bench->survey.here[NAMESPACE_UTS];
	trial(bench, MAKER_AS_IS, NAMESPACE_PID)->first = false;
	trial(bench, MAKER_AS_IS, NAMESPACE_NET)->entered = 7;
	trial(bench, MAKER_AS_IS, NAMESPACE_TIME)->ahead = false;
	trial(bench, MAKER_ORDINARY, NAMESPACE_IPC)->number = bench->survey.here[NAMESPACE_IPC];
	assert_int_equal(ask(bench, namespace_create, NAMESPACE_UTS), REDPROBE_UNKNOWN);
	assert_int_equal(ask(bench, namespace_create, NAMESPACE_PID), REDPROBE_UNKNOWN);
	assert_int_equal(ask(bench, namespace_join, NAMESPACE_NET), REDPROBE_UNKNOWN);
	assert_int_equal(ask(bench, namespace_offsets, NAMESPACE_TIME), REDPROBE_UNKNOWN);
	assert_int_equal(ask(bench, namespace_unprivileged, NAMESPACE_IPC), REDPROBE_UNKNOWN);
}

static void what_needs_privilege_is_tried_in_a_user_namespace(void **state)
{
	struct bench *bench = *state;

	trial(bench, MAKER_AS_IS, NAMESPACE_UTS)->error = EPERM;
	assert_int_equal(ask(bench, namespace_create, NAMESPACE_UTS), REDPROBE_SUPPORTED);
	assert_non_null(strstr(bench->finding.detail, "in a new user namespace"));
	trial(bench, MAKER_AS_IS, NAMESPACE_MNT)->join_error = EPERM;
	assert_int_equal(ask(bench, namespace_create, NAMESPACE_MNT), REDPROBE_SUPPORTED);
	assert_null(strstr(bench->finding.detail, "in a new user namespace"));
	assert_int_equal(ask(bench, namespace_join, NAMESPACE_MNT), REDPROBE_SUPPORTED);
	assert_non_null(strstr(bench->finding.detail, "in a new user namespace"));
	trial(bench, MAKER_IN_USER, NAMESPACE_USER)->error = ENOSPC;
	strcpy(bench->survey.limits[NAMESPACE_USER], "0");
	assert_int_equal(ask(bench, namespace_create, NAMESPACE_UTS), REDPROBE_RESTRICTED);
	assert_string_equal(bench->finding.forbidden_by, "sysctl user.max_user_namespaces = 0");
	assert_string_equal(bench->finding.detail,
			    "unshare(CLONE_NEWUTS): EPERM, unshare(CLONE_NEWUSER): ENOSPC");
}

static void assert_refused(struct bench *bench, size_t kind, int error, enum redprobe_status status,
			   const char *cause)
{
	trial(bench, MAKER_AS_IS, kind)->error = error;
	assert_int_equal(ask(bench, namespace_create, kind), status);
	if (cause)
		assert_string_equal(status == REDPROBE_UNKNOWN ? bench->finding.needs
							       : bench->finding.forbidden_by,
				    cause);
}

static void limits_are_named(void **state)
{
	struct bench *bench = *state;

	assert_refused(bench, NAMESPACE_NET, ENOSPC, REDPROBE_RESTRICTED,
		       "sysctl user.max_net_namespaces = 500, reached here or in a user namespace "
		       "above");
	assert_int_equal(ask(bench, namespace_limit, NAMESPACE_NET), REDPROBE_RESTRICTED);
	assert_int_equal(bench->finding.number, 500);
	assert_refused(bench, NAMESPACE_PID, ENOSPC, REDPROBE_RESTRICTED,
		       "sysctl user.max_pid_namespaces = 500, reached here or in a user namespace "
		       "above, or 32 levels of them");
	strcpy(bench->survey.limits[NAMESPACE_IPC], "0");
	assert_refused(bench, NAMESPACE_IPC, ENOSPC, REDPROBE_RESTRICTED,
		       "sysctl user.max_ipc_namespaces = 0");
	assert_int_equal(ask(bench, namespace_limit, NAMESPACE_IPC), REDPROBE_RESTRICTED);
	assert_string_equal(bench->finding.forbidden_by, "sysctl user.max_ipc_namespaces = 0");
	assert_true(bench->finding.numbered);
	assert_int_equal(bench->finding.number, 0);
}

static void assert_not_nested(struct bench *bench, size_t kind, struct namespace_nest nest,
			      enum redprobe_status status, const char *cause)
{
	trial(bench, MAKER_AS_IS, kind)->nest = nest;
	assert_int_equal(ask(bench, namespace_create, kind), REDPROBE_SUPPORTED);
	assert_int_equal(ask(bench, namespace_nesting, kind), status);
	assert_string_equal(status == REDPROBE_UNKNOWN ? bench->finding.needs
						       : bench->finding.forbidden_by,
			    cause);
}

static void one_in_another_is_told_apart_from_the_first(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(ask(bench, namespace_nesting, NAMESPACE_PID), REDPROBE_SUPPORTED);
	assert_int_equal(bench->finding.number, 2);
	assert_string_equal(bench->finding.detail,
			    "unshare(CLONE_NEWPID), and again in the new one: ok");
	assert_not_nested(bench, NAMESPACE_USER, (struct namespace_nest){.error = ENOSPC},
			  REDPROBE_RESTRICTED,
			  "sysctl user.max_user_namespaces = 500, reached here or in a user "
			  "namespace above, or 32 levels of them");
	assert_not_nested(bench, NAMESPACE_USER,
			  (struct namespace_nest){.error = EROFS, .file = "/proc/self/uid_map"},
			  REDPROBE_RESTRICTED, "a read-only mount");
	assert_string_equal(bench->finding.detail, "writing /proc/self/uid_map: EROFS");
	assert_not_nested(bench, NAMESPACE_USER,
			  (struct namespace_nest){.error = ENOENT, .file = "/proc/self/setgroups"},
			  REDPROBE_UNKNOWN, "/proc mounted, to map ids");
	assert_not_nested(bench, NAMESPACE_PID, (struct namespace_nest){.made = false},
			  REDPROBE_UNKNOWN, finding_as_documented);
	assert_not_nested(bench, NAMESPACE_PID, (struct namespace_nest){.fate = {CHILD_SILENT, 0}},
			  REDPROBE_UNKNOWN, "a child process that answers");
	trial(bench, MAKER_AS_IS, NAMESPACE_PID)->error = EPERM;
	assert_int_equal(ask(bench, namespace_nesting, NAMESPACE_PID), REDPROBE_SUPPORTED);
	assert_non_null(strstr(bench->finding.detail, "in a new user namespace, and again"));
}

/* Debian's kernels without user namespaces answer EPERM; limits are there for all eight. */
static void what_has_no_link_is_unsupported(void **state)
{
	static const int errors[] = {EPERM, EINVAL, ENOSYS};
	struct bench *bench = *state;

	for (size_t i = 0; i < COUNT(errors); i++) {
		bench->survey.here[NAMESPACE_USER] = 0;
		assert_refused(bench, NAMESPACE_USER, errors[i], REDPROBE_UNSUPPORTED, NULL);
		assert_int_equal(ask(bench, namespace_join, NAMESPACE_USER), REDPROBE_UNSUPPORTED);
		assert_int_equal(ask(bench, namespace_limit, NAMESPACE_USER), REDPROBE_UNSUPPORTED);
		bench->survey.here[NAMESPACE_USER] = 1;
	}
	bench->survey.here[NAMESPACE_PID] = 0;
	assert_refused(bench, NAMESPACE_PID, 0, REDPROBE_UNSUPPORTED, NULL);
	assert_int_equal(ask(bench, namespace_join, NAMESPACE_PID), REDPROBE_UNSUPPORTED);
	assert_int_equal(ask(bench, namespace_nesting, NAMESPACE_PID), REDPROBE_UNSUPPORTED);
	assert_refused(bench, NAMESPACE_USER, EINVAL, REDPROBE_UNKNOWN,
		       "a process without seccomp filter");
	assert_refused(bench, NAMESPACE_UTS, ENOMEM, REDPROBE_UNKNOWN, "memory");
}

/* Other namespaces are there; who has no privilege gets none of them. */
static void without_user_namespaces_privilege_is_missing(void **state)
{
	struct bench *bench = *state;

	bench->survey.here[NAMESPACE_USER] = 0;
	assert_int_equal(ask(bench, namespace_create, NAMESPACE_UTS), REDPROBE_SUPPORTED);
	trial(bench, MAKER_AS_IS, NAMESPACE_UTS)->error = EPERM;
	trial(bench, MAKER_IN_USER, NAMESPACE_USER)->error = EINVAL;
	trial(bench, MAKER_ORDINARY, NAMESPACE_USER)->error = EINVAL;
	assert_int_equal(ask(bench, namespace_create, NAMESPACE_UTS), REDPROBE_RESTRICTED);
	assert_string_equal(bench->finding.forbidden_by,
			    "missing CAP_SYS_ADMIN, in a kernel without user namespaces");
	assert_int_equal(ask(bench, namespace_unprivileged, NAMESPACE_UTS), REDPROBE_UNSUPPORTED);
}

/* It is missing whatever else forbids it; a user namespace is of use for others as well. */
static void without_one_the_others_are_there(void **state)
{
	struct bench *bench = *state;

	bench->survey.here[NAMESPACE_UTS] = 0;
	trial(bench, MAKER_AS_IS, NAMESPACE_UTS)->error = EPERM;
	trial(bench, MAKER_IN_USER, NAMESPACE_USER)->error = ENOSPC;
	assert_int_equal(ask(bench, namespace_create, NAMESPACE_UTS), REDPROBE_UNSUPPORTED);
	assert_int_equal(ask(bench, namespace_unprivileged, NAMESPACE_UTS), REDPROBE_UNSUPPORTED);
	assert_int_equal(ask(bench, namespace_unprivileged, NAMESPACE_USER), REDPROBE_SUPPORTED);
}

static void without_proc_it_is_said(void **state)
{
	struct bench *bench = *state;

	for (size_t i = 0; i < NAMESPACES; i++) {
		bench->survey.here[i] = 0;
		bench->survey.limits[i][0] = '\0';
		trial(bench, MAKER_AS_IS, i)->number = 0;
		trial(bench, MAKER_AS_IS, i)->joinable = false;
	}
	assert_int_equal(ask(bench, namespace_create, NAMESPACE_UTS), REDPROBE_SUPPORTED);
	assert_non_null(strstr(bench->finding.detail, "/proc is not mounted"));
	assert_int_equal(ask(bench, namespace_join, NAMESPACE_UTS), REDPROBE_UNKNOWN);
	assert_int_equal(ask(bench, namespace_limit, NAMESPACE_UTS), REDPROBE_UNKNOWN);
	assert_int_equal(ask(bench, namespace_offsets, NAMESPACE_TIME), REDPROBE_UNKNOWN);
	assert_refused(bench, NAMESPACE_UTS, EINVAL, REDPROBE_UNSUPPORTED, NULL);
}

/* What was learned before is not lost with who was killed for joining. */
static void the_end_of_a_child_is_said_of_what_it_tried(void **state)
{
	struct namespace_trial *uts;
	struct bench *bench = *state;

	uts = trial(bench, MAKER_AS_IS, NAMESPACE_UTS);
	uts->fate = (struct child_fate){CHILD_KILLED, SIGSYS};
	assert_int_equal(ask(bench, namespace_create, NAMESPACE_UTS), REDPROBE_SUPPORTED);
	assert_int_equal(ask(bench, namespace_join, NAMESPACE_UTS), REDPROBE_RESTRICTED);
	assert_string_equal(bench->finding.forbidden_by, "a seccomp filter (SIGSYS)");
	uts->joining = false;
	assert_int_equal(ask(bench, namespace_create, NAMESPACE_UTS), REDPROBE_RESTRICTED);
	uts->fate = (struct child_fate){CHILD_KILLED, SIGKILL};
	assert_int_equal(ask(bench, namespace_create, NAMESPACE_UTS), REDPROBE_UNKNOWN);
	assert_int_equal(ask(bench, namespace_create, NAMESPACE_NET), REDPROBE_SUPPORTED);
}

static unsigned long long number_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_ino : 0;
}

static int open_descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/*
 * Of this process: the same namespaces, root and directory as before, and no child; the survey
 * keeps a descriptor of each namespace. */
static void asking_changes_nothing_here(void **state)
{
	static const char *const paths[] = {
		"/proc/self/ns/cgroup", "/proc/self/ns/ipc",
		"/proc/self/ns/mnt",	"/proc/self/ns/net",
		"/proc/self/ns/pid",	"/proc/self/ns/pid_for_children",
		"/proc/self/ns/time",	"/proc/self/ns/time_for_children",
		"/proc/self/ns/user",	"/proc/self/ns/uts",
		"/proc/self/root",	"/proc/self/cwd",
	};
	const struct redprobe_area *const areas[] = {&namespace_area, NULL};
	struct redprobe probe = {.options = {.patience_ms = 60000, .areas = areas}};
	unsigned long long before[COUNT(paths)];
	int descriptors = open_descriptors();

	(void)state;
	for (size_t i = 0; i < COUNT(paths); i++)
		before[i] = number_of(paths[i]);
	for (size_t i = 0; i < namespace_area.count; i++) {
		const struct redprobe_feature *row = &namespace_area.features[i];
		struct redprobe_finding finding = {.status = REDPROBE_UNKNOWN};

		row->function(&probe, row->argument, &finding);
		assert_int_not_equal(finding.status, REDPROBE_UNKNOWN);
	}
	for (size_t i = 0; i < COUNT(paths); i++)
		assert_int_equal(number_of(paths[i]), before[i]);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(open_descriptors(), descriptors + NAMESPACES);
}

/* The kernel then waits for an answer to unshare(CLONE_NEWNET) that never comes. */
static void let_net_hang(void)
{
	struct sock_filter rules[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_unshare, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_NEWNET, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = {COUNT(rules), rules};

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
		    &filter) < 0)
		_exit(EXIT_FAILURE);
}

/* The rows about network namespaces, but for their limit, are the only ones without an answer. */
static bool others_are_found(void)
{
	const struct redprobe_area *const areas[] = {&namespace_area, NULL};
	struct redprobe_options options = {.patience_ms = 3000, .areas = areas};
	struct redprobe *probe;
	bool well = redprobe_open(&probe, &options) == 0;

	for (size_t i = 0; well && i < namespace_area.count; i++) {
		const struct redprobe_feature *row = &namespace_area.features[i];
		bool net = strncmp(row->id, "namespace.net", 13) == 0 && !strstr(row->id, "limit");

		well = (redprobe_ask(probe, row)->status == REDPROBE_UNKNOWN) == net;
	}
	redprobe_close(probe);
	return well;
}

static void one_that_hangs_spoils_no_other(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0) {
		let_net_hang();
		_exit(others_are_found() ? EXIT_SUCCESS : EXIT_FAILURE);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EXIT_SUCCESS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_bench, free_bench)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_seen_is_supported),
		TEST(what_is_not_seen_is_not_believed),
		TEST(what_needs_privilege_is_tried_in_a_user_namespace),
		TEST(limits_are_named),
		TEST(one_in_another_is_told_apart_from_the_first),
		TEST(what_has_no_link_is_unsupported),
		TEST(without_user_namespaces_privilege_is_missing),
		TEST(without_one_the_others_are_there),
		TEST(without_proc_it_is_said),
		TEST(the_end_of_a_child_is_said_of_what_it_tried),
		cmocka_unit_test(asking_changes_nothing_here),
		cmocka_unit_test(one_that_hangs_spoils_no_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
