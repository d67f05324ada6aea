/* SPDX-License-Identifier: Apache-2.0 */
/* Opening paths and closing descriptors. Sources: openat2(2), close_range(2). */
#include "base/child.h"
#include "base/finding.h"
#include "base/kernel_calls.h"
#include "process/process.h"

#include <errno.h>
#include <limits.h>
#include <linux/close_range.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#ifndef RESOLVE_CACHED
#define RESOLVE_CACHED 0x20
#endif

enum { PATHS = 6, TRIES = 100 };

/*
 * A flag, and paths below / that show its effect: opening one gives `error` with the flag, and
 * something else without. Not every system has all paths.
 */
struct resolve_flag {
	uint64_t flag;
	const char *name;
	int error;
	const char *paths[PATHS];
	const char *what; /* the paths are */
};

const struct resolve_flag resolve_beneath = {
	RESOLVE_BENEATH, "RESOLVE_BENEATH", EXDEV, {"..", "/"}, "a way out of the directory"};
const struct resolve_flag resolve_in_root = {
	RESOLVE_IN_ROOT, "RESOLVE_IN_ROOT", 0, {"dev", "usr", "etc", "proc", "tmp"}, "a directory"};
const struct resolve_flag resolve_no_symlinks = {RESOLVE_NO_SYMLINKS,
						 "RESOLVE_NO_SYMLINKS",
						 ELOOP,
						 {"proc/self", "bin", "lib", "sbin", "var/run"},
						 "a symbolic link"};
const struct resolve_flag resolve_no_magiclinks = {RESOLVE_NO_MAGICLINKS,
						   "RESOLVE_NO_MAGICLINKS",
						   ELOOP,
						   {"proc/self/root", "proc/self/exe"},
						   "a magic link"};
const struct resolve_flag resolve_no_xdev = {RESOLVE_NO_XDEV,
					     "RESOLVE_NO_XDEV",
					     EXDEV,
					     {"proc", "dev", "sys", "tmp", "run"},
					     "a mount point"};
/* A name that nobody has looked for before: that there is no such file would be cached as well. */
const struct resolve_flag resolve_cached = {
	RESOLVE_CACHED, "RESOLVE_CACHED", EAGAIN, {NULL}, "a name that is not cached"};

/*
 * Opens a path. Returns 0 or a positive errno; stores what was opened in `*st`. Where somebody
 * mounts or renames at that moment, the kernel cannot tell whether ".." leads out, says EAGAIN, and
 * is to be asked again; with RESOLVE_CACHED that is its answer.
 */
static int look(int directory, const char *path, uint64_t resolve, struct stat *st)
{
	int fd, error = 0;

	for (int tries = 0; tries < TRIES; tries++) {
		fd = kernel_openat2(directory, path, O_PATH | O_CLOEXEC, resolve);
		if (fd >= 0 || errno != EAGAIN || resolve & RESOLVE_CACHED)
			break;
	}
	if (fd < 0)
		return errno;
	if (fstat(fd, st) < 0)
		error = errno;
	close(fd);
	return error;
}

/* In a directory taken for the root, the parent of that is itself. */
static bool stays_in_root(int root, const char *path)
{
	struct stat directory, above, within;
	int fd = openat(root, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool stays;

	if (fd < 0)
		return false;
	stays = fstat(fd, &directory) == 0 && look(fd, "..", 0, &above) == 0 &&
		look(fd, "..", RESOLVE_IN_ROOT, &within) == 0 &&
		within.st_ino == directory.st_ino && within.st_dev == directory.st_dev &&
		(above.st_ino != directory.st_ino || above.st_dev != directory.st_dev);
	close(fd);
	return stays;
}

static bool shows_effect(int root, const char *path, const struct resolve_flag *flag)
{
	struct stat st;

	if (flag == &resolve_in_root)
		return stays_in_root(root, path);
	return look(root, path, flag->flag, &st) == flag->error &&
	       look(root, path, 0, &st) != flag->error;
}

/* What shows the flag's effect, or NULL. */
static const char *effect(int root, const struct resolve_flag *flag)
{
	char name[64];

	if (flag == &resolve_cached) {
		snprintf(name, sizeof name, "redprobe-%d-%lld", getpid(), child_clock_ms());
		return shows_effect(root, name, flag) ? "looked up never before" : NULL;
	}
	for (size_t i = 0; i < PATHS && flag->paths[i]; i++)
		if (shows_effect(root, flag->paths[i], flag))
			return flag->paths[i];
	return NULL;
}

static void try_flag(int root, const struct resolve_flag *flag, struct redprobe_finding *finding)
{
	static const uint64_t strange_flag = UINT64_C(1) << 62;
	struct stat st;
	int error = look(root, ".", flag->flag, &st);
	bool taken = !error || (flag == &resolve_cached && error == EAGAIN);
	const char *path = taken ? effect(root, flag) : NULL;

	if (!taken)
		finding_refused(finding, error, seccomp_filtered(), "openat2(%s)", flag->name);
	else if (path)
		finding_supported(finding, "openat2(%s): ok, and %s, %s: %s", flag->name,
				  flag->what, path,
				  flag->error ? error_name(flag->error) : "its parent is itself");
	else if (look(root, ".", strange_flag, &st) == EINVAL)
		finding_supported(finding,
				  "openat2(%s): ok, with a flag that does not exist EINVAL; its "
				  "effect not seen, for want of %s",
				  flag->name, flag->what);
	else
		finding_unknown(finding, finding_as_documented,
				"openat2(%s): ok, but so is any flag", flag->name);
}

void process_try_resolve(struct redprobe *probe, const void *argument,
			 struct redprobe_finding *finding)
{
	int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	(void)probe;
	if (root < 0) {
		finding_prevented(finding, errno, "opening /");
		return;
	}
	try_flag(root, argument, finding);
	close(root);
}

void process_try_openat2(struct redprobe *probe, const void *argument,
			 struct redprobe_finding *finding)
{
	static const uint64_t strict = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
	int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), error;
	struct stat st;

	(void)probe;
	(void)argument;
	error = root < 0 ? errno : look(root, ".", strict, &st);
	if (error)
		finding_refused(finding, error, seccomp_filtered(),
				"openat2(RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS)");
	else if (look(root, "/", strict, &st) != EXDEV)
		finding_unknown(finding, finding_as_documented,
				"openat2(RESOLVE_BENEATH): ok, but it does not keep beneath");
	else
		finding_supported(finding, "openat2(RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS): ok "
					   "beneath, EXDEV outside");
	if (root >= 0)
		close(root);
}

/* Has close_range look at one descriptor, which it closes if it is left open. */
static void try_range(unsigned flags, const char *tried, bool (*done)(int fd),
		      const char *effect_seen, struct redprobe_finding *finding)
{
	int fd = open("/", O_PATH | O_DIRECTORY);

	if (fd < 0)
		finding_prevented(finding, errno, "opening a descriptor to be closed");
	else if (kernel_close_range((unsigned)fd, (unsigned)fd, flags) < 0)
		finding_refused(finding, errno, seccomp_filtered(), "%s", tried);
	else if (done(fd))
		finding_supported(finding, "%s: ok, %s", tried, effect_seen);
	else
		finding_unknown(finding, finding_as_documented, "%s: ok, but without effect",
				tried);
	if (fd >= 0 && fcntl(fd, F_GETFD) >= 0)
		close(fd);
}

static bool is_closed(int fd)
{
	return fcntl(fd, F_GETFD) < 0 && errno == EBADF;
}

static bool closes_on_exec(int fd)
{
	return fcntl(fd, F_GETFD) == FD_CLOEXEC;
}

void process_try_close_range(struct redprobe *probe, const void *argument,
			     struct redprobe_finding *finding)
{
	(void)probe;
	(void)argument;
	try_range(0, "close_range", is_closed, "the descriptor is closed", finding);
}

void process_try_close_range_cloexec(struct redprobe *probe, const void *argument,
				     struct redprobe_finding *finding)
{
	(void)probe;
	(void)argument;
	try_range(CLOSE_RANGE_CLOEXEC, "close_range(CLOSE_RANGE_CLOEXEC)", closes_on_exec,
		  "the descriptor has FD_CLOEXEC", finding);
}
