/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Users and groups of the system. Redwrap is linked statically, where getpwnam(3) and its like
 * would load the shared objects of NSS into it; fgetpwent(3) and fgetgrent(3) read the files alone.
 */
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/identity.h"

const struct identity_sources identity_system_sources = {"/etc/passwd", "/etc/group"};

int identity_refuse(const struct identity_ask *ask, struct redpak_error *error, const char *format,
		    ...)
{
	char text[REDPAK_ERROR_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (ask->setting)
		return fail_at(error, ask->setting->origin, "%s %s", ask->name, text);
	return fail(error, -EINVAL, "%s %s", ask->name, text);
}

/*
 * Whether @text is a number; *@id receives it. A number is never looked up as a name, and one that
 * does not fit is an error, not another user.
 */
static int read_number(const struct identity_ask *ask, bool *number, id_t *id,
		       struct redpak_error *error)
{
	const char *text = ask->text;
	size_t length = strlen(text);
	unsigned long long value;

	*number = length && strspn(text, "0123456789") == length;
	if (!*number)
		return 0;
	value = length > 10 ? ULLONG_MAX : strtoull(text, NULL, 10);
	if (value >= ID_KEPT)
		return identity_refuse(ask, error, "'%s' is no id; ids are 0 to 4294967294", text);
	if (text[0] == '0' && length > 1)
		return identity_refuse(
			ask, error, "'%s' may be meant as octal; write it without the zeros", text);
	*id = (id_t)value;
	return 0;
}

/* Calls @take for each entry until it returns other than 0, which is returned. */
static int each_user(const char *file, int (*take)(const struct passwd *entry, void *data),
		     void *data)
{
	FILE *stream = fopen(file, "re");
	struct passwd *entry;
	int result = 0;

	if (!stream)
		return -errno;
	while (result == 0 && (entry = fgetpwent(stream)))
		result = take(entry, data);
	fclose(stream);
	return result;
}

static int each_group(const char *file, int (*take)(const struct group *entry, void *data),
		      void *data)
{
	FILE *stream = fopen(file, "re");
	struct group *entry;
	int result = 0;

	if (!stream)
		return -errno;
	while (result == 0 && (entry = fgetgrent(stream)))
		result = take(entry, data);
	fclose(stream);
	return result;
}

/* @wanted: the name, or NULL for the one that has @uid. @name: owned by @pool. */
struct user_search {
	struct pool *pool;
	const char *wanted;
	uid_t uid;
	gid_t gid;
	const char *name;
};

static int take_user(const struct passwd *entry, void *data)
{
	struct user_search *search = data;

	if (search->wanted ? strcmp(entry->pw_name, search->wanted) != 0
			   : entry->pw_uid != search->uid)
		return 0;
	search->uid = entry->pw_uid;
	search->gid = entry->pw_gid;
	search->name = pool_copy(search->pool, entry->pw_name, strlen(entry->pw_name));
	return search->name ? 1 : -ENOMEM;
}

const char *identity_login(struct pool *pool, const struct identity_sources *sources, uid_t uid)
{
	struct user_search search = {.pool = pool, .uid = uid};

	return each_user(sources->passwd, take_user, &search) == 1 ? search.name : NULL;
}

struct group_search {
	struct pool *pool;
	const char *wanted; /* name of the group */
	const char *member;
	struct identity_found *found;
};

static int take_group(const struct group *entry, void *data)
{
	struct group_search *search = data;

	if (strcmp(entry->gr_name, search->wanted) != 0)
		return 0;
	search->found->gid = entry->gr_gid;
	return 1;
}

static int add_group(struct pool *pool, struct identity_found *found, gid_t gid)
{
	gid_t *groups = pool_append(pool, found->groups, &found->group_count, sizeof(*groups));

	if (!groups)
		return -ENOMEM;
	found->groups = groups;
	groups[found->group_count - 1] = gid;
	return 0;
}

static int take_membership(const struct group *entry, void *data)
{
	struct group_search *search = data;

	for (char **member = entry->gr_mem; *member; member++) {
		if (!strcmp(*member, search->member) && entry->gr_gid != search->found->gid)
			return add_group(search->pool, search->found, entry->gr_gid);
	}
	return 0;
}

static int find_user(struct user_search *search, const struct identity_sources *sources,
		     const struct identity_ask *ask, struct redpak_error *error)
{
	bool number;
	int result = read_number(ask, &number, &search->uid, error);

	if (result < 0)
		return result;
	search->wanted = number ? NULL : ask->text;
	result = each_user(sources->passwd, take_user, search);
	if (result < 0 && !(number && result == -ENOENT))
		return fail_errno(error, result, "cannot look up the user '%s' in %s", ask->text,
				  sources->passwd);
	if (!search->name && !number) {
		identity_refuse(ask, error, "'%s' is no user of %s; name one, or give a number",
				ask->text, sources->passwd);
		return -ENOENT;
	}
	return 0;
}

static int find_group(struct group_search *search, const struct identity_sources *sources,
		      const struct identity_ask *ask, struct redpak_error *error)
{
	bool number;
	int result = read_number(ask, &number, &search->found->gid, error);

	if (result < 0 || number)
		return result;
	search->wanted = ask->text;
	result = each_group(sources->group, take_group, search);
	if (result < 0)
		return fail_errno(error, result, "cannot look up the group '%s' in %s", ask->text,
				  sources->group);
	if (result == 0) {
		identity_refuse(ask, error, "'%s' is no group of %s; name one, or give a number",
				ask->text, sources->group);
		return -ENOENT;
	}
	return 0;
}

int identity_find(struct pool *pool, const struct identity_sources *sources,
		  const struct identity_ask *user, const struct identity_ask *group,
		  struct identity_found *found, struct redpak_error *error)
{
	struct user_search account = {.pool = pool, .uid = ID_KEPT, .gid = ID_KEPT};
	struct group_search search = {.pool = pool, .found = found};
	int result = user->text ? find_user(&account, sources, user, error) : 0;

	*found = (struct identity_found){.uid = account.uid, .gid = account.gid};
	if (result == 0 && group->text)
		result = find_group(&search, sources, group, error);
	if (result < 0)
		return result;
	if (user->text && !account.name && !group->text) {
		identity_refuse(user, error,
				"%s has no entry in %s that gives its group; add set-group",
				user->text, sources->passwd);
		return -ENOENT;
	}
	if (!account.name)
		return 0;
	/* As initgroups(3): the primary group is one of them. */
	search.member = account.name;
	result = add_group(pool, found, found->gid);
	if (result == 0)
		result = each_group(sources->group, take_membership, &search);
	if (result < 0 && result != -ENOENT)
		return fail_errno(error, result, "cannot look up the groups of '%s' in %s",
				  account.name, sources->group);
	return 0;
}
