/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many namespaces a user may have: by what the limit says, and by whether it has refused one.
 * The limits are there even for namespaces that the kernel has not. Source: namespaces(7).
 */
#include "base/finding.h"
#include "namespace/namespace.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

void namespace_limit(struct redprobe *probe, const void *argument, struct redprobe_finding *finding)
{
	const struct namespace *namespace = argument;
	struct namespace_survey *survey = namespace_survey(probe, finding);
	size_t kind = (size_t)(namespace - namespaces);
	const char *value;
	char name[48], cause[sizeof finding->forbidden_by];

	if (!survey)
		return;
	value = namespace_limit_of(survey, kind);
	finding->evidence = REDPROBE_SYSCTL;
	snprintf(name, sizeof name, "user.max_%s_namespaces", namespace->name);
	if (!value[0] && !namespace_limit_of(survey, NAMESPACE_MNT)[0])
		finding_unknown(finding, "/proc mounted, with /proc/sys/user", "%s is not readable",
				name);
	else if (namespace_absent(survey, kind))
		finding_unsupported(finding, "no /proc/self/ns/%s to be limited by %s",
				    namespace->name, name);
	else if (!value[0])
		finding_unsupported(finding, "there is no %s, though others are", name);
	else if (atoll(value) == 0) {
		snprintf(cause, sizeof cause, "sysctl %s = 0", name);
		finding_restricted(finding, cause, "no %s namespace can be made", namespace->name);
	} else if (namespace_try(survey, MAKER_AS_IS, kind)->error == ENOSPC) {
		snprintf(cause, sizeof cause,
			 "sysctl %s = %s, reached here or in a user namespace above", name, value);
		finding_restricted(finding, cause, "unshare(%s): ENOSPC", namespace->flag_name);
	} else
		finding_supported(finding, "%s is %s", name, value);
	if (value[0])
		finding_number(finding, atoll(value));
}
