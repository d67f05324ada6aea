/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One child makes all namespaces in turn, sees that each is there, and joins it or the one before.
 * If it ends in the midst, that is what is known of the present one; another child tries the rest.
 * Sources: namespaces(7), unshare(2), setns(2), time_namespaces(7), user_namespaces(7).
 */
#include "base/file.h"
#include "base/finding.h"
#include "base/privilege.h"
#include "base/vfork.h"
#include "namespace/namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

struct order {
	struct namespace_survey *survey;
	enum namespace_maker maker;
	size_t kind;
	const struct namespace *namespace;
	struct namespace_trial *trial;
	int fd; /* of what a child has made */
};

static struct order order_of(struct namespace_survey *survey, enum namespace_maker maker,
			     size_t kind)
{
	return (struct order){
		.survey = survey,
		.maker = maker,
		.kind = kind,
		.namespace = &namespaces[kind],
		.trial = &survey->drills[maker].trials[kind],
		.fd = -1,
	};
}

/*
 * Joins the namespace behind `fd`, whose number is `target`, from the one numbered `left`; the link
 * then shows where this process, or its next child, is.
 */
static void join(const struct order *order, int fd, unsigned long left, unsigned long target,
		 const char *link)
{
	struct namespace_trial *trial = order->trial;

	trial->joinable = fd >= 0;
	if (!trial->joinable)
		return;
	trial->left = left;
	trial->target = target;
	trial->joining = true;
	trial->join_error = setns(fd, order->namespace->flag) < 0 ? errno : 0;
	trial->entered = namespace_number(link);
}

/*
 * The own namespace can be joined again from a new one; where it belongs to a user namespace above,
 * only another one that has been made here.
 */
static void make_and_return(void *argument)
{
	const struct order *order = argument;
	const struct namespace *namespace = order->namespace;
	const struct namespace_survey *survey = order->survey;
	struct namespace_trial *trial = order->trial;
	int fd;

	trial->error = unshare(namespace->flag) < 0 ? errno : 0;
	if (trial->error)
		return;
	trial->number = namespace_number(namespace->name);
	if (order->maker != MAKER_ORDINARY)
		join(order, survey->own[order->kind], trial->number, survey->here[order->kind],
		     namespace->name);
	if (trial->join_error != EPERM)
		return;
	fd = namespace_open(namespace->name, &trial->number);
	if (unshare(namespace->flag) == 0)
		join(order, fd, namespace_number(namespace->name), trial->number, namespace->name);
	close(fd);
}

/* The number of what a process is in now, and a descriptor of it if it is to be joined. */
static void see(struct order *order)
{
	const char *name = order->namespace->name;

	if (order->maker == MAKER_ORDINARY)
		order->trial->number = namespace_number(name);
	else
		order->fd = namespace_open(name, &order->trial->number);
}

/* In the first process of a PID namespace. */
static void be_first(void *argument)
{
	struct order *order = argument;

	order->trial->first = getpid() == 1;
	see(order);
	if (order->maker != MAKER_ORDINARY)
		namespace_nest_processes(&order->trial->nest);
}

static void make(void *argument)
{
	struct order *order = argument;
	unsigned user = geteuid(), group = getegid();

	order->trial->error = unshare(order->namespace->flag) < 0 ? errno : 0;
	if (order->trial->error)
		return;
	if (order->kind == NAMESPACE_PID) {
		order->trial->fate = vfork_run(be_first, order, VFORK_NESTED | VFORK_SHARED_FILES);
		return;
	}
	see(order);
	namespace_nest_users(&order->trial->nest, user, group);
}

/*
 * What cannot be left, a user namespace or a PID namespace, is made by a child, and joined. Where
 * nothing is joined there is no more child to be born.
 */
static void make_by_child(struct order *order)
{
	const struct namespace_survey *survey = order->survey;
	struct child_fate fate;

	if (order->maker == MAKER_ORDINARY) {
		make(order);
		return;
	}
	fate = vfork_run(make, order, VFORK_NESTED | VFORK_SHARED_FILES);
	if (fate.end != CHILD_ANSWERED)
		order->trial->fate = fate;
	else if (!order->trial->error)
		join(order, order->fd, survey->here[order->kind], order->trial->number,
		     order->namespace->births);
}

/*
 * Children are not to be born in what was joined, where the first process has ended. Returns false
 * if that cannot be helped.
 */
static bool make_pid(struct order *order)
{
	int own = order->survey->own[NAMESPACE_PID];

	make_by_child(order);
	close(order->fd);
	return !order->trial->joining || order->trial->join_error || setns(own, CLONE_NEWPID) == 0;
}

/* A new time namespace begins with the offsets of the own one. Returns 0 or a positive errno. */
static int set_ahead(void)
{
	static const char path[] = "/proc/self/timens_offsets";
	long long monotonic, boottime;
	char offsets[128];
	int error = file_read(AT_FDCWD, path, offsets, sizeof offsets);

	if (error)
		return -error;
	if (sscanf(offsets, "monotonic %lld %*d boottime %lld", &monotonic, &boottime) != 2)
		return EPROTO;
	snprintf(offsets, sizeof offsets, "monotonic %lld 0\nboottime %lld 0\n",
		 monotonic + NAMESPACE_AHEAD, boottime + NAMESPACE_AHEAD);
	return -file_write(AT_FDCWD, path, offsets);
}

static long long seconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec;
}

/*
 * Clocks do not go back, so those inside are compared with those before. Only a process that shares
 * its memory with no other can join a time namespace; who has made one and not joined it has no
 * child that shares its memory.
 */
static void make_time(void *argument)
{
	const struct order *order = argument;
	struct namespace_trial *trial = order->trial;
	long long monotonic = seconds(CLOCK_MONOTONIC), boottime = seconds(CLOCK_BOOTTIME);
	int fd;

	trial->error = unshare(CLONE_NEWTIME) < 0 ? errno : 0;
	if (trial->error)
		return;
	fd = namespace_open(order->namespace->births, &trial->number);
	if (order->maker != MAKER_ORDINARY) {
		trial->offsets_error = set_ahead();
		join(order, fd, order->survey->here[NAMESPACE_TIME], trial->number,
		     order->namespace->name);
		trial->ahead = seconds(CLOCK_MONOTONIC) >= monotonic + NAMESPACE_AHEAD &&
			       seconds(CLOCK_BOOTTIME) >= boottime + NAMESPACE_AHEAD;
	}
	close(fd);
}

/* Without a child, if it is sure to come back and not killed for trying. */
static struct child_fate make_time_as_is(struct order *order)
{
	int own = order->survey->own[NAMESPACE_TIME];

	if (own < 0 || seccomp_filtered() || setns(own, CLONE_NEWTIME) < 0)
		return vfork_run_within(order->survey->patience_ms, make_time, order,
					VFORK_OWN_MEMORY);
	make_time(order);
	if (!order->trial->error && setns(own, CLONE_NEWTIME) < 0)
		_exit(EXIT_FAILURE);
	return (struct child_fate){CHILD_ANSWERED, 0};
}

/* Who joins a mount namespace has its root, and has left a chroot: so it is done by a child. */
static void make_mounts(struct order *order)
{
	struct child_fate fate = {CHILD_ANSWERED, 0};

	if (order->maker == MAKER_ORDINARY)
		make_and_return(order);
	else
		fate = vfork_run(make_and_return, order, VFORK_NESTED);
	if (fate.end != CHILD_ANSWERED)
		order->trial->fate = fate;
}

/* Returns whether this process can go on to the next one. */
static bool try(struct order *order)
{
	switch (order->kind) {
	case NAMESPACE_MNT:
		make_mounts(order);
		return true;
	case NAMESPACE_PID:
		return make_pid(order);
	case NAMESPACE_TIME:
		make_time(order);
		return true;
	case NAMESPACE_USER:
		make_by_child(order);
		return false;
	default:
		make_and_return(order);
		return true;
	}
}

/* Who changes its ids no longer dies with its parent, unless it asks again. */
static int become_ordinary(void)
{
	bool changed;
	int error = privilege_give_up(&changed);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	return error;
}

/* Becomes who makes namespaces. Returns false if that is refused. */
static bool enter(struct namespace_drill *drill, enum namespace_maker maker)
{
	struct namespace_trial *user = &drill->trials[NAMESPACE_USER];

	if (maker == MAKER_AS_IS)
		return true;
	drill->ordinary = maker == MAKER_ORDINARY ? become_ordinary() : 0;
	drill->uid = geteuid();
	if (drill->ordinary)
		return false;
	user->error = unshare(CLONE_NEWUSER) < 0 ? errno : 0;
	if (!user->error)
		user->number = namespace_number("user");
	user->tried = true;
	return !user->error;
}

static void run(void *argument)
{
	const struct order *first = argument;
	struct namespace_drill *drill = &first->survey->drills[first->maker];
	/* One is tried without a child, the other one made first. */
	bool more = true;
	size_t except = first->maker == MAKER_AS_IS ? NAMESPACE_TIME : NAMESPACE_USER;

	if (!enter(drill, first->maker))
		return;
	for (; more && drill->next < NAMESPACES; drill->next++) {
		struct order order = order_of(first->survey, first->maker, drill->next);

		if (drill->next == except || order.trial->tried ||
		    (drill->next != first->kind && !first->survey->asked[drill->next]))
			continue;
		more = try(&order);
		order.trial->tried = true;
	}
}

const struct namespace_trial *namespace_try(struct namespace_survey *survey,
					    enum namespace_maker maker, size_t kind)
{
	struct order order = order_of(survey, maker, kind);
	struct namespace_drill *drill = &survey->drills[maker];
	struct child_fate fate;

	if (order.trial->tried)
		return order.trial;
	drill->next = kind;
	if (maker == MAKER_AS_IS && kind == NAMESPACE_TIME)
		fate = make_time_as_is(&order);
	else
		fate = vfork_run_within(survey->patience_ms, run, &order,
					maker == MAKER_IN_USER ? VFORK_OWN_MEMORY : 0);
	if (fate.end != CHILD_ANSWERED) {
		drill->trials[drill->next].fate = fate;
		drill->trials[drill->next].tried = true;
	}
	order.trial->tried = true;
	return order.trial;
}
