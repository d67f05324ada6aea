/* SPDX-License-Identifier: Apache-2.0 */
/* The exports of mode Lock: shared record locks that init holds while the node runs. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "apply/init.h"
#include "base/auto.h"

/* Not through a link, and without waiting: a pipe, say, is no file to lock. */
static int open_file(const char *path)
{
	struct open_how how = {.flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
			       .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
	AUTO_CLOSE int fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	return S_ISREG(status.st_mode) ? take_fd(&fd) : -EINVAL;
}

/*
 * An open file description lock, fcntl(2), conflicts with those of other processes as any record
 * lock does, and does not vanish when init closes another descriptor of the same file.
 */
static int lock_file(const char *path)
{
	struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
	AUTO_CLOSE int fd = open_file(path);

	if (fd < 0)
		return fd;
	if (fcntl(fd, F_OFD_SETLK, &lock) < 0)
		return -errno;
	/* Left open: the lock lives as long as the descriptor. */
	take_fd(&fd);
	return 0;
}

int lock_exports(const char *const *paths, size_t count, struct redpak_error *error)
{
	for (size_t i = 0; i < count; i++) {
		int result = lock_file(paths[i]);

		if (result == -EAGAIN)
			return fail(error, result,
				    "cannot lock %s of the node: another process holds a lock on "
				    "it; wait for its end",
				    paths[i]);
		if (result < 0)
			return fail_errno(error, result, "cannot lock %s of the node", paths[i]);
	}
	return 0;
}
