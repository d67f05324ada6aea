/* SPDX-License-Identifier: Apache-2.0 */
#include "base/vfork.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * A child runs on a piece of its parent's stack, which waits meanwhile: so the first needs room for
 * those that it makes in its turn, up to some ten below one another.
 */
enum { STACK_SIZE = 256 * 1024, NESTED_STACK_SIZE = 16 * 1024 };

struct start {
	vfork_function *function;
	void *argument;
	pid_t parent;
	int patience_ms;
};

/* Whoever waits for a child that shares its memory cannot look at a clock: the child does. */
static void set_alarm(int patience_ms)
{
	struct itimerval timer = {
		.it_value = {patience_ms / 1000, patience_ms % 1000 * 1000L},
	};

	if (!patience_ms)
		return;
	signal(SIGALRM, SIG_DFL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

static int start_child(void *argument)
{
	const struct start *start = argument;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* In a new PID namespace the parent is not to be seen: 0. */
	if (getppid() != start->parent && getppid() != 0)
		return EXIT_FAILURE;
	set_alarm(start->patience_ms);
	start->function(start->argument);
	return EXIT_SUCCESS;
}

static bool has_privilege(void)
{
	cap_t state = cap_get_proc(), none = cap_init();
	bool some = !state || !none || cap_compare(state, none) != 0;

	cap_free(state);
	cap_free(none);
	return some;
}

/*
 * A child that gives up privilege could be traced by others of its new kind, and with it the memory
 * of this process. So it is not traceable meanwhile, which root does not feel: other users would
 * lose the files of their own /proc/self, so they share no memory if they have privilege. What was
 * decided for a child holds for its own children.
 */
static int memory_flag(int flags, bool *hidden)
{
	*hidden = false;
	if (flags & VFORK_OWN_MEMORY)
		return 0;
	if (flags & VFORK_NESTED)
		return CLONE_VM;
	if (geteuid() != 0)
		return has_privilege() ? 0 : CLONE_VM;
	*hidden = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1;
	if (*hidden && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return 0;
	return CLONE_VM;
}

/*
 * Who waits and who is waited for are never at work together: on one processor one takes over from
 * the other, where to wake another processor takes as long as many a trial. Returns whether this
 * process is to be let go, to where it was allowed `before`.
 */
static bool stay_here(cpu_set_t *before)
{
	int here = sched_getcpu();
	cpu_set_t only;

	if (here < 0 || here >= CPU_SETSIZE || sched_getaffinity(0, sizeof *before, before) < 0)
		return false;
	CPU_ZERO(&only);
	CPU_SET(here, &only);
	return sched_setaffinity(0, sizeof only, &only) == 0;
}

static struct child_fate await(pid_t pid)
{
	struct child_fate fate;
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	fate = child_fate_of(status);
	if (fate.end == CHILD_EXITED && fate.number == EXIT_SUCCESS)
		fate.end = CHILD_ANSWERED;
	if (fate.end == CHILD_KILLED && fate.number == SIGALRM)
		fate.end = CHILD_SILENT;
	return fate;
}

static struct child_fate run(struct start *start, int flags)
{
	struct child_fate fate;
	int files = flags & VFORK_SHARED_FILES ? CLONE_FILES : 0, memory;
	size_t size = flags & VFORK_NESTED ? NESTED_STACK_SIZE : STACK_SIZE;
	char stack[size] __attribute__((aligned(16)));
	bool hidden;
	pid_t pid;

	memory = memory_flag(flags, &hidden);
	pid = clone(start_child, stack + size, memory | files | CLONE_VFORK | SIGCHLD, start);
	fate = pid < 0 ? (struct child_fate){CHILD_NONE, errno} : await(pid);
	if (hidden)
		prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	return fate;
}

struct child_fate vfork_run_within(int patience_ms, vfork_function *function, void *argument,
				   int flags)
{
	struct start start = {function, argument, getpid(), patience_ms};
	cpu_set_t before;
	bool held = !(flags & VFORK_NESTED) && stay_here(&before);
	struct child_fate fate = run(&start, flags);

	if (held)
		sched_setaffinity(0, sizeof before, &before);
	return fate;
}

struct child_fate vfork_run(vfork_function *function, void *argument, int flags)
{
	return vfork_run_within(0, function, argument, flags);
}

void *vfork_shared(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}
