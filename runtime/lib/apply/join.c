/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces that exist already, setns(2). */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apply/init.h"
#include "apply/launch.h"
#include "base/auto.h"
#include "base/process.h"

static const struct namespace_type *type_of(int flag)
{
	for (int kind = 0; kind < NAMESPACE_COUNT; kind++) {
		if (namespace_types[kind].flag == (uint64_t)flag)
			return &namespace_types[kind];
	}
	return NULL;
}

static int refuse(struct launch *launch, enum namespace_kind kind, const char *why)
{
	const struct setting *share = launch->plan->joins[kind];

	return fail_at(launch->error, share->origin, "cannot join the %s namespace %s: %s",
		       namespace_types[kind].name, share->text, why);
}

static int check_type(struct launch *launch, enum namespace_kind kind, int fd)
{
	int flag = ioctl(fd, NS_GET_NSTYPE);
	const struct namespace_type *type = type_of(flag);
	char why[64];
	uid_t owner;

	if (flag < 0)
		return refuse(launch, kind, strerror(errno));
	if (type != &namespace_types[kind]) {
		snprintf(why, sizeof(why), "it is a %s namespace", type ? type->name : "different");
		return refuse(launch, kind, why);
	}
	if (kind != NAMESPACE_USER || geteuid() == 0)
		return 0;
	if (ioctl(fd, NS_GET_OWNER_UID, &owner) < 0)
		return refuse(launch, kind, strerror(errno));
	if (owner != geteuid()) {
		snprintf(why, sizeof(why), "it belongs to user %u; join one of your own", owner);
		return refuse(launch, kind, why);
	}
	return 0;
}

/*
 * The path may be a link of /proc or a file that a namespace is mounted on. Only a descriptor that
 * is known to be one is opened for use: to open a device or a pipe may have effects.
 */
static int open_join(struct launch *launch, enum namespace_kind kind)
{
	AUTO_CLOSE int found = open(launch->plan->joins[kind]->text, O_PATH | O_CLOEXEC);
	char path[32];
	struct statfs status;
	AUTO_CLOSE int fd = -1;
	int result;

	if (found < 0 || fstatfs(found, &status) < 0)
		return refuse(launch, kind, strerror(errno));
	if (status.f_type != NSFS_MAGIC)
		return refuse(launch, kind,
			      "it is no namespace file, as those of /proc/PID/ns are");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", found);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return refuse(launch, kind, strerror(errno));
	result = check_type(launch, kind, fd);
	if (result == 0)
		launch->joins[kind] = take_fd(&fd);
	return result;
}

int open_joins(struct launch *launch)
{
	int result = 0;

	for (int kind = 0; kind < NAMESPACE_COUNT && result == 0; kind++) {
		if (launch->plan->joins[kind])
			result = open_join(launch, (enum namespace_kind)kind);
	}
	return result;
}

/*
 * Nobody in the namespaces may trace a process that comes in with the caller's privileges and
 * descriptors (CVE-2016-9962). A change of credentials takes this back, fs.suid_dumpable in
 * Documentation/admin-guide/sysctl/fs.rst.
 */
static int become_untraceable(struct launch *launch)
{
	if ((launch->plan->join_flags & (CLONE_NEWUSER | CLONE_NEWPID)) &&
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return fail_errno(launch->error, -errno, "cannot forbid to trace redwrap");
	return 0;
}

static int join(struct launch *launch, enum namespace_kind kind)
{
	bool user_joined = launch->plan->join_flags & CLONE_NEWUSER;

	if (launch->joins[kind] < 0)
		return 0;
	if (setns(launch->joins[kind], (int)namespace_types[kind].flag) == 0)
		return kind == NAMESPACE_USER ? become_untraceable(launch) : 0;
	if (kind == NAMESPACE_USER && errno == EINVAL)
		return refuse(launch, kind, "the caller is in it already; make share_user Enabled");
	if (kind == NAMESPACE_PID && errno == EINVAL)
		return refuse(launch, kind, "it is not below that of the caller");
	if (errno == EPERM && user_joined && geteuid() != 0)
		return refuse(launch, kind,
			      "it does not belong to the user namespace that share_user names");
	return refuse(launch, kind, strerror(errno));
}

/* What only redwrap can make, once it stands in the user namespace that owns it. */
static int make_ahead(struct launch *launch, int offsets)
{
	const struct redpak_plan *plan = launch->plan;

	if (unshare((int)plan->ahead_flags) < 0)
		return namespace_refuse(launch->error, -errno,
					"cannot make the namespaces of the node",
					plan->ahead_flags);
	if (!(plan->ahead_flags & CLONE_NEWTIME))
		return 0;
	return time_enter(launch->root.proc, offsets, plan->time_offsets, launch->error);
}

/*
 * An ordinary user gets privileges over the others by the user namespace, so that is first. For
 * root it is the other way round, and only init enters it; see clone_init().
 */
int join_namespaces(struct launch *launch)
{
	bool by_init = launch->plan->born_in_joined_user;
	AUTO_CLOSE int offsets = -1;
	int result;

	if (!launch->plan->join_flags)
		return 0;
	/* While it is the caller's. */
	offsets = time_open_offsets(launch->root.proc);
	if (offsets < 0)
		return fail_errno(launch->error, -errno, "cannot open the clock offsets in /proc");
	result = become_untraceable(launch);
	if (result == 0 && !by_init)
		result = join(launch, NAMESPACE_USER);
	for (int kind = 0; kind < NAMESPACE_COUNT && result == 0; kind++) {
		if (kind != NAMESPACE_USER && !(kind == NAMESPACE_PID && by_init))
			result = join(launch, (enum namespace_kind)kind);
	}
	return result < 0 ? result : make_ahead(launch, offsets);
}

/* @result: a negative errno where the helper did not come to clone3(2). */
struct birth {
	struct launch *launch;
	struct clone_args *args;
	void (*init)(struct launch *launch);
	int result;
};

static int give_birth(void *data)
{
	struct birth *birth = data;
	struct launch *launch = birth->launch;
	pid_t pid;

	birth->result = join(launch, NAMESPACE_PID);
	if (birth->result == 0)
		birth->result = join(launch, NAMESPACE_USER);
	if (birth->result < 0)
		return 0;
	pid = (pid_t)syscall(SYS_clone3, birth->args, sizeof(*birth->args));
	if (pid == 0)
		birth->init(launch);
	launch->init_here = pid < 0 ? -errno : pid;
	return 0;
}

/*
 * The namespaces that init is born with belong to the user namespace of its parent, and redwrap
 * stays outside, to build a root that is locked there: a helper that shares the memory of redwrap
 * joins and makes init, as a child of redwrap.
 */
static int clone_in_joined_user(struct launch *launch, struct clone_args *args,
				void (*init)(struct launch *launch))
{
	static char stack[64 * 1024] __attribute__((aligned(16)));
	struct clone_args sharing = {.flags = CLONE_VFORK | CLONE_FILES};
	struct birth birth = {.launch = launch, .args = args, .init = init};
	pid_t pid;

	args->flags |= CLONE_PARENT;
	pid = process_share(&sharing, stack, sizeof(stack), give_birth, &birth);
	if (pid < 0)
		return fail_errno(launch->error, -errno,
				  "cannot make the helper that joins the user namespace");
	if (!process_ends(pid))
		return fail(launch->error, -EIO,
			    "cannot join the namespaces of the node: the helper ended too early");
	return birth.result;
}

int clone_init(struct launch *launch, struct clone_args *args, void (*init)(struct launch *launch))
{
	int result;

	if (launch->plan->born_in_joined_user) {
		result = clone_in_joined_user(launch, args, init);
		if (result < 0)
			return result;
	} else {
		launch->init_here = (pid_t)syscall(SYS_clone3, args, sizeof(*args));
		if (launch->init_here == 0)
			init(launch);
		if (launch->init_here < 0)
			launch->init_here = -errno;
	}
	/* Of the namespaces none answers so. */
	if (launch->init_here == -EOPNOTSUPP && launch->plan->cgroup.wanted)
		return cgroup_refuse_populated(launch->plan->cgroup.base, launch->init_here,
					       launch->error);
	if (launch->init_here < 0)
		return namespace_refuse(launch->error, launch->init_here,
					"cannot make the first process of the node",
					launch->plan->birth_flags);
	return 0;
}
