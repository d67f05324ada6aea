/* SPDX-License-Identifier: Apache-2.0 */
/* Findings about control groups. Where there is version 1, nothing is ever written. */
#include "cgroup/cgroup.h"

#include "base/file.h"
#include "base/finding.h"
#include "survey/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static const char only_version2[] = "cgroup version 2 alone";

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

/* The place, or NULL with a finding that says why there is none. */
static const struct cgroup_place *place_of(const struct cgroup_survey *found,
					   struct redprobe_finding *finding)
{
	if (found)
		return &found->place;
	finding_refused(finding, ENOMEM, false, "making room for the answers");
	return NULL;
}

void cgroup_find_mode(struct redprobe *probe, const void *argument,
		      struct redprobe_finding *finding)
{
	const struct cgroup_survey *found = cgroup_survey(probe);
	const struct cgroup_place *place = place_of(found, finding);
	char detail[sizeof finding->detail];
	const struct mode *mode;

	(void)argument;
	if (!place)
		return;
	mode = &modes[place->mode];
	finding->evidence = REDPROBE_FILE;
	snprintf(detail, sizeof detail, "%s: %s%s%s", mode->word, place->why,
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

/* Whether the kernel has the file system, by /proc/filesystems; negative if that is not seen. */
static int has_file_system(const char *line)
{
	char text[4096];

	if (file_read(AT_FDCWD, "/proc/filesystems", text, sizeof text) < 0)
		return -1;
	return strstr(text, line) != NULL;
}

void cgroup_find_version1(struct redprobe *probe, const void *argument,
			  struct redprobe_finding *finding)
{
	const struct cgroup_place *place = place_of(cgroup_survey(probe), finding);
	int known = has_file_system("\tcgroup\n");

	(void)argument;
	if (!place)
		return;
	finding->evidence = REDPROBE_FILE;
	if (known < 0)
		finding_unknown(finding, "/proc mounted", "/proc/filesystems is not to be seen");
	else if (!known)
		finding_unsupported(finding, "cgroup is not in /proc/filesystems");
	else if (booted_with("cgroup_no_v1=all"))
		finding_restricted(finding, "boot parameter cgroup_no_v1=all",
				   "cgroup is in /proc/filesystems");
	else
		finding_supported(
			finding, "cgroup is in /proc/filesystems; in use: %d hierarchies%s%s",
			place->v1_count, place->v1_count ? ": " : "", place->v1_controllers);
	if (known > 0)
		finding_number(finding, place->v1_count);
}

void cgroup_find_version2(struct redprobe *probe, const void *argument,
			  struct redprobe_finding *finding)
{
	const struct cgroup_place *place = place_of(cgroup_survey(probe), finding);
	int known = has_file_system("\tcgroup2\n");

	(void)argument;
	if (!place)
		return;
	finding->evidence = REDPROBE_FILE;
	if (place->mount_point[0])
		finding_supported(finding, "mounted on %.100s; controllers: %.160s",
				  place->mount_point,
				  place->root_controllers[0] ? place->root_controllers
				  : place->top < 0	     ? "not to be seen"
							     : "those of the own groups");
	else if (known < 0)
		finding_unknown(finding, "/proc mounted", "/proc/filesystems is not to be seen");
	else if (!known)
		finding_unsupported(finding, "cgroup2 is not in /proc/filesystems");
	else
		finding_restricted(finding, "no cgroup2 mount",
				   "cgroup2 is in /proc/filesystems, not in /proc/self/mounts");
}

static void say_option(const struct cgroup_place *place, bool in_force, const char *name,
		       struct redprobe_finding *finding)
{
	char features[256], missing[80];
	int error = file_read(AT_FDCWD, "/sys/kernel/cgroup/features", features, sizeof features);

	finding->evidence = REDPROBE_FILE;
	snprintf(missing, sizeof missing, "the mount, without option %s", name);
	if (in_force)
		finding_supported(finding, "option %s of the mount on %.100s", name,
				  place->mount_point);
	else if (place->mode == CGROUP_ABSENT)
		finding_unsupported(finding, "%s", place->why);
	else if (error == 0 && !has_word(features, name))
		finding_unsupported(finding, "%s is not in /sys/kernel/cgroup/features", name);
	else if (place->top < 0)
		finding_unknown(finding, "the own group below a cgroup2 mount", "%s", place->why);
	else
		finding_restricted(finding, missing, "%s is not among the options of %.100s", name,
				   place->mount_point);
}

void cgroup_find_nsdelegate(struct redprobe *probe, const void *argument,
			    struct redprobe_finding *finding)
{
	const struct cgroup_place *place = place_of(cgroup_survey(probe), finding);

	(void)argument;
	if (place)
		say_option(place, place->nsdelegate, "nsdelegate", finding);
}

void cgroup_find_recursive(struct redprobe *probe, const void *argument,
			   struct redprobe_finding *finding)
{
	const struct cgroup_place *place = place_of(cgroup_survey(probe), finding);

	(void)argument;
	if (place)
		say_option(place, place->recursive, "memory_recursiveprot", finding);
}

/* Says why nothing at all could be tried, if so. */
static bool say_nothing_tried(const struct cgroup_survey *found, struct redprobe_finding *finding)
{
	const struct cgroup_place *place = place_of(found, finding);

	if (!place)
		return true;
	if (place->mode == CGROUP_ABSENT)
		finding_unsupported(finding, "%s", place->why);
	else if (place->mode != CGROUP_V2)
		finding_unknown(finding, only_version2, "not tried: mode is %s",
				modes[place->mode].word);
	else if (place->fd < 0)
		finding_unknown(finding, "the own group below a cgroup2 mount", "not tried: %s",
				place->why);
	else if (found->fate.end != CHILD_ANSWERED)
		finding_fate(finding, found->fate);
	else if (found->answer.lock)
		finding_refused(finding, found->answer.lock, false, "locking the group %.100s",
				place->trial);
	else
		return false;
	return true;
}

/* Says why no scratch group could be made, if so. */
static bool say_not_made(const struct cgroup_survey *found, struct redprobe_finding *finding)
{
	int error = found->answer.made;

	const char *cause =
		error == EACCES || error == EPERM ? "the own group is not delegated to this process"
		: error == EAGAIN ? "cgroup.max.descendants or cgroup.max.depth, there or above"
				  : NULL;

	if (cause)
		finding_restricted(finding, cause, "making a scratch group in %.100s: %s",
				   found->place.trial, error_name(error));
	else if (error)
		finding_refused(finding, error, false, "making a scratch group in %.100s",
				found->place.trial);
	return error != 0;
}

/* Whether boot parameter cgroup_disable= names the controller. */
static bool disabled_at_boot(const char *name)
{
	static const char parameter[] = "cgroup_disable=";
	char command_line[4096], *list;

	file_read(AT_FDCWD, "/proc/cmdline", command_line, sizeof command_line);
	list = strstr(command_line, parameter);
	if (!list)
		return false;
	list += strlen(parameter);
	list[strcspn(list, " ")] = '\0';
	return has_word(list, name);
}

/* The controller is not in cgroup.controllers of the group for trials. */
static void say_controller_absent(const struct cgroup_place *place, const char *name,
				  struct redprobe_finding *finding)
{
	char disabled[64], above[120];

	finding->evidence = REDPROBE_FILE;
	snprintf(disabled, sizeof disabled, "boot parameter cgroup_disable=%s", name);
	snprintf(above, sizeof above, "cgroup.subtree_control of a group above %.60s",
		 place->group);
	if (has_word(place->root_controllers, name))
		finding_restricted(finding, above,
				   "in cgroup.controllers of the root, not of %.100s",
				   place->trial);
	else if (!place->root_controllers[0] && !place->root)
		finding_unknown(finding, "a view of the root group",
				"not in cgroup.controllers of %.100s", place->trial);
	else if (disabled_at_boot(name))
		finding_restricted(finding, disabled, "not in cgroup.controllers of the root");
	else
		finding_unsupported(finding, "not in cgroup.controllers of the root");
}

/* It is in force in the scratch group: can that have groups of its own with it? */
static void say_controller_usable(const struct cgroup_survey *found,
				  enum cgroup_controller controller,
				  struct redprobe_finding *finding)
{
	const struct cgroup_answer *answer = &found->answer;
	int passed_on = answer->controllers[controller].passed_on;

	finding_supported(finding, "available; %s below %.100s%s; %sdelegatable%s%s",
			  answer->controllers[controller].enabled == ENABLED_BEFORE
				  ? "enabled"
				  : "enabled for a trial",
			  found->place.trial, answer->kept ? ", left so: others use it by now" : "",
			  passed_on ? "not " : "", passed_on ? ": " : "",
			  passed_on ? error_name(passed_on) : "");
}

static void say_controller(const struct cgroup_survey *found, enum cgroup_controller controller,
			   struct redprobe_finding *finding)
{
	const struct cgroup_answer *answer = &found->answer;
	enum cgroup_enabled enabled = answer->controllers[controller].enabled;
	const char *name = cgroup_controllers[controller], *group = found->place.trial;
	int error = answer->controllers[controller].error;

	if (enabled == ENABLED_ABSENT) {
		say_controller_absent(&found->place, name, finding);
		return;
	}
	if (say_not_made(found, finding))
		return;
	if (enabled == ENABLED_REFUSED && !found->place.root &&
	    (error == EBUSY || error == EOPNOTSUPP))
		finding_restricted(finding,
				   "the processes in the own group (it may have either "
				   "them or controllers enabled)",
				   "available; writing +%s to cgroup.subtree_control of %.100s: %s",
				   name, group, error_name(error));
	else if (enabled == ENABLED_REFUSED)
		finding_refused(finding, error, false,
				"available; writing +%s to cgroup.subtree_control of %.100s", name,
				group);
	else if (enabled == ENABLED_OTHERS) {
		finding->evidence = REDPROBE_FILE;
		finding_supported(finding,
				  "available to %.100s; not enabled for a trial, because other "
				  "groups there would be affected",
				  group);
	} else
		say_controller_usable(found, controller, finding);
}

/* Where version 1 has the controller, version 2 has not. */
static bool say_bound(const struct cgroup_place *place, enum cgroup_controller controller,
		      struct redprobe_finding *finding)
{
	const char *name = cgroup_controllers[controller];

	if (place->mode != CGROUP_V1 && place->mode != CGROUP_HYBRID)
		return false;
	finding->evidence = REDPROBE_FILE;
	if (has_word(place->v1_controllers, controller == CONTROLLER_IO ? "blkio" : name))
		finding_restricted(finding, "a version 1 hierarchy that has the controller",
				   "in /proc/self/cgroup: version 1 has %s", name);
	else if (has_word(place->root_controllers, name))
		finding_unknown(finding, only_version2,
				"in cgroup.controllers of the root; not tried: mode is hybrid");
	else if (place->root_controllers[0])
		finding_unsupported(finding, "neither in cgroup.controllers of the root nor in a "
					     "version 1 hierarchy");
	else
		return false;
	return true;
}

void cgroup_find_controller(struct redprobe *probe, const void *argument,
			    struct redprobe_finding *finding)
{
	const struct cgroup_survey *found = cgroup_survey(probe);
	enum cgroup_controller controller = *(const enum cgroup_controller *)argument;

	if (found && say_bound(&found->place, controller, finding))
		return;
	if (!say_nothing_tried(found, finding))
		say_controller(found, controller, finding);
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

/* Until 6.0 a boot parameter took the files away. */
static void say_item_absent(const struct cgroup_item *item, struct redprobe_finding *finding)
{
	if (strncmp(item->file, "memory.swap.", strlen("memory.swap.")) == 0 &&
	    booted_with("swapaccount=0"))
		finding_restricted(finding, "boot parameter swapaccount=0",
				   "no such file in a scratch group");
	else
		finding_unsupported(finding, "no such file in a scratch group with controller %s",
				    cgroup_controllers[item->controller]);
}

static void say_item(const struct cgroup_item *item, const struct cgroup_trial *trial,
		     struct redprobe_finding *finding)
{
	switch (trial->stage) {
	case STAGE_ACCEPTED:
		finding_supported(finding, "wrote \"%s\" in a scratch group, read \"%s\"%s",
				  trial->wrote, trial->read, trial->also);
		break;
	case STAGE_DIFFERENT:
		finding_unknown(finding, finding_as_documented,
				"wrote \"%s\" in a scratch group, read \"%s\"", trial->wrote,
				trial->read);
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
		say_item_absent(item, finding);
		break;
	default:
		finding_unknown(finding, item->needs, "nothing to write: %s",
				error_name(trial->error));
	}
}

void cgroup_find_item(struct redprobe *probe, const void *argument,
		      struct redprobe_finding *finding)
{
	const struct cgroup_survey *found = cgroup_survey(probe);
	const struct cgroup_item *item = argument;

	if (say_nothing_tried(found, finding))
		return;
	if (found->answer.made ||
	    !cgroup_in_force(found->answer.controllers[item->controller].enabled))
		say_item_untried(found, item, finding);
	else
		say_item(item, &found->answer.items[item - cgroup_items], finding);
}

/* It is for the whole system, so it is looked at only. */
void cgroup_find_root_item(struct redprobe *probe, const void *argument,
			   struct redprobe_finding *finding)
{
	const struct cgroup_survey *found = cgroup_survey(probe);
	const struct cgroup_place *place = found ? &found->place : NULL;
	const char *file = argument;

	if (!place || place->mode != CGROUP_V2 || place->top < 0)
		say_nothing_tried(found, finding);
	else if (faccessat(place->top, file, W_OK, 0) == 0)
		finding_supported(finding, "the root group has it, writable; not written, as it is "
					   "for the whole system");
	else if (errno != ENOENT)
		finding_refused(finding, errno, false, "the root group has it; to write it");
	else if (place->root_controllers[0])
		finding_unsupported(finding, "no such file in the root group");
	else
		finding_unknown(finding, "a view of the root group", "not in the groups seen here");
}

/* Without a scratch group the own one shows the file, unless it is the root, which has none. */
static void say_kill_untried(const struct cgroup_survey *found, struct redprobe_finding *finding)
{
	int group = found->place.fd;

	if (faccessat(group, "cgroup.kill", F_OK, 0) == 0)
		say_not_made(found, finding);
	else if (faccessat(group, "cgroup.type", F_OK, 0) == 0)
		finding_unsupported(finding, "no such file in the own group");
	else
		finding_unknown(finding, "a group below the root that this process may make",
				"making a scratch group in %.100s: %s", found->place.trial,
				error_name(found->answer.made));
}

void cgroup_find_kill(struct redprobe *probe, const void *argument,
		      struct redprobe_finding *finding)
{
	const struct cgroup_survey *found = cgroup_survey(probe);
	const struct cgroup_birth *birth;

	(void)argument;
	if (say_nothing_tried(found, finding))
		return;
	if (found->answer.made) {
		say_kill_untried(found, finding);
		return;
	}
	birth = &found->answer.birth;
	if (birth->error)
		finding_unknown(finding, "a process in the scratch group",
				"clone3(CLONE_INTO_CGROUP) into it: %s", error_name(birth->error));
	else if (birth->kill == ENOENT)
		finding_unsupported(finding, "no such file in a scratch group");
	else if (birth->kill)
		finding_refused(finding, birth->kill, false, "writing \"1\" in a scratch group");
	else if (birth->killed)
		finding_supported(finding,
				  "wrote \"1\" in a scratch group: its process was killed");
	else
		finding_unknown(finding, finding_as_documented,
				"wrote \"1\" in a scratch group, but its process lived on");
}
