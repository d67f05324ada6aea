/* SPDX-License-Identifier: Apache-2.0 */
/* Reports of redprobe, read again: what is taken has all that a comparison looks at. */
#include "chain.h"
#include "stored.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stored stored = {.name = "text"};
	const char *id;
	json_t *finding;

	if (stored_parse(&stored, (const char *)data, size)) {
		must(!stored.root);
		return 0;
	}
	must(json_is_string(json_object_get(stored.kernel, "release")));
	json_object_foreach(stored.features, id, finding)
		must(*stored_string(finding, "status") &&
		     json_is_string(json_object_get(finding, "detail")));
	stored_free(&stored);
	return 0;
}
