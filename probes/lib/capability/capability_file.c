/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capabilities of files: set on a file that has no name and goes with its descriptor.
 * Sources: capabilities(7), memfd_create(2), the kernel's admin-guide/kernel-parameters.
 */
#include "base/file.h"
#include "base/finding.h"
#include "base/privilege.h"
#include "base/vfork.h"
#include "capability/capability.h"
#include "survey/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U
#endif

/* What was learned, here or by a child; in memory that both have. Errors are 0 or a positive errno.
 */
struct attempt {
	bool in_user;
	int entered;  /* the user namespace */
	int made;     /* the file */
	int set, got; /* the capability of the file: EIO if it was another */
};

/* Where a file is made that has no name: in memory, then where one may be on a disk. */
static const char *const places[] = {NULL, "/tmp", "/var/tmp", "/"};

/* Without the flag newer kernels complain in their log. */
static int make_file(const char *place)
{
	int fd;

	if (place)
		return open(place, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	fd = memfd_create("redprobe", MFD_CLOEXEC | MFD_NOEXEC_SEAL);
	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("redprobe", MFD_CLOEXEC);
	return fd;
}

/* Sets a capability on the file, and reads it back. */
static void set_and_read(int fd, struct attempt *attempt)
{
	cap_value_t value = CAP_NET_BIND_SERVICE;
	cap_t wanted = cap_init(), got = NULL;

	if (!wanted || cap_set_flag(wanted, CAP_PERMITTED, 1, &value, CAP_SET) < 0 ||
	    cap_set_fd(fd, wanted) < 0)
		attempt->set = errno;
	if (!attempt->set) {
		got = cap_get_fd(fd);
		attempt->got = !got ? errno : cap_compare(wanted, got) ? EIO : 0;
	}
	cap_free(wanted);
	cap_free(got);
}

/* Some kernels keep attributes of files on disk only. */
static void try_file(void *argument)
{
	struct attempt *attempt = argument;
	int unmapped;

	attempt->entered = attempt->in_user ? privilege_gain(0, &unmapped) : 0;
	if (attempt->entered)
		return;
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		int fd = make_file(places[i]);

		attempt->made = fd < 0 ? errno : 0;
		attempt->set = attempt->got = 0;
		if (fd < 0)
			continue;
		set_and_read(fd, attempt);
		close(fd);
		if (attempt->set != EOPNOTSUPP)
			return;
	}
}

static void say(const struct attempt *attempt, struct redprobe_finding *finding)
{
	static const char setting[] = "setting security.capability on an unnamed file";
	if (attempt->entered)
		capability_say_missing(attempt->entered, setting, finding);
	else if (booted_with("no_file_caps"))
		finding_restricted(finding, "boot parameter no_file_caps",
				   "the kernel was started with no_file_caps; %s: %s", setting,
				   error_name(attempt->set));
	else if (attempt->made || attempt->set == EOPNOTSUPP)
		finding_unknown(finding, "a file system that keeps security.capability",
				"memfd_create, open(O_TMPFILE) in /tmp, /var/tmp and /: %s",
				error_name(attempt->made ? attempt->made : attempt->set));
	else if (attempt->set == EPERM && !seccomp_filtered())
		finding_restricted(finding, "missing CAP_SETFCAP", "%s%s: EPERM", setting,
				   attempt->in_user ? " in a user namespace of its own" : "");
	else if (attempt->set)
		finding_refused(finding, attempt->set, seccomp_filtered(), "%s", setting);
	else if (attempt->got)
		finding_unknown(finding, finding_as_documented, "%s: ok, reading it: %s", setting,
				error_name(attempt->got));
	else
		finding_supported(finding, "%s%s: ok, read back", setting,
				  attempt->in_user ? " in a user namespace of its own" : "");
}

void capability_find_file(struct redprobe *probe, const void *argument,
			  struct redprobe_finding *finding)
{
	struct attempt *attempt = vfork_shared(sizeof *attempt);
	struct child_fate fate = {CHILD_ANSWERED, 0};

	(void)argument;
	if (!attempt) {
		finding_refused(finding, ENOMEM, false, "making room for the answers");
		return;
	}
	try_file(attempt);
	if (attempt->set == EPERM) {
		attempt->in_user = true;
		fate = vfork_run_within(probe->options.patience_ms, try_file, attempt, 0);
	}
	if (fate.end == CHILD_ANSWERED)
		say(attempt, finding);
	else
		finding_fate(finding, fate);
}
