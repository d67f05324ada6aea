/* SPDX-License-Identifier: Apache-2.0 */
#include "load/writers.h"

#include <endian.h>
#include <errno.h>
#include <grp.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <pwd.h>
#include <stdint.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#define ACCOUNTS "/etc/passwd"
#define GROUPS	 "/etc/group"

/* Of the kernel's default, DEFAULT_OVERFLOWUID in include/linux/highuid.h. */
enum { OVERFLOW_ID = 65534 };

enum { ACL_SIZE_MAX = 1 << 16 /* as the kernel's own limit, XATTR_SIZE_MAX */ };

/* The number in a file of /proc/sys; @otherwise, where there is none. */
static unsigned read_number(const char *path, unsigned otherwise)
{
	FILE *file = fopen(path, "re");
	unsigned number;

	if (!file)
		return otherwise;
	if (fscanf(file, "%u", &number) != 1)
		number = otherwise;
	fclose(file);
	return number;
}

/* Whether the user namespace has a number for everybody, as the initial one does. */
static bool maps_everybody(const char *map)
{
	FILE *file = fopen(map, "re");
	unsigned long long count, sum = 0;

	if (!file)
		return false;
	while (fscanf(file, "%*u %*u %llu", &count) == 1)
		sum += count;
	fclose(file);
	return sum == UINT32_MAX;
}

bool is_callers_user(uid_t user)
{
	return user == getuid() &&
	       (user != read_number("/proc/sys/kernel/overflowuid", OVERFLOW_ID) ||
		maps_everybody("/proc/self/uid_map"));
}

static bool is_trusted_user(uid_t user)
{
	return user == 0 || is_callers_user(user);
}

int check_owner(const struct stat *status, const char *shown, struct redpak_error *error)
{
	if (is_trusted_user(status->st_uid))
		return 0;
	if (status->st_uid == getuid())
		return fail(error, -EPERM,
			    "cannot trust %s: user %u stands for everybody whom this user "
			    "namespace does not map; start it as another user",
			    shown, status->st_uid);
	return fail(
		error, -EPERM,
		"cannot trust %s: it belongs to user %u; give it to root or to the caller (chown)",
		shown, status->st_uid);
}

/* Whether @group is the primary group of the user @name and of no other. */
static bool is_primary_of_one(FILE *accounts, uid_t owner, gid_t group, char name[256])
{
	const struct passwd *account;

	*name = '\0';
	while ((account = fgetpwent(accounts))) {
		if (account->pw_uid != owner && account->pw_gid == group)
			return false;
		if (account->pw_uid == owner && account->pw_gid == group && !*name)
			snprintf(name, 256, "%s", account->pw_name);
	}
	return *name;
}

bool group_is_private(FILE *accounts, FILE *groups, uid_t owner, gid_t group)
{
	const struct group *entry;
	char name[256];

	if (owner == 0 || !is_primary_of_one(accounts, owner, group, name))
		return false;
	while ((entry = fgetgrent(groups))) {
		for (char **member = entry->gr_mem; entry->gr_gid == group && *member; member++) {
			if (strcmp(*member, name) != 0)
				return false;
		}
	}
	return true;
}

static bool owner_has_group(const struct stat *status, gid_t group)
{
	FILE *accounts = fopen(ACCOUNTS, "re");
	FILE *groups = fopen(GROUPS, "re");
	bool is_private =
		accounts && groups && group_is_private(accounts, groups, status->st_uid, group);

	if (accounts)
		fclose(accounts);
	if (groups)
		fclose(groups);
	return is_private;
}

/* Whether the entry of an ACL, acl(5), lets nobody write but the owner, root and the caller. */
static bool entry_passes(const struct stat *status, const struct posix_acl_xattr_entry *entry)
{
	if (!(le16toh(entry->e_perm) & ACL_WRITE))
		return true;
	switch (le16toh(entry->e_tag)) {
	case ACL_USER_OBJ:
	case ACL_MASK:
		return true;
	case ACL_USER:
		return is_trusted_user(le32toh(entry->e_id));
	case ACL_GROUP_OBJ:
		return owner_has_group(status, status->st_gid);
	case ACL_GROUP:
		return owner_has_group(status, le32toh(entry->e_id));
	default:
		return false;
	}
}

/*
 * Whether the group bits of the mode let nobody else write. They hold the mask of the ACL, where
 * there is one: without the bit no entry of it lets anybody write.
 */
static int group_passes(int fd, const struct stat *status)
{
	static const struct posix_acl_xattr_header *header;
	_Alignas(struct posix_acl_xattr_entry) unsigned char acl[ACL_SIZE_MAX];
	const struct posix_acl_xattr_entry *entries = (const void *)(acl + sizeof(*header));
	char path[64];
	ssize_t size;

	/* A descriptor of O_PATH takes no fgetxattr(2). */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	size = getxattr(path, "system.posix_acl_access", acl, sizeof(acl));
	if (size < 0 && errno != ENODATA && errno != EOPNOTSUPP)
		return -errno;
	if (size < 0)
		return owner_has_group(status, status->st_gid);
	for (size_t i = 0; sizeof(*header) + (i + 1) * sizeof(*entries) <= (size_t)size; i++) {
		if (!entry_passes(status, &entries[i]))
			return false;
	}
	return true;
}

int check_writers(int fd, const struct stat *status, const char *shown, struct redpak_error *error)
{
	bool sticky = S_ISDIR(status->st_mode) && (status->st_mode & S_ISVTX);
	int passes = !(status->st_mode & S_IWOTH);

	if (sticky)
		return 0;
	if (passes && (status->st_mode & S_IWGRP))
		passes = group_passes(fd, status);
	if (passes < 0)
		return fail_errno(error, passes, "cannot read the ACL of %s", shown);
	if (!passes)
		return fail(error, -EPERM,
			    "cannot trust %s: others may write to it (mode %04o); chmod go-w it",
			    shown, status->st_mode & 07777);
	return 0;
}
