/* SPDX-License-Identifier: Apache-2.0 */
#include "apply/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

static bool in_foreground(const struct terminal *terminal)
{
	return terminal->fd >= 0 && tcgetpgrp(terminal->fd) == getpgrp();
}

void terminal_open(struct terminal *terminal)
{
	terminal->fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	terminal->foreground = in_foreground(terminal);
}

void terminal_inherit(const struct terminal *terminal)
{
	pid_t group = terminal->fd < 0 ? -1 : tcgetpgrp(terminal->fd);

	if (group > 0 && kill(-group, 0) < 0 && errno == ESRCH)
		(void)tcsetpgrp(terminal->fd, getpgrp());
}

/* Like every signal it is blocked otherwise, so that it takes effect here, and SIGCONT stays. */
static bool stop(int signal)
{
	const struct timespec now = {0, 0};
	sigset_t stopping, continuing;

	sigemptyset(&stopping);
	sigaddset(&stopping, signal);
	sigemptyset(&continuing);
	sigaddset(&continuing, SIGCONT);
	raise(signal);
	sigprocmask(SIG_UNBLOCK, &stopping, NULL);
	sigprocmask(SIG_BLOCK, &stopping, NULL);
	return sigtimedwait(&continuing, NULL, &now) == SIGCONT;
}

bool terminal_stop(struct terminal *terminal, int signal)
{
	pid_t group = terminal->foreground ? tcgetpgrp(terminal->fd) : -1;

	/* SIGSTOP stops also what no shell would continue. */
	if (!stop(signal == SIGSTOP ? SIGTSTP : signal))
		return false;
	terminal->foreground = in_foreground(terminal);
	if (terminal->foreground && group > 0)
		(void)tcsetpgrp(terminal->fd, group);
	return true;
}
