/* SPDX-License-Identifier: Apache-2.0 */
/* Typing into a terminal, as if a person did. The argument is a descriptor of it. */
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "witness.h"

static int type(const char *descriptor, unsigned long request)
{
	static const char letter = 'x';

	return result_of(syscall(SYS_ioctl, (int)number_of(descriptor), request, &letter));
}

static int type_into(const char *descriptor)
{
	return type(descriptor, TIOCSTI);
}

/* The kernel takes a request as 32 bits, whatever the others are. */
static int type_into_wide(const char *descriptor)
{
	return type(descriptor, TIOCSTI | 1UL << 32);
}

const struct observation terminal_observations[] = {
	{"type_into", NULL, type_into, "=N: ioctl TIOCSTI"},
	{"type_into_wide", NULL, type_into_wide, "the same with a bit that the kernel ignores"},
	{0},
};
