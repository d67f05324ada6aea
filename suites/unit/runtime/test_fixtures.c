/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every file of fixtures/nodes: those of valid/ are taken, those of malformed/ are refused at the
 * place and for the reason that malformed.txt gives.
 */
#include "support.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define STATUS_PREFIX "status-"

/* Load, merge and check, as redpak_plan() has them, of a node that is @path alone. */
static int judge(struct bench *bench, const char *path, bool is_status)
{
	struct node node = {.path = "/node", .status.state = NODE_ENABLE};
	const struct value *root;
	struct redpak_plan plan;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int result;

	if (fd < 0)
		fail_msg("cannot open %s", path);
	result = document_read(&bench->pool, fd, path, &root, &bench->error);
	close(fd);
	if (result == 0 && is_status)
		result = status_read(&bench->pool, root, &node.status, &bench->error);
	else if (result == 0)
		result = config_read(&bench->pool, root, &node.config, &bench->error);
	if (result == 0)
		result = check_states(&node, &bench->error);
	if (result == 0)
		result = merge_chain(bench, &node, &plan);
	return result < 0 ? result : check_plan(&plan, &bench->error);
}

/* One row of the table; returns whether it is one. */
static bool assert_row(struct bench *bench, const char *row)
{
	char name[64], place[32], reason[128], path[256], wanted[512];

	if (sscanf(row, "%63s %31s %127[^\n]", name, place, reason) != 3 || name[0] == '#')
		return false;
	snprintf(path, sizeof path, FIXTURES "/malformed/%s.yaml", name);
	if (judge(bench, path, !strncmp(name, STATUS_PREFIX, strlen(STATUS_PREFIX))) >= 0)
		fail_msg("accepted: %s", path);
	snprintf(wanted, sizeof wanted, "%s:%s: ", path, place);
	if (strncmp(bench->error.text, wanted, strlen(wanted)) != 0 ||
	    !strstr(bench->error.text, reason))
		fail_msg("not '%s ... %s': %s", wanted, reason, bench->error.text);
	return true;
}

static size_t files_in(const char *path)
{
	DIR *directory = opendir(path);
	size_t count = 0;

	assert_non_null(directory);
	for (const struct dirent *entry; (entry = readdir(directory));)
		count += entry->d_name[0] != '.';
	closedir(directory);
	return count;
}

static void malformed_files_are_refused_where_they_are_wrong(void **state)
{
	struct bench *bench = *state;
	FILE *table = fopen(FIXTURES "/malformed.txt", "re");
	char row[512];
	size_t rows = 0;

	assert_non_null(table);
	while (fgets(row, sizeof row, table))
		rows += assert_row(bench, row);
	fclose(table);
	/* None is forgotten in the table. */
	assert_int_equal(rows, files_in(FIXTURES "/malformed"));
}

static void valid_files_are_taken(void **state)
{
	struct bench *bench = *state;
	DIR *directory = opendir(FIXTURES "/valid");
	const struct dirent *entry;

	assert_non_null(directory);
	while ((entry = readdir(directory))) {
		const char *path = pool_format(&bench->pool, FIXTURES "/valid/%s", entry->d_name);

		if (entry->d_name[0] != '.' && judge(bench, path, false) < 0)
			fail_msg("refused: %s", bench->error.text);
	}
	closedir(directory);
	assert_true(files_in(FIXTURES "/valid") > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(malformed_files_are_refused_where_they_are_wrong),
		bench_test(valid_files_are_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
