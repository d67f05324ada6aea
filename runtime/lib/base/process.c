/* SPDX-License-Identifier: Apache-2.0 */
#include "base/process.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* As large as what a stack is aligned to. */
struct start {
	int (*run)(void *data);
	void *data;
};

static _Noreturn __attribute__((used)) void begin(const struct start *start)
{
	_exit(start->run(start->data));
}

/*
 * clone3 has no function in any C library, and what returns in the new process has no frame on the
 * new stack: the call is made, and left, in one place.  Of the registers, the new process has all
 * but the stack's and the result's.
 */
static long enter(struct clone_args *args, const struct start *start)
{
#if defined(__x86_64__)
	register long result __asm__("rax") = SYS_clone3;

	__asm__ volatile("syscall\n\t"
			 "testq %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xorl %%ebp, %%ebp\n\t"
			 "movq %[start], %%rdi\n\t"
			 "call *%[begin]\n\t"
			 "hlt\n"
			 "1:"
			 : "+r"(result)
			 : "D"(args), "S"(sizeof(*args)), [start] "d"(start), [begin] "b"(begin)
			 : "rcx", "r11", "memory", "cc");
	return result;
#elif defined(__aarch64__)
	register long number __asm__("x8") = SYS_clone3;
	register long result __asm__("x0") = (long)args;
	register long size __asm__("x1") = sizeof(*args);
	register const struct start *data __asm__("x9") = start;
	register void (*run)(const struct start *) __asm__("x10") = begin;

	__asm__ volatile("svc #0\n\t"
			 "cbnz x0, 1f\n\t"
			 "mov x29, xzr\n\t"
			 "mov x0, %[start]\n\t"
			 "blr %[begin]\n\t"
			 "brk #0\n"
			 "1:"
			 : "+r"(result)
			 : "r"(number), "r"(size), [start] "r"(data), [begin] "r"(run)
			 : "memory", "cc", "x30");
	return result;
#else
	_Static_assert(0, "say how this machine calls clone3(2)");
#endif
}

pid_t process_share(struct clone_args *args, void *stack, size_t size, int (*run)(void *data),
		    void *data)
{
	/* The caller may go on, and leave its own stack, before the process has read it. */
	struct start *start = (struct start *)((char *)stack + size) - 1;
	long result;

	args->flags |= CLONE_VM;
	args->stack = (uint64_t)(uintptr_t)stack;
	args->stack_size = size - sizeof(*start);
	*start = (struct start){run, data};
	result = enter(args, start);
	if (result >= 0)
		return (pid_t)result;
	errno = (int)-result;
	return -1;
}

bool process_ends(pid_t pid)
{
	int wait_status;

	return waitpid(pid, &wait_status, __WALL) == pid && wait_status == 0;
}

bool process_has_ended(int pidfd)
{
	struct pollfd source = {.fd = pidfd, .events = POLLIN};

	return poll(&source, 1, 0) != 0;
}
