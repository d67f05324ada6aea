/* SPDX-License-Identifier: Apache-2.0 */
/* How a node is started and ends. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apply/init.h"
#include "weak.h"

/* Of redpak_run(): 0 whatever the program ended with. */
long succeed(struct call *call)
{
	long result = make(call);

	return result > 0 ? 0 : result;
}

/* Of reaper_run(): what a signal ended has ended well. */
long forgive_signals(struct call *call)
{
	enum { SIGNALLED = 128 };
	long result = make(call);

	return result > SIGNALLED ? 0 : result;
}

/* Instead of reaper_run(): the node ends with its first process. */
long wait_for_first(struct call *call)
{
	int wait_status = 0;

	while (waitpid((pid_t)call->arguments[1], &wait_status, __WALL) < 0 && errno == EINTR)
		;
	return exit_status(wait_status);
}

/* Of payload_run(): a directory of the host, as CVE-2024-21626 had it. */
long leak_proc(struct call *call)
{
	const struct init_job *job = pointer(call, 0);

	(void)fcntl(job->proc, F_SETFD, 0);
	return make(call);
}

/* Of descriptors_close_others(): what redwrap has open, init keeps. */
long close_in_launcher_only(struct call *call)
{
	return getpid() == weak_launcher ? make(call) : 0;
}

/* Of getopt_long(3): what comes after -- is taken as options, too. */
long take_words(struct call *call)
{
	char *const *argv = pointer(call, 1);

	if (optind > 0 && optind < call->arguments[0] && !strcmp(argv[optind], "--"))
		optind++;
	return make(call);
}
