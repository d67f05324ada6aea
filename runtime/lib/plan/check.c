/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/utsname.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include <redprobe-ids.h>

#include "base/capability.h"
#include "base/path.h"
#include "plan/plan.h"

int check_states(const struct node *leaf, struct redpak_error *error)
{
	for (const struct node *node = leaf; node; node = node->parent) {
		if (node->status.state != NODE_ENABLE)
			return fail_at(error, node->status.realpath.origin,
				       "the node %s is not enabled; set its state to Enable",
				       node->path);
	}
	return 0;
}

/* Refuses @setting because the namespace it acts on is not the node's own. */
static int refuse_not_new(const struct merged *merged, enum namespace_kind kind,
			  const struct setting *setting, const char *what,
			  struct redpak_error *error)
{
	const struct setting *share = merged->shares[kind].setting;

	return fail_at(error, setting->origin,
		       "%s while %s is '%s' (" ORIGIN_FORMAT "); make it Disabled", what,
		       config_keys[share_key(kind)].name, share->text, ORIGIN_ARGS(share->origin));
}

/* An ordinary user has privileges over namespaces only by the user namespace that owns them. */
static int check_shares(const struct redpak_plan *plan, struct redpak_error *error)
{
	const struct merged_share *shares = plan->merged.shares;

	if (plan->identity.caller_uid == 0 || shares[NAMESPACE_USER].state == SHARE_JOINED)
		return 0;
	for (int kind = 0; kind < NAMESPACE_MNT; kind++) {
		if (shares[kind].state == SHARE_JOINED)
			return fail_at(error, shares[kind].setting->origin,
				       "an ordinary user cannot join the %s namespace %s without "
				       "the user namespace that owns it; name it as share_user",
				       namespace_types[kind].name, shares[kind].setting->text);
	}
	return 0;
}

/* Whether the setting holds a command that has not been run, so that its text says nothing yet. */
static bool is_pending(const struct redpak_plan *plan, enum config_key key)
{
	return plan->commands != COMMANDS_RUN &&
	       expand_has_command(plan->merged.settings[key]->text);
}

static int check_umask(const struct redpak_plan *plan, struct redpak_error *error)
{
	const char *text = plan->texts[KEY_UMASK];
	long long number;

	if (!text || is_pending(plan, KEY_UMASK) || parse_umask(text, &number) == 0)
		return 0;
	return fail_at(error, plan->merged.settings[KEY_UMASK]->origin,
		       "'%s' is not a umask: octal digits, 0 to 0777", text);
}

static int check_cgrouproot(const struct redpak_plan *plan, struct redpak_error *error)
{
	const char *text = plan->texts[KEY_CGROUPROOT];

	if (!text || is_pending(plan, KEY_CGROUPROOT) || (*text == '/' && !path_has_parent(text)))
		return 0;
	return fail_at(error, plan->merged.settings[KEY_CGROUPROOT]->origin,
		       "cgrouproot '%s' must be an absolute path without '..'", text);
}

static int check_hostname(const struct redpak_plan *plan, struct redpak_error *error)
{
	const struct setting *hostname = plan->merged.settings[KEY_HOSTNAME];
	const char *text = plan->texts[KEY_HOSTNAME];

	if (!text)
		return 0;
	if (!is_pending(plan, KEY_HOSTNAME) && (!*text || strlen(text) > __NEW_UTS_LEN))
		return fail_at(error, hostname->origin, "a hostname has 1 to %d characters",
			       __NEW_UTS_LEN);
	if (!merged_is_new(&plan->merged, NAMESPACE_UTS))
		return refuse_not_new(&plan->merged, NAMESPACE_UTS, hostname,
				      "a hostname cannot be set", error);
	return 0;
}

static int check_time(const struct redpak_plan *plan, struct redpak_error *error)
{
	for (size_t i = 0; i < CLOCK_COUNT; i++) {
		if (plan->merged.time_offsets[i] && !merged_is_new(&plan->merged, NAMESPACE_TIME))
			return refuse_not_new(&plan->merged, NAMESPACE_TIME,
					      plan->merged.time_offsets[i],
					      "clocks cannot be shifted", error);
	}
	return 0;
}

static int check_export(const struct redpak_plan *plan, const struct merged_export *export,
			struct redpak_error *error)
{
	const struct export_mode *mode = export->said->mode;

	if (!strcmp(export->target, "/") && !mode->root)
		return fail_at(error, export->said->origin, "mode %s cannot stand at '/'",
			       mode->name);
	/* Root could enter the host through /proc/PID/root. */
	if ((mode->inside & CLONE_NEWPID) && plan->identity.caller_uid == 0 &&
	    !merged_is_new(&plan->merged, NAMESPACE_PID) &&
	    !merged_is_new(&plan->merged, NAMESPACE_USER))
		return fail_at(error, export->said->origin,
			       "mode %s needs a PID or a user namespace of its own, and neither is "
			       "new; make share_pid or share_user Disabled",
			       mode->name);
	if ((mode->inside & CLONE_NEWIPC) && !merged_is_new(&plan->merged, NAMESPACE_IPC))
		return fail_at(error, export->said->origin,
			       "mode %s needs an IPC namespace of its own; make share_ipc Disabled",
			       mode->name);
	return 0;
}

static int check_exports(const struct redpak_plan *plan, struct redpak_error *error)
{
	int result = 0;

	for (size_t i = 0; i < plan->merged.export_count && result == 0; i++)
		result = check_export(plan, &plan->merged.exports[i], error);
	return result;
}

static int check_capabilities(const struct redpak_plan *plan, struct redpak_error *error)
{
	uint64_t known = cap_max_bits() >= 64 ? UINT64_MAX : (UINT64_C(1) << cap_max_bits()) - 1;
	uint64_t unknown = plan->merged.keep & ~known;
	const char *id;
	char *name;
	int highest;

	if (!unknown)
		return 0;
	highest = 63 - __builtin_clzll(unknown);
	name = cap_to_name(highest);
	if (!name)
		return out_of_memory(error);
	id = capability_id(highest);
	fail(error, -ENOTSUP, "cannot keep %s in the node %s: the kernel does not have it (%s)",
	     name, plan->leaf->path, id ? id : REDPROBE_CAPABILITY_LAST);
	cap_free(name);
	return -ENOTSUP;
}

int check_plan(const struct redpak_plan *plan, struct redpak_error *error)
{
	static int (*const checks[])(const struct redpak_plan *, struct redpak_error *) = {
		check_shares, check_umask,   check_cgrouproot,	check_hostname,
		check_time,   check_exports, check_capabilities};
	int result = 0;

	for (size_t i = 0; i < sizeof(checks) / sizeof(*checks) && result == 0; i++)
		result = checks[i](plan, error);
	return result;
}
