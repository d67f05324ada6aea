/* SPDX-License-Identifier: Apache-2.0 */
/* The root of the node and what is mounted in it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "witness.h"

static int is_entry(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int list_directory(FILE *out, const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, is_entry, alphasort);

	if (count < 0)
		return -errno;
	fputc('[', out);
	for (int i = 0; i < count; i++) {
		fputs(i ? ", " : "", out);
		json_string(out, entries[i]->d_name);
		free(entries[i]);
	}
	fputc(']', out);
	free(entries);
	return 0;
}

static int tell_filesystem(FILE *out, const char *path)
{
	struct statfs status;
	struct stat file;

	if (statfs(path, &status) < 0 || stat(path, &file) < 0)
		return -errno;
	fprintf(out, "{\"magic\": %ld, \"device\": %lu}", (long)status.f_type,
		(unsigned long)file.st_dev);
	return 0;
}

static int read_file(const char *path)
{
	char byte;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : result_of(read(fd, &byte, 1));
}

int make_file_at(int directory, const char *path)
{
	int fd = openat(directory, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : result_of(write(fd, "made\n", 5));
}

static int make_file(const char *path)
{
	return make_file_at(AT_FDCWD, path);
}

int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int result = fd < 0 ? -errno : result_of(write(fd, text, strlen(text)));

	if (fd >= 0)
		close(fd);
	return result;
}

static int fill_file(const char *argument)
{
	static const char block[1 << 16];
	const char *texts[2];
	size_t left;
	int fd;

	split(argument, texts, 2);
	left = (size_t)number_of(texts[1]);
	fd = open(texts[0], O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		broken("cannot make %s", texts[0]);
	while (left > 0) {
		ssize_t done = write(fd, block, left < sizeof(block) ? left : sizeof(block));

		if (done < 0)
			return -errno;
		left -= (size_t)done;
	}
	return 0;
}

static int remount_writable(const char *path)
{
	return result_of(mount(NULL, path, NULL, MS_REMOUNT | MS_BIND, NULL));
}

static int unmount(const char *path)
{
	return result_of(umount2(path, MNT_DETACH));
}

/*
 * The classical way out of a chroot(2) that is no pivot_root(2): a second chroot, from which `..`
 * climbs above the first. Permitted when it then reads PATH.
 */
static int climb_out(const char *path)
{
	static const char inner[] = "witness-inner";

	if (mkdir(inner, 0700) < 0)
		broken("cannot make a directory");
	if (chroot(inner) < 0 || rmdir(inner) < 0)
		return -errno;
	for (int i = 0; i < 64; i++) {
		if (chdir("..") < 0)
			return -errno;
	}
	return chroot(".") < 0 ? -errno : read_file(path);
}

const struct observation filesystem_observations[] = {
	{"directory", list_directory, NULL, "names in the directory PATH, sorted"},
	{"filesystem", tell_filesystem, NULL, "magic and device number of the file system of PATH"},
	{"read_file", NULL, read_file, "read the file PATH"},
	{"make_file", NULL, make_file, "make the file PATH with a line in it"},
	{"fill_file", NULL, fill_file, "=PATH,BYTES: write so much to the file"},
	{"remount_writable", NULL, remount_writable, "make the mount at PATH writable"},
	{"unmount", NULL, unmount, "unmount what is mounted at PATH"},
	{"climb_out", NULL, climb_out, "leave the root by a second chroot and read PATH"},
	{0},
};
