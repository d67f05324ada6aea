/* SPDX-License-Identifier: Apache-2.0 */
#include "base/userns.h"

#include "base/sysctl.h"

#include <errno.h>
#include <stddef.h>

#define SWITCH(name, value, error)                              \
	{                                                       \
		name, value, error, "sysctl " name " = " #value \
	}

const struct userns_switch userns_switches[] = {
	SWITCH("kernel.unprivileged_userns_clone", 0, EPERM),
	SWITCH("kernel.apparmor_restrict_unprivileged_userns", 1, EPERM),
	SWITCH("user.max_user_namespaces", 0, ENOSPC),
	{NULL, 0, 0, NULL},
};

const char *userns_closed_by(int error)
{
	const struct userns_switch *one = userns_switches;
	long long value;

	for (; one->sysctl; one++)
		if (one->error == error && sysctl_read(one->sysctl, &value) == 0 &&
		    value == one->closed)
			return one->cause;
	return NULL;
}
