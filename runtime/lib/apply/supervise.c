/* SPDX-License-Identifier: Apache-2.0 */
/* Redwrap while the node runs. */
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apply/init.h"
#include "apply/launch.h"
#include "base/memory.h"
#include "base/signals.h"

int supervise_begin(struct launch *launch)
{
	sigset_t all;

	signals_fill(&all);
	launch->signals = signalfd(-1, &all, SFD_CLOEXEC);
	if (launch->signals < 0)
		return fail_errno(launch->error, -errno, "cannot receive signals");
	terminal_open(&launch->terminal);
	return 0;
}

/*
 * What processes send is for the payload. The terminal's reach one in redwrap's session by
 * themselves; one in a session of its own gets from redwrap those that do not stop it, as no
 * shell could continue it. The kernel continues redwrap when the shell has gone.
 */
static bool is_for_payload(const struct signalfd_siginfo *signal, bool new_session)
{
	static const int of_terminal[] = {SIGHUP, SIGINT, SIGQUIT, SIGWINCH};
	int number = (int)signal->ssi_signo;

	if (signal->ssi_code == SI_USER || signal->ssi_code == SI_QUEUE)
		return number != SIGCHLD;
	if (signal->ssi_code != SI_KERNEL)
		return false;
	for (size_t i = 0; new_session && i < sizeof(of_terminal) / sizeof(*of_terminal); i++) {
		if (number == of_terminal[i])
			return true;
	}
	return number == SIGCONT;
}

static void tell_init(const struct launch *launch, int what, int number)
{
	/* It fails only when init has ended, or the user has no more signals to queue. */
	(void)sigqueue(launch->init, what, (union sigval){.sival_int = number});
}

static void forward_signal(const struct launch *launch)
{
	struct signalfd_siginfo signal;

	if (read(launch->signals, &signal, sizeof(signal)) == (ssize_t)sizeof(signal) &&
	    is_for_payload(&signal, launch->plan->new_session))
		tell_init(launch, INIT_FORWARD, (int)signal.ssi_signo);
}

/*
 * Has the end of the parent wake redwrap, which then compares: the kernel sends the signal also
 * when only the thread that started redwrap ends. It forgets the order at a change of identity,
 * PR_SET_PDEATHSIG(2const), of which none comes any more. A parent outside the PID namespace has
 * no number to compare; there the kernel is to end redwrap itself.
 */
static void watch_parent(const struct redpak_plan *plan)
{
	if (plan->die_with_parent)
		(void)prctl(PR_SET_PDEATHSIG, plan->parent ? SIGCHLD : SIGKILL, 0, 0, 0);
}

/*
 * Takes what init has to say. Returns 1 to go on, 0 at the end of init, or the error that kept
 * the payload from running. Of stops and continuations the last one counts.
 */
static int hear_init(struct launch *launch)
{
	union init_message message;
	ssize_t length;
	struct init_stop stop = {0, 0};

	while ((length = recv(launch->channel, &message, sizeof(message), MSG_DONTWAIT)) ==
	       (ssize_t)sizeof(message.stop))
		stop = message.stop;
	if (length == (ssize_t)sizeof(message.error)) {
		*launch->error = message.error;
		return -EIO;
	}
	if (length == 0)
		return 0;
	if (stop.signal && terminal_stop(&launch->terminal, stop.signal))
		tell_init(launch, INIT_CONTINUE, stop.number);
	return 1;
}

int supervise(struct launch *launch)
{
	const struct redpak_plan *plan = launch->plan;
	struct pollfd sources[] = {{.fd = launch->channel, .events = POLLIN},
				   {.fd = launch->signals, .events = POLLIN}};
	int wait_status;
	int result = 1;

	watch_parent(plan);
	memory_forget_program();
	while (result > 0) {
		if (plan->die_with_parent && getppid() != plan->parent)
			kill(launch->init, SIGKILL);
		poll(sources, 2, -1);
		if (sources[1].revents)
			forward_signal(launch);
		if (sources[0].revents)
			result = hear_init(launch);
	}
	if (result < 0)
		return result;
	cgroup_keep(&launch->plan->instance);
	waitpid(launch->init, &wait_status, __WALL);
	launch->init = -1;
	terminal_inherit(&launch->terminal);
	return exit_status(wait_status);
}
