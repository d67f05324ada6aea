/* SPDX-License-Identifier: Apache-2.0 */
/* Switches of the kernel in /proc/sys. */
#ifndef REDPROBE_SYSCTL_H
#define REDPROBE_SYSCTL_H

/*
 * Reads the number that the sysctl `name` ("kernel.kptr_restrict") has. Returns 0, -ENOENT if the
 * kernel has no such sysctl, -ENODATA if /proc/sys cannot be seen, or another negative errno.
 */
int sysctl_read(const char *name, long long *value);

#endif
