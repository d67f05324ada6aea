/* SPDX-License-Identifier: Apache-2.0 */
/* redconf features: what a node needs of the kernel, as a profile for redprobe. */
#include <stdio.h>

#include "redconf/redconf.h"
#include "show/features.h"

static void print_feature(const char *id, void *data)
{
	(void)data;
	printf("%s: supported\n", id);
}

int redconf_features(const struct globals *globals, int argc, char **argv)
{
	struct redpak_error error;
	struct pool pool = {0};
	struct merged merged;
	const char *directory = NULL;
	int result, status = read_options(argc, argv, NULL, 0, &directory, 1);

	(void)globals;
	if (status)
		return status;
	if (!directory)
		return report_usage("no node", "");
	result = load_merged(&pool, directory, false, &merged, &error);
	if (result == 0) {
		features_each(&merged, print_feature, NULL);
		result = end_printing("the features", &error);
	}
	pool_free(&pool);
	return result < 0 ? report_error(&error) : REDCONF_OK;
}
