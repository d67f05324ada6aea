/* SPDX-License-Identifier: Apache-2.0 */
#include "apply/made.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

/* There is nobody left to tell about what cannot be removed: the start is refused already. */
static void remove_one(const struct made *made)
{
	struct stat status;

	/* No mount point can be removed, rmdir(2). */
	if (fchdir(made->parent) == 0) {
		while (umount2(made->name, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
			;
		(void)!chdir("/");
	}
	if (fstatat(made->parent, made->name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	if (S_ISDIR(status.st_mode))
		unlinkat(made->parent, made->name, AT_REMOVEDIR);
	else if (S_ISLNK(status.st_mode) || status.st_size == 0)
		unlinkat(made->parent, made->name, 0);
}

static int record(struct made_list *list, int parent, const char *name)
{
	struct made *items = reallocarray(list->items, list->count + 1, sizeof(*items));
	struct made made;

	if (!items)
		return -ENOMEM;
	list->items = items;
	made.parent = fcntl(parent, F_DUPFD_CLOEXEC, 0);
	if (made.parent < 0)
		return -errno;
	made.name = strdup(name);
	if (!made.name) {
		close(made.parent);
		return -ENOMEM;
	}
	items[list->count++] = made;
	return 0;
}

int made_add(struct made_list *list, int parent, const char *name)
{
	const struct made made = {.parent = parent, .name = (char *)name};
	int result = record(list, parent, name);

	if (result < 0)
		remove_one(&made);
	return result;
}

static void empty(struct made_list *list, void (*end)(const struct made *))
{
	for (size_t i = list->count; i-- > 0;) {
		if (end)
			end(&list->items[i]);
		close(list->items[i].parent);
		free(list->items[i].name);
	}
	free(list->items);
	*list = (struct made_list){0};
}

void made_remove(struct made_list *list)
{
	empty(list, remove_one);
}

void made_keep(struct made_list *list)
{
	empty(list, NULL);
}
