/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles of redprobe: what is taken names features and states, each feature once. */
#include "chain.h"
#include "profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct profile profile = {.name = "text"};

	if (profile_parse(&profile, (const char *)data, size)) {
		must(!profile.demands);
		return 0;
	}
	must(profile.count > 0);
	for (size_t i = 0; i < profile.count; i++) {
		must(profile.demands[i].feature && profile.demands[i].states);
		for (size_t other = 0; other < i; other++)
			must(profile.demands[i].feature != profile.demands[other].feature);
	}
	profile_free(&profile);
	return 0;
}
