/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a start changes in groups that were there already: running instances of the node share them,
 * and have the former values again when the start is refused.
 *
 * Starts that share groups share the topmost. Each signs it, and holds its lock while it compares
 * and writes values: what a later start has found, and relies on, is not brought back.
 */
#include <errno.h>
#include <string.h>
#include <sys/file.h>
#include <sys/xattr.h>

#include "base/buffer.h"
#include "cgroup/cgroup.h"

#define SIGNATURE "user.redpak.start"

int cgroup_claim(const struct cgroup_instance *instance)
{
	int top = instance->fds[0];

	if (flock(top, LOCK_EX) < 0 ||
	    fsetxattr(top, SIGNATURE, instance->name, sizeof(instance->name), 0) < 0)
		return -errno;
	return 0;
}

void cgroup_release(const struct cgroup_instance *instance)
{
	/* Explicitly, as children may hold the descriptor, and with it the lock. */
	(void)flock(instance->fds[0], LOCK_UN);
}

static int save(struct cgroup_instance *instance, int group, const char *file, const char *undo)
{
	struct cgroup_change *changes = pool_append(&instance->pool, instance->changes,
						    &instance->change_count, sizeof(*changes));

	if (!changes)
		return -ENOMEM;
	instance->changes = changes;
	changes[instance->change_count - 1] = (struct cgroup_change){group, file, undo};
	return 0;
}

/* Whether a line of @text begins with the word @name, of @length. */
static bool has_line(const char *text, const char *name, size_t length)
{
	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		if (strcspn(line, " \n") == length && !memcmp(line, name, length))
			return true;
	}
	return false;
}

/* Lines that take back what @written gives to devices of which @former has none. */
static const char *unset_lines(struct pool *pool, const char *written, const char *former,
			       const char *unset)
{
	struct buffer lines = {.pool = pool};
	int result = 0;

	for (const char *line = written; *line && result == 0;
	     line += strcspn(line, "\n"), line += *line == '\n') {
		size_t length = strcspn(line, " \n");
		const char *text;

		if (!memchr(line, ':', length) || has_line(former, line, length))
			continue;
		text = pool_format(pool, "%.*s %s\n", (int)length, line, unset);
		result = text ? buffer_append(&lines, text, strlen(text)) : -ENOMEM;
	}
	return result < 0 ? NULL : buffer_text(&lines);
}

int cgroup_save_value(struct cgroup_instance *instance, int group, const struct cgroup_write *write)
{
	const struct cgroup_item *item = write->item;
	const char *file = item->exact ? item->exact : item->file;
	const char *undo = "";
	char former[4096];
	char *remark;
	int result = cgroup_read_file(group, file, former, sizeof(former));

	if (result == 0 && item->effective && *former == '\n')
		result = cgroup_read_file(group, item->effective, former, sizeof(former));
	if (result < 0)
		return result;
	/* "root invalid (REASON)", of a partition */
	remark = strstr(former, " invalid");
	if (remark)
		*remark = '\0';
	if (item->unset)
		undo = unset_lines(&instance->pool, write->setting->text, former, item->unset);
	undo = undo ? pool_format(&instance->pool, "%s%s", undo, former) : NULL;
	return undo ? save(instance, group, file, undo) : -ENOMEM;
}

int cgroup_save_controllers(struct cgroup_instance *instance, int group, const char *controllers)
{
	const char *undo = "";
	char former[512];
	int result = cgroup_read_file(group, CGROUP_CONTROLLERS, former, sizeof(former));

	if (result < 0)
		return result;
	for (const char *one = controllers; *one && undo; one = strchr(one, ' ') + 1) {
		int length = (int)strcspn(one + 1, " ");

		if (!cgroup_has_word(former, one + 1, (size_t)length))
			undo = pool_format(&instance->pool, "%s-%.*s ", undo, length, one + 1);
	}
	return undo ? save(instance, group, CGROUP_CONTROLLERS, undo) : -ENOMEM;
}

/* Whether no start has come since then that shares groups with this one. */
static bool is_latest(const struct cgroup_instance *instance)
{
	char name[sizeof(instance->name)];

	return fgetxattr(instance->fds[0], SIGNATURE, name, sizeof(name)) ==
		       (ssize_t)sizeof(name) &&
	       !memcmp(name, instance->name, sizeof(name));
}

void cgroup_bring_back(struct cgroup_instance *instance)
{
	if (instance->change_count > 0 && flock(instance->fds[0], LOCK_EX) == 0 &&
	    is_latest(instance)) {
		for (size_t i = instance->change_count; i-- > 0;) {
			const struct cgroup_change *change = &instance->changes[i];

			(void)cgroup_write_file(change->group, change->file, change->undo);
		}
	}
	cgroup_release(instance);
	cgroup_keep(instance);
}

void cgroup_keep(struct cgroup_instance *instance)
{
	pool_free(&instance->pool);
	instance->changes = NULL;
	instance->change_count = 0;
}
