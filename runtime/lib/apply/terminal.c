/* SPDX-License-Identifier: Apache-2.0 */
#include "apply/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

int terminal_open(void)
{
	return open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
}

void terminal_inherit(int terminal)
{
	pid_t group = terminal < 0 ? -1 : tcgetpgrp(terminal);

	if (group > 0 && kill(-group, 0) < 0 && errno == ESRCH)
		(void)tcsetpgrp(terminal, getpgrp());
}

/* Like every signal it is blocked otherwise, so that it takes effect here. */
static void stop(int signal)
{
	sigset_t one;

	sigemptyset(&one);
	sigaddset(&one, signal);
	raise(signal);
	sigprocmask(SIG_UNBLOCK, &one, NULL);
	sigprocmask(SIG_BLOCK, &one, NULL);
}

void terminal_stop(int terminal, int signal)
{
	pid_t before = terminal < 0 ? -1 : tcgetpgrp(terminal);

	/* Where no shell would continue the job the kernel discards this one, setpgid(2). */
	stop(signal == SIGSTOP ? SIGTSTP : signal);
	if (before > 0 && tcgetpgrp(terminal) == getpgrp())
		(void)tcsetpgrp(terminal, before);
}
