/* SPDX-License-Identifier: Apache-2.0 */
/* Operations on processes and their resources that a capability permits. */
#include <errno.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capabilities.h"
#include "witness.h"

/* Far above what a guest has reached, below every pid_max. */
enum { FREE_PROCESS_ID = 30011 };

int signal_others(const char *pid)
{
	return result_of(kill(process_of(pid), SIGTERM));
}

int take_group(const char *unused)
{
	(void)unused;
	return result_of(setgid(getgid() + 1));
}

int take_user(const char *unused)
{
	(void)unused;
	return result_of(setuid(getuid() + 1));
}

int drop_from_bounding_set(const char *unused)
{
	(void)unused;
	return result_of(prctl(PR_CAPBSET_DROP, CAP_CHOWN, 0, 0, 0));
}

int lock_memory(const char *unused)
{
	(void)unused;
	const struct rlimit none = {0, 0};
	if (setrlimit(RLIMIT_MEMLOCK, &none) < 0)
		broken("cannot lower RLIMIT_MEMLOCK");
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	void *page = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		broken("cannot map a page");
	return result_of(mlock(page, size));
}

int attach_shared_memory(const char *unused)
{
	(void)unused;
	int segment = shmget(IPC_PRIVATE, 1, IPC_CREAT);
	if (segment < 0)
		broken("cannot make a shared memory segment");
	int result = shmat(segment, NULL, SHM_RDONLY) == (void *)-1 ? -errno : 0;
	shmctl(segment, IPC_RMID, NULL);
	return result;
}

int change_root(const char *unused)
{
	(void)unused;
	return result_of(chroot("/"));
}

int trace_undumpable(const char *unused)
{
	(void)unused;
	/* Inherited by the child, so there is nothing to wait for. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		broken("cannot become undumpable");
	pid_t child = fork();
	if (child < 0)
		broken("cannot fork");
	if (child == 0) {
		pause();
		_exit(0);
	}
	int result = result_of(ptrace(PTRACE_SEIZE, child, NULL, NULL));
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return result;
}

int unshare_uts(const char *unused)
{
	(void)unused;
	return result_of(unshare(CLONE_NEWUTS));
}

int raise_priority(const char *unused)
{
	(void)unused;
	errno = 0;
	int nice_value = getpriority(PRIO_PROCESS, 0);
	if (errno)
		broken("cannot get the nice value");
	return result_of(setpriority(PRIO_PROCESS, 0, nice_value - 1));
}

int raise_hard_limit(const char *unused)
{
	(void)unused;
	const struct rlimit low = {0, 0}, high = {0, 1};
	if (setrlimit(RLIMIT_CORE, &low) < 0)
		broken("cannot lower RLIMIT_CORE");
	return result_of(setrlimit(RLIMIT_CORE, &high));
}

int choose_process_id(const char *unused)
{
	(void)unused;
	pid_t wanted = FREE_PROCESS_ID;
	struct clone_args arguments = {
		.exit_signal = SIGCHLD,
		.set_tid = (uint64_t)(uintptr_t)&wanted,
		.set_tid_size = 1,
	};
	long child = syscall(SYS_clone3, &arguments, sizeof(arguments));
	if (child == 0)
		_exit(0);
	int result = result_of(child);
	if (child > 0)
		waitpid((pid_t)child, NULL, 0);
	return result == 0 && child != wanted ? IGNORED : result;
}
