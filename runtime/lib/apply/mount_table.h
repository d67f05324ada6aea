/* SPDX-License-Identifier: Apache-2.0 */
/* The mounts of redwrap's own namespace, as mountinfo lists them; proc_pid_mountinfo(5). */
#ifndef REDPAK_MOUNT_TABLE_H
#define REDPAK_MOUNT_TABLE_H

#include "apply/mount.h"

/*
 * @point: its path below the new root. @type: of the file system.
 * @inside: marked by mount_table_mark().
 */
struct mount_row {
	unsigned long id, parent;
	bool inside, read_only;
	char *point, *type;
};

/* Zeroed at first. Rows stand in no particular order. */
struct mount_table {
	struct mount_row *rows;
	size_t count;
};

/* Needs the root's descriptor of /proc. Returns 0 or a negative errno, with the error filled in. */
int mount_table_read(const struct root *root, struct mount_table *table);

void mount_table_free(struct mount_table *table);

/* Marks what hangs below the mount @id, but neither itself nor the host. */
void mount_table_mark(struct mount_table *table, unsigned long id);

/*
 * Opens the root of the mount @row (O_PATH).  A mount that another one of the table covers cannot
 * be reached, by the payload either: -ENOENT without an error; any other negative errno has one.
 */
int mount_table_open(const struct root *root, const struct mount_table *table,
		     const struct mount_row *row);

#endif
