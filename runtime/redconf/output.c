/* SPDX-License-Identifier: Apache-2.0 */
#include "redconf/output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/auto.h"
#include "load/document.h"

/* linux/fs.h, which clashes with the C library's sys/mount.h. */
enum { NOREPLACE = 1, EXCHANGE = 2 };

static int cannot_write(const struct output *output, int code, struct redpak_error *error)
{
	return fail_errno(error, code, "cannot write %s/%s", output->path, output->name);
}

/* musl has no function for renameat2(2). */
static int swap_names(const struct output *output, const char *from, const char *to)
{
	unsigned int flags = output->replace ? EXCHANGE : NOREPLACE;

	return (int)syscall(SYS_renameat2, output->directory, from, output->directory, to, flags);
}

static int open_temporary(struct pool *pool, struct output *output, struct redpak_error *error)
{
	unsigned long long number;
	char *name;
	int fd;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return fail_errno(error, -errno, "cannot get random bytes");
	name = pool_format(pool, ".%s.%016llx", output->name, number);
	if (!name)
		return out_of_memory(error);
	fd = openat(output->directory, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    0640);
	if (fd < 0)
		return cannot_write(output, -errno, error);
	output->temporary = name;
	return fd;
}

static int write_content(const struct output *output, int fd, struct redpak_error *error)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	FILE *out = copy < 0 ? NULL : fdopen(copy, "w");
	int result;

	if (!out) {
		result = -errno;
		auto_close(&copy);
		return cannot_write(output, result, error);
	}
	result = output->write(out, output->content);
	if (result == 0 && (fflush(out) != 0 || fsync(fd) < 0))
		result = -errno;
	fclose(out);
	return result < 0 ? cannot_write(output, result, error) : 0;
}

/* Where every alias is written out, a file may be larger than a file may be. */
static int check_content(struct pool *pool, const struct output *output, int fd,
			 struct redpak_error *error)
{
	const char *shown = pool_format(pool, "%s/%s", output->path, output->name);
	const struct value *root;

	if (!shown)
		return out_of_memory(error);
	if (lseek(fd, 0, SEEK_SET) < 0)
		return cannot_write(output, -errno, error);
	return document_read(pool, fd, shown, &root, error);
}

static int prepare(struct pool *pool, struct output *output, struct redpak_error *error)
{
	AUTO_CLOSE int fd = open_temporary(pool, output, error);
	int result = fd < 0 ? fd : write_content(output, fd, error);

	return result < 0 ? result : check_content(pool, output, fd, error);
}

static int take_place(struct output *output, struct redpak_error *error)
{
	if (swap_names(output, output->temporary, output->name) < 0)
		return cannot_write(output, -errno, error);
	output->placed = true;
	return 0;
}

static void take_back(const struct output *output)
{
	if (output->placed && swap_names(output, output->name, output->temporary) < 0)
		warn("cannot take back %s/%s; what was there before is %s", output->path,
		     output->name, output->replace ? output->temporary : "nothing");
	else if (output->temporary)
		unlinkat(output->directory, output->temporary, 0);
}

/* What was replaced now has the temporary name. */
static void remove_former(const struct output *output)
{
	if (unlinkat(output->directory, output->temporary, 0) < 0)
		warn("cannot remove %s/%s, the former %s: %s", output->path, output->temporary,
		     output->name, strerror(errno));
}

int outputs_commit(struct pool *pool, struct output *outputs, size_t count,
		   struct redpak_error *error)
{
	int result = 0;

	for (size_t i = 0; i < count && result == 0; i++)
		result = prepare(pool, &outputs[i], error);
	for (size_t i = 0; i < count && result == 0; i++)
		result = take_place(&outputs[i], error);
	for (size_t i = count; result < 0 && i-- > 0;)
		take_back(&outputs[i]);
	for (size_t i = 0; i < count && result == 0; i++) {
		if (outputs[i].replace)
			remove_former(&outputs[i]);
	}
	return result;
}
