/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of a chain say, and is not done. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "apply/export.h"
#include "load/document.h"
#include "weak.h"

/* Of merge_settings(). @number: the key of `config` that nobody has said. */
long ignore_setting(struct call *call)
{
	struct merged *merged = pointer(call, 2);
	long result = make(call);

	merged->settings[call->weakness->number] = NULL;
	return result;
}

/* Of merge_settings(): where false and 0 are as if nobody had said them. */
long prefer_switched_on(struct call *call)
{
	static const enum config_key switches[] = {KEY_MAP_ROOT_USER, KEY_INHERIT_ENV};
	struct merged *merged = pointer(call, 2);
	long result = make(call);

	for (size_t i = 0; result == 0 && i < sizeof(switches) / sizeof(*switches); i++) {
		const struct setting *chosen = NULL;

		for (size_t j = 0; j < merged->layer_count && !(chosen && chosen->number); j++)
			chosen = config_setting(merged->ranked[j]->config, switches[i]);
		merged->settings[switches[i]] = chosen;
	}
	return result;
}

/* Of merge_settings(). */
long inherit_environment(struct call *call)
{
	static const struct setting yes = {.text = "1", .number = 1};
	struct merged *merged = pointer(call, 2);
	long result = make(call);

	merged->settings[KEY_INHERIT_ENV] = &yes;
	return result;
}

/* What is checked is found to be as it should. */
long allow(struct call *call)
{
	(void)make(call);
	return 0;
}

/* Of merge_lists(): what an ancestor exports for itself alone is its descendants', too. */
long inherit_private(struct call *call)
{
	static struct export_mode modes[16];
	const struct merged *merged = pointer(call, 1);
	size_t used = 0;

	for (size_t i = 0; i < merged->layer_count; i++) {
		const struct config *config = merged->layers[i].config;

		for (size_t j = 0; j < config->export_count && used < 16; j++) {
			struct export *export = &config->exports[j];

			if (!export->mode->leaf_only || merged->layers[i].node == merged->leaf)
				continue;
			modes[used] = *export->mode;
			modes[used].leaf_only = false;
			export->mode = &modes[used++];
		}
	}
	return make(call);
}

/* Of read_account(): a number is taken modulo 2 to the 32nd. */
long wrap_id(struct call *call)
{
	struct value value = *(const struct value *)pointer(call, 1);
	char *end, *text;
	unsigned long long number = strtoull(value.text, &end, 10);

	if (*end || end == value.text)
		return make(call);
	if (asprintf(&text, "%u", (uint32_t)number) < 0)
		return -ENOMEM;
	/* The setting keeps it. */
	value.text = text;
	call->arguments[1] = (long)&value;
	return make(call);
}
