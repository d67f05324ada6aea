/* SPDX-License-Identifier: Apache-2.0 */
/* The table of control groups, and asking for all of it at once. */
#include "cgroup/cgroup.h"

#include "survey/probe.h"

#include <stdlib.h>

/* Has a child work in a scratch group; one that crashed or hung has not cleaned up. */
static void ask(struct redprobe *probe, struct cgroup_survey *survey)
{
	int patience = probe->options.patience_ms;
	char done;

	if (survey->place.mode != CGROUP_V2 || survey->place.fd < 0)
		return;
	survey->fate = child_ask(cgroup_try_all, &survey->place, &survey->answer,
				 sizeof survey->answer, CHILD_COMPLETES, patience);
	if (survey->fate.end != CHILD_ANSWERED)
		child_ask(cgroup_recover, &survey->place, &done, sizeof done, CHILD_COMPLETES,
			  patience);
}

const struct cgroup_survey *cgroup_survey(struct redprobe *probe)
{
	struct cgroup_survey *made = probe->cgroup;

	if (made)
		return made;
	made = calloc(1, sizeof *made);
	if (!made)
		return NULL;
	probe->cgroup = made;
	cgroup_locate(&made->place);
	ask(probe, made);
	return made;
}

static const char from_boot[] =
	"boot parameter cgroup_no_v1=all, systemd.unified_cgroup_hierarchy=1, "
	"or an init that mounts cgroup2 alone";
static const char controller_how[] =
	"It is looked for in cgroup.controllers, enabled in cgroup.subtree_control if it is not "
	"and no "
	"other group would be affected, and enabled once more in the scratch group.";
static const char controller_get[] = "the kernel option, no boot parameter cgroup_disable= that "
				     "names it, no version 1 hierarchy that "
				     "has it, and cgroup.subtree_control of the groups above";
static const char root_how[] =
	"The file of the root group is looked for and may be written by this process; it is not "
	"written, as it holds for the whole system.";

#define CONTROLLER(name, number, text, reason, first, build)                                      \
	{                                                                                         \
		.id = "cgroup.controller." name, .meaning = (text), .where = REDPROBE_HERE,       \
		.function = cgroup_find_controller,                                               \
		.argument = &(const enum cgroup_controller){number}, .why = (reason),             \
		.how = controller_how, .since = (first), .get = controller_get, .option = (build) \
	}
#define ITEM(number, file, text, reason, first, obtain, build)                                    \
	{                                                                                         \
		.id = "cgroup.item." file, .meaning = (text), .where = REDPROBE_HERE,             \
		.function = cgroup_find_item, .argument = &cgroup_items[number], .why = (reason), \
		.since = (first), .get = (obtain), .option = (build)                              \
	}
#define ROOT_ITEM(file, text, reason)                                                   \
	{                                                                               \
		.id = "cgroup.item." file, .meaning = (text), .where = REDPROBE_HERE,   \
		.function = cgroup_find_root_item, .argument = (file), .why = (reason), \
		.how = root_how, .since = "5.4", .get = "CONFIG_BLK_CGROUP_IOCOST",     \
		.option = "CONFIG_BLK_CGROUP_IOCOST"                                    \
	}

static const struct redprobe_feature features[] = {
	{.id = "cgroup.mode",
	 .meaning = "control groups are version 2 alone",
	 .where = REDPROBE_HERE,
	 .function = cgroup_find_mode,
	 .why = "A node's limits are those of version 2; beside version 1 its controllers are "
		"missing.",
	 .how = "/proc/self/cgroup lists the hierarchies, /proc/self/mounts where they are "
		"mounted.",
	 .since = "4.5",
	 .get = from_boot,
	 .option = "CONFIG_CGROUPS"},
	{.id = "cgroup.v1",
	 .meaning = "version 1 can be mounted (number: hierarchies in use)",
	 .where = REDPROBE_HERE,
	 .function = cgroup_find_version1,
	 .why = "Each controller that version 1 has is missing in version 2.",
	 .how = "/proc/filesystems and /proc/self/cgroup are read.",
	 .since = "",
	 .get = "CONFIG_CGROUPS",
	 .option = "CONFIG_CGROUPS"},
	{.id = "cgroup.v2",
	 .meaning = "version 2 is mounted",
	 .where = REDPROBE_HERE,
	 .function = cgroup_find_version2,
	 .why = "Groups are made where it is mounted.",
	 .how = "/proc/filesystems and /proc/self/mounts are read.",
	 .since = "4.5",
	 .get = "CONFIG_CGROUPS, and mount -t cgroup2 none /sys/fs/cgroup",
	 .option = "CONFIG_CGROUPS"},
	{.id = "cgroup.namespace_delegate",
	 .meaning = "a cgroup namespace is a border of delegation",
	 .where = REDPROBE_HERE,
	 .function = cgroup_find_nsdelegate,
	 .why = "Without it root of a container may change the limits of its own group, and move "
		"processes out of it.",
	 .how = "The options of the mount are read.",
	 .since = "4.13",
	 .get = "mount option nsdelegate, in the initial namespace",
	 .option = "CONFIG_CGROUPS"},
	{.id = "cgroup.recursive_protection",
	 .meaning = "memory.min and memory.low hold for groups below",
	 .where = REDPROBE_HERE,
	 .function = cgroup_find_recursive,
	 .why = "Without it they protect nothing if the processes are in groups below that do not "
		"have them too.",
	 .how = "The options of the mount are read.",
	 .since = "5.7",
	 .get = "mount option memory_recursiveprot, in the initial namespace",
	 .option = "CONFIG_CGROUPS"},
	{.id = "cgroup.kill",
	 .meaning = "a whole group can be killed at once",
	 .where = REDPROBE_HERE,
	 .function = cgroup_find_kill,
	 .why = "No process of a node escapes by making others faster than they are killed.",
	 .how = "A process is born in a scratch group, and 1 is written to cgroup.kill.",
	 .since = "5.14",
	 .get = "Linux 5.14 with CONFIG_CGROUPS"},
	CONTROLLER("cpu", CONTROLLER_CPU, "the cpu controller can be used in groups below",
		   "It gives a node its share of processor time, and a limit.", "4.15",
		   "CONFIG_CGROUP_SCHED"),
	CONTROLLER("cpuset", CONTROLLER_CPUSET, "the cpuset controller can be used in groups below",
		   "It keeps a node to its processors and memory nodes.", "5.0", "CONFIG_CPUSETS"),
	CONTROLLER("io", CONTROLLER_IO, "the io controller can be used in groups below",
		   "It gives a node its share of a disk's use, and limits.", "4.5",
		   "CONFIG_BLK_CGROUP"),
	CONTROLLER("memory", CONTROLLER_MEMORY, "the memory controller can be used in groups below",
		   "It limits and protects a node's memory and swap.", "4.5", "CONFIG_MEMCG"),
	CONTROLLER("pids", CONTROLLER_PIDS, "the pids controller can be used in groups below",
		   "It limits a node's processes, so that nobody fills the table of them.", "4.5",
		   "CONFIG_CGROUP_PIDS"),
	CONTROLLER("hugetlb", CONTROLLER_HUGETLB,
		   "the hugetlb controller can be used in groups below",
		   "It limits a node's huge pages, of which there are few.", "5.6",
		   "CONFIG_CGROUP_HUGETLB"),
	CONTROLLER("rdma", CONTROLLER_RDMA, "the rdma controller can be used in groups below",
		   "It limits what a node takes of remote direct memory access.", "4.11",
		   "CONFIG_CGROUP_RDMA"),
	CONTROLLER("misc", CONTROLLER_MISC, "the misc controller can be used in groups below",
		   "It limits resources that are counted, such as keys for encrypted memory.",
		   "5.13", "CONFIG_CGROUP_MISC"),
	CONTROLLER("dmem", CONTROLLER_DMEM, "the dmem controller can be used in groups below",
		   "It limits a node's memory on devices, such as graphics cards.", "6.14",
		   "CONFIG_CGROUP_DMEM"),
	ITEM(0, "cpuset.cpus", "which processors", "A node keeps to its processors.", "5.0",
	     "controller cpuset", "CONFIG_CPUSETS"),
	ITEM(1, "cpuset.mems", "which memory nodes", "A node keeps to its memory nodes.", "5.0",
	     "controller cpuset", "CONFIG_CPUSETS"),
	ITEM(2, "cpuset.cpus.partition", "processors of its own",
	     "No other process runs on a node's processors.", "5.0", "controller cpuset",
	     "CONFIG_CPUSETS"),
	ITEM(3, "cpu.weight", "share of processor time",
	     "A busy node leaves the others their share.", "4.15", "controller cpu",
	     "CONFIG_FAIR_GROUP_SCHED"),
	ITEM(4, "cpu.max", "limit of processor time",
	     "A node gets no more than was measured for it.", "4.15",
	     "controller cpu, CONFIG_CFS_BANDWIDTH", "CONFIG_CFS_BANDWIDTH"),
	ITEM(5, "io.max", "limits of a disk's use", "A node leaves a disk usable for the others.",
	     "4.5", "controller io, CONFIG_BLK_DEV_THROTTLING", "CONFIG_BLK_DEV_THROTTLING"),
	ITEM(6, "io.weight", "share of a disk's use", "A busy node leaves the others their share.",
	     "5.4", "controller io, CONFIG_BLK_CGROUP_IOCOST; an effect only where io.cost is on",
	     "CONFIG_BLK_CGROUP_IOCOST"),
	ITEM(7, "memory.min", "memory that is never reclaimed",
	     "A node keeps what it needs to run.", "4.18", "controller memory", "CONFIG_MEMCG"),
	ITEM(8, "memory.max", "limit of memory", "A node that leaks does not take all memory.",
	     "4.5", "controller memory", "CONFIG_MEMCG"),
	ITEM(9, "memory.high", "memory above which processes are slowed down",
	     "A node that grows is held back before it is killed.", "4.5", "controller memory",
	     "CONFIG_MEMCG"),
	ITEM(10, "memory.swap.max", "limit of swap", "A node does not take all swap.", "4.5",
	     "controller memory, CONFIG_SWAP, no boot parameter swapaccount=0", NULL),
	ITEM(11, "memory.swap.high", "swap above which processes are slowed down",
	     "A node that swaps too much is held back.", "5.8", "controller memory, CONFIG_SWAP",
	     NULL),
	ITEM(12, "memory.low", "memory that is reclaimed last", "A node keeps what it works with.",
	     "4.5", "controller memory", "CONFIG_MEMCG"),
	ITEM(13, "memory.oom.group", "all of a group or none is killed for memory",
	     "No half of a node goes on after its memory has run out.", "4.19", "controller memory",
	     "CONFIG_MEMCG"),
	ITEM(14, "cpu.weight.nice", "share of processor time as a nice value",
	     "A busy node leaves the others their share.", "4.15", "controller cpu",
	     "CONFIG_FAIR_GROUP_SCHED"),
	ITEM(15, "pids.max", "limit of processes", "A node does not fill the table of processes.",
	     "4.5", "controller pids", "CONFIG_CGROUP_PIDS"),
	ROOT_ITEM("io.cost.qos", "what latency of a disk io.weight keeps to",
		  "Without it io.weight has no effect."),
	ROOT_ITEM("io.cost.model", "what requests cost a disk, for io.weight",
		  "With a model of the disk, shares of it are exact."),
};

const struct redprobe_area cgroup_area = {
	.name = "cgroup",
	.meaning = "control groups: version, controllers, items",
	.how = "A value is written to the file in a scratch group without processes, and read "
	       "back; then "
	       "the group is removed. Nothing is written where version 1 is in use.",
	.get = from_boot,
	.features = features,
	.count = COUNT(features),
};
