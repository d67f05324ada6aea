/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

#include "plan/plan_exports.h"

static int plan_capabilities(struct redpak_plan *plan, const struct merged *merged,
			     struct redpak_error *error)
{
	static const cap_flag_t flags[] = {CAP_EFFECTIVE, CAP_PERMITTED, CAP_INHERITABLE};

	plan->capability_last = cap_max_bits();
	plan->capabilities = cap_init();
	if (!plan->capabilities)
		return out_of_memory(error);
	for (cap_value_t cap = 0; cap < plan->capability_last; cap++) {
		if (!(merged->keep & (UINT64_C(1) << cap)))
			continue;
		for (size_t i = 0; i < 3; i++) {
			if (cap_set_flag(plan->capabilities, flags[i], 1, &cap, CAP_SET) < 0)
				return fail_errno(error, -errno, "cannot plan capability %d", cap);
		}
	}
	return 0;
}

static int plan_time(struct redpak_plan *plan, const struct merged *merged,
		     struct redpak_error *error)
{
	plan->time_offsets = "";
	for (size_t i = 0; i < CLOCK_COUNT && plan->time_offsets; i++) {
		if (merged->time_offsets[i])
			plan->time_offsets =
				pool_format(&plan->pool, "%s%s %s 0\n", plan->time_offsets,
					    namespace_clocks[i], merged->time_offsets[i]->text);
	}
	return plan->time_offsets ? 0 : out_of_memory(error);
}

static int plan_cgroup(struct redpak_plan *plan, const struct merged *merged,
		       struct redpak_error *error)
{
	int result =
		cgroup_plan(&plan->pool, merged, plan->texts[KEY_CGROUPROOT], &plan->cgroup, error);

	if (result < 0 || !plan->cgroup.wanted)
		return result;
	plan->instance.fds =
		pool_alloc(&plan->pool, plan->cgroup.group_count * sizeof(*plan->instance.fds));
	return plan->instance.fds ? 0 : out_of_memory(error);
}

/* Whether the kernel has the call: asked with arguments that it must refuse. */
static bool kernel_has_setattr(void)
{
	return mount_setattr(-1, "", 0, NULL, 0) < 0 && errno != ENOSYS;
}

/* The settings that a launch uses as texts. */
static int expand_settings(struct redpak_plan *plan, struct expansion *expansion)
{
	static const enum config_key keys[] = {KEY_UMASK, KEY_SMACK, KEY_HOSTNAME, KEY_CHDIR,
					       KEY_CGROUPROOT};
	int result = 0;

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys) && result == 0; i++) {
		const struct setting *setting = plan->merged.settings[keys[i]];

		if (setting)
			result = expand_text(expansion, plan->leaf, setting, &plan->texts[keys[i]]);
	}
	return result;
}

static int plan_filter(struct redpak_plan *plan, struct redpak_error *error)
{
	struct filter_request request = {.keep = plan->merged.keep};

	if (merged_number(&plan->merged, KEY_SECCOMP) != SECCOMP_OFF)
		request.when |= FILTER_LIST;
	if (merged_number(&plan->merged, KEY_NESTED_USERNS) != SWITCH_ENABLED)
		request.when |= FILTER_NO_NESTING;
	if (!plan->new_session)
		request.when |= FILTER_TERMINAL;
	return filter_plan(&plan->pool, &request, &plan->filter, error);
}

static int plan_all(struct redpak_plan *plan, const struct redpak_request *request,
		    struct expansion *expansion)
{
	const struct merged *merged = &plan->merged;
	struct redpak_error *error = expansion->error;
	int result;

	if (merged->shares[NAMESPACE_USER].implied)
		note(LOG_LEVEL_DEFAULT + 1, "user: implied");
	plan->has_setattr = kernel_has_setattr();
	plan->identity.label = plan->texts[KEY_SMACK];
	plan_namespaces(plan);
	result = plan_id_maps(plan, error);
	if (result == 0)
		result = plan_exports(plan, request, expansion);
	if (result == 0)
		result = plan_capabilities(plan, merged, error);
	if (result == 0)
		result = plan_process(plan, request, error);
	if (result == 0)
		result = plan_filter(plan, error);
	if (result == 0)
		result = plan_time(plan, merged, error);
	return result < 0 ? result : plan_cgroup(plan, merged, error);
}

/* The command line wins over the node; a dump is not what the node is to talk about. */
static void settle_log_level(const struct redpak_request *request, const struct merged *merged)
{
	const struct setting *verbose = merged->settings[KEY_VERBOSE];

	if (request->verbose < 0 && verbose && !request->display)
		redpak_set_log_level((int)verbose->number);
}

static int merge_node(struct redpak_plan *plan, const struct redpak_request *request,
		      struct expansion *expansion)
{
	struct redpak_error *error = expansion->error;
	struct node *leaf;
	int code = node_load(&plan->pool, request->redpath, request->admin, &leaf, error);

	if (code == 0)
		code = check_states(leaf, error);
	if (code < 0)
		return code;
	plan->leaf = expansion->leaf = leaf;
	plan->commands = expansion->commands;
	code = merge_settings(&plan->pool, leaf, &plan->merged, error);
	settle_log_level(request, &plan->merged);
	if (code == 0)
		code = plan_identity(plan, request, expansion);
	if (code == 0)
		code = expand_settings(plan, expansion);
	if (request->smack)
		plan->texts[KEY_SMACK] = request->smack;
	return code < 0 ? code : merge_lists(expansion, &plan->merged);
}

int redpak_plan(const struct redpak_request *request, struct redpak_plan **result,
		struct redpak_error *error)
{
	struct redpak_plan *plan = calloc(1, sizeof(*plan));
	struct expansion expansion = {.commands = request->display	 ? COMMANDS_SHOW
						  : request->no_commands ? COMMANDS_REFUSE
									 : COMMANDS_RUN,
				      .uid = geteuid(),
				      .gid = getegid(),
				      .error = error};
	int code;

	if (!plan)
		return out_of_memory(error);
	plan->argv = request->argv;
	expansion.pool = &plan->pool;
	plan->parent = getppid();
	code = merge_node(plan, request, &expansion);
	if (code == 0)
		code = check_plan(plan, error);
	if (code == 0)
		code = environment_plan(&expansion, &plan->merged, &plan->environment);
	if (code == 0 && !request->display)
		code = plan_all(plan, request, &expansion);
	if (code < 0)
		redpak_plan_free(plan);
	else
		*result = plan;
	return code;
}

void redpak_plan_free(struct redpak_plan *plan)
{
	if (!plan)
		return;
	cap_free(plan->capabilities);
	pool_free(&plan->pool);
	free(plan);
}
