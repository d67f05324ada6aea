/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "plan/plan.h"

static int check_states(const struct merged *merged, struct redpak_error *error)
{
	for (const struct node *node = merged->leaf; node; node = node->parent) {
		if (node->status.state != NODE_ENABLE)
			return fail_at(error, node->status.realpath.origin,
				       "the node %s is not enabled; set its state to Enable",
				       node->path);
	}
	return 0;
}

static int check_hostname(const struct merged *merged, struct redpak_error *error)
{
	const struct setting *hostname = merged->hostname;

	if (!hostname)
		return 0;
	if (!*hostname->text || strlen(hostname->text) > HOST_NAME_MAX)
		return fail_at(error, hostname->origin, "a hostname has 1 to %d characters",
			       HOST_NAME_MAX);
	if (merged->shared[NAMESPACE_UTS])
		return fail_at(error, hostname->origin,
			       "a hostname cannot be set while share_uts is Enabled "
			       "(" ORIGIN_FORMAT ")",
			       ORIGIN_ARGS(merged->shared_origin[NAMESPACE_UTS]));
	return 0;
}

static int check_time(const struct merged *merged, struct redpak_error *error)
{
	for (size_t i = 0; i < CLOCK_COUNT; i++) {
		if (merged->time_offsets[i] && merged->shared[NAMESPACE_TIME])
			return fail_at(error, merged->time_offsets[i]->origin,
				       "clocks cannot be shifted while share_time is Enabled "
				       "(" ORIGIN_FORMAT ")",
				       ORIGIN_ARGS(merged->shared_origin[NAMESPACE_TIME]));
	}
	return 0;
}

static int check_exports(const struct merged *merged, struct redpak_error *error)
{
	for (size_t i = 0; i < merged->export_count; i++) {
		const struct export *export = merged->exports[i];

		if (!strcmp(export->mount, "/") && !export_mode_can_be_root(export->mode))
			return fail_at(error, export->origin, "mode %s cannot stand at '/'",
				       export->mode->name);
		/* Root could enter the host through /proc/PID/root. */
		if (export->mode->in_pid_namespace && merged->shared[NAMESPACE_PID] &&
		    merged->shared[NAMESPACE_USER])
			return fail_at(
				error, export->origin,
				"mode %s needs a PID or a user namespace of its own, and both "
				"are shared (" ORIGIN_FORMAT ")",
				export->mode->name,
				ORIGIN_ARGS(merged->shared_origin[NAMESPACE_PID]));
	}
	return 0;
}

static int check_capabilities(const struct merged *merged, struct redpak_error *error)
{
	uint64_t known = cap_max_bits() >= 64 ? UINT64_MAX : (UINT64_C(1) << cap_max_bits()) - 1;

	if (merged->keep & ~known)
		return fail(error, -ENOTSUP,
			    "cannot keep capability %d in the node %s: the kernel does not have it",
			    63 - __builtin_clzll(merged->keep & ~known), merged->leaf->path);
	return 0;
}

int check_merged(const struct merged *merged, struct redpak_error *error)
{
	static int (*const checks[])(const struct merged *, struct redpak_error *) = {
		check_states, check_hostname, check_time, check_exports, check_capabilities};
	int result = 0;

	for (size_t i = 0; i < sizeof(checks) / sizeof(*checks) && result == 0; i++)
		result = checks[i](merged, error);
	return result;
}
