/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration of the kernel: whole, compressed, cut off, broken and huge. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "survey/probe.h"
#include "survey/witness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define END "# end of Kernel hacking\n"

static const struct redprobe_feature features[] = {
	{.id = "test.built", .option = "CONFIG_BUILT"},
	{.id = "test.module", .option = "CONFIG_MODULE"},
	{.id = "test.unset", .option = "CONFIG_UNSET"},
	{.id = "test.absent", .option = "CONFIG_ABSENT"},
	{.id = "test.number", .option = "CONFIG_NUMBER"},
	{.id = "test.none"},
	{.id = "test.again", .option = "CONFIG_BUILT"},
};

enum { BUILT, MODULE, UNSET, ABSENT, NUMBER, NONE, AGAIN };

static const struct redprobe_area area = {
	.name = "test", .features = features, .count = COUNT(features)};
static const struct redprobe_area *const areas[] = {&area, NULL};

static const char whole[] = "#\n"
			    "# Automatically generated file; DO NOT EDIT.\n"
			    "#\n"
			    "CONFIG_BUILT=y\n"
			    "CONFIG_BUILT_TOO=n\n"
			    "CONFIG_MODULE=m\n"
			    "# CONFIG_UNSET is not set\n"
			    "CONFIG_NUMBER=0x123456789abcdef0123456789\n" END;

static char path[] = "/tmp/redprobe-witness-XXXXXX";

static void write_plain(const char *text, size_t size)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static void write_compressed(const char *text, size_t size)
{
	gzFile file = gzopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(gzwrite(file, text, (unsigned)size), size);
	assert_int_equal(gzclose(file), Z_OK);
}

static struct witness *read_it(void)
{
	const char *const paths[] = {path, NULL};

	return witness_read_paths(areas, paths);
}

/* What is said of a feature that has this status; the value is "" where nothing is. */
static struct redprobe_witness said(const struct witness *witness, int row,
				    enum redprobe_status status)
{
	struct redprobe_finding finding = {.status = status};

	witness_testify(witness, &features[row], &finding);
	return finding.witness;
}

static void assert_value(const struct witness *witness, int row, const char *value)
{
	struct redprobe_witness got = said(witness, row, REDPROBE_SUPPORTED);

	assert_string_equal(got.value, value);
	assert_string_equal(got.option, *value ? features[row].option : "");
}

static void assert_whole(const struct witness *witness)
{
	assert_non_null(witness);
	assert_value(witness, BUILT, "y");
	assert_value(witness, AGAIN, "y");
	assert_value(witness, MODULE, "m");
	assert_value(witness, UNSET, "n");
	assert_value(witness, ABSENT, "n");
	assert_value(witness, NUMBER, "0x123456789abcd");
	assert_value(witness, NONE, "");
}

static void plain_and_compressed(void **state)
{
	struct witness *witness;

	(void)state;
	write_plain(whole, strlen(whole));
	witness = read_it();
	assert_whole(witness);
	witness_free(witness);
	write_compressed(whole, strlen(whole));
	witness = read_it();
	assert_whole(witness);
	witness_free(witness);
}

static const struct judgement {
	int row;
	enum redprobe_status status;
	bool agrees;
} judgements[] = {
	{BUILT, REDPROBE_SUPPORTED, true},    {BUILT, REDPROBE_RESTRICTED, true},
	{BUILT, REDPROBE_UNSUPPORTED, false}, {BUILT, REDPROBE_UNKNOWN, true},
	{MODULE, REDPROBE_SUPPORTED, true},   {MODULE, REDPROBE_UNSUPPORTED, true},
	{UNSET, REDPROBE_SUPPORTED, false},   {UNSET, REDPROBE_RESTRICTED, false},
	{UNSET, REDPROBE_UNSUPPORTED, true},  {UNSET, REDPROBE_UNKNOWN, true},
	{ABSENT, REDPROBE_SUPPORTED, false},  {ABSENT, REDPROBE_UNSUPPORTED, true},
	{NUMBER, REDPROBE_SUPPORTED, true},   {NUMBER, REDPROBE_UNSUPPORTED, false},
};

static void what_contradicts_what(void **state)
{
	struct witness *witness;

	(void)state;
	write_plain(whole, strlen(whole));
	witness = read_it();
	for (size_t i = 0; i < COUNT(judgements); i++)
		assert_int_equal(said(witness, judgements[i].row, judgements[i].status).agrees,
				 judgements[i].agrees);
	witness_free(witness);
}

/* What is missing then may have been cut off. */
static void without_its_end_absence_says_nothing(void **state)
{
	struct witness *witness;

	(void)state;
	write_plain(whole, strlen(whole) - strlen(END));
	witness = read_it();
	assert_non_null(witness);
	assert_value(witness, BUILT, "y");
	assert_value(witness, UNSET, "n");
	assert_value(witness, ABSENT, "");
	witness_free(witness);
}

/* Wherever it is cut: a line without its end says nothing. */
static void cut_off_anywhere(void **state)
{
	(void)state;
	for (size_t size = 0; size < strlen(whole); size++) {
		struct witness *witness;

		write_plain(whole, size);
		witness = read_it();
		if (!witness)
			continue;
		assert_true(size > (size_t)(strstr(whole, "CONFIG_BUILT=y") - whole));
		assert_value(witness, BUILT, "y");
		assert_value(witness, ABSENT, "");
		witness_free(witness);
	}
}

static size_t read_back(char *text, size_t size)
{
	FILE *file = fopen(path, "re");
	size_t got;

	assert_non_null(file);
	got = fread(text, 1, size, file);
	fclose(file);
	return got;
}

/* A checksum is behind it all: what is not whole is not believed. */
static void broken_compression(void **state)
{
	char packed[4096], spoilt[4096];
	size_t size;

	(void)state;
	write_compressed(whole, strlen(whole));
	size = read_back(packed, sizeof packed);
	for (size_t cut = 2; cut < size; cut++) {
		write_plain(packed, cut);
		assert_null(read_it());
	}
	/* Behind the header; the last byte before the checksum has bits that say nothing. */
	for (size_t at = 10; at < size; at++) {
		if (at == size - 9)
			continue;
		memcpy(spoilt, packed, size);
		spoilt[at] ^= 0x20;
		write_plain(spoilt, size);
		assert_null(read_it());
	}
}

static void nothing_of_the_kind(void **state)
{
	static const char *const texts[] = {"",
					    "\n",
					    "nonsense",
					    "CONFIG_\n",
					    "# CONFIG_\n",
					    "=y\n",
					    END,
					    "# CONFIG_BUILT is set\n"};
	const char *const missing[] = {"/nonexistent", "/dev/zero", "/", NULL};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		write_plain(texts[i], strlen(texts[i]));
		assert_null(read_it());
	}
	assert_null(witness_read_paths(areas, missing));
}

/* Nobody writes to it, so whoever waited for that would wait for ever. */
static void a_pipe_is_none(void **state)
{
	(void)state;
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_null(read_it());
	assert_int_equal(unlink(path), 0);
}

/* The text is bounded, and so is a line. */
static void huge_files(void **state)
{
	static const char first[] = "CONFIG_BUILT=y\n";
	static char text[1 << 20];
	struct witness *witness;
	gzFile file;

	(void)state;
	memset(text, '#', sizeof text);
	write_plain(text, sizeof text);
	assert_null(read_it());
	for (size_t i = 63; i < sizeof text; i += 64)
		text[i] = '\n';
	memcpy(text, first, sizeof first - 1);
	file = gzopen(path, "wb");
	assert_non_null(file);
	for (int i = 0; i < 64; i++)
		assert_int_equal(gzwrite(file, text, sizeof text), sizeof text);
	assert_int_equal(gzclose(file), Z_OK);
	assert_null(read_it());
	write_compressed(text, sizeof text);
	witness = read_it();
	assert_value(witness, BUILT, "y");
	witness_free(witness);
}

static void the_first_that_can_be_read(void **state)
{
	const char *const paths[] = {"/nonexistent", "/dev/null", path, "/nonexistent", NULL};
	struct witness *witness;

	(void)state;
	write_plain(whole, strlen(whole));
	witness = witness_read_paths(areas, paths);
	assert_whole(witness);
	witness_free(witness);
}

static void without_a_witness(void **state)
{
	static const struct redprobe_area none = {
		.name = "test", .features = &features[NONE], .count = 1};
	const struct redprobe_area *const nobody[] = {&none, NULL};
	const char *const paths[] = {path, NULL};

	(void)state;
	write_plain(whole, strlen(whole));
	assert_null(witness_read_paths(nobody, paths));
	assert_value(NULL, BUILT, "");
}

static int make_path(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int remove_path(void **state)
{
	(void)state;
	unlink(path);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_and_compressed),
		cmocka_unit_test(what_contradicts_what),
		cmocka_unit_test(without_its_end_absence_says_nothing),
		cmocka_unit_test(cut_off_anywhere),
		cmocka_unit_test(broken_compression),
		cmocka_unit_test(nothing_of_the_kind),
		cmocka_unit_test(a_pipe_is_none),
		cmocka_unit_test(huge_files),
		cmocka_unit_test(the_first_that_can_be_read),
		cmocka_unit_test(without_a_witness),
	};

	return cmocka_run_group_tests(tests, make_path, remove_path);
}
