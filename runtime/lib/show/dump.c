/* SPDX-License-Identifier: Apache-2.0 */
/* A plan as the equivalent bubblewrap command, the form that existing tools parse. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "plan/plan.h"

/* @next_fd: the number that bubblewrap would get the next file by. */
struct dump {
	const struct redpak_plan *plan;
	FILE *out;
	int next_fd;
};

static void put_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (iscntrl((unsigned char)*text))
			fprintf(out, "\\%03o", (unsigned char)*text);
		else
			putc(*text, out);
	}
}

/* Begins a line: an option with up to two values. */
static void put_option(FILE *out, const char *option, const char *first, const char *second)
{
	const char *const values[] = {first, second};

	fprintf(out, "\n  %s", option);
	for (size_t i = 0; i < 2 && values[i]; i++) {
		putc(' ', out);
		put_text(out, values[i]);
	}
}

static void put_exports(struct dump *dump)
{
	const struct merged *merged = &dump->plan->merged;
	char number[16];

	for (size_t i = 0; i < merged->export_count; i++) {
		const struct merged_export *export = &merged->exports[i];
		const struct export_mode *mode = export->said->mode;
		const char *first = export->path;

		if (mode->source == EXPORT_SOURCE_COMMAND) {
			snprintf(number, sizeof(number), "%d", dump->next_fd++);
			first = number;
		}
		if (mode->source == EXPORT_SOURCE_NONE)
			put_option(dump->out, mode->option, export->mount, NULL);
		else
			put_option(dump->out, mode->option, first, export->mount);
	}
}

static void put_variables(const struct dump *dump)
{
	const struct merged *merged = &dump->plan->merged;

	for (size_t i = merged->variable_count; i-- > 0;) {
		const struct variable *said = merged->variables[i].said;
		const char *name = said->key.text;
		const char *value = said->mode == VARIABLE_EXECFD || said->mode == VARIABLE_STATIC
					    ? said->value.text
					    : environment_value(&dump->plan->environment, name);

		if (said->mode == VARIABLE_REMOVE)
			put_option(dump->out, "--unsetenv", name, NULL);
		else
			put_option(dump->out, "--setenv", name, value);
	}
}

static void put_capabilities(const struct dump *dump, bool all)
{
	const struct merged *merged = &dump->plan->merged;

	for (size_t i = merged->layer_count; i-- > 0;) {
		const struct layer *layer = &merged->layers[i];

		for (size_t j = layer->config->capability_count; j-- > 0;) {
			const struct capability_rule *rule = &layer->config->capabilities[j];

			if ((rule->capability == CAPABILITY_ALL) == all &&
			    !merged_is_overridden(merged, layer, rule->capability))
				put_option(dump->out, rule->keep ? "--cap-add" : "--cap-drop",
					   all ? "ALL" : rule->cap.text, NULL);
		}
	}
}

static void put_switch(const struct dump *dump, enum config_key key, const char *option)
{
	if (merged_number(&dump->plan->merged, key) == SWITCH_ENABLED)
		put_option(dump->out, option, NULL, NULL);
}

static void put_settings(const struct dump *dump)
{
	const struct redpak_plan *plan = dump->plan;

	if (plan->texts[KEY_HOSTNAME]) {
		put_option(dump->out, "--unshare-uts", NULL, NULL);
		put_option(dump->out, "--hostname", plan->texts[KEY_HOSTNAME], NULL);
	}
	if (plan->texts[KEY_CHDIR])
		put_option(dump->out, "--chdir", plan->texts[KEY_CHDIR], NULL);
	put_switch(dump, KEY_DIE_WITH_PARENT, "--die-with-parent");
	put_switch(dump, KEY_NEW_SESSION, "--new-session");
}

static void put_shares(const struct dump *dump)
{
	static const struct {
		enum namespace_kind kind;
		const char *new, *shared;
	} rows[] = {
		{NAMESPACE_USER, "--unshare-user", NULL},
		{NAMESPACE_CGROUP, "--unshare-cgroup", NULL},
		{NAMESPACE_IPC, "--unshare-ipc", NULL},
		{NAMESPACE_PID, "--unshare-pid", NULL},
		{NAMESPACE_NET, "--unshare-net", "--share-net"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		enum share_state state = dump->plan->merged.shares[rows[i].kind].state;

		if (state == SHARE_DISABLED)
			put_option(dump->out, rows[i].new, NULL, NULL);
		else if (state == SHARE_ENABLED && rows[i].shared)
			put_option(dump->out, rows[i].shared, NULL, NULL);
	}
}

static void put_search_paths(const struct dump *dump)
{
	for (size_t i = 0; i < SEARCH_PATH_COUNT; i++) {
		const char *text = dump->plan->environment.search_paths[i];

		if (text)
			put_option(dump->out, "--setenv", search_path_names[i], text);
	}
}

int redpak_dump(const struct redpak_plan *plan, const char *bwrap, const char *name, FILE *out)
{
	struct dump dump = {plan, out, 3};

	fputs("DUMP: ", out);
	put_text(out, bwrap);
	fputs(" (as ", out);
	put_text(out, name);
	putc(')', out);
	put_exports(&dump);
	put_variables(&dump);
	put_capabilities(&dump, true);
	put_capabilities(&dump, false);
	put_settings(&dump);
	put_shares(&dump);
	put_search_paths(&dump);
	for (char *const *word = plan->argv; *word; word++) {
		putc(' ', out);
		put_text(out, *word);
	}
	putc('\n', out);
	return fflush(out) == 0 && !ferror(out) ? 0 : -EIO;
}

static void rest_shares(const struct merged *merged, FILE *out)
{
	static const char *const states[] = {[SHARE_ENABLED] = "shared",
					     [SHARE_DISABLED] = "unshared",
					     [SHARE_JOINED] = "joined"};

	for (int kind = 0; kind < NAMESPACE_MNT; kind++) {
		const struct merged_share *share = &merged->shares[kind];

		fprintf(out, "# %s: %s", namespace_types[kind].name,
			share->implied ? "implied" : states[share->state]);
		if (share->state == SHARE_JOINED) {
			putc(' ', out);
			put_text(out, share->setting->text);
		}
		putc('\n', out);
	}
	for (size_t i = 0; i < CLOCK_COUNT; i++) {
		if (merged->time_offsets[i])
			fprintf(out, "# %s: %s s\n", namespace_clocks[i],
				merged->time_offsets[i]->text);
	}
}

static void rest_settings(const struct redpak_plan *plan, FILE *out)
{
	static const struct {
		enum config_key key;
		const char *absent; /* what holds where no file says; NULL: nothing to tell */
	} rows[] = {{KEY_UMASK, NULL},	    {KEY_SET_USER, NULL},
		    {KEY_SET_GROUP, NULL},  {KEY_SMACK, NULL},
		    {KEY_ID_MAP, NULL},	    {KEY_SECCOMP, "default"},
		    {KEY_TMPFS_SIZE, NULL}, {KEY_NESTED_USERNS, "Disabled"},
		    {KEY_CGROUPROOT, NULL}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct setting *setting = plan->merged.settings[rows[i].key];
		const char *text = plan->texts[rows[i].key];

		if (!text)
			text = setting ? setting->text : rows[i].absent;
		if (!text)
			continue;
		fprintf(out, "# %s: ", config_keys[rows[i].key].name);
		put_text(out, text);
		putc('\n', out);
	}
}

/* Each node has a group of its own: its limits hold together with those of its parents. */
static void rest_limits(const struct node *node, FILE *out)
{
	for (; node; node = node->parent) {
		for (size_t i = 0; i < CGROUP_ITEM_COUNT; i++) {
			const struct setting *setting = cgroup_own_setting(node, i);

			if (!setting || cgroup_items[i].system_wide)
				continue;
			fprintf(out, "# %s: ", cgroup_items[i].file);
			put_text(out, setting->text);
			fputs(" (", out);
			put_text(out, node->path);
			fputs(")\n", out);
		}
	}
}

int redpak_dump_rest(const struct redpak_plan *plan, FILE *out)
{
	rest_shares(&plan->merged, out);
	rest_settings(plan, out);
	rest_limits(plan->leaf, out);
	return fflush(out) == 0 && !ferror(out) ? 0 : -EIO;
}
