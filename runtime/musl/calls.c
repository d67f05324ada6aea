/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What redwrap uses of glibc 2.36 and musl 1.2.3 does not have: system calls without a function,
 * and the functions that Debian's archives of libyaml, libcap and libmd, and for redprobe
 * libjansson and zlib, call because they were compiled with _FORTIFY_SOURCE (Linux Standard Base,
 * core specification, "libc").
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int fsopen(const char *type, unsigned int flags)
{
	return (int)syscall(SYS_fsopen, type, flags);
}

int fsmount(int context, unsigned int flags, unsigned int attributes)
{
	return (int)syscall(SYS_fsmount, context, flags, attributes);
}

int fsconfig(int context, unsigned int command, const char *key, const void *value, int number)
{
	return (int)syscall(SYS_fsconfig, context, command, key, value, number);
}

int open_tree(int directory, const char *path, unsigned int flags)
{
	return (int)syscall(SYS_open_tree, directory, path, flags);
}

int move_mount(int from, const char *from_path, int to, const char *to_path, unsigned int flags)
{
	return (int)syscall(SYS_move_mount, from, from_path, to, to_path, flags);
}

int mount_setattr(int directory, const char *path, unsigned int flags, struct mount_attr *attr,
		  size_t size)
{
	return (int)syscall(SYS_mount_setattr, directory, path, flags, attr, size);
}

int statx(int directory, const char *restrict path, int flags, unsigned int mask,
	  struct statx *restrict status)
{
	return (int)syscall(SYS_statx, directory, path, flags, mask, status);
}

int close_range(unsigned int first, unsigned int last, int flags)
{
	return (int)syscall(SYS_close_range, first, last, flags);
}

int pidfd_open(pid_t process, unsigned int flags)
{
	return (int)syscall(SYS_pidfd_open, process, flags);
}

int __snprintf_chk(char *text, size_t size, int flag, size_t room, const char *format, ...);
int __sprintf_chk(char *text, int flag, size_t room, const char *format, ...);
int __asprintf_chk(char **text, int flag, const char *format, ...);
int __fprintf_chk(FILE *file, int flag, const char *format, ...);
int __vsnprintf_chk(char *text, size_t size, int flag, size_t room, const char *format,
		    va_list args);
char *__strncpy_chk(char *target, const char *text, size_t size, size_t room);
ssize_t __read_chk(int fd, void *buffer, size_t size, size_t room);

int __snprintf_chk(char *text, size_t size, int flag, size_t room, const char *format, ...)
{
	va_list args;
	int length;

	(void)flag;
	if (size > room)
		abort();
	va_start(args, format);
	length = vsnprintf(text, size, format, args);
	va_end(args);
	return length;
}

int __sprintf_chk(char *text, int flag, size_t room, const char *format, ...)
{
	va_list args;
	int length;

	(void)flag;
	va_start(args, format);
	length = vsnprintf(text, room, format, args);
	va_end(args);
	if (length >= 0 && (size_t)length >= room)
		abort();
	return length;
}

int __asprintf_chk(char **text, int flag, const char *format, ...)
{
	va_list args;
	int length;

	(void)flag;
	va_start(args, format);
	length = vasprintf(text, format, args);
	va_end(args);
	return length;
}

int __fprintf_chk(FILE *file, int flag, const char *format, ...)
{
	va_list args;
	int length;

	(void)flag;
	va_start(args, format);
	length = vfprintf(file, format, args);
	va_end(args);
	return length;
}

ssize_t __read_chk(int fd, void *buffer, size_t size, size_t room)
{
	if (size > room)
		abort();
	return read(fd, buffer, size);
}

int __vsnprintf_chk(char *text, size_t size, int flag, size_t room, const char *format,
		    va_list args)
{
	(void)flag;
	if (size > room)
		abort();
	return vsnprintf(text, size, format, args);
}

char *__strncpy_chk(char *target, const char *text, size_t size, size_t room)
{
	size_t length = strnlen(text, size);

	if (size > room)
		abort();
	memcpy(target, text, length);
	memset(target + length, 0, size - length);
	return target;
}
