/* SPDX-License-Identifier: Apache-2.0 */
/* redconf mergeconfig: what the files of a chain make together. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "merge/merge.h"
#include "merge/restriction.h"
#include "redconf/redconf.h"
#include "show/yaml.h"

static void flatten_settings(const struct merged *merged, struct config *config)
{
	for (int key = 0; key < KEY_COUNT; key++) {
		if (merged->settings[key])
			config->settings[key] = *merged->settings[key];
	}
	/* What N says of a share may have no effect under the share_all of A. */
	for (int kind = 0; kind < NAMESPACE_MNT; kind++) {
		struct setting *share = &config->settings[share_key((enum namespace_kind)kind)];

		if (share->text)
			*share = *merged->shares[kind].setting;
	}
	for (size_t i = 0; i < CLOCK_COUNT; i++) {
		if (merged->time_offsets[i])
			config->time_offsets[i] = *merged->time_offsets[i];
	}
}

/* For each item the value of the group that is nearest to the leaf. */
static void flatten_cgroups(const struct merged *merged, struct config *config)
{
	config->has_cgroups = merged->has_cgroups;
	for (size_t i = 0; i < CGROUP_ITEM_COUNT; i++) {
		for (size_t j = 0; j < merged->layer_count && !config->cgroup[i].text; j++)
			config->cgroup[i] = merged->layers[j].config->cgroup[i];
	}
}

static int flatten_exports(struct pool *pool, const struct merged *merged, struct config *config)
{
	config->export_count = merged->export_count;
	config->exports = pool_alloc(pool, (merged->export_count + 1) * sizeof(*config->exports));
	if (!config->exports)
		return -ENOMEM;
	for (size_t i = 0; i < merged->export_count; i++) {
		const struct merged_export *export = &merged->exports[i];

		config->exports[i] = *export->said;
		config->exports[i].mount.text = export->mount;
		config->exports[i].path.text = export->path;
	}
	return 0;
}

static int flatten_variables(struct pool *pool, const struct merged *merged, struct config *config)
{
	config->variable_count = merged->variable_count;
	config->variables =
		pool_alloc(pool, (merged->variable_count + 1) * sizeof(*config->variables));
	if (!config->variables)
		return -ENOMEM;
	for (size_t i = 0; i < merged->variable_count; i++)
		config->variables[i] = *merged->variables[i].said;
	return 0;
}

/* The rules that decide: those of each capability that no file of higher rank speaks of. */
static int flatten_capabilities(struct pool *pool, const struct merged *merged,
				struct config *config)
{
	for (size_t i = 0; i < merged->layer_count; i++) {
		const struct config *own = merged->ranked[i]->config;

		for (size_t j = 0; j < own->capability_count; j++) {
			if (merged_is_overridden(merged, merged->ranked[i],
						 own->capabilities[j].capability))
				continue;
			config->capabilities =
				pool_append(pool, config->capabilities, &config->capability_count,
					    sizeof(*config->capabilities));
			if (!config->capabilities)
				return -ENOMEM;
			config->capabilities[config->capability_count - 1] = own->capabilities[j];
		}
	}
	return 0;
}

/* A configuration that alone makes what the chain makes. */
static int flatten(struct pool *pool, const struct merged *merged, struct config *config)
{
	const struct config *leaf = &merged->leaf->config;
	int result;

	*config = (struct config){.alias = leaf->alias, .name = leaf->name, .info = leaf->info};
	flatten_settings(merged, config);
	flatten_cgroups(merged, config);
	result = flatten_exports(pool, merged, config);
	if (result == 0)
		result = flatten_variables(pool, merged, config);
	return result < 0 ? result : flatten_capabilities(pool, merged, config);
}

static void print_restriction(const struct restriction *restriction, void *data)
{
	(void)data;
	printf("# only with --admin: %s%s (%s:%zu)\n", restriction->section, restriction->name,
	       restriction->origin.file, restriction->origin.line);
}

/* What a start without --admin does not have; an A that cannot be read is none of its business. */
static void print_restrictions(struct pool *pool, const char *directory,
			       const struct merged *normal)
{
	struct redpak_error error;
	struct merged admin;

	if (load_merged(pool, directory, true, &admin, &error) < 0)
		warn("%s", error.text);
	else
		restriction_each(&admin, normal, print_restriction, NULL);
}

static int print_merged(struct pool *pool, const char *directory, bool with_admin,
			struct redpak_error *error)
{
	struct config config;
	struct merged merged;
	int result = load_merged(pool, directory, with_admin, &merged, error);

	if (result < 0)
		return result;
	result = flatten(pool, &merged, &config);
	if (result < 0)
		return out_of_memory(error);
	result = yaml_write_config(stdout, &config, YAML_DUMP);
	if (result < 0)
		return fail_errno(error, result, "cannot print the configuration");
	if (!with_admin)
		print_restrictions(pool, directory, &merged);
	return end_printing("the configuration", error);
}

int redconf_mergeconfig(const struct globals *globals, int argc, char **argv)
{
	struct redpak_error error;
	struct pool pool = {0};
	const char *directory;
	bool admin = false;
	const struct option_row rows[] = {{"admin", 'a', false, &admin}};
	int result, status = read_directory_option(argc, argv, 'r', "redpath", rows, 1, &directory);

	(void)globals;
	if (status)
		return status;
	result = print_merged(&pool, directory, admin, &error);
	pool_free(&pool);
	return result < 0 ? report_error(&error) : REDCONF_OK;
}
