/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys of the section `config` that hold a single value, in the order in which files are
 * printed. To add one is to add a row in keys.c.
 */
#ifndef REDPAK_KEYS_H
#define REDPAK_KEYS_H

#include <stdbool.h>

#include "base/namespace.h"
#include "load/schema.h"

enum config_key {
	KEY_PERSISTDIR,
	KEY_RPMDIR,
	KEY_CACHEDIR,
	KEY_PATH,
	KEY_LDPATH,
	KEY_UMASK,
	KEY_SET_USER,
	KEY_SET_GROUP,
	KEY_SMACK,
	KEY_VERBOSE,
	KEY_MAP_ROOT_USER,
	KEY_GPGCHECK,
	KEY_UNSAFE,
	KEY_INHERIT_ENV,
	KEY_DIE_WITH_PARENT,
	KEY_NEW_SESSION,
	KEY_SHARE_ALL,
	KEY_SHARE_USER,
	KEY_SHARE_CGROUP,
	KEY_SHARE_NET,
	KEY_SHARE_PID,
	KEY_SHARE_IPC,
	KEY_SHARE_TIME,
	KEY_SHARE_UTS,
	KEY_HOSTNAME,
	KEY_CHDIR,
	KEY_CGROUPROOT,
	KEY_MAXAGE,
	KEY_INHERIT,
	KEY_ID_MAP,
	KEY_SECCOMP,
	KEY_NESTED_USERNS,
	KEY_TMPFS_SIZE,
	KEY_COUNT
};

/* Numbers of enumerated values. 0 is Unset: as if the key were not written. */
enum share_state { SHARE_UNSET, SHARE_ENABLED, SHARE_DISABLED, SHARE_JOINED /* text: the path */ };
enum switch_state { SWITCH_UNSET, SWITCH_ENABLED, SWITCH_DISABLED };
enum id_map { ID_MAP_UNSET, ID_MAP_SINGLE, ID_MAP_FULL, ID_MAP_SUBID };
enum seccomp_state { SECCOMP_UNSET, SECCOMP_DEFAULT, SECCOMP_OFF };

/*
 * @read: reads the value into a struct setting; the word or number is in setting.number.
 * @words: how the numbers of an enumerated value are printed; NULL prints it as written.
 * @can_be_unset: the number 0 means that the key counts as not written.
 * @always_printed: in every dump, also where a file does not hold it, as @absent.
 * It is one of the seven that the reference's `create` always writes (section 6).
 * @default_zero: of those, false and 0 do not count as set in a file that holds all seven.
 * @expanded: tags are expanded when the value is used; @commands: and commands.
 */
struct config_key_type {
	const char *name;
	read_function read;
	const char *const *words;
	bool can_be_unset;
	bool always_printed;
	bool default_zero;
	bool expanded, commands;
	const char *absent;
};

extern const struct config_key_type config_keys[KEY_COUNT];

/* The key of a share of its own; KEY_COUNT for the mount namespace, which has none. */
enum config_key share_key(enum namespace_kind kind);

#endif
