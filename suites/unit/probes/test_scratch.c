/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a killed probe left is taken away, and items are told apart. On plain directories: their
 * files take what is written, as those of a group do.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "cgroup/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct folder {
	char path[64];
	struct cgroup_place place;
};

static int make_folder(void **state)
{
	struct folder *folder = calloc(1, sizeof *folder);

	assert_non_null(folder);
	snprintf(folder->path, sizeof folder->path, "/tmp/test_scratch.XXXXXX");
	assert_non_null(mkdtemp(folder->path));
	folder->place.fd = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(folder->place.fd >= 0);
	folder->place.trial_fd = folder->place.fd;
	*state = folder;
	return 0;
}

/* Everything in it is one level deep. */
static int remove_folder(void **state)
{
	struct folder *folder = *state;
	DIR *directory = fdopendir(folder->place.fd);
	struct dirent *entry;

	while ((entry = readdir(directory)))
		if (unlinkat(dirfd(directory), entry->d_name, 0) < 0)
			unlinkat(dirfd(directory), entry->d_name, AT_REMOVEDIR);
	closedir(directory);
	rmdir(folder->path);
	free(folder);
	return 0;
}

static void put(const struct folder *folder, const char *name, const char *text)
{
	int fd = openat(folder->place.fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void assert_holds(const struct folder *folder, const char *name, const char *text)
{
	char got[64];

	assert_int_equal(file_read(folder->place.fd, name, got, sizeof got), 0);
	assert_string_equal(got, text);
}

static void recover(struct folder *folder)
{
	char done = 0;

	cgroup_recover(&folder->place, &done);
	assert_true(done);
}

static void the_name_says_what_to_undo(void **state)
{
	struct folder *folder = *state;

	put(folder, "cgroup.subtree_control", "");
	assert_int_equal(mkdirat(folder->place.fd, "redprobe-scratch.memory", 0700), 0);
	recover(folder);
	assert_int_equal(faccessat(folder->place.fd, "redprobe-scratch.memory", F_OK, 0), -1);
	assert_holds(folder, "cgroup.subtree_control", "-memory");
}

static void a_group_below_goes_with_it(void **state)
{
	struct folder *folder = *state;

	assert_int_equal(mkdirat(folder->place.fd, "redprobe-scratch", 0700), 0);
	assert_int_equal(mkdirat(folder->place.fd, "redprobe-scratch/redprobe-below", 0700), 0);
	recover(folder);
	assert_int_equal(faccessat(folder->place.fd, "redprobe-scratch", F_OK, 0), -1);
}

static void what_others_may_use_stays_enabled(void **state)
{
	struct folder *folder = *state;

	put(folder, "cgroup.subtree_control", "memory");
	assert_int_equal(mkdirat(folder->place.fd, "redprobe-scratch.memory", 0700), 0);
	assert_int_equal(mkdirat(folder->place.fd, "other", 0700), 0);
	recover(folder);
	assert_int_equal(faccessat(folder->place.fd, "redprobe-scratch.memory", F_OK, 0), -1);
	assert_int_equal(faccessat(folder->place.fd, "other", F_OK, 0), 0);
	assert_holds(folder, "cgroup.subtree_control", "memory");
}

static void a_scratch_group_that_enabled_nothing_undoes_nothing(void **state)
{
	struct folder *folder = *state;

	put(folder, "cgroup.subtree_control", "memory");
	assert_int_equal(mkdirat(folder->place.fd, "redprobe-scratch", 0700), 0);
	recover(folder);
	assert_int_equal(faccessat(folder->place.fd, "redprobe-scratch", F_OK, 0), -1);
	assert_holds(folder, "cgroup.subtree_control", "memory");
}

static const struct cgroup_trial *trial_of(const struct cgroup_answer *answer, const char *file)
{
	for (size_t i = 0; i < CGROUP_ITEMS; i++)
		if (strcmp(cgroup_items[i].file, file) == 0)
			return &answer->items[i];
	fail_msg("no item %s", file);
	return NULL;
}

static void items_are_told_apart(void **state)
{
	struct cgroup_answer answer = {.lock = 0};
	struct folder *folder = *state;

	answer.controllers[CONTROLLER_MEMORY].enabled = ENABLED_BEFORE;
	answer.controllers[CONTROLLER_CPU].enabled = ENABLED_REFUSED;
	put(folder, "memory.max", "max");
	put(folder, "memory.high", "9999999999"); /* longer than what will be written over it */
	put(folder, "cpu.weight", "100");
	assert_int_equal(mkdirat(folder->place.fd, "memory.min", 0700), 0);
	cgroup_try_items(folder->place.fd, &answer);
	assert_int_equal(trial_of(&answer, "memory.max")->stage, STAGE_ACCEPTED);
	assert_string_equal(trial_of(&answer, "memory.max")->read, "67108864");
	assert_int_equal(trial_of(&answer, "memory.high")->stage, STAGE_DIFFERENT);
	assert_int_equal(trial_of(&answer, "memory.min")->stage, STAGE_WRITE);
	assert_int_equal(trial_of(&answer, "memory.min")->error, EISDIR);
	assert_int_equal(trial_of(&answer, "memory.swap.max")->stage, STAGE_ABSENT);
	assert_int_equal(trial_of(&answer, "cpu.weight")->stage, STAGE_NOT_TRIED);
	assert_holds(folder, "cpu.weight", "100");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_name_says_what_to_undo),
		TEST(a_group_below_goes_with_it),
		TEST(what_others_may_use_stays_enabled),
		TEST(a_scratch_group_that_enabled_nothing_undoes_nothing),
		TEST(items_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
