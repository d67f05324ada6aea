/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of redconf create. */
#include <string.h>

#include "load/schema.h"
#include "redconf/create.h"
#include "redconf/redconf.h"

static const struct {
	const char *name;
	char letter;
} models[] = {{"full", 'f'}, {"leaf", 'l'}, {"root", 'r'}};

enum { MODEL_COUNT = FIELD_COUNT(models), WORD_COUNT = 2 };

static int take_models(struct create_options *options, const bool *chosen)
{
	for (size_t i = 0; i < MODEL_COUNT; i++) {
		if (!chosen[i])
			continue;
		if (options->model)
			return report_usage("more than one model: ", models[i].name);
		options->model = models[i].name;
	}
	if (options->model && strchr(options->model, '/'))
		return report_usage("a model is the name of templates, no path: ", options->model);
	return 0;
}

static int take_words(struct create_options *options, const char *const *words)
{
	if (words[0] && options->node)
		return report_usage("the node is given twice: ", words[0]);
	if (words[1] && options->redroot)
		return report_usage("the root is given twice: ", words[1]);
	if (words[0])
		options->node = words[0];
	if (words[1])
		options->redroot = words[1];
	return 0;
}

static int read_create_options(int argc, char **argv, struct create_options *options)
{
	const char *words[WORD_COUNT] = {NULL};
	bool chosen[MODEL_COUNT] = {false};
	struct option_row rows[] = {
		{"alias", 'a', true, &options->alias},
		{"config", 'c', true, &options->config},
		{"config-adm", 'C', true, &options->config_adm},
		{"model", 'm', true, &options->model},
		{"templates", 't', true, &options->templates},
		{"node", 'n', true, &options->node},
		{"redroot", 'R', true, &options->redroot},
		{"update", 'u', false, &options->update},
		{models[0].name, models[0].letter, false, &chosen[0]},
		{models[1].name, models[1].letter, false, &chosen[1]},
		{models[2].name, models[2].letter, false, &chosen[2]},
	};
	int status = read_options(argc, argv, rows, FIELD_COUNT(rows), words, WORD_COUNT);

	if (status == 0)
		status = take_models(options, chosen);
	return status ? status : take_words(options, words);
}

int redconf_create(const struct globals *globals, int argc, char **argv)
{
	struct create_options options = {.node = NULL};
	struct redpak_error error;
	struct pool pool = {0};
	int result, status = read_create_options(argc, argv, &options);

	(void)globals;
	if (status)
		return status;
	result = create_node(&pool, &options, &error);
	pool_free(&pool);
	return result < 0 ? report_error(&error) : REDCONF_OK;
}
