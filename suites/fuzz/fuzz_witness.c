/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration of a kernel, compressed or not, in a file of memory. */
#include "survey/witness.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "chain.h"

static void testify(const struct witness *witness)
{
	for (const struct redprobe_area *const *area = redprobe_areas; *area; area++)
		for (size_t i = 0; i < (*area)->count; i++) {
			const struct redprobe_feature *feature = &(*area)->features[i];
			struct redprobe_finding finding = {.status = REDPROBE_SUPPORTED};

			witness_testify(witness, feature, &finding);
			must((finding.witness.option[0] != 0) == (finding.witness.value[0] != 0));
			must(!finding.witness.option[0] ||
			     finding.witness.agrees == (strcmp(finding.witness.value, "n") != 0));
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int file = memfd_create("configuration", MFD_CLOEXEC);
	char path[32];
	const char *const paths[] = {path, NULL};
	struct witness *witness;

	must(file >= 0 && write(file, data, size) == (ssize_t)size);
	snprintf(path, sizeof path, "/proc/self/fd/%d", file);
	witness = witness_read_paths(redprobe_areas, paths);
	testify(witness);
	witness_free(witness);
	close(file);
	return 0;
}
