/* SPDX-License-Identifier: Apache-2.0 */
/* Who owns a file or directory, and who else may write to it. */
#ifndef REDPAK_WRITERS_H
#define REDPAK_WRITERS_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/error.h"

/*
 * Whether @user, as a file shows its owner, is the caller. In a user namespace that does not map
 * everybody the overflow id, user_namespaces(7), is nobody's in particular: then it is not.
 */
bool is_callers_user(uid_t user);

/*
 * Refuse what another than root and the caller owns; the second one also what another may write,
 * but a sticky directory. All return 0 or -EPERM (or another negative errno) with @error.
 * @fd: may be opened with O_PATH. @shown: its path for messages.
 */
int check_owner(const struct stat *status, const char *shown, struct redpak_error *error);
int check_writers(int fd, const struct stat *status, const char *shown, struct redpak_error *error);

/*
 * Whether @group is the primary group of @owner and nobody else is in it; never for root.
 * @accounts, @groups: files as passwd(5) and group(5) describe them. Who is not listed there (a
 * user of a directory service) has no group of this kind.
 */
bool group_is_private(FILE *accounts, FILE *groups, uid_t owner, gid_t group);

#endif
