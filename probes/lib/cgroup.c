/* SPDX-License-Identifier: Apache-2.0 */
/* Findings about control groups. Where there is version 1, nothing is ever written. */
#include "cgroup.h"

#include "file.h"
#include "finding.h"
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char documented[] = "a kernel that answers as documented";

static const struct cgroup_survey *survey(struct redprobe *probe)
{
	struct cgroup_survey *made = probe->cgroup;
	char done;

	if (made)
		return made;
	made = calloc(1, sizeof *made);
	if (!made)
		return NULL;
	probe->cgroup = made;
	cgroup_locate(&made->place);
	if (made->place.mode != CGROUP_V2 || made->place.fd < 0)
		return made;
	made->fate = child_ask(cgroup_try_all, &made->place, &made->answer, sizeof made->answer,
			       CHILD_COMPLETES, probe->options.patience_ms);
	/* A child that crashed or hung has not cleaned up. */
	if (made->fate.end != CHILD_ANSWERED)
		child_ask(cgroup_recover, &made->place, &done, sizeof done, CHILD_COMPLETES,
			  probe->options.patience_ms);
	return made;
}

static const struct mode {
	const char *word;
	enum redprobe_status status;
	const char *cause; /* forbidden_by or needs */
} modes[] = {
	[CGROUP_UNSEEN] = {"not seen", REDPROBE_UNKNOWN, "/proc mounted"},
	[CGROUP_ABSENT] = {"absent", REDPROBE_UNSUPPORTED, NULL},
	[CGROUP_NONE] = {"not mounted", REDPROBE_UNKNOWN, "a cgroup2 mount"},
	[CGROUP_V1] = {"v1", REDPROBE_RESTRICTED, "cgroup version 1 hierarchies"},
	[CGROUP_HYBRID] = {"hybrid", REDPROBE_RESTRICTED, "cgroup version 1 hierarchies"},
	[CGROUP_V2] = {"v2", REDPROBE_SUPPORTED, NULL},
};

static void find_mode(struct redprobe *probe, const void *argument,
		      struct redprobe_finding *finding)
{
	const struct cgroup_survey *found = survey(probe);
	const struct mode *mode;
	char detail[sizeof finding->detail];

	(void)argument;
	if (!found) {
		finding_refused(finding, ENOMEM, false, "making room for the answers");
		return;
	}
	mode = &modes[found->place.mode];
	finding->evidence = REDPROBE_FILE;
	snprintf(detail, sizeof detail, "%s: %s%s%s", mode->word, found->place.why,
		 found->answer.left ? "; the scratch group is left: " : "",
		 found->answer.left ? error_name(found->answer.left) : "");
	if (mode->status == REDPROBE_SUPPORTED)
		finding_supported(finding, "%s", detail);
	else if (mode->status == REDPROBE_RESTRICTED)
		finding_restricted(finding, mode->cause, "%s", detail);
	else if (mode->status == REDPROBE_UNSUPPORTED)
		finding_unsupported(finding, "%s", detail);
	else
		finding_unknown(finding, mode->cause, "%s", detail);
}

/* Says why nothing at all could be tried, if so. */
static bool say_nothing_tried(const struct cgroup_survey *found, struct redprobe_finding *finding)
{
	const struct mode *mode;

	if (!found) {
		finding_refused(finding, ENOMEM, false, "making room for the answers");
		return true;
	}
	mode = &modes[found->place.mode];
	if (found->place.mode == CGROUP_ABSENT)
		finding_unsupported(finding, "%s", found->place.why);
	else if (found->place.mode != CGROUP_V2)
		finding_unknown(finding, "cgroup version 2 alone", "not tried: mode is %s",
				mode->word);
	else if (found->place.fd < 0)
		finding_unknown(finding, "the own group below a cgroup2 mount", "not tried: %s",
				found->place.why);
	else if (found->fate.end != CHILD_ANSWERED)
		finding_fate(finding, found->fate);
	else if (found->answer.lock)
		finding_refused(finding, found->answer.lock, false, "locking the own group %.100s",
				found->place.group);
	else
		return false;
	return true;
}

/* The controller is not in cgroup.controllers of the own group. */
static void say_controller_absent(const struct cgroup_place *place, const char *name,
				  struct redprobe_finding *finding)
{
	char command_line[4096], disabled[64], above[120];

	finding->evidence = REDPROBE_FILE;
	file_read(AT_FDCWD, "/proc/cmdline", command_line, sizeof command_line);
	snprintf(disabled, sizeof disabled, "cgroup_disable=%s", name);
	snprintf(above, sizeof above, "cgroup.subtree_control of a group above %.60s",
		 place->group);
	if (has_word(place->root_controllers, name))
		finding_restricted(finding, above,
				   "in cgroup.controllers of the root, not of %.100s",
				   place->group);
	else if (!place->root_controllers[0] && !place->root)
		finding_unknown(finding, "a view of the root group",
				"not in cgroup.controllers of %.100s", place->group);
	else if (has_word(command_line, disabled))
		finding_restricted(finding, disabled, "not in cgroup.controllers of the root");
	else
		finding_unsupported(finding, "not in cgroup.controllers of the root");
}

static void say_controller(const struct cgroup_survey *found, enum cgroup_controller controller,
			   struct redprobe_finding *finding)
{
	const struct cgroup_answer *answer = &found->answer;
	enum cgroup_enabled enabled = answer->controllers[controller].enabled;
	const char *name = cgroup_controllers[controller], *group = found->place.group;

	if (enabled == ENABLED_ABSENT)
		say_controller_absent(&found->place, name, finding);
	else if (answer->made == EACCES || answer->made == EPERM)
		finding_restricted(finding, "the own group is not delegated to this process",
				   "making a scratch group in %.100s: %s", group,
				   error_name(answer->made));
	else if (answer->made)
		finding_refused(finding, answer->made, false, "making a scratch group in %.100s",
				group);
	else if (enabled == ENABLED_MEMBERS)
		finding_restricted(finding, "the rule that a group with processes enables nothing",
				   "available to %.100s, not enabled below it", group);
	else if (enabled == ENABLED_REFUSED)
		finding_refused(finding, answer->controllers[controller].error, false,
				"writing +%s to cgroup.subtree_control of %.100s", name, group);
	else if (enabled == ENABLED_OTHERS) {
		finding->evidence = REDPROBE_FILE;
		finding_supported(finding,
				  "available to %.100s; not enabled for a trial, because other "
				  "groups there would be affected",
				  group);
	} else
		finding_supported(finding, "%s below %.100s%s",
				  enabled == ENABLED_BEFORE ? "in force" : "enabled for a trial",
				  group, answer->kept ? ", left so: others use it by now" : "");
}

static void find_controller(struct redprobe *probe, const void *argument,
			    struct redprobe_finding *finding)
{
	const struct cgroup_survey *found = survey(probe);

	if (!say_nothing_tried(found, finding))
		say_controller(found, *(const enum cgroup_controller *)argument, finding);
}

/* The controller is not in force, so the item could not be tried; it may yet be seen. */
static void say_item_untried(const struct cgroup_survey *found, const struct cgroup_item *item,
			     struct redprobe_finding *finding)
{
	struct redprobe_finding controller = {.status = REDPROBE_UNKNOWN};
	char needs[sizeof finding->needs];
	bool seen = faccessat(found->place.fd, item->file, F_OK, 0) == 0;

	say_controller(found, item->controller, &controller);
	snprintf(needs, sizeof needs, "controller %s in force in a group of its own",
		 cgroup_controllers[item->controller]);
	finding->evidence = controller.evidence;
	if (controller.status == REDPROBE_UNSUPPORTED)
		finding_unsupported(finding, "controller: %s", controller.detail);
	else if (controller.status == REDPROBE_RESTRICTED && seen)
		finding_restricted(finding, controller.forbidden_by,
				   "the own group has the file; controller: %s", controller.detail);
	else
		finding_unknown(finding, needs, "controller: %s", controller.detail);
}

static void say_item(const struct cgroup_item *item, const struct cgroup_trial *trial,
		     struct redprobe_finding *finding)
{
	switch (trial->stage) {
	case STAGE_ACCEPTED:
		finding_supported(finding, "wrote \"%s\" in a scratch group, read \"%s\"",
				  trial->wrote, trial->read);
		break;
	case STAGE_DIFFERENT:
		finding_unknown(finding, documented, "wrote \"%s\" in a scratch group, read \"%s\"",
				trial->wrote, trial->read);
		break;
	case STAGE_WRITE:
		finding_refused(finding, trial->error, false, "writing \"%s\" in a scratch group",
				trial->wrote);
		break;
	case STAGE_READ:
		finding_refused(finding, trial->error, false, "reading \"%s\" in a scratch group",
				trial->wrote);
		break;
	case STAGE_ABSENT:
		finding_unsupported(finding, "no such file in a scratch group with controller %s",
				    cgroup_controllers[item->controller]);
		break;
	default:
		finding_unknown(finding, item->needs, "nothing to write: %s",
				error_name(trial->error));
	}
}

static void find_item(struct redprobe *probe, const void *argument,
		      struct redprobe_finding *finding)
{
	const struct cgroup_survey *found = survey(probe);
	const struct cgroup_item *item = argument;

	if (say_nothing_tried(found, finding))
		return;
	if (found->answer.made ||
	    !cgroup_in_force(found->answer.controllers[item->controller].enabled))
		say_item_untried(found, item, finding);
	else
		say_item(item, &found->answer.items[item - cgroup_items], finding);
}

#define CONTROLLER(name, controller, text)                                                \
	{                                                                                 \
		.id = "cgroup.controller." name, .meaning = text, .where = REDPROBE_HERE, \
		.function = find_controller, .argument = &(const enum cgroup_controller)  \
		{                                                                         \
			controller                                                        \
		}                                                                         \
	}
#define ITEM(number, file, text)                                                    \
	{                                                                           \
		.id = "cgroup.item." file, .meaning = text, .where = REDPROBE_HERE, \
		.function = find_item, .argument = &cgroup_items[number]            \
	}

static const struct redprobe_feature features[] = {
	{.id = "cgroup.mode",
	 .meaning = "control groups are version 2 alone",
	 .where = REDPROBE_HERE,
	 .function = find_mode},
	CONTROLLER("cpu", CONTROLLER_CPU, "the cpu controller can be used in groups below"),
	CONTROLLER("cpuset", CONTROLLER_CPUSET, "the cpuset controller, likewise"),
	CONTROLLER("io", CONTROLLER_IO, "the io controller, likewise"),
	CONTROLLER("memory", CONTROLLER_MEMORY, "the memory controller, likewise"),
	CONTROLLER("pids", CONTROLLER_PIDS, "the pids controller, likewise"),
	ITEM(0, "cpuset.cpus", "which processors"),
	ITEM(1, "cpuset.mems", "which memory nodes"),
	ITEM(2, "cpuset.cpus.partition", "processors of its own"),
	ITEM(3, "cpu.weight", "share of processor time"),
	ITEM(4, "cpu.max", "limit of processor time"),
	ITEM(5, "io.max", "limits of a disk's use"),
	ITEM(6, "io.weight", "share of a disk's use"),
	ITEM(7, "memory.min", "memory that is never reclaimed"),
	ITEM(8, "memory.max", "limit of memory"),
	ITEM(9, "memory.high", "memory above which processes are slowed down"),
	ITEM(10, "memory.swap.max", "limit of swap"),
	ITEM(11, "memory.swap.high", "swap above which processes are slowed down"),
};

const struct redprobe_area cgroup_area = {
	.name = "cgroup",
	.features = features,
	.count = COUNT(features),
};
