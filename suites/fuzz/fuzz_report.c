/* SPDX-License-Identifier: Apache-2.0 */
/* Reports of redprobe, read again: what is taken has all that a comparison looks at. */
#include "chain.h"
#include "stored.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stored stored = {.name = "text"};

	if (stored_parse(&stored, (const char *)data, size)) {
		must(!stored.root);
		return 0;
	}
	must(json_is_string(json_object_get(stored.kernel, "release")));
	for (void *at = json_object_iter(stored.features); at;
	     at = json_object_iter_next(stored.features, at)) {
		const json_t *finding = json_object_iter_value(at);

		must(*stored_string(finding, "status") &&
		     json_is_string(json_object_get(finding, "detail")));
	}
	stored_free(&stored);
	return 0;
}
