/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel modules that isolation checks use. Who knows about modules is the caller's choice. */
#include "finding.h"
#include "probe.h"

static void find_module(struct redprobe *probe, const void *argument,
			struct redprobe_finding *finding)
{
	finding->evidence = REDPROBE_MODULE;
	if (probe->options.module_lookup)
		probe->options.module_lookup(probe->options.module_data, argument, finding);
	else
		finding_unknown(finding, "libkmod", "this program does not look up modules");
}

#define ROW(name, text)                                                        \
	{                                                                      \
		.id = "module." name, .meaning = text, .where = REDPROBE_HERE, \
		.function = find_module, .argument = name                      \
	}

static const struct redprobe_feature features[] = {
	ROW("overlay", "the overlay file system"),
	ROW("fuse", "file systems in user space"),
	ROW("loop", "block devices from files"),
	ROW("zram", "compressed block devices in memory, for swap"),
	ROW("bfq", "the I/O scheduler with weights of its own"),
	ROW("veth", "pairs of virtual network devices"),
	ROW("bridge", "virtual network switches"),
	ROW("dummy", "network devices that lead nowhere"),
	ROW("nf_tables", "packet filtering"),
};

const struct redprobe_area module_area = {
	.name = "module",
	.features = features,
	.count = COUNT(features),
};
