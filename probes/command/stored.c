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

/* What an object may hold; JSON_TRUE stands for either boolean. */
struct member {
	const char *name;
	json_type type;
	enum {
		OPTIONAL,
		NEEDED,
		NEEDED_MAYBE_EMPTY, /* a text that may be empty; others may not */
	} presence;
};

static const struct member report_members[] = {
	{"schema", JSON_STRING, NEEDED},
	{"kernel", JSON_OBJECT, NEEDED},
	{"features", JSON_OBJECT, NEEDED},
};

static const struct member kernel_members[] = {
	{"release", JSON_STRING, NEEDED},
	{"version", JSON_STRING, NEEDED},
	{"machine", JSON_STRING, NEEDED},
};

static const struct member finding_members[] = {
	{"status", JSON_STRING, NEEDED},   {"evidence", JSON_STRING, NEEDED},
	{"detail", JSON_STRING, NEEDED},   {"forbidden_by", JSON_STRING, OPTIONAL},
	{"needs", JSON_STRING, OPTIONAL},  {"number", JSON_INTEGER, OPTIONAL},
	{"config", JSON_OBJECT, OPTIONAL},
};

static const struct member config_members[] = {
	{"option", JSON_STRING, NEEDED},
	{"value", JSON_STRING, NEEDED_MAYBE_EMPTY},
	{"agrees", JSON_TRUE, NEEDED},
};

/* What a finding of a status explains, and no other does. */
static const struct {
	enum redprobe_status status;
	const char *name;
} explanations[] = {
	{REDPROBE_RESTRICTED, "forbidden_by"},
	{REDPROBE_UNKNOWN, "needs"},
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

static bool is_of(const json_t *value, json_type type)
{
	return type == JSON_TRUE ? json_is_boolean(value) : json_typeof(value) == type;
}

/* Whether `object`, which is at `where`, is one and holds what it must and nothing else. */
static int check_object(const struct stored *stored, const char *where, json_t *object,
			const struct member *members, size_t count)
{
	if (!json_is_object(object))
		return refuse_report(stored, where, "no object", "");
	for (size_t i = 0; i < count; i++)
		if (members[i].presence != OPTIONAL && !json_object_get(object, members[i].name))
			return refuse_report(stored, where, "there is no ", members[i].name);
	for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at)) {
		const char *name = json_object_iter_key(at);
		const struct member *member = find_member(members, count, name);

		if (!member)
			return refuse_report(stored, where, "unknown key ", name);
		if (!is_of(json_object_iter_value(at), member->type))
			return refuse_report(stored, where, "of the wrong type is ", name);
		if (member->type == JSON_STRING && member->presence != NEEDED_MAYBE_EMPTY &&
		    !*stored_string(object, name))
			return refuse_report(stored, where, "empty is ", name);
	}
	return 0;
}

/* Whether what `finding`, which has that status, explains is what that status needs. */
static int check_explanations(const struct stored *stored, const char *id, const json_t *finding,
			      enum redprobe_status status)
{
	for (size_t i = 0; i < COUNT(explanations); i++) {
		const char *name = explanations[i].name;
		bool wanted = explanations[i].status == status;

		if (wanted != (json_object_get(finding, name) != NULL))
			return refuse_report(stored, id,
					     wanted ? "there is no " : "not of its status is ",
					     name);
	}
	return 0;
}

static int check_finding(const struct stored *stored, const char *id, json_t *finding)
{
	int status = check_object(stored, id, finding, finding_members, COUNT(finding_members));
	const char *word = stored_string(finding, "status");
	json_t *config = json_object_get(finding, "config");
	enum redprobe_status found;

	if (status)
		return status;
	if (!redprobe_find_status(word, &found))
		return refuse_report(stored, id, "unknown status ", word);
	if (!redprobe_is_evidence(stored_string(finding, "evidence")))
		return refuse_report(stored, id, "unknown evidence ",
				     stored_string(finding, "evidence"));
	if (config)
		status = check_object(stored, id, config, config_members, COUNT(config_members));
	return status ? status : check_explanations(stored, id, finding, found);
}

static int check_features(const struct stored *stored)
{
	json_t *all = stored->features;
	int status = 0;

	if (!json_object_size(all))
		return refuse_report(stored, "features", "there is none", "");
	for (void *at = json_object_iter(all); at && !status; at = json_object_iter_next(all, at))
		status =
			check_finding(stored, json_object_iter_key(at), json_object_iter_value(at));
	return status;
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
