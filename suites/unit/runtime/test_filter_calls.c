/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filter in force: a child makes calls that it must refuse, and another makes them without it;
 * rednode.md 5, W13, W20. The calls have arguments with which nothing happens, and with which the
 * kernel asks for no privilege before it refuses them.
 */
#include <errno.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

enum { EVERYTHING = FILTER_LIST | FILTER_TERMINAL | FILTER_NO_NESTING, NOWHERE = -1, NOTHING = -1 };
/* Above the 32 bits that the kernel looks at. */
#define GARBAGE (0xdeadbeefUL << 32)

struct call {
	const char *name;
	long number;
	unsigned long arguments[4];
	int error;
};

static const struct call refused[] = {
	{"ioctl TIOCSTI", SYS_ioctl, {NOWHERE, TIOCSTI}, EPERM},
	{"ioctl TIOCSTI and more", SYS_ioctl, {NOWHERE, GARBAGE | TIOCSTI}, EPERM},
	{"ioctl TIOCLINUX", SYS_ioctl, {NOWHERE, TIOCLINUX}, EPERM},
	{"ioctl TIOCLINUX and more", SYS_ioctl, {NOWHERE, GARBAGE | TIOCLINUX}, EPERM},
	{"unshare", SYS_unshare, {CLONE_NEWUSER | 1}, EPERM},
	{"unshare and more", SYS_unshare, {GARBAGE | CLONE_NEWUSER}, EPERM},
	{"clone", SYS_clone, {CLONE_NEWUSER | CLONE_FS}, EPERM},
	{"clone3", SYS_clone3, {0, 0}, ENOSYS},
	{"keyctl", SYS_keyctl, {NOTHING}, ENOSYS},
	{"add_key", SYS_add_key, {0}, ENOSYS},
	{"request_key", SYS_request_key, {0}, ENOSYS},
	{"perf_event_open", SYS_perf_event_open, {0, 0, 0, 0}, EACCES},
	{"mount", SYS_mount, {0, 0, 1, 0}, EPERM},
	{"setns", SYS_setns, {NOWHERE}, EPERM},
	{"open_tree", SYS_open_tree, {NOWHERE, 0, 0xffff0000}, EPERM},
	{"open_tree_attr", 467, {NOWHERE, 0, 0xffff0000}, EPERM},
	{"clock_settime", SYS_clock_settime, {1000}, EPERM},
	{"quotactl", SYS_quotactl, {0xff}, EPERM},
};

static const struct call allowed[] = {
	{"ioctl TCGETS", SYS_ioctl, {NOWHERE, TCGETS}, EBADF},
	{"unshare", SYS_unshare, {CLONE_FILES}, 0},
	{"clone", SYS_clone, {CLONE_SIGHAND}, EINVAL},
	{"getppid", SYS_getppid, {0}, 0},
};

static int make(const struct call *call)
{
	const unsigned long *arguments = call->arguments;

	return syscall(call->number, arguments[0], arguments[1], arguments[2], arguments[3], 0) < 0
		       ? errno
		       : 0;
}

/* The errno of @act in a child, under the filter that @request says, or under none. */
static int in_child(struct bench *bench, const struct filter_request *request,
		    int (*act)(const struct call *call), const struct call *call)
{
	struct sock_fprog program = {.len = 0};
	int status;
	pid_t child;

	if (request)
		assert_int_equal(filter_plan(&bench->pool, request, &program, &bench->error), 0);
	child = fork();
	if (child == 0) {
		if (program.len && (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
				    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0))
			_exit(255);
		_exit(act(call));
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void check_refused(struct bench *bench, int (*act)(const struct call *call),
			  const struct call *calls, size_t count)
{
	const struct filter_request request = {EVERYTHING, 0}, none = {0, 0};

	for (size_t i = 0; i < count; i++) {
		int control = in_child(bench, NULL, act, &calls[i]);

		if (in_child(bench, &request, act, &calls[i]) != calls[i].error ||
		    control == calls[i].error || in_child(bench, &none, act, &calls[i]) != control)
			fail_msg("%s: %d without filter", calls[i].name, control);
	}
}

static void w13_w20_calls_are_refused(void **state)
{
	check_refused(*state, make, refused, COUNT(refused));
}

static void ordinary_calls_are_made(void **state)
{
	const struct filter_request request = {EVERYTHING, 0};

	for (size_t i = 0; i < COUNT(allowed); i++)
		assert_int_equal(in_child(*state, &request, make, &allowed[i]), allowed[i].error);
}

#ifdef __x86_64__
static int make_i386(const struct call *call)
{
	const unsigned long *arguments = call->arguments;
	long result = call->number;

	__asm__ volatile("int $0x80"
			 : "+a"(result)
			 : "b"(arguments[0]), "c"(arguments[1]), "d"(arguments[2])
			 : "memory", "r8", "r9", "r10", "r11");
	return (int)result < 0 ? -(int)result : 0;
}

/* By their numbers in the 32-bit ABI, asm/unistd_32.h. */
static void w13_w20_calls_of_the_32_bit_abi_are_refused(void **state)
{
	static const struct call calls[] = {
		{"ioctl TIOCSTI", 54, {NOWHERE, TIOCSTI}, EPERM},
		{"ioctl TIOCLINUX", 54, {NOWHERE, TIOCLINUX}, EPERM},
		{"unshare", 310, {CLONE_NEWUSER | 1}, EPERM},
		{"clone", 120, {CLONE_NEWUSER | CLONE_FS}, EPERM},
		{"clone3", 435, {0, 0}, ENOSYS},
		{"keyctl", 288, {NOTHING}, ENOSYS},
		{"mount", 21, {0, 0, 1}, EPERM},
		{"open_tree_attr", 467, {NOWHERE, 0, 0xffff0000}, EPERM},
	};

	check_refused(*state, make_i386, calls, COUNT(calls));
}
#endif

static void w20_a_kept_capability_lifts_the_rule(void **state)
{
	static const struct call mount = {"mount", SYS_mount, {0, 0, 1, 0}, EPERM},
				 events = {"perf_event_open",
					   SYS_perf_event_open,
					   {0, 0, 0, 0},
					   EACCES};
	const struct filter_request admin = {EVERYTHING, UINT64_C(1) << CAP_SYS_ADMIN},
				    perfmon = {EVERYTHING, UINT64_C(1) << CAP_PERFMON};

	assert_int_equal(in_child(*state, &admin, make, &mount), EFAULT);
	assert_int_equal(in_child(*state, &perfmon, make, &mount), EPERM);
	assert_int_equal(in_child(*state, &perfmon, make, &events), EFAULT);
}

static void *say_nothing(void *unused)
{
	return unused;
}

static int start_thread(const struct call *unused)
{
	pthread_t thread;

	(void)unused;
	return pthread_create(&thread, NULL, say_nothing, NULL) || pthread_join(thread, NULL);
}

/* glibc falls back to clone, which the filter allows. */
static void threads_start_without_clone3(void **state)
{
	const struct filter_request request = {EVERYTHING, 0};

	assert_int_equal(in_child(*state, &request, start_thread, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(w13_w20_calls_are_refused),
		bench_test(ordinary_calls_are_made),
#ifdef __x86_64__
		bench_test(w13_w20_calls_of_the_32_bit_abi_are_refused),
#endif
		bench_test(w20_a_kept_capability_lifts_the_rule),
		bench_test(threads_start_without_clone3),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
