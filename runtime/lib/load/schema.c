/* SPDX-License-Identifier: Apache-2.0 */
#include "load/schema.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "load/markup.h"

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

int read_nonempty(struct reader *reader, const struct value *value, void *target)
{
	int result = read_text(reader, value, target);

	if (result == 0 && !*value->text)
		result = fail_at(reader->error, value->origin, "the value is empty");
	return result;
}

int read_integer(struct reader *reader, const struct value *value, void *target)
{
	struct setting *setting = target;
	int result = read_text(reader, value, target);
	const char *digits;
	char *end;

	if (result < 0)
		return result;
	digits = value->text + (value->text[0] == '-');
	errno = 0;
	setting->number = strtoll(value->text, &end, 0);
	if (errno || *end || !isdigit((unsigned char)*digits))
		return fail_at(reader->error, value->origin, "'%s' is not a whole number",
			       value->text);
	return 0;
}

int read_boolean(struct reader *reader, const struct value *value, void *target)
{
	static const char *const words[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};
	struct setting *setting = target;
	int result = read_text(reader, value, target);

	for (size_t i = 0; i < FIELD_COUNT(words) && result == 0; i++) {
		if (strcasecmp(words[i], value->text) != 0)
			continue;
		setting->number = i % 2 != 0;
		return 0;
	}
	if (result == 0)
		result = fail_at(reader->error, value->origin,
				 "'%s' is neither true nor false (yes no on off 1 0)", value->text);
	return result;
}

int read_size(struct reader *reader, const struct value *value, void *target)
{
	static const char units[] = "KMG";
	struct setting *setting = target;
	int result = read_text(reader, value, target);
	const char *unit;
	char *end;

	if (result < 0)
		return result;
	errno = 0;
	setting->number = strtoll(value->text, &end, 10);
	unit = *end ? strchr(units, *end & ~0x20) : NULL;
	if (errno || !isdigit((unsigned char)value->text[0]) || (*end && (!unit || end[1])) ||
	    setting->number == 0 ||
	    (unit && __builtin_mul_overflow(setting->number, 1LL << (10 * (unit - units + 1)),
					    &setting->number)))
		return fail_at(reader->error, value->origin,
			       "'%s' is not a number of bytes (K, M or G may follow)", value->text);
	return 0;
}

int read_account(struct reader *reader, const struct value *value, void *target)
{
	int result = read_nonempty(reader, value, target);
	unsigned long long id;

	if (result < 0 || value->text[strspn(value->text, "0123456789")])
		return result;
	errno = 0;
	id = strtoull(value->text, NULL, 10);
	/* The last one means "no change" to chown(2) and setresuid(2). */
	if (errno || id >= UINT32_MAX)
		return fail_at(reader->error, value->origin,
			       "'%s' is no user or group: numbers are 0 to %u", value->text,
			       UINT32_MAX - 1);
	return 0;
}

int parse_umask(const char *text, long long *number)
{
	size_t length = strspn(text, "01234567");

	if (!length || text[length] || length > 22)
		return -EINVAL;
	*number = strtoll(text, NULL, 8);
	return *number <= 0777 ? 0 : -EINVAL;
}

int read_umask(struct reader *reader, const struct value *value, void *target)
{
	struct setting *setting = target;
	int result = read_nonempty(reader, value, target);

	if (result == 0 && !strchr(value->text, '$') &&
	    parse_umask(value->text, &setting->number) < 0)
		result = fail_at(reader->error, value->origin,
				 "'%s' is not a umask: octal digits, 0 to 0777", value->text);
	return result;
}

int check_commands(struct reader *reader, const struct setting *setting)
{
	const char *command = setting->text;

	while (command && (command = markup_find_command(command))) {
		const char *end = markup_command_end(command);

		if (!end)
			return fail_at(
				reader->error, setting->origin,
				"the command '%.200s' has no closing ')'; add it, or write '\\$(' "
				"for a plain '$('",
				command);
		command = end;
	}
	return 0;
}

int read_sequence(struct reader *reader, const struct value *value, read_function read,
		  void *target)
{
	int result = want_type(reader, value, VALUE_SEQUENCE);

	for (size_t i = 0; i < value->count && result == 0; i++)
		result = read(reader, value->items[i].value, target);
	return result;
}

static const char *join_words(struct pool *pool, const char *const *words, size_t count)
{
	const char *text = words[0];

	for (size_t i = 1; i < count && text; i++)
		text = pool_format(pool, "%s %s", text, words[i]);
	return text;
}

int read_word(struct reader *reader, const struct value *value, const char *const *words,
	      size_t count, size_t *index)
{
	int result = want_type(reader, value, VALUE_SCALAR);
	const char *known;

	for (*index = 0; *index < count && result == 0; ++*index) {
		if (!strcasecmp(words[*index], value->text))
			return 0;
	}
	if (result < 0)
		return result;
	known = join_words(reader->pool, words, count);
	return known ? fail_at(reader->error, value->origin, "unknown word '%s'; known are: %s",
			       value->text, known)
		     : out_of_memory(reader->error);
}
