/* SPDX-License-Identifier: Apache-2.0 */
/* redconf create: makes a directory a node, with configurations from templates. */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "base/auto.h"
#include "base/path.h"
#include "base/signals.h"
#include "load/node.h"
#include "redconf/create.h"
#include "redconf/output.h"
#include "redconf/place.h"
#include "redconf/redconf.h"
#include "redconf/template.h"
#include "show/yaml.h"

enum { CONFIG, ADMIN, CONFIG_COUNT };

/* What the two configurations of a node differ in; the first name is that of new files. */
static const struct {
	const char *ending; /* of templates */
	const char *name;
	const char *alias_prefix;
} kinds[CONFIG_COUNT] = {
	[CONFIG] = {"-normal.yaml", "redpak.yaml", ""},
	[ADMIN] = {"-admin.yaml", "redpak-admin.yaml", "admin-of-"},
};

/*
 * @former: the node that is there already, or NULL.
 * @info: what is said of the creation.
 */
struct creation {
	struct pool *pool;
	const struct create_options *options;
	struct redpak_error *error;
	struct place node, etc;
	const struct node *former;
	const char *info;
	struct config configs[CONFIG_COUNT];
	struct status status;
};

/* The node's path: a relative one begins at the root directory, if that is given. */
static const char *node_path(struct pool *pool, const struct create_options *options)
{
	const char *node = options->node ? options->node : ".";

	if (!options->redroot || *node == '/' || !*node)
		return node;
	return pool_format(pool, "%s/%s", options->redroot, node);
}

static int check_root(struct creation *creation)
{
	struct place root;
	int result = place_find(creation->pool, creation->options->redroot, &root, creation->error);

	if (result == 0 && !path_is_beneath(creation->node.path, root.path))
		result = fail(creation->error, -EINVAL, "cannot create %s: it is not beneath %s",
			      creation->node.path, root.path);
	place_end(&root);
	return result;
}

static int find_node(struct creation *creation)
{
	const char *path = node_path(creation->pool, creation->options);
	int result;

	if (!path)
		return out_of_memory(creation->error);
	result = place_find(creation->pool, path, &creation->node, creation->error);
	if (result == 0 && !strcmp(creation->node.path, "/"))
		return fail(creation->error, -EINVAL,
			    "cannot create a node at /: the root directory is never one");
	return result == 0 && creation->options->redroot ? check_root(creation) : result;
}

/* A node that is there already is an error, or what the headers are kept of. */
static int find_former(struct creation *creation)
{
	const struct place *place = &creation->node;
	struct node *former;
	int result;

	if (*place->missing)
		return 0;
	result = node_is_at(place->base, place->path, creation->error);
	if (result <= 0)
		return result;
	if (!creation->options->update)
		return fail(creation->error, -EEXIST,
			    "cannot create %s: it is a node already; with --update its files are "
			    "written anew",
			    place->path);
	result = node_load_alone(creation->pool, place->base, place->path, true, &former,
				 creation->error);
	creation->former = former;
	return result;
}

/* Whether the directory above the new node is one: 1, 0 or a negative errno. */
static int is_below_node(const struct creation *creation)
{
	const struct place *place = &creation->node;
	const char *above = pool_copy(creation->pool, place->path,
				      (size_t)(strrchr(place->path, '/') - place->path));
	AUTO_CLOSE int fd = -1;

	if (!above)
		return out_of_memory(creation->error);
	if (strchr(place->missing, '/'))
		return 0;
	fd = openat(place->base, *place->missing ? "." : "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fail_errno(creation->error, -errno, "cannot open the directory above %s",
				  place->path);
	return node_is_at(fd, *above ? above : "/", creation->error);
}

/* The model where none is given: the part of an application below a node, else a whole one. */
static int choose_model(const struct creation *creation, const char **model)
{
	int below = 0;

	*model = creation->options->model;
	if (!*model && (below = is_below_node(creation)) >= 0)
		*model = below ? "leaf" : "full";
	return below < 0 ? below : 0;
}

static int read_templates(struct creation *creation)
{
	const struct create_options *options = creation->options;
	const char *names[CONFIG_COUNT] = {options->config, options->config_adm};
	const char *model;
	int result = choose_model(creation, &model);

	for (int kind = 0; kind < CONFIG_COUNT && result == 0; kind++)
		result = template_read(creation->pool, options->templates,
				       names[kind] ? names[kind] : model, kinds[kind].ending,
				       &creation->configs[kind], creation->error);
	return result;
}

/* A text made of tags. */
static int make_text(const struct creation *creation, const char *tags, const char **text)
{
	struct expansion expansion = {
		.pool = creation->pool, .commands = COMMANDS_REFUSE, .error = creation->error};
	const struct setting setting = {.text = tags};

	return expand_text(&expansion, NULL, &setting, text);
}

static int choose_alias(const struct creation *creation, const char **alias)
{
	const char *wanted = creation->options->alias;

	*alias = wanted ? wanted : strrchr(creation->node.path, '/') + 1;
	if (creation->former) {
		*alias = creation->former->config.alias.text;
		if (wanted && strcmp(wanted, *alias) != 0)
			warn("the alias %s is not used: %s keeps its headers, and is %s", wanted,
			     creation->node.path, *alias);
		return 0;
	}
	if (!alias_is_valid(*alias))
		return fail(creation->error, -EINVAL,
			    "cannot create %s: alias '%s' must be made of A-Z a-z 0-9 + - _ @ :; "
			    "name another with --alias",
			    creation->node.path, *alias);
	return 0;
}

static int set_headers(struct creation *creation)
{
	const struct node *former = creation->former;
	const struct config *kept[CONFIG_COUNT] = {former ? &former->config : NULL,
						   former ? former->admin : NULL};
	const char *alias;
	int result = choose_alias(creation, &alias);

	for (int kind = 0; kind < CONFIG_COUNT && result == 0; kind++) {
		struct config *config = &creation->configs[kind];

		if (kept[kind]) {
			config->alias = kept[kind]->alias;
			config->name = kept[kind]->name;
			config->info = kept[kind]->info;
			continue;
		}
		config->alias.text =
			pool_format(creation->pool, "%s%s", kinds[kind].alias_prefix, alias);
		if (!config->alias.text)
			return out_of_memory(creation->error);
		config->info.text = creation->info;
		result = make_text(creation, "$UUID", &config->name.text);
	}
	return result;
}

/* A node that was taken out of use stays so. */
static void set_status(struct creation *creation)
{
	struct status *status = &creation->status;
	struct timespec now;

	if (creation->former)
		*status = creation->former->status;
	else
		*status = (struct status){.state = NODE_ENABLE, .info.text = creation->info};
	clock_gettime(CLOCK_REALTIME, &now);
	status->realpath.text = creation->node.path;
	status->timestamp =
		(unsigned long long)now.tv_sec * 1000 + (unsigned long long)now.tv_nsec / 1000000;
}

static int write_config(FILE *out, const void *content)
{
	return yaml_write_config(out, content, YAML_FILE);
}

static int write_status(FILE *out, const void *content)
{
	return yaml_write_status(out, content);
}

/* The name that the configuration was read from, which may be the fallback. */
static const char *file_name(const struct config *former, const char *usual)
{
	return former ? strrchr(former->alias.origin.file, '/') + 1 : usual;
}

/* The status file comes last: it is what makes the directory a node. */
static int write_files(struct creation *creation)
{
	const struct node *former = creation->former;
	const struct config *admin = former ? former->admin : NULL;
	struct output outputs[] = {
		{.directory = creation->etc.directory,
		 .path = creation->etc.path,
		 .name = file_name(former ? &former->config : NULL, kinds[CONFIG].name),
		 .write = write_config,
		 .content = &creation->configs[CONFIG],
		 .replace = former},
		{.directory = creation->etc.directory,
		 .path = creation->etc.path,
		 .name = file_name(admin, kinds[ADMIN].name),
		 .write = write_config,
		 .content = &creation->configs[ADMIN],
		 .replace = admin},
		{.directory = creation->node.directory,
		 .path = creation->node.path,
		 .name = NODE_STATUS_FILE,
		 .write = write_status,
		 .content = &creation->status,
		 .replace = former},
	};

	return outputs_commit(creation->pool, outputs, FIELD_COUNT(outputs), creation->error);
}

static int make_below(struct creation *creation)
{
	int result = place_find_below(&creation->node, NODE_CONFIG_DIRECTORY, &creation->etc,
				      creation->error);

	if (result == 0)
		result = place_make(&creation->etc, creation->error);
	if (result == 0)
		result = write_files(creation);
	if (result < 0)
		place_remove(&creation->etc);
	return result;
}

/* All or nothing: a signal has its effect afterwards, and a limit on files is an error. */
static int make(struct creation *creation)
{
	sigset_t all, former;
	int result;

	signal(SIGXFSZ, SIG_IGN);
	signals_fill(&all);
	sigprocmask(SIG_BLOCK, &all, &former);
	result = place_make(&creation->node, creation->error);
	if (result == 0)
		result = make_below(creation);
	if (result < 0)
		place_remove(&creation->node);
	sigprocmask(SIG_SETMASK, &former, NULL);
	return result;
}

int create_node(struct pool *pool, const struct create_options *options, struct redpak_error *error)
{
	static int (*const steps[])(struct creation * creation) = {find_node, find_former,
								   read_templates, set_headers};
	struct creation creation = {.pool = pool,
				    .options = options,
				    .error = error,
				    .node = PLACE_NONE,
				    .etc = PLACE_NONE};
	int result = make_text(&creation, "created by redconf create, $TODAY", &creation.info);

	for (size_t i = 0; i < FIELD_COUNT(steps) && result == 0; i++)
		result = steps[i](&creation);
	if (result == 0) {
		set_status(&creation);
		result = make(&creation);
	}
	place_end(&creation.etc);
	place_end(&creation.node);
	return result;
}
