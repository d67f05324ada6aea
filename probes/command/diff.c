/* SPDX-License-Identifier: Apache-2.0 */
/* redprobe --diff: what was gained and lost from one report to another. */
#include "command.h"
#include "say.h"
#include "stored.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum change { SAME, LOST, GAINED, CHANGED, CHANGES };

static const struct heading {
	const char *name;
	enum colour colour;
} headings[CHANGES] = {
	[LOST] = {"lost", COLOUR_BAD},
	[GAINED] = {"gained", COLOUR_GOOD},
	[CHANGED] = {"changed", COLOUR_DOUBT},
};

struct comparison {
	struct stored reports[2];
	size_t counts[CHANGES];
};

static bool is_supported(const json_t *finding)
{
	return strcmp(stored_string(finding, "status"), "supported") == 0;
}

/* A finding in a few words: its status, "absent" without one, and its number. */
static const char *words_of(const json_t *finding, char *text, size_t size)
{
	const json_t *number = json_object_get(finding, "number");

	if (!finding)
		return "absent";
	if (!number)
		return stored_string(finding, "status");
	snprintf(text, size, "%s (%lld)", stored_string(finding, "status"),
		 (long long)json_integer_value(number));
	return text;
}

/* Where a report has no such id, its finding is NULL. */
static enum change change_of(const json_t *before, const json_t *after)
{
	char one[64], other[64];

	if (is_supported(before) != is_supported(after))
		return is_supported(before) ? LOST : GAINED;
	return strcmp(words_of(before, one, sizeof one), words_of(after, other, sizeof other)) == 0
		       ? SAME
		       : CHANGED;
}

static void print_change(const char *id, const json_t *before, const json_t *after)
{
	enum { INDENT = 2 };
	char one[64], other[64], text[1024];
	const char *detail = after ? stored_string(after, "detail") : "";
	const char *cause = after ? stored_string(after, "forbidden_by") : "";

	snprintf(text, sizeof text, "%s: %s -> %s%s%s%s%s", id, words_of(before, one, sizeof one),
		 words_of(after, other, sizeof other), *detail ? ": " : "", detail,
		 *cause ? "; forbidden by: " : "", cause);
	printf("%*s", INDENT, "");
	text_wrapped(stdout, text, INDENT, 2 * INDENT, TEXT_WIDTH);
}

static size_t area_length(const char *id)
{
	return strcspn(id, ".");
}

/* Whether a report has any finding of the area of `id`. */
static bool has_area(json_t *features, const char *id)
{
	size_t length = area_length(id);

	for (void *at = json_object_iter(features); at; at = json_object_iter_next(features, at)) {
		const char *other = json_object_iter_key(at);

		if (area_length(other) == length && strncmp(id, other, length) == 0)
			return true;
	}
	return false;
}

/* What was not asked for counts as not supported; so that nobody takes it for the kernel's fault.
 */
static void name_missing_areas(const struct stored *report, const struct stored *other)
{
	const char *last = "";
	char text[256];

	for (void *at = json_object_iter(other->features); at;
	     at = json_object_iter_next(other->features, at)) {
		const char *id = json_object_iter_key(at);
		size_t length = area_length(id);

		if (strncmp(id, last, length + 1) == 0 || has_area(report->features, id))
			continue;
		last = id;
		snprintf(text, sizeof text, "%s was not asked of %.*s, which counts as absent",
			 report->name, (int)length, id);
		text_wrapped(stdout, text, 0, 2, TEXT_WIDTH);
	}
}

/* Counts a change, and prints it if it is one of the kind `wanted`. */
static void take(struct comparison *comparison, enum change wanted, const char *id,
		 const json_t *before, const json_t *after)
{
	enum change change = change_of(before, after);
	const struct heading *heading = &headings[wanted];

	if (change != wanted)
		return;
	if (comparison->counts[wanted]++ == 0) {
		text_in_colour(stdout, text_coloured(), heading->colour, heading->name, 0);
		putchar('\n');
	}
	print_change(id, before, after);
}

static void print_changes(struct comparison *comparison, enum change wanted)
{
	json_t *before = comparison->reports[0].features, *after = comparison->reports[1].features;

	for (void *at = json_object_iter(before); at; at = json_object_iter_next(before, at)) {
		const char *id = json_object_iter_key(at);

		take(comparison, wanted, id, json_object_iter_value(at),
		     json_object_get(after, id));
	}
	for (void *at = json_object_iter(after); at; at = json_object_iter_next(after, at)) {
		const char *id = json_object_iter_key(at);

		if (!json_object_get(before, id))
			take(comparison, wanted, id, NULL, json_object_iter_value(at));
	}
}

static void print_kernel(const struct stored *stored)
{
	char text[512];

	snprintf(text, sizeof text, "%s: Linux %s %s %s", stored->name,
		 stored_string(stored->kernel, "release"), stored_string(stored->kernel, "machine"),
		 stored_string(stored->kernel, "version"));
	text_wrapped(stdout, text, 0, 2, TEXT_WIDTH);
}

static int compare(struct comparison *comparison)
{
	for (int i = 0; i < 2; i++)
		print_kernel(&comparison->reports[i]);
	for (int i = 0; i < 2; i++)
		name_missing_areas(&comparison->reports[i], &comparison->reports[1 - i]);
	for (int change = LOST; change < CHANGES; change++)
		print_changes(comparison, (enum change)change);
	printf("%zu lost, %zu gained, %zu changed\n", comparison->counts[LOST],
	       comparison->counts[GAINED], comparison->counts[CHANGED]);
	return flushed(comparison->counts[LOST] ? EXIT_FAILURE : EXIT_SUCCESS);
}

int command_diff(const struct options *options)
{
	struct comparison comparison = {0};
	int status = stored_read(&comparison.reports[0], options->argument);

	if (status)
		return status;
	status = stored_read(&comparison.reports[1], options->other);
	if (!status) {
		status = compare(&comparison);
		stored_free(&comparison.reports[1]);
	}
	stored_free(&comparison.reports[0]);
	return status;
}
