/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernel modules that isolation uses. What is in the kernel shows without an index; what could be
 * loaded, the index of modules knows. Who reads that is the caller's choice.
 */
#include "module/module.h"

#include "base/file.h"
#include "base/finding.h"
#include "survey/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

/* Where modules could come from. */
enum source {
	SOURCE_INDEX,  /* there is a directory for this kernel */
	SOURCE_NONE,   /* the kernel loads none, or would find no directory */
	SOURCE_UNSEEN, /* there is none here, where the kernel does not look for it */
};

struct origin {
	enum source source;
	bool loads; /* the kernel loads modules, if there are any */
	char directory[100];
};

/*
 * The kernel looks for modules from where its first process is: is that here? The number of the
 * first PID namespace is fixed.
 */
static bool is_initial_place(void)
{
	enum { INITIAL_PID_NAMESPACE = 0xEFFFFFFC };
	static const char *const same[][2] = {{"/proc/1/root/", "/"},
					      {"/proc/1/ns/mnt", "/proc/self/ns/mnt"}};
	struct stat first, own;

	if (stat("/proc/self/ns/pid", &own) < 0 || own.st_ino != INITIAL_PID_NAMESPACE)
		return false;
	for (size_t i = 0; i < COUNT(same); i++)
		if (stat(same[i][0], &first) < 0 || stat(same[i][1], &own) < 0 ||
		    first.st_dev != own.st_dev || first.st_ino != own.st_ino)
			return false;
	return true;
}

bool module_place_is_initial(struct redprobe *probe)
{
	if (probe->place == PLACE_UNSEEN)
		probe->place = is_initial_place() ? PLACE_INITIAL : PLACE_OTHER;
	return probe->place == PLACE_INITIAL;
}

static struct origin find_origin(struct redprobe *probe)
{
	struct origin origin = {.loads = module_kernel_loads()};
	struct utsname kernel;

	uname(&kernel);
	snprintf(origin.directory, sizeof origin.directory, "/lib/modules/%s", kernel.release);
	if (access(origin.directory, F_OK) == 0)
		origin.source = SOURCE_INDEX;
	else
		origin.source = !origin.loads || module_place_is_initial(probe) ? SOURCE_NONE
										: SOURCE_UNSEEN;
	return origin;
}

/* It is loaded: whoever reads the index may know more of that. */
static void say_loaded(struct redprobe *probe, const struct module *module, const char *path,
		       const char *state, struct redprobe_finding *finding)
{
	struct redprobe_finding told = {.evidence = REDPROBE_MODULE};

	if (probe->options.module_lookup)
		probe->options.module_lookup(probe->options.module_data, module->name, &told);
	if (told.status == REDPROBE_SUPPORTED)
		*finding = told;
	else
		finding_supported(finding, "loaded: %s is %s", path, state);
}

/* Says that the module is in the kernel, if /sys/module has it. */
static bool say_listed(struct redprobe *probe, const struct module *module,
		       struct redprobe_finding *finding)
{
	char path[96], state[16];
	int error;

	snprintf(path, sizeof path, "/sys/module/%s/initstate", module->name);
	error = file_read(AT_FDCWD, path, state, sizeof state);
	if (error == 0) {
		say_loaded(probe, module, path, state, finding);
		return true;
	}
	*strrchr(path, '/') = '\0';
	if (error != -ENOENT || access(path, F_OK) < 0)
		return false;
	finding_supported(finding, "built in: %s is there, and has no state", path);
	return true;
}

static void say_by_index(struct redprobe *probe, const struct module *module,
			 struct redprobe_finding *finding)
{
	finding->evidence = REDPROBE_MODULE;
	if (probe->options.module_lookup)
		probe->options.module_lookup(probe->options.module_data, module->name, finding);
	else
		finding_unknown(finding, "libkmod", "not in the kernel, but it may be loadable");
}

/* It could not be seen in the kernel. */
static void say_missing(struct redprobe *probe, const struct module *module,
			const struct origin *origin, enum presence presence, const char *where,
			struct redprobe_finding *finding)
{
	if (origin->source == SOURCE_INDEX && (origin->loads || presence == PRESENCE_UNSEEN))
		say_by_index(probe, module, finding);
	else if (origin->source == SOURCE_UNSEEN)
		finding_unknown(finding, "the kernel's modules directory",
				"not to be seen in %s; there is no %s here", where,
				origin->directory);
	else if (presence == PRESENCE_UNSEEN)
		finding_unknown(finding, module_trace_needs(module), "%s cannot be seen", where);
	else
		finding_unsupported(finding, "absent: not in %s, and %s", where,
				    origin->loads ? "there is no directory of modules"
						  : "this kernel loads none");
}

static void find_module(struct redprobe *probe, const void *argument,
			struct redprobe_finding *finding)
{
	const struct module *module = argument;
	struct origin origin;
	enum presence presence;
	const char *where;

	finding->evidence = REDPROBE_FILE;
	if (say_listed(probe, module, finding))
		return;
	origin = find_origin(probe);
	presence = module_trace(module, origin.source != SOURCE_NONE, &where);
	if (presence == PRESENCE_THERE)
		finding_supported(finding, "built in%s: in %s",
				  access("/sys/module", F_OK) < 0 ? " or loaded" : "", where);
	else
		say_missing(probe, module, &origin, presence, where, finding);
}

#define ROW(module_name, how_traced, called, text, reason, first, build)                \
	{                                                                               \
		.id = "module." module_name, .meaning = (text), .where = REDPROBE_HERE, \
		.function = find_module,                                                \
		.argument = &(const struct module){module_name, how_traced, called},    \
		.why = (reason), .since = (first), .option = (build)                    \
	}

static const struct redprobe_feature features[] = {
	ROW("overlay", TRACE_FILE_SYSTEM, "overlay", "the overlay file system",
	    "Containers share one read-only system, and each writes to a layer of its own.", "3.18",
	    "CONFIG_OVERLAY_FS"),
	ROW("fuse", TRACE_FILE_SYSTEM, "fuse", "file systems in user space",
	    "Who has no privilege can mount what a program of his serves.", "", "CONFIG_FUSE_FS"),
	ROW("squashfs", TRACE_FILE_SYSTEM, "squashfs", "compressed file systems, read-only",
	    "Systems of containers come as one file that nobody can change.", "",
	    "CONFIG_SQUASHFS"),
	ROW("erofs", TRACE_FILE_SYSTEM, "erofs", "fast compressed file systems, read-only",
	    "Systems of containers come as one file that nobody can change.", "5.4",
	    "CONFIG_EROFS_FS"),
	ROW("loop", TRACE_DEVICE, "loop", "block devices from files",
	    "A file that holds a file system can be mounted.", "", "CONFIG_BLK_DEV_LOOP"),
	ROW("zram", TRACE_DEVICE, "zram", "compressed block devices in memory, for swap",
	    "Boards without a disk to swap to can have limits of swap all the same.", "3.14",
	    "CONFIG_ZRAM"),
	ROW("dm_mod", TRACE_MISC, "device-mapper", "the device mapper",
	    "Block devices are put together from others, checked or encrypted.", "",
	    "CONFIG_BLK_DEV_DM"),
	ROW("dm_verity", TRACE_PARAMETERS, NULL, "block devices checked as they are read",
	    "A container's system that was tampered with is not read.", "3.4", "CONFIG_DM_VERITY"),
	ROW("bfq", TRACE_SCHEDULER, "bfq", "the I/O scheduler with weights of its own",
	    "It gives groups their shares of a disk that io.weight asks for.", "4.12",
	    "CONFIG_IOSCHED_BFQ"),
	ROW("veth", TRACE_LINK, "veth", "pairs of virtual network devices",
	    "One end goes into the container's network namespace, the other stays outside.", "",
	    "CONFIG_VETH"),
	ROW("bridge", TRACE_LINK, "bridge", "virtual network switches",
	    "Containers of one host reach each other and the network through one.", "",
	    "CONFIG_BRIDGE"),
	ROW("macvlan", TRACE_LINK, "macvlan", "network devices with addresses of their own",
	    "A container is on the network without a bridge, by an Ethernet address of its own.",
	    "", "CONFIG_MACVLAN"),
	ROW("ipvlan", TRACE_LINK, "ipvlan", "network devices that share an Ethernet address",
	    "A container is on the network where only one Ethernet address is allowed.", "3.19",
	    "CONFIG_IPVLAN"),
	ROW("vxlan", TRACE_LINK, "vxlan", "virtual networks over others",
	    "Containers of several hosts are on one network.", "3.7", "CONFIG_VXLAN"),
	ROW("tun", TRACE_LINK, "tun", "network devices served by a program",
	    "Who has no privilege connects a network namespace through a program.", "",
	    "CONFIG_TUN"),
	ROW("dummy", TRACE_LINK, "dummy", "network devices that lead nowhere",
	    "A network namespace has a device with an address, and no way out.", "",
	    "CONFIG_DUMMY"),
	ROW("vcan", TRACE_LINK, "vcan", "virtual CAN buses",
	    "Programs of a vehicle talk within a container as if on a bus.", "", "CONFIG_CAN_VCAN"),
	ROW("vxcan", TRACE_LINK, "vxcan", "pairs of virtual CAN devices",
	    "A bus reaches from one network namespace into another.", "4.12", "CONFIG_CAN_VXCAN"),
	ROW("nf_tables", TRACE_NETFILTER, NULL, "packet filtering",
	    "Rules decide what a container's network namespace sends and takes.", "3.13",
	    "CONFIG_NF_TABLES"),
};

const struct redprobe_area module_area = {
	.name = "module",
	.meaning = "kernel modules that isolation uses",
	.how = "/sys/module and what the module adds to the kernel show whether it is there. If "
	       "not, "
	       "the index in /lib/modules tells whether it can be loaded; nothing is loaded unless "
	       "--load-modules asks for it.",
	.get = "the package with the kernel's modules, or a kernel built with the option",
	.features = features,
	.count = COUNT(features),
};
