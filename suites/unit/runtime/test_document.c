/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The limits of a document, each reached and passed by one. What is refused within them is in
 * fixtures/nodes, see test_fixtures.c.
 */
#include "support.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A text of @count times @unit between @before and @after; owned by the pool. */
static const char *repeat(struct bench *bench, const char *before, const char *unit, size_t count,
			  const char *after)
{
	size_t size = strlen(before) + strlen(unit) * count + strlen(after) + 1;
	char *text = pool_alloc(&bench->pool, size);
	char *end = stpcpy(text, before);

	while (count--)
		end = stpcpy(end, unit);
	stpcpy(end, after);
	return text;
}

static void assert_document_refused(struct bench *bench, const char *text, const char *reason)
{
	const struct value *root;

	assert_true(read_document(bench, text, &root) < 0);
	if (!strstr(bench->error.text, reason))
		fail_msg("'%s' is not the reason: %s", reason, bench->error.text);
}

static const struct value *good_document(struct bench *bench, const char *text)
{
	const struct value *root = NULL;

	if (read_document(bench, text, &root) < 0)
		fail_msg("refused: %s", bench->error.text);
	return root;
}

static void a_tree_has_types_texts_and_places(void **state)
{
	struct bench *bench = *state;
	const struct value *root = good_document(bench, "a: 1\nb:\n  - 'x y'\n  - {c: ~}\n");
	const struct value *list = root->items[1].value;

	assert_int_equal(root->type, VALUE_MAPPING);
	assert_int_equal(root->count, 2);
	assert_string_equal(root->items[0].key, "a");
	assert_string_equal(root->items[0].value->text, "1");
	assert_int_equal(root->items[0].value->origin.column, 4);
	assert_int_equal(list->type, VALUE_SEQUENCE);
	assert_string_equal(list->items[0].value->text, "x y");
	assert_null(list->items[0].key);
	assert_string_equal(list->items[1].value->items[0].value->text, "~");
	assert_int_equal(list->items[1].value->items[0].key_origin.line, 4);
	assert_int_equal(list->items[1].value->items[0].key_origin.column, 6);
}

static void an_alias_shares_the_value(void **state)
{
	struct bench *bench = *state;
	const struct value *root = good_document(bench, "a: &x {k: 1}\nb: *x\nc: &x 2\nd: *x\n");

	assert_ptr_equal(root->items[0].value, root->items[1].value);
	assert_string_equal(root->items[3].value->text, "2");
}

/* Ten levels of ten aliases each would be 10^10 values, were they copied. */
static void aliases_of_aliases_stay_small(void **state)
{
	struct bench *bench = *state;
	const char *text = "l0: &l0 x\n";
	const struct value *root;

	for (int i = 1; i <= 10; i++)
		text = pool_format(
			&bench->pool,
			"%sl%d: &l%d [*l%d,*l%d,*l%d,*l%d,*l%d,*l%d,*l%d,*l%d,*l%d,*l%d]\n", text,
			i, i, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
	root = good_document(bench, text);
	assert_int_equal(root->items[10].value->count, 10);
}

static void a_file_has_at_most_1_MiB(void **state)
{
	struct bench *bench = *state;
	const char *fits = repeat(bench, "a: 1\n#", "x", DOCUMENT_SIZE_MAX - 6, "");
	const char *large = repeat(bench, "a: 1\n#", "x", DOCUMENT_SIZE_MAX - 5, "");

	good_document(bench, fits);
	assert_document_refused(bench, large, "larger than 1048576 bytes");
}

static void values_nest_64_deep(void **state)
{
	struct bench *bench = *state;
	const char *close = repeat(bench, "", "]", DOCUMENT_DEPTH_MAX, "");

	good_document(bench, repeat(bench, "", "[", DOCUMENT_DEPTH_MAX, close));
	assert_document_refused(bench,
				repeat(bench, "", "[", DOCUMENT_DEPTH_MAX + 1,
				       pool_format(&bench->pool, "%s]", close)),
				"deeper than 64");
	/* Far more than any stack would take. */
	assert_document_refused(bench, repeat(bench, "", "[", 500000, ""), "deeper than 64");
	assert_document_refused(bench, repeat(bench, "", "- ", 500000, ""), "deeper than 64");
}

static void a_file_has_1000_aliases(void **state)
{
	struct bench *bench = *state;
	const char *before = "a: &a 1\nb: [";

	good_document(bench, repeat(bench, before, "*a,", DOCUMENT_ALIASES_MAX, "]"));
	assert_document_refused(bench, repeat(bench, before, "*a,", DOCUMENT_ALIASES_MAX + 1, "]"),
				"more than 1000 aliases");
}

static void a_mapping_has_256_keys(void **state)
{
	struct bench *bench = *state;
	const char *text = "";

	for (int i = 0; i < DOCUMENT_KEYS_MAX; i++)
		text = pool_format(&bench->pool, "%sk%d: 1\n", text, i);
	assert_int_equal(good_document(bench, text)->count, DOCUMENT_KEYS_MAX);
	assert_document_refused(bench, pool_format(&bench->pool, "%slast: 1\n", text),
				"more than 256 keys");
}

/* With them a file is read within 16 MB and 100 ms; the list itself counts. */
static void a_file_has_32768_values(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(good_document(bench, repeat(bench, "", "- a\n", 32767, ""))->count, 32767);
	assert_document_refused(bench, repeat(bench, "", "- a\n", 32768, ""),
				TEXT_NAME ":32768:3: more than 32768 values");
}

static void the_last_anchor_of_a_name_counts(void **state)
{
	struct bench *bench = *state;
	const struct value *root = good_document(bench, "[&a 1, *a, &b 2, &a 3, *a, *b]");

	assert_string_equal(root->items[1].value->text, "1");
	assert_string_equal(root->items[4].value->text, "3");
	assert_string_equal(root->items[5].value->text, "2");
}

/* Thousands of directives would take libyaml minutes. */
static void directives_of_tags_are_refused_at_once(void **state)
{
	struct bench *bench = *state;
	char *text = pool_alloc(&bench->pool, 1 << 20), *end = text;

	for (int i = 0; end - text < (1 << 20) - 64; i++)
		end += sprintf(end, "%%TAG !a%d! tag:a\n", i);
	assert_document_refused(bench, text, TEXT_NAME ":1:1: tags are not allowed");
	assert_document_refused(bench, "# c\n%TAG ! tag:a\n---\na: 1\n",
				TEXT_NAME ":2:1: tags are not allowed");
	assert_document_refused(bench, "%YAML 1.1\n%TAG ! tag:a\n---\na: 1\n",
				TEXT_NAME ":2:1: tags are not allowed");
	good_document(bench, "%YAML 1.1\n---\na: '%TAG'\nb: |\n  %TAG ! tag:a\n");
}

static void keys_compare_without_case(void **state)
{
	struct bench *bench = *state;

	good_document(bench, "key: 1\nkeys: 2\n");
	assert_document_refused(bench, "key: 1\nkeY: 2\n", "stands twice");
	assert_document_refused(bench, "a: [{b: 1, c: 2, B: 3}]\n", "stands twice");
	good_document(bench, "a: [{b: 1}, {B: 1}]\n");
}

static void one_document_with_or_without_marks(void **state)
{
	struct bench *bench = *state;

	good_document(bench, "a: 1\n");
	good_document(bench, "---\na: 1\n...\n");
	good_document(bench, "%YAML 1.2\n---\na: 1\n");
	assert_document_refused(bench, "---\na: 1\n---\n", "a second document");
	assert_document_refused(bench, "", "empty");
	assert_document_refused(bench, "...\n", "not YAML");
}

static void a_byte_order_mark_is_no_column(void **state)
{
	struct bench *bench = *state;
	const struct value *root = good_document(bench, "\xef\xbb\xbf"
							"a: 1\nb: 2\n");

	assert_int_equal(root->items[0].key_origin.column, 1);
	assert_string_equal(root->items[1].key, "b");
	assert_document_refused(bench, "\xef\xbb\xbf", "empty");
}

static void a_file_that_cannot_be_read_is_an_error(void **state)
{
	struct bench *bench = *state;
	const struct value *root;
	int ends[2];

	assert_int_equal(document_read(&bench->pool, -1, TEXT_NAME, &root, &bench->error), -EBADF);
	assert_string_equal(bench->error.text, "cannot read " TEXT_NAME ": Bad file descriptor");
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "a: 1\n", 5), 5);
	close(ends[1]);
	assert_int_equal(document_read(&bench->pool, ends[0], TEXT_NAME, &root, &bench->error), 0);
	close(ends[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(a_tree_has_types_texts_and_places),
		bench_test(an_alias_shares_the_value),
		bench_test(aliases_of_aliases_stay_small),
		bench_test(a_file_has_at_most_1_MiB),
		bench_test(values_nest_64_deep),
		bench_test(a_file_has_1000_aliases),
		bench_test(a_mapping_has_256_keys),
		bench_test(a_file_has_32768_values),
		bench_test(the_last_anchor_of_a_name_counts),
		bench_test(directives_of_tags_are_refused_at_once),
		bench_test(keys_compare_without_case),
		bench_test(one_document_with_or_without_marks),
		bench_test(a_byte_order_mark_is_no_column),
		bench_test(a_file_that_cannot_be_read_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
