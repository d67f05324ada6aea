/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System calls that not every C library has a function for, and what the kernel's headers of
 * Debian 12 do not name yet. Each returns as syscall(2) does.
 */
#ifndef REDPROBE_KERNEL_CALLS_H
#define REDPROBE_KERNEL_CALLS_H

#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#ifndef SYS_open_tree_attr
#define SYS_open_tree_attr 467 /* 6.15; the same on all architectures but alpha */
#endif

static inline int kernel_mount(const char *target, const char *type, unsigned long flags,
			       const char *options)
{
	return (int)syscall(SYS_mount, "none", target, type, flags, options);
}

static inline int kernel_unmount(const char *target)
{
	return (int)syscall(SYS_umount2, target, 2 /* MNT_DETACH */);
}

static inline int kernel_fsopen(const char *type)
{
	return (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
}

static inline int kernel_fspick(int directory)
{
	return (int)syscall(SYS_fspick, directory, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);
}

static inline int kernel_fsconfig(int context, unsigned command, const char *key, const char *value,
				  int aux)
{
	return (int)syscall(SYS_fsconfig, context, command, key, value, aux);
}

static inline int kernel_fsmount(int context)
{
	return (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0);
}

static inline int kernel_open_tree(int directory, const char *path, unsigned flags)
{
	return (int)syscall(SYS_open_tree, directory, path, flags | OPEN_TREE_CLOEXEC);
}

static inline int kernel_move_mount(int mounted, const char *target)
{
	return (int)syscall(SYS_move_mount, mounted, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH);
}

static inline int kernel_mount_setattr(int directory, unsigned flags,
				       const struct mount_attr *attributes)
{
	return (int)syscall(SYS_mount_setattr, directory, "", flags, attributes,
			    sizeof *attributes);
}

static inline int kernel_openat2(int directory, const char *path, uint64_t flags, uint64_t resolve)
{
	struct open_how how = {.flags = flags, .resolve = resolve};

	return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
}

static inline int kernel_close_range(unsigned first, unsigned last, unsigned flags)
{
	return (int)syscall(SYS_close_range, first, last, flags);
}

/* As fork(2) where `how` has no stack. */
static inline pid_t kernel_clone3(const struct clone_args *how)
{
	return (pid_t)syscall(SYS_clone3, how, sizeof *how);
}

static inline int kernel_pidfd_open(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

static inline int kernel_pidfd_send_signal(int process, int number)
{
	return (int)syscall(SYS_pidfd_send_signal, process, number, NULL, 0);
}

static inline int kernel_seccomp(unsigned operation, unsigned flags, void *argument)
{
	return (int)syscall(SYS_seccomp, operation, flags, argument);
}

#endif
