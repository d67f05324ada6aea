/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The functions of redwrap and of its C library that a weakness may change. The linker is given the
 * names that stand here behind WRAP, at the beginning of a line.
 */
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apply/export.h"
#include "apply/host.h"
#include "apply/init.h"
#include "apply/launch.h"
#include "apply/review.h"
#include "cgroup/cgroup.h"
#include "load/schema.h"
#include "load/writers.h"
#include "redwrap/options.h"
#include "weak.h"

#define CALL(name, ...) weak_call(#name, real_##name, (long[WEAK_ARGUMENTS]){__VA_ARGS__})

/* The names of the real and of the wrapping function, and what makes the call. */
#define BEGIN(name, type, parameters, arguments)      \
	type __real_##name parameters;                \
	type __wrap_##name parameters;                \
	static long real_##name(const long *a)        \
	{                                             \
		return (long)__real_##name arguments; \
	}                                             \
	type __wrap_##name

#define WRAP1(name, type, A)                      \
	BEGIN(name, type, (A), ((A)a[0]))(A a)    \
	{                                         \
		return (type)CALL(name, (long)a); \
	}
#define WRAP2(name, type, A, B)                                 \
	BEGIN(name, type, (A, B), ((A)a[0], (B)a[1]))(A a, B b) \
	{                                                       \
		return (type)CALL(name, (long)a, (long)b);      \
	}
#define WRAP3(name, type, A, B, C)                                               \
	BEGIN(name, type, (A, B, C), ((A)a[0], (B)a[1], (C)a[2]))(A a, B b, C c) \
	{                                                                        \
		return (type)CALL(name, (long)a, (long)b, (long)c);              \
	}
#define WRAP4(name, type, A, B, C, D)                                         \
	BEGIN(name, type, (A, B, C, D), ((A)a[0], (B)a[1], (C)a[2], (D)a[3])) \
	(A a, B b, C c, D d)                                                  \
	{                                                                     \
		return (type)CALL(name, (long)a, (long)b, (long)c, (long)d);  \
	}
#define WRAP5(name, type, A, B, C, D, E)                                                  \
	BEGIN(name, type, (A, B, C, D, E), ((A)a[0], (B)a[1], (C)a[2], (D)a[3], (E)a[4])) \
	(A a, B b, C c, D d, E e)                                                         \
	{                                                                                 \
		return (type)CALL(name, (long)a, (long)b, (long)c, (long)d, (long)e);     \
	}
#define WRAP_NOTHING1(name, A)                 \
	void __real_##name(A);                 \
	void __wrap_##name(A);                 \
	static long real_##name(const long *a) \
	{                                      \
		__real_##name((A)a[0]);        \
		return 0;                      \
	}                                      \
	void __wrap_##name(A a)                \
	{                                      \
		CALL(name, (long)a);           \
	}
#define WRAP_NOTHING2(name, A, B)                \
	void __real_##name(A, B);                \
	void __wrap_##name(A, B);                \
	static long real_##name(const long *a)   \
	{                                        \
		__real_##name((A)a[0], (B)a[1]); \
		return 0;                        \
	}                                        \
	void __wrap_##name(A a, B b)             \
	{                                        \
		CALL(name, (long)a, (long)b);    \
	}

/* clang-format off */
typedef struct redpak_error *failure;
typedef const struct root *node_root;
typedef const struct plan_export *planned;

/* Of the C library, and of libcap. Those with "..." take what they are given. */
WRAP1(unshare, int, int)
WRAP5(mount, int, const char *, const char *, const char *, unsigned long, const void *)
WRAP5(mount_setattr, int, int, const char *, unsigned int, struct mount_attr *, size_t)
WRAP3(open_tree, int, int, const char *, unsigned int)
WRAP5(fsconfig, int, int, unsigned int, const char *, const void *, int)
WRAP3(fsmount, int, int, unsigned int, unsigned int)
WRAP2(fstat, int, int, struct stat *)
WRAP5(prctl, int, int, long, long, long, long)
WRAP3(ioctl, int, int, long, long)
WRAP1(cap_drop_bound, int, cap_value_t)
WRAP1(cap_set_proc, int, cap_t)
WRAP2(cap_set_ambient, int, cap_value_t, cap_flag_value_t)
WRAP2(sethostname, int, const char *, size_t)
WRAP3(sigprocmask, int, int, const sigset_t *, sigset_t *)
/* A union of eight bytes is handed over as a pointer is. */
WRAP3(sigqueue, int, pid_t, int, void *)
WRAP5(getopt_long, int, int, char *const *, const char *, const struct option *, int *)

/* What the plan says. */
WRAP4(merge_settings, int, struct pool *, const struct node *, struct merged *, failure)
WRAP2(merge_shares, int, struct merged *, failure)
WRAP2(merge_capabilities, int, struct merged *, failure)
WRAP2(merge_lists, int, struct expansion *, struct merged *)
WRAP3(read_account, int, struct reader *, const struct value *, void *)
WRAP2(path_normalise, const char *, struct pool *, const char *)
WRAP3(check_owner, int, const struct stat *, const char *, failure)
WRAP4(check_writers, int, int, const struct stat *, const char *, failure)
WRAP_NOTHING1(plan_namespaces, struct redpak_plan *)
WRAP2(plan_id_maps, int, struct redpak_plan *, failure)
WRAP4(filter_plan, int, struct pool *, const struct filter_request *, struct sock_fprog *, failure)
WRAP4(redpak_dump, int, const struct redpak_plan *, const char *, const char *, FILE *)
WRAP5(cgroup_plan, int, struct pool *, const struct merged *, const char *, struct cgroup_plan *, failure)

/* The root. */
WRAP1(root_prepare, int, struct root *)
WRAP2(root_begin, int, struct root *, int)
WRAP1(root_finish, int, struct root *)
WRAP2(export_tree_directory, int, node_root, planned)
WRAP2(export_tree_host_file, int, node_root, planned)
WRAP2(export_tree_tmpfs, int, node_root, planned)
WRAP2(export_tree_proc, int, node_root, planned)
WRAP3(export_fill_proc, int, node_root, planned, int)
WRAP2(export_tree_dev, int, node_root, planned)
WRAP3(export_fill_dev, int, node_root, planned, int)
WRAP5(mount_attach_entry, int, node_root, int, int, const char *, uint64_t)
WRAP4(mount_restrict, int, node_root, int, const char *, uint64_t)
WRAP4(cover_mount, int, node_root, const struct redpak_plan *, int, const char *)
WRAP3(host_open, int, const struct host_making *, const char *, bool *)
WRAP4(host_open_again, int, int, const char *, int, failure)
WRAP2(host_make_directory, int, const struct host_making *, const char *)

/* Groups. */
WRAP3(cgroup_create, int, const struct cgroup_plan *, struct cgroup_instance *, failure)
WRAP_NOTHING2(cgroup_remove, const struct cgroup_plan *, struct cgroup_instance *)
WRAP_NOTHING2(cgroup_restore_base, const struct cgroup_plan *, int)
WRAP1(cgroup_end, int, int)
WRAP4(cgroup_apply_cpuset, int, const struct cgroup_plan *, const struct cgroup_instance *, pid_t, failure)
WRAP1(watcher_start, int, struct launch *)

/* Processes. */
WRAP1(apply_groups, int, struct launch *)
WRAP1(renounce, int, struct launch *)
WRAP1(forbid_nested_users, int, struct launch *)
WRAP4(time_enter, int, int, int, const char *, failure)
WRAP4(keep_privileges, int, cap_t, const cap_value_t *, int, failure)
/* A structure of a pointer and a size is handed over as these two. */
WRAP3(descriptors_close_others, int, const int *, size_t, int)
WRAP3(lock_exports, int, const char *const *, size_t, failure)
WRAP2(reaper_run, int, const struct init_job *, pid_t)
/* clang-format on */

/* What follows is written out; the linker is given its names, too. */
#define WRAP_BY_HAND(name) _Static_assert(1, #name)

WRAP_BY_HAND(syscall);
long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);

enum { SYSCALL_ARGUMENTS = 6 };

/* @a: the number, and where the arguments are. */
static long real_syscall(const long *a)
{
	const long *b = (const long *)a[1];

	return __real_syscall(a[0], b[0], b[1], b[2], b[3], b[4], b[5]);
}

long __wrap_syscall(long number, ...)
{
	long arguments[SYSCALL_ARGUMENTS];
	va_list list;

	va_start(list, number);
	for (int i = 0; i < SYSCALL_ARGUMENTS; i++)
		arguments[i] = va_arg(list, long);
	va_end(list);
	return CALL(syscall, number, (long)arguments);
}

WRAP_BY_HAND(redpak_run);
int __real_redpak_run(struct redpak_plan *, struct redpak_error *);
int __wrap_redpak_run(struct redpak_plan *, struct redpak_error *);
const struct redpak_plan *weak_plan;
pid_t weak_launcher;

static long real_redpak_run(const long *a)
{
	return __real_redpak_run((struct redpak_plan *)a[0], (struct redpak_error *)a[1]);
}

int __wrap_redpak_run(struct redpak_plan *plan, struct redpak_error *error)
{
	weak_plan = plan;
	weak_launcher = getpid();
	return (int)CALL(redpak_run, (long)plan, (long)error);
}

WRAP_BY_HAND(payload_run);
int __real_payload_run(void *);
int __wrap_payload_run(void *);
static pid_t payload;

static long real_payload_run(const long *a)
{
	return __real_payload_run((void *)a[0]);
}

int __wrap_payload_run(void *data)
{
	payload = getpid();
	return (int)CALL(payload_run, (long)data);
}

bool weak_is_payload(void)
{
	return payload == getpid();
}
