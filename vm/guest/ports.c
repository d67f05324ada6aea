/* SPDX-License-Identifier: Apache-2.0 */
/* The serial ports: how process 1 talks to the host. */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

int write_all(int fd, const char *data, unsigned long size)
{
	while (size) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

static void write_line(int fd, const char *format, va_list args)
{
	char line[512];
	int n = vsnprintf(line, sizeof(line) - 1, format, args);

	if (n < 0)
		return;
	if ((size_t)n > sizeof(line) - 2)
		n = sizeof(line) - 2;
	line[n] = '\n';
	write_all(fd, line, (size_t)n + 1);
}

/* Sends a line to the host on the control channel. */
void report(const struct guest *guest, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_line(guest->control, format, args);
	va_end(args);
}

/* Writes a line to the console, for what the guest can do without. */
void complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_line(STDERR_FILENO, format, args);
	va_end(args);
}

/* The guest ends here: the host has read why from the control channel. */
void power_off(const struct guest *guest)
{
	tcdrain(guest->control);
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

static int open_port(const char *path)
{
	struct termios settings;
	int fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (tcgetattr(fd, &settings) == 0) {
		cfmakeraw(&settings);
		settings.c_cflag |= CLOCAL;
		tcsetattr(fd, TCSANOW, &settings);
	}
	return fd;
}

/* A terminal keeps the line discipline's usual settings: the user types into it. */
static int open_terminal(const char *path)
{
	return open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
}

/* Comes first: without the ports no error can be told. */
void open_ports(struct guest *guest)
{
	int console;

	mkdir("/dev", 0755);
	mount("devtmpfs", "/dev", "devtmpfs", MS_NOSUID, NULL);
	console = open("/dev/console", O_RDWR | O_NOCTTY | O_CLOEXEC);
	for (int fd = 0; fd <= STDERR_FILENO && console >= 0; fd++)
		dup2(console, fd);
	if (console > STDERR_FILENO)
		close(console);
	guest->control = open_port("/dev/ttyS3");
	if (guest->control < 0)
		complain("init: no serial port ttyS3: %s", strerror(-guest->control));
	guest->out = guest->terminal ? open_terminal("/dev/ttyS1") : open_port("/dev/ttyS1");
	guest->err = open_port("/dev/ttyS2");
	if (guest->out < 0 || guest->err < 0)
		fail(guest, "open the serial ports ttyS1 and ttyS2");
}
