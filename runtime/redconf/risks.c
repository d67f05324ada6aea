/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The recommendations of the risk analysis of REDPAK (rec. 1 to 5 below), and what a node opens
 * that is closed by default.
 */
#include "redconf/risks.h"

#include <sched.h>
#include <search.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>

#include "apply/export.h"
#include "merge/restriction.h"
#include "plan/identity.h"

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Prints and counts a finding that was not made before. */
static void print_finding(struct report *report, size_t *count, struct origin where,
			  const char *kind, const char *format, va_list args)
{
	struct redpak_error text;
	char raw[REDPAK_ERROR_MAX];
	char *copy;

	vsnprintf(raw, sizeof(raw), format, args);
	error_at(&text, where, "%s: %s", kind, raw);
	if (tfind(text.text, &report->seen, by_text))
		return;
	/* Without memory it is printed twice at worst. */
	copy = strdup(text.text);
	if (copy && !tsearch(copy, &report->seen, by_text))
		free(copy);
	puts(text.text);
	++*count;
}

void report_risk_error(struct report *report, struct origin where, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_finding(report, &report->errors, where, "error", format, args);
	va_end(args);
}

void report_risk_warning(struct report *report, struct origin where, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_finding(report, &report->warnings, where, "warning", format, args);
	va_end(args);
}

/* The rule that keeps @capability, for its place. */
static const struct capability_rule *keeping_rule(const struct merged *merged, int capability)
{
	const struct capability_rule *all = NULL;

	for (size_t i = 0; i < merged->layer_count; i++) {
		const struct config *config = merged->ranked[i]->config;

		for (size_t j = 0; j < config->capability_count; j++) {
			const struct capability_rule *rule = &config->capabilities[j];

			if (rule->keep && rule->capability == capability)
				return rule;
			if (rule->keep && rule->capability == CAPABILITY_ALL && !all)
				all = rule;
		}
	}
	return all;
}

/* As root would start it: an ordinary user gets a user namespace whatever the files say. */
static bool shares_user(const struct merged *merged)
{
	const struct merged_share *user = &merged->shares[NAMESPACE_USER];

	return user->implied ? user->setting != NULL && user->setting->number == SHARE_ENABLED
			     : !merged_is_new(merged, NAMESPACE_USER);
}

/* Rec. 1, W2: capabilities that go round the mounts, and CAP_SYS_ADMIN in any case. */
static void find_capabilities(struct report *report, const struct merged *merged)
{
	static const cap_value_t round_mounts[] = {
		CAP_SYS_ADMIN,	     CAP_SYS_MODULE, CAP_SYS_RAWIO, CAP_MKNOD,
		CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE, CAP_BPF};
	bool own_user = !shares_user(merged);

	for (size_t i = 0; i < sizeof(round_mounts) / sizeof(*round_mounts); i++) {
		cap_value_t cap = round_mounts[i];
		const struct capability_rule *rule = keeping_rule(merged, cap);
		char *name;

		if (!(merged->keep & (UINT64_C(1) << cap)) || !rule)
			continue;
		name = cap_to_name(cap);
		if (!own_user)
			report_risk_error(report, rule->origin,
					  "%s without a user namespace of its own goes round every "
					  "mount; drop it, or make share_user Disabled",
					  name);
		else if (cap == CAP_SYS_ADMIN)
			report_risk_warning(report, rule->origin,
					    "%s is kept (recommendation 1); drop it unless it is "
					    "strictly needed",
					    name);
		cap_free(name);
	}
}

/* Rec. 2 and 5: the user that the payload is, and what redwrap must be for it. */
static void find_user(struct report *report, const struct merged *merged)
{
	const struct setting *user = merged->settings[KEY_SET_USER];
	const struct setting *map = merged->settings[KEY_ID_MAP];

	if (user && (!strcmp(user->text, "root") || !strcmp(user->text, "0")))
		report_risk_warning(report, user->origin,
				    "the node runs as root (recommendation 2); give it a user of "
				    "its own");
	if (map && map->number == ID_MAP_FULL)
		report_risk_warning(report, map->origin,
				    "id_map full needs root to start the node (recommendation 5)");
}

/* What the setting says, where that takes no expansion. */
static struct identity_ask ask_for(const char *name, const struct setting *setting)
{
	bool plain = setting && !strchr(setting->text, '$');

	return (struct identity_ask){plain ? setting->text : NULL, name, NULL};
}

/* rednode.md 2: the node may be meant for another machine. */
static void find_accounts(struct report *report, const struct merged *merged)
{
	const struct setting *user = merged->settings[KEY_SET_USER];
	const struct setting *group = merged->settings[KEY_SET_GROUP];
	const struct identity_ask user_ask = ask_for("set-user", user);
	const struct identity_ask group_ask = ask_for("set-group", group);
	struct pool pool = {0};
	struct identity_found found;
	struct redpak_error error;

	if (identity_find(&pool, &identity_system_sources, &user_ask, &group_ask, &found, &error) <
	    0)
		report_risk_warning(report, user ? user->origin : group->origin, "%s", error.text);
	pool_free(&pool);
}

/* Whether @path is @directory or lies below it. */
static bool is_below(const char *path, const char *directory)
{
	size_t length = strlen(directory);

	if (!strcmp(directory, "/"))
		return true;
	return !strncmp(path, directory, length) && (!path[length] || path[length] == '/');
}

/* Rec. 4, W16: what shows the node its own configuration. */
static void find_own_files(struct report *report, const struct merged *merged)
{
	for (size_t i = 0; i < merged->export_count; i++) {
		const struct merged_export *export = &merged->exports[i];
		const struct node *node = merged->leaf;

		if (export->pending || export->said->mode->source != EXPORT_SOURCE_HOST)
			continue;
		while (node && !is_below(node->path, export->path) &&
		       !(is_below(export->path, node->path) &&
			 is_below(export->path + strlen(node->path), "/etc")))
			node = node->parent;
		if (!node)
			continue;
		if (export_mode_writes_host(export->said->mode))
			report_risk_error(report, export->said->origin,
					  "%s holds the configuration of the node %s "
					  "(recommendation 4); export what is needed of it alone",
					  export->path, node->path);
		else
			report_risk_warning(report, export->said->origin,
					    "%s shows the configuration of the node %s "
					    "(recommendation 4)",
					    export->path, node->path);
	}
}

static bool holds(const struct merged_export *export, const char *directory)
{
	return is_below(directory, export->path) || is_below(export->path, directory);
}

/* W12: through what of the host's kernel root leaves the node. */
static void find_kernel(struct report *report, const struct merged *merged)
{
	bool shared = shares_user(merged) && !merged_is_new(merged, NAMESPACE_PID);

	for (size_t i = 0; i < merged->export_count; i++) {
		const struct merged_export *export = &merged->exports[i];
		const struct export_mode *mode = export->said->mode;
		bool of_host = mode->source == EXPORT_SOURCE_HOST && !export->pending;

		if (shared &&
		    ((mode->inside & CLONE_NEWPID) || (of_host && holds(export, "/proc"))))
			report_risk_error(
				report, export->said->origin,
				"%s shows a proc while the user and the PID namespace are "
				"shared, which is refused for root; make one Disabled",
				export->mount);
		if (of_host && export_mode_writes_host(mode) && is_below(export->path, "/sys"))
			report_risk_warning(
				report, export->said->origin,
				"%s: who is root in the node controls the host's kernel "
				"through %s; make it Restricted",
				export->mount, export->path);
	}
}

/* W10. */
static void print_restriction(const struct restriction *restriction, void *data)
{
	report_risk_warning(data, restriction->origin, "%s%s holds with --admin alone",
			    restriction->section, restriction->name);
}

/* What is said by a single key: the number that opens, and what it opens. */
static void find_settings(struct report *report, const struct merged *merged)
{
	static const struct {
		enum config_key key;
		long long number;
		const char *text;
	} rows[] = {
		{KEY_SECCOMP, SECCOMP_OFF, "no filter of system calls"},
		{KEY_NESTED_USERNS, SWITCH_ENABLED,
		 "the node may make user namespaces, in which it has every capability"},
		{KEY_INHERIT_ENV, 1, "the node gets the whole environment of the caller"},
		{KEY_SHARE_USER, SHARE_JOINED,
		 "in a joined user namespace mounts are not claimed to be locked"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct setting *setting = merged->settings[rows[i].key];

		if (setting && setting->number == rows[i].number)
			report_risk_warning(report, setting->origin, "%s: %s: %s",
					    config_keys[rows[i].key].name, setting->text,
					    rows[i].text);
	}
}

static void find_network(struct report *report, const struct merged *merged)
{
	const struct merged_share *net = &merged->shares[NAMESPACE_NET];

	if (net->state == SHARE_ENABLED)
		report_risk_warning(report, net->setting->origin,
				    "with the host's network the node reaches its abstract "
				    "sockets");
}

static void find_survivors(struct report *report, const struct merged *merged)
{
	const struct merged_share *pid = &merged->shares[NAMESPACE_PID];

	if (!merged_is_new(merged, NAMESPACE_PID) && !merged->has_cgroups && pid->setting)
		report_risk_warning(report, pid->setting->origin,
				    "without a PID namespace of its own or a cgroup the node "
				    "outlives a redwrap that is killed");
}

/* W5, W19: commands, and what is read of the caller. */
static void find_caller(struct report *report, const struct merged *merged)
{
	for (size_t i = 0; i < merged->variable_count; i++) {
		const struct variable *said = merged->variables[i].said;

		if (said->mode == VARIABLE_INHERIT)
			report_risk_warning(report, said->origin,
					    "the node reads %s of the caller's environment",
					    said->key.text);
		if (said->mode == VARIABLE_EXECFD ||
		    (said->mode == VARIABLE_DEFAULT && expand_has_command(said->value.text)))
			report_risk_warning(report, said->value.origin,
					    "a command runs with the rights of the caller: %s",
					    said->value.text);
	}
	for (size_t i = 0; i < merged->export_count; i++) {
		const struct export *said = merged->exports[i].said;

		if (said->mode->source == EXPORT_SOURCE_COMMAND || merged->exports[i].pending)
			report_risk_warning(report, said->origin,
					    "a command runs with the rights of the caller");
		if (said->mode->source == EXPORT_SOURCE_DESCRIPTOR)
			report_risk_warning(report, said->origin,
					    "the node reads descriptor %s of the caller's",
					    said->path.text);
	}
	for (int key = 0; key < KEY_COUNT; key++) {
		const struct setting *setting = merged->settings[key];

		if (setting && config_keys[key].commands && expand_has_command(setting->text))
			report_risk_warning(report, setting->origin,
					    "a command runs with the rights of the caller: %s",
					    setting->text);
	}
}

/* What is said where the environment is read. */
struct reading {
	struct report *report;
	struct origin origin;
};

static void report_variable(const char *name, size_t length, void *data)
{
	const struct reading *reading = data;

	report_risk_warning(reading->report, reading->origin,
			    "the node reads %.*s of the caller's environment", (int)length, name);
}

static void find_read(struct report *report, const struct setting *setting)
{
	struct reading reading = {report, {NULL, 0, 0}};

	if (!setting || !setting->text)
		return;
	reading.origin = setting->origin;
	expand_each_variable(setting->text, report_variable, &reading);
}

/* W19: the tags that stand for variables of the caller. */
static void find_tags(struct report *report, const struct merged *merged)
{
	for (size_t i = 0; i < merged->variable_count; i++) {
		const struct variable *said = merged->variables[i].said;

		if (said->mode == VARIABLE_DEFAULT)
			find_read(report, &said->value);
	}
	for (size_t i = 0; i < merged->export_count; i++) {
		const struct export *said = merged->exports[i].said;

		find_read(report, &said->mount);
		if (said->mode->source != EXPORT_SOURCE_COMMAND &&
		    said->mode->source != EXPORT_SOURCE_NONE)
			find_read(report, &said->path);
	}
	for (int key = 0; key < KEY_COUNT; key++) {
		if (config_keys[key].expanded)
			find_read(report, merged->settings[key]);
	}
	/* Of these two each file has its part. */
	for (size_t i = 0; i < merged->layer_count; i++) {
		find_read(report, config_setting(merged->layers[i].config, KEY_PATH));
		find_read(report, config_setting(merged->layers[i].config, KEY_LDPATH));
	}
}

static void find_all(struct report *report, const struct merged *merged)
{
	static void (*const searches[])(struct report *, const struct merged *) = {
		find_capabilities, find_user,	 find_accounts,	 find_own_files, find_kernel,
		find_settings,	   find_network, find_survivors, find_caller,	 find_tags};

	for (size_t i = 0; i < sizeof(searches) / sizeof(*searches); i++)
		searches[i](report, merged);
}

void risks_find(struct report *report, const struct merged *merged, const struct merged *admin)
{
	find_all(report, merged);
	/* What the admin configurations open. */
	find_all(report, admin);
	restriction_each(admin, merged, print_restriction, report);
	tdestroy(report->seen, free);
	report->seen = NULL;
}
