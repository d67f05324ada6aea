/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One namespace in another, tried by a process that is in a new one: a user namespace whose ids are
 * mapped into the one above, a process 1 whose parent is a process 1.
 * Sources: user_namespaces(7), pid_namespaces(7).
 */
#include "base/file.h"
#include "base/vfork.h"
#include "namespace/namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

static bool unshared(struct namespace_nest *nest, int flag)
{
	nest->error = unshare(flag) < 0 ? errno : 0;
	return !nest->error;
}

static bool written(struct namespace_nest *nest, const char *path, const char *text)
{
	nest->error = -file_write(AT_FDCWD, path, text);
	nest->file = nest->error ? path : NULL;
	return !nest->error;
}

static bool mapped(struct namespace_nest *nest, const char *path, unsigned id)
{
	char text[48];

	snprintf(text, sizeof text, "%u %u 1", id, id);
	return written(nest, path, text);
}

/* Without its ids a namespace has no owner for another one in it. */
void namespace_nest_users(struct namespace_nest *nest, unsigned user, unsigned group)
{
	nest->made = written(nest, "/proc/self/setgroups", "deny") &&
		     mapped(nest, "/proc/self/uid_map", user) &&
		     mapped(nest, "/proc/self/gid_map", group) && unshared(nest, CLONE_NEWUSER);
}

static void be_first(void *argument)
{
	struct namespace_nest *nest = argument;

	nest->made = getpid() == 1;
}

void namespace_nest_processes(struct namespace_nest *nest)
{
	if (unshared(nest, CLONE_NEWPID))
		nest->fate = vfork_run(be_first, nest, VFORK_NESTED);
}
