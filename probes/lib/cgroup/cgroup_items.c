/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The items that a node can set: a value is written to a group without processes, where it has no
 * effect on anybody, and read back. Source: Documentation/admin-guide/cgroup-v2.rst.
 */
#include "base/file.h"
#include "base/names.h"
#include "cgroup/cgroup.h"
#include "survey/probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What was written is read back, alone or with the defaults of what was not given after it. */
static bool same(const char *wrote, const char *read)
{
	size_t length = strlen(wrote);

	return strncmp(wrote, read, length) == 0 && (!read[length] || strchr(" \n", read[length]));
}

static void write_and_read(int scratch, const char *file, const char *value,
			   struct cgroup_trial *trial)
{
	snprintf(trial->wrote, sizeof trial->wrote, "%s", value);
	trial->stage = STAGE_WRITE;
	trial->error = -file_write(scratch, file, value);
	if (trial->error)
		return;
	trial->stage = STAGE_READ;
	trial->error = -file_read(scratch, file, trial->read, sizeof trial->read);
	if (!trial->error)
		trial->stage = same(value, trial->read) ? STAGE_ACCEPTED : STAGE_DIFFERENT;
}

static void try_value(int scratch, const struct cgroup_item *item, struct cgroup_trial *trial)
{
	write_and_read(scratch, item->file, item->value, trial);
}

/* The first number of the list that is in force; `item->value` names the file that tells it. */
static void try_first_of_list(int scratch, const struct cgroup_item *item,
			      struct cgroup_trial *trial)
{
	char list[64];

	trial->stage = STAGE_NO_VALUE;
	trial->error = -file_read(scratch, item->value, list, sizeof list);
	list[strcspn(list, ",-")] = '\0';
	if (!trial->error && list[0])
		write_and_read(scratch, item->file, list, trial);
}

/*
 * Until 6.0 "root" that cannot be granted is refused as a word that is not known is: EINVAL. But a
 * group with others below, which have the controller, is told EBUSY. It asks for all processors:
 * those are never granted, whatever is below. Returns a positive errno, or 0 if it was not tried.
 */
static int try_busy_partition(int scratch, const struct cgroup_item *item)
{
	char all[4096];
	int error = 0;

	if (file_read(scratch, "cpuset.cpus.effective", all, sizeof all) < 0 ||
	    file_write(scratch, "cpuset.cpus", all) < 0 ||
	    file_write(scratch, "cgroup.subtree_control", "+cpuset") < 0 ||
	    mkdirat(scratch, CGROUP_BELOW, 0700) < 0)
		return 0;
	if (faccessat(scratch, CGROUP_BELOW "/cpuset.cpus", F_OK, 0) == 0)
		error = -file_write(scratch, item->file, "root");
	unlinkat(scratch, CGROUP_BELOW, AT_REMOVEDIR);
	file_write(scratch, "cpuset.cpus", "\n");
	return error;
}

/*
 * A valid partition takes processors away from everybody else. One without processors does not:
 * the kernel either refuses it or says that it is invalid. Then back to the default.
 */
static void try_partition(int scratch, const struct cgroup_item *item, struct cgroup_trial *trial)
{
	static const char invalid[] = "root invalid";
	char list[64] = "";
	int busy;

	trial->stage = STAGE_NO_VALUE;
	trial->error = -file_write(scratch, "cpuset.cpus", "\n");
	if (!trial->error)
		trial->error = -file_read(scratch, "cpuset.cpus", list, sizeof list);
	if (trial->error || list[0])
		return;
	write_and_read(scratch, item->file, "root", trial);
	if (trial->stage == STAGE_ACCEPTED) {
		trial->stage = STAGE_DIFFERENT;
		if (strncmp(trial->read, invalid, strlen(invalid)) != 0)
			return;
		snprintf(trial->also, sizeof trial->also, "; \"root\" without processors: \"%s\"",
			 trial->read);
	} else if (trial->stage == STAGE_WRITE && trial->error == EINVAL) {
		busy = try_busy_partition(scratch, item);
		snprintf(trial->also, sizeof trial->also, "; \"root\" %s: %s",
			 busy ? "with a group below" : "without processors",
			 error_name(busy ? busy : EINVAL));
	} else
		return;
	write_and_read(scratch, item->file, item->value, trial);
}

/* A limit for the first disk that takes one; partitions do not. */
static void try_first_disk(int scratch, const struct cgroup_item *item, struct cgroup_trial *trial)
{
	DIR *disks = opendir("/sys/block");
	struct dirent *disk;
	char path[300], number[16], value[48];

	trial->stage = STAGE_NO_VALUE;
	trial->error = disks ? 0 : errno;
	while (disks && trial->stage != STAGE_ACCEPTED && (disk = readdir(disks))) {
		snprintf(path, sizeof path, "%s/dev", disk->d_name);
		if (disk->d_name[0] == '.' ||
		    file_read(dirfd(disks), path, number, sizeof number) < 0)
			continue;
		snprintf(value, sizeof value, "%s %s", number, item->value);
		write_and_read(scratch, item->file, value, trial);
	}
	if (disks)
		closedir(disks);
}

const struct cgroup_item cgroup_items[CGROUP_ITEMS] = {
	{"cpuset.cpus", CONTROLLER_CPUSET, try_first_of_list, "cpuset.cpus.effective",
	 "processors for the own group"},
	{"cpuset.mems", CONTROLLER_CPUSET, try_first_of_list, "cpuset.mems.effective",
	 "memory nodes for the own group"},
	{"cpuset.cpus.partition", CONTROLLER_CPUSET, try_partition, "member",
	 "a group whose cpuset.cpus can be emptied"},
	{"cpu.weight", CONTROLLER_CPU, try_value, "200", NULL},
	{"cpu.max", CONTROLLER_CPU, try_value, "50000 100000", NULL},
	{"io.max", CONTROLLER_IO, try_first_disk, "rbps=1048576", "a disk in /sys/block"},
	{"io.weight", CONTROLLER_IO, try_value, "default 200", NULL},
	{"memory.min", CONTROLLER_MEMORY, try_value, "1048576", NULL},
	{"memory.max", CONTROLLER_MEMORY, try_value, "67108864", NULL},
	{"memory.high", CONTROLLER_MEMORY, try_value, "33554432", NULL},
	{"memory.swap.max", CONTROLLER_MEMORY, try_value, "67108864", NULL},
	{"memory.swap.high", CONTROLLER_MEMORY, try_value, "33554432", NULL},
	{"memory.low", CONTROLLER_MEMORY, try_value, "1048576", NULL},
	{"memory.oom.group", CONTROLLER_MEMORY, try_value, "1", NULL},
	{"cpu.weight.nice", CONTROLLER_CPU, try_value, "5", NULL},
	{"pids.max", CONTROLLER_PIDS, try_value, "100", NULL},
};

bool cgroup_in_force(enum cgroup_enabled enabled)
{
	return enabled == ENABLED_BEFORE || enabled == ENABLED_FOR_US;
}

void cgroup_try_items(int scratch, struct cgroup_answer *answer)
{
	for (size_t i = 0; i < CGROUP_ITEMS; i++) {
		const struct cgroup_item *item = &cgroup_items[i];
		struct cgroup_trial *trial = &answer->items[i];

		if (!cgroup_in_force(answer->controllers[item->controller].enabled))
			continue;
		if (faccessat(scratch, item->file, F_OK, 0) < 0) {
			trial->stage = STAGE_ABSENT;
			trial->error = errno;
			continue;
		}
		item->try(scratch, item, trial);
	}
}
