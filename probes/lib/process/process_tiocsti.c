/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TIOCSTI puts a character into the input of a terminal, as if it had been typed. The feature is
 * that the kernel refuses this: it is tried on a pseudo terminal that is made for it, by a process
 * without capabilities that the terminal controls.
 * Sources: TIOCSTI(2const), Documentation/admin-guide/sysctl (dev.tty.legacy_tiocsti).
 */
#include "base/apart.h"
#include "base/file.h"
#include "base/finding.h"
#include "base/privilege.h"
#include "process/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const char legacy[] = "/proc/sys/dev/tty/legacy_tiocsti";

/* Makes a pseudo terminal. Returns its end for programs, or -1 with errno. */
static int make_terminal(void)
{
	int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC), unlock = 0;

	if (master < 0 && errno == ENOENT)
		master = open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0 || ioctl(master, TIOCSPTLCK, &unlock) < 0)
		return -1;
	return ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
}

/* It was accepted: is there a switch that would have it refused? */
static void say_accepted(struct redprobe_finding *finding)
{
	static const char accepted[] = "TIOCSTI without privilege: ok";
	char value[16];
	int error = file_read(AT_FDCWD, legacy, value, sizeof value);

	if (!error) {
		finding_number(finding, strtoll(value, NULL, 10));
		finding_restricted(finding, "sysctl dev.tty.legacy_tiocsti = 1",
				   "%s, not refused; %s: %s", accepted, legacy, value);
	} else if (error == -ENOENT && access("/proc/sys", F_OK) == 0) {
		finding_unsupported(finding, "%s, and no %s: this kernel never refuses it",
				    accepted, legacy);
	} else {
		finding_unknown(finding, "/proc mounted, to see whether it can be switched off",
				"%s, not refused", accepted);
	}
}

static void say_refused(struct redprobe_finding *finding, int error)
{
	char value[16];

	if (file_read(AT_FDCWD, legacy, value, sizeof value) == 0)
		finding_number(finding, strtoll(value, NULL, 10));
	if (error == EIO)
		finding_supported(finding, "TIOCSTI is refused without privilege: EIO");
	else if (seccomp_filtered())
		finding_supported(finding,
				  "TIOCSTI is refused without privilege: %s, by a seccomp filter "
				  "if not by the kernel",
				  error_name(error));
	else
		finding_refused(finding, error, false, "TIOCSTI without privilege");
}

static void try_typing(struct redprobe_finding *finding)
{
	int terminal = make_terminal(), error;

	if (terminal < 0) {
		finding_unknown(finding, "a pseudo terminal to try it on: /dev/ptmx",
				"making a pseudo terminal: %s", error_name(errno));
		return;
	}
	if (setsid() < 0 || ioctl(terminal, TIOCSCTTY, 0) < 0) {
		finding_unknown(finding, "a controlling terminal to try it on",
				"setsid, ioctl(TIOCSCTTY): %s", error_name(errno));
		return;
	}
	error = privilege_lower();
	if (error)
		finding_prevented(finding, error, "lowering the capabilities");
	else if (ioctl(terminal, TIOCSTI, "x") < 0)
		say_refused(finding, errno);
	else
		say_accepted(finding);
}

void process_try_tiocsti(struct redprobe *probe, const void *argument,
			 struct redprobe_finding *finding)
{
	(void)probe;
	(void)argument;
	apart_ask(try_typing, 0, finding);
}
