/* SPDX-License-Identifier: Apache-2.0 */
#include "apply/mount_table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/path.h"

static void row_free(struct mount_row *row)
{
	free(row->point);
	free(row->type);
}

void mount_table_free(struct mount_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		row_free(&table->rows[i]);
	free(table->rows);
}

/* Resolves the \ooo escapes of mountinfo in place. */
static void unescape(char *text)
{
	char *out = text;

	for (; *text; text++) {
		if (*text == '\\' && strspn(text + 1, "01234567") >= 3) {
			*out++ = (char)(((text[1] - '0') << 6) | ((text[2] - '0') << 3) |
					(text[3] - '0'));
			text += 3;
		} else {
			*out++ = *text;
		}
	}
	*out = '\0';
}

static int read_row(const char *line, struct mount_row *row)
{
	AUTO_FREE char *options = NULL;
	const char *rest = strstr(line, " - ");

	if (!rest ||
	    sscanf(line, "%lu %lu %*s %*s %ms %ms", &row->id, &row->parent, &row->point,
		   &options) != 4 ||
	    sscanf(rest, " - %ms", &row->type) != 1)
		return -EIO;
	unescape(row->point);
	row->read_only = !strncmp(options, "ro", 2) && (!options[2] || options[2] == ',');
	return 0;
}

static int read_rows(FILE *file, struct mount_table *table)
{
	AUTO_FREE char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, file) > 0) {
		struct mount_row row = {0};
		struct mount_row *rows = reallocarray(table->rows, table->count + 1, sizeof(*rows));
		int result = rows ? 0 : -ENOMEM;

		if (rows) {
			table->rows = rows;
			result = read_row(line, &row);
		}
		if (result < 0) {
			row_free(&row);
			return result;
		}
		rows[table->count++] = row;
	}
	return ferror(file) ? -EIO : 0;
}

int mount_table_read(const struct root *root, struct mount_table *table)
{
	int fd = openat(root->proc, "self/mountinfo", O_RDONLY | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	int result = file ? read_rows(file, table) : -errno;

	if (file)
		fclose(file);
	else
		auto_close(&fd);
	if (result < 0)
		return fail_errno(root->error, result, "cannot list the mounts of the node");
	return 0;
}

void mount_table_mark(struct mount_table *table, unsigned long id)
{
	for (size_t i = 0; i < table->count; i++) {
		struct mount_row *row = &table->rows[i];

		/* What is stacked on "/" is the host, while the node is built. */
		if (row->parent == id && !row->inside && strcmp(row->point, "/") != 0) {
			row->inside = true;
			mount_table_mark(table, row->id);
		}
	}
}

static const struct mount_row *find_row(const struct mount_table *table, unsigned long id)
{
	for (size_t i = 0; i < table->count; i++) {
		if (table->rows[i].id == id)
			return &table->rows[i];
	}
	return NULL;
}

/* Whether @row is @other or hangs below it; the root mount is its own parent at most. */
static bool hangs_below(const struct mount_table *table, const struct mount_row *row,
			const struct mount_row *other)
{
	for (size_t steps = 0; row && steps <= table->count; steps++) {
		if (row == other)
			return true;
		row = find_row(table, row->parent);
	}
	return false;
}

/* Whether another mount, at its point or above, hides @row. */
static bool is_covered(const struct mount_table *table, const struct mount_row *row)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct mount_row *other = &table->rows[i];

		/* The host on "/" hides nothing from a descriptor. */
		if (strcmp(other->point, "/") != 0 && path_is_beneath(row->point, other->point) &&
		    !hangs_below(table, row, other))
			return true;
	}
	return false;
}

int mount_table_open(const struct root *root, const struct mount_table *table,
		     const struct mount_row *row)
{
	AUTO_CLOSE int fd = root_open(root, row->point);
	struct statx status;

	if (fd >= 0 && statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &status) < 0)
		return fail_errno(root->error, -errno, "cannot tell the mount at %s", row->point);
	if (fd >= 0 && status.stx_mnt_id == row->id)
		return take_fd(&fd);
	if (is_covered(table, row))
		return -ENOENT;
	return fail(root->error, -EBUSY, "cannot reach the mount at %s: the host changed meanwhile",
		    row->point);
}
