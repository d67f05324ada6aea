/* SPDX-License-Identifier: Apache-2.0 */
#include "load/schema.h"

#include <string.h>
#include <strings.h>

#include "load/config.h"

static const char *const type_names[] = {
	[VALUE_SCALAR] = "a single value",
	[VALUE_MAPPING] = "a mapping",
	[VALUE_SEQUENCE] = "a list",
};

int want_type(struct reader *reader, const struct value *value, enum value_type type)
{
	if (value->type == type)
		return 0;
	return fail_at(reader->error, value->origin, "%s stands where %s belongs",
		       type_names[value->type], type_names[type]);
}

static const struct value_item *find_item(const struct value *mapping, const char *key)
{
	for (size_t i = 0; i < mapping->count; i++) {
		if (!strcasecmp(mapping->items[i].key, key))
			return &mapping->items[i];
	}
	return NULL;
}

static const struct field *find_field(const struct field *fields, size_t count, const char *key)
{
	for (size_t i = 0; i < count; i++) {
		if (!strcasecmp(fields[i].key, key))
			return &fields[i];
	}
	return NULL;
}

int read_mapping(struct reader *reader, const struct value *value, const struct field *fields,
		 size_t count, void *target)
{
	int result = want_type(reader, value, VALUE_MAPPING);

	for (size_t i = 0; i < value->count && result == 0; i++) {
		const struct value_item *item = &value->items[i];
		const struct field *field = find_field(fields, count, item->key);

		if (!field)
			return fail_at(reader->error, item->key_origin, "unknown key '%s'",
				       item->key);
		result = field->read(reader, item->value, (char *)target + field->offset);
	}
	for (size_t i = 0; i < count && result == 0; i++) {
		if (fields[i].mandatory && !find_item(value, fields[i].key))
			result = fail_at(reader->error, value->origin, "key '%s' is missing",
					 fields[i].key);
	}
	return result;
}

int read_text(struct reader *reader, const struct value *value, void *target)
{
	struct setting *setting = target;
	int result = want_type(reader, value, VALUE_SCALAR);

	setting->text = value->text;
	setting->origin = value->origin;
	return result;
}

int read_expanded(struct reader *reader, const struct value *value, void *target)
{
	int result = read_text(reader, value, target);

	if (result == 0 && strchr(value->text, '$'))
		result = fail_at(reader->error, value->origin,
				 "'%s' holds a '$': expansion is not supported; write the value "
				 "itself",
				 value->text);
	return result;
}

int read_word(struct reader *reader, const struct value *value, const char *const *words,
	      size_t count, size_t *index)
{
	int result = want_type(reader, value, VALUE_SCALAR);

	for (*index = 0; *index < count && result == 0; ++*index) {
		if (!strcasecmp(words[*index], value->text))
			return 0;
	}
	if (result == 0)
		result = fail_at(reader->error, value->origin, "unknown word '%s'", value->text);
	return result;
}
