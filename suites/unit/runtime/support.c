/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HEADERS "headers: {alias: test}\n"

int bench_make(void **state)
{
	*state = calloc(1, sizeof(struct bench));
	return *state ? 0 : -1;
}

int bench_free(void **state)
{
	struct bench *bench = *state;

	pool_free(&bench->pool);
	free(bench);
	return 0;
}

int text_file(const char *text, size_t length)
{
	int fd = memfd_create("text", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, length), length);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

int read_document(struct bench *bench, const char *text, const struct value **root)
{
	int fd = text_file(text, strlen(text));
	int result = document_read(&bench->pool, fd, TEXT_NAME, root, &bench->error);

	close(fd);
	return result;
}

int read_config(struct bench *bench, const char *text, struct config *config)
{
	const struct value *root = NULL;
	int result = read_document(bench, text, &root);

	*config = (struct config){0};
	return result < 0 ? result : config_read(&bench->pool, root, config, &bench->error);
}

struct config good_config(struct bench *bench, const char *text)
{
	const char *whole = pool_format(&bench->pool, HEADERS "%s", text);
	struct config config;
	int result = read_config(bench, whole, &config);

	if (result < 0)
		fail_msg("refused: %s", bench->error.text);
	return config;
}

void assert_place(const struct redpak_error *error, size_t line, size_t column)
{
	char place[64];

	snprintf(place, sizeof place, TEXT_NAME ":%zu:%zu: ", line, column);
	if (strncmp(error->text, place, strlen(place)) != 0)
		fail_msg("not at %s: %s", place, error->text);
	assert_null(strchr(error->text, '\n'));
	assert_int_equal(error->status, REDPAK_STATUS_SETUP);
}

void assert_refused(struct bench *bench, const char *text, size_t line, size_t column,
		    const char *reason)
{
	struct config config;

	bench->error = (struct redpak_error){0};
	if (read_config(bench, text, &config) >= 0)
		fail_msg("accepted: %s", text);
	assert_place(&bench->error, line, column);
	if (!strstr(bench->error.text, reason))
		fail_msg("'%s' is not the reason: %s", reason, bench->error.text);
}

struct node *good_node(struct bench *bench, const char *path, const char *text, struct node *parent)
{
	struct node *node = pool_alloc(&bench->pool, sizeof(*node));

	assert_non_null(node);
	node->path = path;
	node->status.state = NODE_ENABLE;
	node->status.realpath.origin = (struct origin){TEXT_NAME, 9, 9};
	node->config = good_config(bench, text);
	node->parent = parent;
	return node;
}

struct node *chain(struct bench *bench, const char *const nodes[][2], size_t count)
{
	static const char *const paths[] = {"/r/p/l", "/r/p", "/r"};
	struct node *node = NULL;

	assert_true(count <= COUNT(paths));
	for (size_t i = count; i-- > 0;) {
		node = good_node(bench, paths[i], nodes[i][0], node);
		if (!nodes[i][1])
			continue;
		node->admin = pool_alloc(&bench->pool, sizeof(*node->admin));
		assert_non_null(node->admin);
		*node->admin = good_config(bench, nodes[i][1]);
	}
	return node;
}

int merge_chain(struct bench *bench, const struct node *leaf, struct redpak_plan *plan)
{
	struct expansion expansion = {.pool = &bench->pool,
				      .leaf = leaf,
				      .commands = COMMANDS_SHOW,
				      .error = &bench->error};
	int result;

	*plan = (struct redpak_plan){.leaf = leaf, .commands = COMMANDS_SHOW};
	result = merge_settings(&bench->pool, leaf, &plan->merged, &bench->error);
	for (int key = 0; key < KEY_COUNT && result == 0; key++) {
		if (config_keys[key].commands && plan->merged.settings[key])
			result = expand_text(&expansion, leaf, plan->merged.settings[key],
					     &plan->texts[key]);
	}
	return result < 0 ? result : merge_lists(&expansion, &plan->merged);
}

const struct merged *good_merge(struct bench *bench, const struct node *leaf)
{
	struct redpak_plan *plan = pool_alloc(&bench->pool, sizeof(*plan));

	assert_non_null(plan);
	if (merge_chain(bench, leaf, plan) < 0)
		fail_msg("refused: %s", bench->error.text);
	assert_ptr_equal(plan->merged.leaf, leaf);
	return &plan->merged;
}

void assert_merge_refused(struct bench *bench, const struct node *leaf, size_t line, size_t column,
			  const char *reason)
{
	struct redpak_plan plan;

	if (merge_chain(bench, leaf, &plan) >= 0)
		fail_msg("accepted");
	assert_place(&bench->error, line, column);
	if (!strstr(bench->error.text, reason))
		fail_msg("'%s' is not the reason: %s", reason, bench->error.text);
}

const char *catch_stderr(struct bench *bench, void (*act)(void *data), void *data)
{
	int caught = memfd_create("stderr", MFD_CLOEXEC);
	int before = dup(STDERR_FILENO);
	off_t length;
	char *text;

	assert_true(caught >= 0 && before >= 0);
	dup2(caught, STDERR_FILENO);
	act(data);
	dup2(before, STDERR_FILENO);
	length = lseek(caught, 0, SEEK_END);
	text = pool_alloc(&bench->pool, (size_t)length + 1);
	assert_non_null(text);
	assert_int_equal(pread(caught, text, (size_t)length, 0), length);
	close(before);
	close(caught);
	return text;
}

size_t count_warnings(struct bench *bench, void (*act)(void *data), void *data)
{
	const char *text = catch_stderr(bench, act, data);
	size_t lines = 0;

	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

struct merging {
	struct bench *bench;
	const struct node *leaf;
};

static void merge_now(void *data)
{
	const struct merging *merging = data;

	good_merge(merging->bench, merging->leaf);
}

const char *merge_says(struct bench *bench, const struct node *leaf)
{
	struct merging merging = {bench, leaf};

	return catch_stderr(bench, merge_now, &merging);
}

struct reading {
	struct bench *bench;
	const char *text;
	struct config config;
};

static void read_now(void *data)
{
	struct reading *reading = data;

	reading->config = good_config(reading->bench, reading->text);
}

struct config config_warns(struct bench *bench, const char *section, const char *entries,
			   size_t warnings)
{
	const char *text = pool_format(&bench->pool, "%s: [%s]\n", section, entries);
	struct reading reading = {.bench = bench, .text = text};

	assert_int_equal(count_warnings(bench, read_now, &reading), warnings);
	return reading.config;
}
