/* SPDX-License-Identifier: Apache-2.0 */
/* The schema of .rednode.yaml. */
#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "load/config.h"
#include "load/schema.h"

static int read_timestamp(struct reader *reader, const struct value *value, void *target)
{
	int result = want_type(reader, value, VALUE_SCALAR);
	char *end;

	if (result < 0)
		return result;
	errno = 0;
	*(unsigned long long *)target = strtoull(value->text, &end, 0);
	if (errno || *end || !isdigit((unsigned char)value->text[0]))
		return fail_at(reader->error, value->origin,
			       "'%s' is not a time in ms since the epoch", value->text);
	return 0;
}

const char *const node_states[NODE_STATE_COUNT] = {[NODE_DISABLE] = "Disable",
						   [NODE_ENABLE] = "Enable",
						   [NODE_UNKNOWN] = "Unknown",
						   [NODE_ERROR] = "Error"};

static int read_state(struct reader *reader, const struct value *value, void *target)
{
	size_t index;
	int result = read_word(reader, value, node_states, NODE_STATE_COUNT, &index);

	*(enum node_state *)target = (enum node_state)index;
	return result;
}

static const struct field status_fields[] = {
	{"realpath", read_text, offsetof(struct status, realpath), true},
	{"timestamp", read_timestamp, offsetof(struct status, timestamp), true},
	{"state", read_state, offsetof(struct status, state), true},
	{"info", read_text, offsetof(struct status, info), false},
};

int status_read(struct pool *pool, const struct value *root, struct status *status,
		struct redpak_error *error)
{
	struct reader reader = {pool, error};

	return read_mapping(&reader, root, status_fields, FIELD_COUNT(status_fields), status);
}
