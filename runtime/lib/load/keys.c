/* SPDX-License-Identifier: Apache-2.0 */
#include "load/keys.h"

#include <string.h>

static int read_enumerated(struct reader *reader, const struct value *value, void *target,
			   const char *const *words, size_t count)
{
	struct setting *setting = target;
	size_t index;
	int result = read_word(reader, value, words, count, &index);

	*setting = (struct setting){value->text, value->origin, (long long)index};
	return result;
}

static int read_level(struct reader *reader, const struct value *value, void *target)
{
	struct setting *setting = target;
	int result = read_integer(reader, value, target);

	if (result == 0 && (setting->number < 0 || setting->number > LOG_LEVEL_MAX))
		result = fail_at(reader->error, value->origin, "'%s' is no log level: 0 to %d",
				 value->text, LOG_LEVEL_MAX);
	return result;
}

static const char *const share_words[] = {
	[SHARE_UNSET] = "Unset", [SHARE_ENABLED] = "Enabled", [SHARE_DISABLED] = "Disabled"};

static int read_share_all(struct reader *reader, const struct value *value, void *target)
{
	return read_enumerated(reader, value, target, share_words, FIELD_COUNT(share_words));
}

static int read_share(struct reader *reader, const struct value *value, void *target)
{
	struct setting *setting = target;

	if (value->type != VALUE_SCALAR || value->text[0] != '/')
		return read_share_all(reader, value, target);
	*setting = (struct setting){value->text, value->origin, SHARE_JOINED};
	return 0;
}

static const char *const switch_words[] = {
	[SWITCH_UNSET] = "Unset", [SWITCH_ENABLED] = "Enabled", [SWITCH_DISABLED] = "Disabled"};

static int read_switch(struct reader *reader, const struct value *value, void *target)
{
	return read_enumerated(reader, value, target, switch_words, FIELD_COUNT(switch_words));
}

static const char *const id_map_words[] = {[ID_MAP_UNSET] = "Unset",
					   [ID_MAP_SINGLE] = "single",
					   [ID_MAP_FULL] = "full",
					   [ID_MAP_SUBID] = "subid"};

static int read_id_map(struct reader *reader, const struct value *value, void *target)
{
	return read_enumerated(reader, value, target, id_map_words, FIELD_COUNT(id_map_words));
}

static const char *const seccomp_words[] = {
	[SECCOMP_UNSET] = "Unset", [SECCOMP_DEFAULT] = "default", [SECCOMP_OFF] = "off"};

static int read_seccomp(struct reader *reader, const struct value *value, void *target)
{
	return read_enumerated(reader, value, target, seccomp_words, FIELD_COUNT(seccomp_words));
}

static const char *const boolean_words[] = {"false", "true"};

/* clang-format off */
#define EXPANDED .expanded = true, .commands = true
#define UNSET	 .can_be_unset = true
#define PRINTED(value) .always_printed = true, .absent = (value)

const struct config_key_type config_keys[KEY_COUNT] = {
	[KEY_PERSISTDIR]      = {"persistdir", read_text, EXPANDED},
	[KEY_RPMDIR]          = {"rpmdir", read_text, EXPANDED},
	[KEY_CACHEDIR]        = {"cachedir", read_text, EXPANDED},
	[KEY_PATH]            = {"path", read_text, .expanded = true},
	[KEY_LDPATH]          = {"ldpath", read_text, .expanded = true},
	[KEY_UMASK]           = {"umask", read_umask, EXPANDED},
	[KEY_SET_USER]        = {"set-user", read_account, EXPANDED},
	[KEY_SET_GROUP]       = {"set-group", read_account, EXPANDED},
	[KEY_SMACK]           = {"smack", read_text, EXPANDED},
	[KEY_VERBOSE]         = {"verbose", read_level, .default_zero = true, PRINTED("0")},
	[KEY_MAP_ROOT_USER]   = {"map-root-user", read_integer, .default_zero = true, PRINTED("0")},
	[KEY_GPGCHECK]        = {"gpgcheck", read_boolean, boolean_words, .default_zero = true, PRINTED("false")},
	[KEY_UNSAFE]          = {"unsafe", read_boolean, boolean_words, .default_zero = true, PRINTED("false")},
	[KEY_INHERIT_ENV]     = {"inherit-env", read_boolean, boolean_words, .default_zero = true, PRINTED("false")},
	[KEY_DIE_WITH_PARENT] = {"die-with-parent", read_switch, switch_words, UNSET, PRINTED("Unset")},
	[KEY_NEW_SESSION]     = {"new-session", read_switch, switch_words, UNSET, PRINTED("Unset")},
	[KEY_SHARE_ALL]       = {"share_all", read_share_all, UNSET},
	[KEY_SHARE_USER]      = {"share_user", read_share, UNSET},
	[KEY_SHARE_CGROUP]    = {"share_cgroup", read_share, UNSET},
	[KEY_SHARE_NET]       = {"share_net", read_share, UNSET},
	[KEY_SHARE_PID]       = {"share_pid", read_share, UNSET},
	[KEY_SHARE_IPC]       = {"share_ipc", read_share, UNSET},
	[KEY_SHARE_TIME]      = {"share_time", read_share, UNSET},
	[KEY_SHARE_UTS]       = {"share_uts", read_share, UNSET},
	[KEY_HOSTNAME]        = {"hostname", read_text, EXPANDED},
	[KEY_CHDIR]           = {"chdir", read_text, EXPANDED},
	[KEY_CGROUPROOT]      = {"cgrouproot", read_text, EXPANDED},
	[KEY_MAXAGE]          = {"maxage", read_text, .words = NULL},
	[KEY_INHERIT]         = {"inherit", read_text, .words = NULL},
	[KEY_ID_MAP]          = {"id_map", read_id_map, id_map_words, UNSET},
	[KEY_SECCOMP]         = {"seccomp", read_seccomp, seccomp_words, UNSET},
	[KEY_NESTED_USERNS]   = {"nested_userns", read_switch, switch_words, UNSET},
	[KEY_TMPFS_SIZE]      = {"tmpfs_size", read_size, .words = NULL},
};
/* clang-format on */

enum config_key share_key(enum namespace_kind kind)
{
	static const enum config_key keys[NAMESPACE_COUNT] = {
		[NAMESPACE_USER] = KEY_SHARE_USER, [NAMESPACE_CGROUP] = KEY_SHARE_CGROUP,
		[NAMESPACE_NET] = KEY_SHARE_NET,   [NAMESPACE_PID] = KEY_SHARE_PID,
		[NAMESPACE_IPC] = KEY_SHARE_IPC,   [NAMESPACE_TIME] = KEY_SHARE_TIME,
		[NAMESPACE_UTS] = KEY_SHARE_UTS,   [NAMESPACE_MNT] = KEY_COUNT,
	};

	return keys[kind];
}
