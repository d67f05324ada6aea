/* SPDX-License-Identifier: Apache-2.0 */
/* The schema of `capabilities`. */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/capability.h>

#include "load/sections.h"

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"

/* A capability by its name, with or without "cap_", or ALL. */
static int find_capability(const char *name, int *capability)
{
	char buffer[64] = "cap_";
	cap_value_t number;

	if (!strcasecmp(name, "all") || !strcasecmp(name, "cap_all")) {
		*capability = CAPABILITY_ALL;
		return 0;
	}
	/* cap_from_name(3) takes numbers, and ignores what follows a name. */
	if (strlen(name) >= sizeof(buffer) - 4 || strspn(name, NAME_CHARACTERS) != strlen(name))
		return -EINVAL;
	strcpy(buffer + (strncasecmp(name, "cap_", 4) ? 4 : 0), name);
	for (char *c = buffer; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	if (cap_from_name(buffer, &number) < 0 || number >= CAPABILITY_MAX)
		return -EINVAL;
	*capability = number;
	return 0;
}

struct raw_capability {
	struct setting cap, add, info, warn;
};

static const struct field capability_fields[] = {
	{"cap", read_text, offsetof(struct raw_capability, cap), true},
	{"add", read_text, offsetof(struct raw_capability, add), true},
	{"info", read_text, offsetof(struct raw_capability, info), false},
	{"warn", read_text, offsetof(struct raw_capability, warn), false},
};

static int read_capability(struct reader *reader, const struct value *value,
			   struct capability_rule *rule)
{
	struct raw_capability raw = {0};
	int result = read_mapping(reader, value, capability_fields, FIELD_COUNT(capability_fields),
				  &raw);

	if (result < 0)
		return result;
	rule->origin = value->origin;
	if (find_capability(raw.cap.text, &rule->capability) < 0)
		return fail_at(reader->error, raw.cap.origin, "unknown capability '%s'",
			       raw.cap.text);
	if (strcmp(raw.add.text, "0") && strcmp(raw.add.text, "1"))
		return fail_at(reader->error, raw.add.origin,
			       "add must be 0 (drop) or 1 (keep), not '%s'", raw.add.text);
	rule->keep = raw.add.text[0] == '1';
	rule->cap = raw.cap;
	rule->info = raw.info;
	rule->warn = raw.warn;
	return 0;
}

/* Whether the capability is given already: 1 the same (a warning), 0 new, or an error. */
static int find_rule_twin(struct reader *reader, const struct config *config,
			  const struct capability_rule *rule)
{
	for (size_t i = 0; i < config->capability_count; i++) {
		const struct capability_rule *other = &config->capabilities[i];

		if (other->capability != rule->capability)
			continue;
		if (other->keep != rule->keep)
			return fail_at(reader->error, rule->origin,
				       "the capability is given a second time, differently "
				       "(line %zu)",
				       other->origin.line);
		warn(ORIGIN_FORMAT ": the capability is given twice", ORIGIN_ARGS(rule->origin));
		return 1;
	}
	return 0;
}

static int read_one_capability(struct reader *reader, const struct value *value, void *target)
{
	struct config *config = target;
	struct capability_rule rule = {0};
	int result = read_capability(reader, value, &rule);

	if (result == 0)
		result = find_rule_twin(reader, config, &rule);
	if (result != 0)
		return result < 0 ? result : 0;
	config->capabilities = pool_append(reader->pool, config->capabilities,
					   &config->capability_count, sizeof(rule));
	if (!config->capabilities)
		return out_of_memory(reader->error);
	config->capabilities[config->capability_count - 1] = rule;
	return 0;
}

int read_capabilities(struct reader *reader, const struct value *value, void *target)
{
	return read_sequence(reader, value, read_one_capability, target);
}
