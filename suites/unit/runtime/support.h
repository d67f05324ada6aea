/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of libredpak share: configurations given as text. */
#ifndef REDPAK_TEST_SUPPORT_H
#define REDPAK_TEST_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* Before cmocka: it has a macro fail(), which takes nothing. */
#include "plan/plan.h"

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What messages call the text. */
#define TEXT_NAME "text"

/* One pool and one error for each test; @state of cmocka points to it. */
struct bench {
	struct pool pool;
	struct redpak_error error;
};

int bench_make(void **state);
int bench_free(void **state);

/* A test that gets a bench of its own. */
#define bench_test(function) cmocka_unit_test_setup_teardown(function, bench_make, bench_free)

/* A file that holds @length bytes, positioned at the beginning; the caller closes it. */
int text_file(const char *text, size_t length);

/* Reads @text as a document. Returns what document_read() does. */
int read_document(struct bench *bench, const char *text, const struct value **root);

/* Reads @text as a redpak.yaml. Returns what document_read() or config_read() does. */
int read_config(struct bench *bench, const char *text, struct config *config);

/* The same for what stands below `headers`; the text must be accepted. */
struct config good_config(struct bench *bench, const char *text);

/* Asserts that @text is refused at @line:@column, with @reason in the message. */
void assert_refused(struct bench *bench, const char *text, size_t line, size_t column,
		    const char *reason);

/* An enabled node at @path with the text of good_config(), below @parent (or NULL). */
struct node *good_node(struct bench *bench, const char *path, const char *text,
		       struct node *parent);

/*
 * Nodes made into a chain, leaf first, each of what its two files say as texts of good_config():
 * CHAIN(bench, {"N of the leaf"}, {"N of its parent", "A of its parent"}).
 */
struct node *chain(struct bench *bench, const char *const nodes[][2], size_t count);

#define CHAIN(bench, ...)                                   \
	chain(bench, (const char *const[][2]){__VA_ARGS__}, \
	      COUNT(((const char *const[][2]){__VA_ARGS__})))

/*
 * Loads nothing, but merges and expands as redpak_plan() does; commands stay text.
 * Returns what merge_settings(), expand_text() or merge_lists() do.
 */
int merge_chain(struct bench *bench, const struct node *leaf, struct redpak_plan *plan);

/* The same; the chain must be accepted. */
const struct merged *good_merge(struct bench *bench, const struct node *leaf);

/* Asserts that merging is refused at @line:@column of its text, with @reason in the message. */
void assert_merge_refused(struct bench *bench, const struct node *leaf, size_t line, size_t column,
			  const char *reason);

/* Asserts that the error is one line that begins with TEXT_NAME:@line:@column. */
void assert_place(const struct redpak_error *error, size_t line, size_t column);

/* Runs @act with standard error in a file; returns what it wrote there, owned by the pool. */
const char *catch_stderr(struct bench *bench, void (*act)(void *data), void *data);

/* The same; returns how many lines it wrote. */
size_t count_warnings(struct bench *bench, void (*act)(void *data), void *data);

/* What merging the chain, which must be accepted, says on standard error. */
const char *merge_says(struct bench *bench, const struct node *leaf);

/*
 * Reads the file with `@section: [@entries]`, which must be accepted, with @warnings lines on
 * standard error. Returns what it says.
 */
struct config config_warns(struct bench *bench, const char *section, const char *entries,
			   size_t warnings);

#endif
