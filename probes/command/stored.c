/* SPDX-License-Identifier: Apache-2.0 */
#include "stored.h"

#include "input.h"
#include "redprobe.h"
#include "say.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { STORED_MAX = 4 << 20 };

static const char schema_name[] = "redproof.probe/1";

/* What an object may hold. */
struct member {
	const char *name;
	json_type type;
	bool needed;
};

static const struct member report_members[] = {
	{"schema", JSON_STRING, true},
	{"kernel", JSON_OBJECT, true},
	{"features", JSON_OBJECT, true},
};

static const struct member kernel_members[] = {
	{"release", JSON_STRING, true},
	{"version", JSON_STRING, true},
	{"machine", JSON_STRING, true},
};

static const struct member finding_members[] = {
	{"status", JSON_STRING, true},	{"evidence", JSON_STRING, true},
	{"detail", JSON_STRING, true},	{"forbidden_by", JSON_STRING, false},
	{"needs", JSON_STRING, false},	{"number", JSON_INTEGER, false},
	{"config", JSON_OBJECT, false},
};

static const struct member *find_member(const struct member *members, size_t count,
					const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(members[i].name, name) == 0)
			return &members[i];
	return NULL;
}

static int refuse_report(const struct stored *stored, const char *where, const char *why,
			 const char *what)
{
	return refuse("%s is no report of redprobe: %s: %s%s", stored->name, where, why, what);
}

/* Whether `object`, which is at `where`, is one and holds what it must and nothing else. */
static int check_object(const struct stored *stored, const char *where, json_t *object,
			const struct member *members, size_t count)
{
	if (!json_is_object(object))
		return refuse_report(stored, where, "no object", "");
	for (size_t i = 0; i < count; i++)
		if (members[i].needed && !json_object_get(object, members[i].name))
			return refuse_report(stored, where, "there is no ", members[i].name);
	for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at)) {
		const char *name = json_object_iter_key(at);
		const struct member *member = find_member(members, count, name);

		if (!member)
			return refuse_report(stored, where, "unknown key ", name);
		if (json_typeof(json_object_iter_value(at)) != member->type)
			return refuse_report(stored, where, "of the wrong type is ", name);
	}
	return 0;
}

static int check_features(const struct stored *stored)
{
	json_t *all = stored->features;

	for (void *at = json_object_iter(all); at; at = json_object_iter_next(all, at)) {
		const char *word, *id = json_object_iter_key(at);
		json_t *finding = json_object_iter_value(at);
		enum redprobe_status found;
		int status =
			check_object(stored, id, finding, finding_members, COUNT(finding_members));

		if (status)
			return status;
		word = stored_string(finding, "status");
		if (!redprobe_find_status(word, &found))
			return refuse_report(stored, id, "unknown status ", word);
	}
	return 0;
}

static int check(struct stored *stored)
{
	const char *schema = stored_string(stored->root, "schema");
	int status;

	/* Another version may look altogether different. */
	if (strcmp(schema, schema_name) != 0 &&
	    strncmp(schema, schema_name, COUNT(schema_name) - 2) == 0)
		return refuse("%s has the schema %s; this redprobe reads %s", stored->name, schema,
			      schema_name);
	status = check_object(stored, "the report", stored->root, report_members,
			      COUNT(report_members));
	if (status)
		return status;
	if (strcmp(schema, schema_name) != 0)
		return refuse_report(stored, "schema", "unknown is ", schema);
	stored->kernel = json_object_get(stored->root, "kernel");
	stored->features = json_object_get(stored->root, "features");
	status = check_object(stored, "kernel", stored->kernel, kernel_members,
			      COUNT(kernel_members));
	return status ? status : check_features(stored);
}

int stored_parse(struct stored *stored, const char *text, size_t size)
{
	json_error_t error;
	int status;

	stored->root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
	if (!stored->root)
		return refuse("%s:%d:%d: no JSON: %s", stored->name, error.line, error.column,
			      error.text);
	status = check(stored);
	if (status)
		stored_free(stored);
	return status;
}

int stored_read(struct stored *stored, const char *path)
{
	size_t size;
	char *text;
	int status;

	*stored = (struct stored){.name = input_name(path)};
	status = input_read(path, STORED_MAX, &text, &size);
	if (status)
		return status;
	status = stored_parse(stored, text, size);
	free(text);
	return status;
}

void stored_free(struct stored *stored)
{
	json_decref(stored->root);
	*stored = (struct stored){0};
}

const char *stored_string(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}
