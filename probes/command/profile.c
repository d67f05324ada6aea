/* SPDX-License-Identifier: Apache-2.0 */
#include "profile.h"

#include "input.h"
#include "say.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <yaml.h>

enum { PROFILE_MAX = 1 << 20 };

static const char optional_key[] = "optional";

struct reading {
	struct profile *profile;
	yaml_parser_t parser;
	yaml_event_t event; /* the present one */
	bool optional_seen;
};

static int __attribute__((format(printf, 3, 4)))
refuse_at(const struct reading *reading, yaml_mark_t mark, const char *format, ...)
{
	char why[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why, sizeof why, format, arguments);
	va_end(arguments);
	return refuse("%s:%zu:%zu: %s", reading->profile->name, mark.line + 1, mark.column + 1,
		      why);
}

static int refuse_event(const struct reading *reading, const char *why)
{
	return refuse_at(reading, reading->event.start_mark, "%s", why);
}

static int refuse_problem(const struct reading *reading)
{
	const yaml_parser_t *parser = &reading->parser;

	if (parser->error == YAML_MEMORY_ERROR)
		return refuse("cannot read %s: %s", reading->profile->name, strerror(ENOMEM));
	return refuse_at(reading,
			 parser->error == YAML_READER_ERROR ? parser->mark : parser->problem_mark,
			 "no YAML: %s", parser->problem ? parser->problem : "unknown problem");
}

/* True if the event says more than plain YAML: a tag, an anchor, an alias. */
static bool is_marked(const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_ALIAS_EVENT:
		return true;
	case YAML_SCALAR_EVENT:
		return event->data.scalar.anchor || event->data.scalar.tag;
	case YAML_SEQUENCE_START_EVENT:
		return event->data.sequence_start.anchor || event->data.sequence_start.tag;
	case YAML_MAPPING_START_EVENT:
		return event->data.mapping_start.anchor || event->data.mapping_start.tag;
	default:
		return false;
	}
}

static int next(struct reading *reading)
{
	yaml_event_delete(&reading->event);
	if (!yaml_parser_parse(&reading->parser, &reading->event))
		return refuse_problem(reading);
	if (is_marked(&reading->event))
		return refuse_event(reading, "a profile has no tags, anchors or aliases");
	return 0;
}

/* True if the event is the scalar `text`. */
static bool is_scalar(const yaml_event_t *event, const char *text)
{
	return event->type == YAML_SCALAR_EVENT && event->data.scalar.length == strlen(text) &&
	       memcmp(event->data.scalar.value, text, strlen(text)) == 0;
}

static int take_state(struct reading *reading, struct demand *demand)
{
	const yaml_event_t *event = &reading->event;
	const char *word = (const char *)event->data.scalar.value;
	enum redprobe_status status;

	if (event->type != YAML_SCALAR_EVENT)
		return refuse_event(reading, "a state must stand here, or a list of states");
	if (!redprobe_find_status(word, &status) || !is_scalar(event, word))
		return refuse_at(reading, event->start_mark,
				 "no state '%s'; there are: supported unsupported restricted "
				 "unknown",
				 word);
	demand->states |= 1U << status;
	return 0;
}

static int take_states(struct reading *reading, struct demand *demand)
{
	int status = next(reading);

	if (status || reading->event.type != YAML_SEQUENCE_START_EVENT)
		return status ? status : take_state(reading, demand);
	while (!(status = next(reading)) && reading->event.type != YAML_SEQUENCE_END_EVENT)
		if ((status = take_state(reading, demand)))
			return status;
	if (!status && !demand->states)
		return refuse_event(reading, "the list of states is empty");
	return status;
}

static int take_demand(struct reading *reading, bool optional)
{
	struct profile *profile = reading->profile;
	struct demand *demand = &profile->demands[profile->count];
	const char *id = (const char *)reading->event.data.scalar.value;

	*demand = (struct demand){.optional = optional};
	demand->feature = redprobe_find(id, &demand->area);
	if (!demand->feature || !is_scalar(&reading->event, id))
		return refuse_at(reading, reading->event.start_mark,
				 "no feature '%s', see redprobe --list", id);
	for (size_t i = 0; i < profile->count; i++)
		if (profile->demands[i].feature == demand->feature)
			return refuse_at(reading, reading->event.start_mark,
					 "%s stands here for the second time", id);
	profile->count++;
	return take_states(reading, demand);
}

static int take_block(struct reading *reading, bool optional);

static int take_optional(struct reading *reading)
{
	int status;

	if (reading->optional_seen)
		return refuse_event(reading, "optional stands here for the second time");
	reading->optional_seen = true;
	status = next(reading);
	if (!status && reading->event.type != YAML_MAPPING_START_EVENT)
		return refuse_event(reading, "lines `id: state` must stand below optional");
	return status ? status : take_block(reading, true);
}

/* The lines of a mapping that has begun. */
static int take_block(struct reading *reading, bool optional)
{
	int status;

	while (!(status = next(reading)) && reading->event.type != YAML_MAPPING_END_EVENT) {
		if (reading->event.type != YAML_SCALAR_EVENT)
			return refuse_event(reading, "the id of a feature must stand here");
		status = !optional && is_scalar(&reading->event, optional_key)
				 ? take_optional(reading)
				 : take_demand(reading, optional);
		if (status)
			return status;
	}
	return status;
}

static int take_document(struct reading *reading)
{
	int status = next(reading); /* the stream begins */

	if (!status)
		status = next(reading); /* the document begins, or there is none */
	if (!status && reading->event.type == YAML_DOCUMENT_START_EVENT)
		status = next(reading);
	if (!status && reading->event.type != YAML_MAPPING_START_EVENT)
		return refuse_event(reading, "a profile is lines `id: state`");
	if (!status)
		status = take_block(reading, false);
	if (!status && !reading->profile->count)
		return refuse_event(reading, "a profile that demands nothing");
	if (!status)
		status = next(reading); /* the document ends */
	if (!status)
		status = next(reading);
	if (!status && reading->event.type != YAML_STREAM_END_EVENT)
		return refuse_event(reading, "a profile is one document");
	return status;
}

static size_t feature_count(void)
{
	size_t count = 0;

	for (const struct redprobe_area *const *area = redprobe_areas; *area; area++)
		count += (*area)->count;
	return count;
}

int profile_parse(struct profile *profile, const char *text, size_t size)
{
	struct reading reading = {.profile = profile};
	int status;

	/* None stands twice, so there is room for the one that is refused. */
	profile->demands = calloc(feature_count() + 1, sizeof *profile->demands);
	if (!profile->demands || !yaml_parser_initialize(&reading.parser)) {
		free(profile->demands);
		return refuse("cannot read %s: %s", profile->name, strerror(ENOMEM));
	}
	yaml_parser_set_encoding(&reading.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reading.parser, (const unsigned char *)text, size);
	status = take_document(&reading);
	yaml_event_delete(&reading.event);
	yaml_parser_delete(&reading.parser);
	if (status)
		profile_free(profile);
	return status;
}

static int refuse_name(const char *name)
{
	char names[256] = "";

	for (const struct shipped_profile *shipped = shipped_profiles; shipped->name; shipped++) {
		strncat(names, " ", sizeof names - strlen(names) - 1);
		strncat(names, shipped->name, sizeof names - strlen(names) - 1);
	}
	return refuse("no profile '%s', neither a file nor one of:%s", name, names);
}

int profile_read(struct profile *profile, const char *name)
{
	size_t size;
	char *text;
	int status;

	*profile = (struct profile){.name = input_name(name)};
	for (const struct shipped_profile *shipped = shipped_profiles; shipped->name; shipped++)
		if (strcmp(shipped->name, name) == 0)
			return profile_parse(profile, shipped->text, strlen(shipped->text));
	if (strcmp(name, "-") != 0 && access(name, F_OK) < 0 && errno == ENOENT)
		return refuse_name(name);
	status = input_read(name, PROFILE_MAX, &text, &size);
	if (status)
		return status;
	status = profile_parse(profile, text, size);
	free(text);
	return status;
}

void profile_free(struct profile *profile)
{
	free(profile->demands);
	profile->demands = NULL;
	profile->count = 0;
}
