/* SPDX-License-Identifier: Apache-2.0 */
#include "load/document.h"

#include <errno.h>
#include <search.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <yaml.h>

#include "base/auto.h"

struct anchor {
	const char *name;
	const struct value *value;
};

/* @anchors: a tree of tsearch(3). */
struct reading {
	struct pool *pool;
	struct redpak_error *error;
	const char *name;
	const unsigned char *text;
	size_t length;
	yaml_parser_t parser;
	void *anchors;
	size_t alias_count;
	size_t value_count;
};

static struct origin origin_of(const struct reading *reading, yaml_mark_t mark)
{
	return (struct origin){reading->name, mark.line + 1, mark.column + 1};
}

/* The place of the byte @offset; columns count characters, as those of libyaml do. */
static struct origin origin_of_byte(const struct reading *reading, size_t offset)
{
	struct origin where = {reading->name, 1, 1};

	for (size_t i = 0; i < offset && i < reading->length; i++) {
		if (reading->text[i] == '\n') {
			where.line++;
			where.column = 1;
		} else if ((reading->text[i] & 0xc0) != 0x80) {
			where.column++;
		}
	}
	return where;
}

static struct origin origin_of_problem(const struct reading *reading)
{
	/* What is no text at all has a byte offset, not a mark. */
	return reading->parser.error == YAML_READER_ERROR
		       ? origin_of_byte(reading, reading->parser.problem_offset)
		       : origin_of(reading, reading->parser.problem_mark);
}

static int next_event(struct reading *reading, yaml_event_t *event)
{
	if (yaml_parser_parse(&reading->parser, event))
		return 0;
	if (reading->parser.error == YAML_MEMORY_ERROR)
		return out_of_memory(reading->error);
	return fail_at(reading->error, origin_of_problem(reading), "not YAML: %s",
		       reading->parser.problem);
}

static int read_value(struct reading *reading, const yaml_event_t *event, int depth,
		      const struct value **result);

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct anchor *)a)->name, ((const struct anchor *)b)->name);
}

/* A later anchor of the same name takes the place of the earlier one. */
static int remember_anchor(struct reading *reading, const char *name, const struct value *value)
{
	struct anchor *anchor = pool_alloc(reading->pool, sizeof(*anchor));
	struct anchor **found;

	if (!anchor)
		return out_of_memory(reading->error);
	anchor->name = name;
	found = tsearch(anchor, &reading->anchors, by_name);
	if (!found)
		return out_of_memory(reading->error);
	(*found)->value = value;
	return 0;
}

static void forget_anchor(void *anchor)
{
	(void)anchor; /* owned by the pool */
}

static int read_alias(struct reading *reading, const yaml_event_t *event,
		      const struct value **result)
{
	const struct anchor wanted = {.name = (const char *)event->data.alias.anchor};
	struct anchor *const *found;
	struct origin where = origin_of(reading, event->start_mark);

	if (++reading->alias_count > DOCUMENT_ALIASES_MAX)
		return fail_at(reading->error, where, "more than %d aliases", DOCUMENT_ALIASES_MAX);
	found = tfind(&wanted, &reading->anchors, by_name);
	if (!found)
		return fail_at(reading->error, where, "alias '*%s' has no anchor before it",
			       wanted.name);
	*result = (*found)->value;
	return 0;
}

static int read_scalar(struct reading *reading, const yaml_event_t *event, struct value *value)
{
	const char *text = (const char *)event->data.scalar.value;
	size_t length = event->data.scalar.length;

	if (memchr(text, '\0', length))
		return fail_at(reading->error, value->origin, "a value holds a NUL character");
	value->type = VALUE_SCALAR;
	value->text = pool_copy(reading->pool, text, length);
	return value->text ? 0 : out_of_memory(reading->error);
}

static int append_item(struct reading *reading, struct value *value, const struct value_item *item)
{
	struct value_item *items =
		pool_append(reading->pool, value->items, &value->count, sizeof(*items));

	if (!items)
		return out_of_memory(reading->error);
	value->items = items;
	items[value->count - 1] = *item;
	return 0;
}

/* The anchor and tag of an event that starts a value; NULL where there is none. */
static void event_properties(const yaml_event_t *event, const char **anchor, const char **tag)
{
	const yaml_char_t *raw_anchor = NULL;
	const yaml_char_t *raw_tag = NULL;

	if (event->type == YAML_SCALAR_EVENT) {
		raw_anchor = event->data.scalar.anchor;
		raw_tag = event->data.scalar.tag;
	} else if (event->type == YAML_MAPPING_START_EVENT) {
		raw_anchor = event->data.mapping_start.anchor;
		raw_tag = event->data.mapping_start.tag;
	} else if (event->type == YAML_SEQUENCE_START_EVENT) {
		raw_anchor = event->data.sequence_start.anchor;
		raw_tag = event->data.sequence_start.tag;
	}
	*anchor = (const char *)raw_anchor;
	*tag = (const char *)raw_tag;
}

static int read_key(struct reading *reading, const yaml_event_t *event, const struct value *mapping,
		    struct value_item *item)
{
	struct value key = {.origin = origin_of(reading, event->start_mark)};
	const char *anchor, *tag;
	int result;

	event_properties(event, &anchor, &tag);
	if (event->type != YAML_SCALAR_EVENT || anchor || tag)
		return fail_at(reading->error, key.origin,
			       "a key must be a plain word, without tag or anchor");
	if (mapping->count >= DOCUMENT_KEYS_MAX)
		return fail_at(reading->error, key.origin, "more than %d keys in one mapping",
			       DOCUMENT_KEYS_MAX);
	result = read_scalar(reading, event, &key);
	if (result < 0)
		return result;
	for (size_t i = 0; i < mapping->count; i++) {
		if (!strcasecmp(mapping->items[i].key, key.text))
			return fail_at(reading->error, key.origin, "key '%s' stands twice",
				       key.text);
	}
	item->key = key.text;
	item->key_origin = key.origin;
	return 0;
}

/* Reads the items of a mapping or sequence up to its end event. */
static int read_items(struct reading *reading, struct value *value, int depth)
{
	yaml_event_type_t end =
		value->type == VALUE_MAPPING ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT;
	yaml_event_t event;
	int result;

	if (depth >= DOCUMENT_DEPTH_MAX)
		return fail_at(reading->error, value->origin, "nested deeper than %d levels",
			       DOCUMENT_DEPTH_MAX);
	for (;;) {
		struct value_item item = {0};
		int done;

		result = next_event(reading, &event);
		if (result < 0)
			return result;
		done = event.type == end;
		if (!done && value->type == VALUE_MAPPING) {
			result = read_key(reading, &event, value, &item);
			yaml_event_delete(&event);
			if (result == 0)
				result = next_event(reading, &event);
			if (result < 0)
				return result;
		}
		if (!done)
			result = read_value(reading, &event, depth + 1, &item.value);
		yaml_event_delete(&event);
		if (result < 0 || done)
			return result;
		result = append_item(reading, value, &item);
		if (result < 0)
			return result;
	}
}

static int read_value(struct reading *reading, const yaml_event_t *event, int depth,
		      const struct value **result)
{
	const char *anchor, *tag, *name = NULL;
	struct value *value;
	int code;

	if (event->type == YAML_ALIAS_EVENT)
		return read_alias(reading, event, result);
	value = pool_alloc(reading->pool, sizeof(*value));
	if (!value)
		return out_of_memory(reading->error);
	value->origin = origin_of(reading, event->start_mark);
	if (++reading->value_count > DOCUMENT_VALUES_MAX)
		return fail_at(reading->error, value->origin, "more than %d values",
			       DOCUMENT_VALUES_MAX);
	event_properties(event, &anchor, &tag);
	if (tag)
		return fail_at(reading->error, value->origin, "tags are not allowed: '%s'", tag);
	if (anchor) {
		name = pool_copy(reading->pool, anchor, strlen(anchor));
		if (!name)
			return out_of_memory(reading->error);
	}
	if (event->type == YAML_SCALAR_EVENT) {
		code = read_scalar(reading, event, value);
	} else {
		value->type =
			event->type == YAML_MAPPING_START_EVENT ? VALUE_MAPPING : VALUE_SEQUENCE;
		code = read_items(reading, value, depth);
	}
	if (code == 0 && name)
		code = remember_anchor(reading, name, value);
	*result = value;
	return code;
}

/* One document and nothing behind it. */
static int read_stream(struct reading *reading, const struct value **root)
{
	static const yaml_event_type_t wanted[] = {YAML_STREAM_START_EVENT,
						   YAML_DOCUMENT_START_EVENT, YAML_NO_EVENT,
						   YAML_DOCUMENT_END_EVENT, YAML_STREAM_END_EVENT};
	int result = 0;

	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted) && result == 0; i++) {
		yaml_event_t event;

		result = next_event(reading, &event);
		if (result < 0)
			return result;
		if (wanted[i] == YAML_NO_EVENT)
			result = read_value(reading, &event, 0, root);
		else if (event.type != wanted[i])
			result = fail_at(reading->error, origin_of(reading, event.start_mark), "%s",
					 event.type == YAML_DOCUMENT_START_EVENT
						 ? "a second document; one is allowed"
						 : "the file is empty");
		yaml_event_delete(&event);
	}
	return result;
}

/* *@buffer: NULL at first; the caller frees it. Most files are small. */
static int slurp(int fd, const char *name, unsigned char **buffer, size_t *length,
		 struct redpak_error *error)
{
	size_t size = 0;

	*length = 0;
	while (*length <= DOCUMENT_SIZE_MAX) {
		ssize_t got;

		if (*length == size) {
			unsigned char *larger = realloc(*buffer, size ? size * 4 : 4096);

			if (!larger)
				return out_of_memory(error);
			*buffer = larger;
			size = size ? size * 4 : 4096;
		}
		got = read(fd, *buffer + *length, size - *length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_errno(error, -errno, "cannot read %s", name);
		if (got == 0)
			return 0;
		*length += (size_t)got;
	}
	return fail(error, -EFBIG, "cannot read %s: larger than %d bytes", name, DOCUMENT_SIZE_MAX);
}

/*
 * libyaml compares each %TAG directive with all others before it, and no document with tags is
 * taken anyway: it is refused before the parser proper meets them.
 */
static int refuse_tag_directives(struct reading *reading)
{
	yaml_token_type_t type = YAML_STREAM_START_TOKEN;
	yaml_parser_t scanner;
	yaml_token_t token;
	int result = 0;

	if (!memmem(reading->text, reading->length, "%TAG", strlen("%TAG")))
		return 0;
	if (!yaml_parser_initialize(&scanner))
		return out_of_memory(reading->error);
	yaml_parser_set_encoding(&scanner, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&scanner, reading->text, reading->length);
	/* What is no YAML at all, the parser will say. */
	while (result == 0 &&
	       (type == YAML_STREAM_START_TOKEN || type == YAML_VERSION_DIRECTIVE_TOKEN) &&
	       yaml_parser_scan(&scanner, &token)) {
		type = token.type;
		if (type == YAML_TAG_DIRECTIVE_TOKEN)
			result = fail_at(reading->error, origin_of(reading, token.start_mark),
					 "tags are not allowed: %%TAG");
		yaml_token_delete(&token);
	}
	yaml_parser_delete(&scanner);
	return result;
}

int document_read(struct pool *pool, int fd, const char *name, const struct value **root,
		  struct redpak_error *error)
{
	static const unsigned char mark[] = {0xef, 0xbb, 0xbf};
	struct reading reading = {.pool = pool, .error = error, .name = name};
	AUTO_FREE unsigned char *buffer = NULL;
	size_t length;
	int result = slurp(fd, name, &buffer, &length, error);

	if (result < 0)
		return result;
	reading.text = buffer;
	reading.length = length;
	/* libyaml counts a byte order mark as a column, which sets the first line apart. */
	if (length >= sizeof(mark) && !memcmp(buffer, mark, sizeof(mark))) {
		reading.text += sizeof(mark);
		reading.length -= sizeof(mark);
	}
	result = refuse_tag_directives(&reading);
	if (result < 0)
		return result;
	if (!yaml_parser_initialize(&reading.parser))
		return out_of_memory(error);
	yaml_parser_set_encoding(&reading.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reading.parser, reading.text, reading.length);
	result = read_stream(&reading, root);
	yaml_parser_delete(&reading.parser);
	tdestroy(reading.anchors, forget_anchor);
	return result;
}
