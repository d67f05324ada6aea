/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Traces of modules in the running kernel.
 * Sources: proc(5), rtnetlink(7), Documentation/ABI/stable/sysfs-module,
 * Documentation/block/switching-sched.rst, <linux/netfilter/nf_tables.h>.
 */
#include "module/module.h"

#include "base/file.h"
#include "base/finding.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

typedef enum presence tracer(const struct module *module, bool loadable);

bool module_kernel_loads(void)
{
	/* -1 is no file, so nothing is loaded. */
	bool refused = syscall(SYS_finit_module, -1, "", 0) < 0 && errno == ENOSYS;

	if (!seccomp_filtered())
		return !refused;
	/* A filter may have answered: a kernel without modules has no list of them. */
	return access("/proc/self/stat", F_OK) < 0 || access("/proc/modules", F_OK) == 0;
}

const char module_sig_enforce[] = "/sys/module/module/parameters/sig_enforce";

int module_signature_required(void)
{
	char enforced[8];
	int error = file_read(AT_FDCWD, module_sig_enforce, enforced, sizeof enforced);

	return error ? error : enforced[0] == 'Y';
}

/* A line is "nodev\toverlay" or "  7 loop": the name is its last word. */
static enum presence last_word_of_a_line(const char *path, const char *name)
{
	size_t length = strlen(name);
	char text[4096];

	if (file_read(AT_FDCWD, path, text, sizeof text) < 0)
		return PRESENCE_UNSEEN;
	for (const char *at = text; (at = strstr(at, name)); at += length)
		if (at > text && strchr(" \t", at[-1]) && (!at[length] || at[length] == '\n'))
			return PRESENCE_THERE;
	return PRESENCE_ABSENT;
}

static enum presence trace_file_system(const struct module *module, bool loadable)
{
	(void)loadable;
	return last_word_of_a_line("/proc/filesystems", module->known_as);
}

static enum presence trace_device(const struct module *module, bool loadable)
{
	(void)loadable;
	return last_word_of_a_line("/proc/devices", module->known_as);
}

static enum presence trace_misc(const struct module *module, bool loadable)
{
	(void)loadable;
	return last_word_of_a_line("/proc/misc", module->known_as);
}

static enum presence trace_parameters(const struct module *module, bool loadable)
{
	char path[64];

	(void)loadable;
	if (access("/sys/module", F_OK) < 0)
		return PRESENCE_UNSEEN;
	snprintf(path, sizeof path, "/sys/module/%s", module->name);
	return access(path, F_OK) == 0 ? PRESENCE_THERE : PRESENCE_ABSENT;
}

/* Disks with a queue of requests list all schedulers, one of them in brackets. */
static enum presence trace_scheduler(const struct module *module, bool loadable)
{
	DIR *disks = opendir("/sys/block");
	enum presence presence = PRESENCE_UNSEEN;
	char path[300], text[128];
	struct dirent *disk;

	(void)loadable;
	while (disks && presence == PRESENCE_UNSEEN && (disk = readdir(disks))) {
		snprintf(path, sizeof path, "%s/queue/scheduler", disk->d_name);
		if (disk->d_name[0] == '.' ||
		    file_read(dirfd(disks), path, text, sizeof text) < 0 || !strchr(text, '['))
			continue;
		presence = strstr(text, module->known_as) ? PRESENCE_THERE : PRESENCE_ABSENT;
	}
	if (disks)
		closedir(disks);
	return presence;
}

/*
 * Sends one message of netlink and receives the first of the answers. Returns its size or a
 * negative errno.
 */
static ssize_t ask(int protocol, const void *request, size_t length, void *reply, size_t size)
{
	static const struct timeval patience = {.tv_sec = 2};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	ssize_t got;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	got = send(fd, request, length, 0);
	if (got >= 0)
		got = recv(fd, reply, size, 0);
	if (got < 0)
		got = -errno;
	close(fd);
	return got;
}

static bool no_such_socket(ssize_t error)
{
	return error == -EPROTONOSUPPORT || error == -EAFNOSUPPORT ||
	       (error == -ENOSYS && !seccomp_filtered());
}

/* The attribute `type` among those in `size` bytes at `at`, or NULL. */
static struct rtattr *attribute(struct rtattr *at, int size, int type)
{
	for (; RTA_OK(at, size); at = RTA_NEXT(at, size))
		if ((at->rta_type & NLA_TYPE_MASK) == type)
			return at;
	return NULL;
}

static bool is_of_kind(struct nlmsghdr *header, const char *kind)
{
	struct rtattr *info =
		attribute(IFLA_RTA(NLMSG_DATA(header)), (int)IFLA_PAYLOAD(header), IFLA_LINKINFO);
	struct rtattr *found =
		info ? attribute(RTA_DATA(info), (int)RTA_PAYLOAD(info), IFLA_INFO_KIND) : NULL;

	return found && strcmp(RTA_DATA(found), kind) == 0;
}

/*
 * Devices of one kind are asked for. A kernel that does not know the kind lists all devices, of
 * which there is one at least; it looks for no module.
 */
static enum presence trace_link(const struct module *module, bool loadable)
{
	size_t length = strlen(module->known_as) + 1;
	struct {
		struct nlmsghdr header;
		struct ifinfomsg info;
		struct rtattr link_info, kind;
		char name[16];
	} request = {
		.header = {.nlmsg_type = RTM_GETLINK, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
		.link_info = {.rta_type = IFLA_LINKINFO | NLA_F_NESTED},
		.kind = {.rta_type = IFLA_INFO_KIND},
	};
	union {
		struct nlmsghdr header;
		char bytes[16384];
	} reply = {.header = {.nlmsg_len = 0}};
	ssize_t size;

	(void)loadable;
	memcpy(request.name, module->known_as, length);
	request.kind.rta_len = (unsigned short)RTA_LENGTH(length);
	request.link_info.rta_len = (unsigned short)RTA_LENGTH(RTA_SPACE(length));
	request.header.nlmsg_len = NLMSG_LENGTH(sizeof request.info) + RTA_SPACE(RTA_SPACE(length));
	size = ask(NETLINK_ROUTE, &request, request.header.nlmsg_len, &reply, sizeof reply);
	if (no_such_socket(size))
		return PRESENCE_ABSENT;
	if (size < 0 || !NLMSG_OK(&reply.header, (size_t)size))
		return PRESENCE_UNSEEN;
	if (reply.header.nlmsg_type == NLMSG_DONE)
		return PRESENCE_THERE;
	if (reply.header.nlmsg_type != RTM_NEWLINK)
		return PRESENCE_UNSEEN;
	return is_of_kind(&reply.header, module->known_as) ? PRESENCE_THERE : PRESENCE_ABSENT;
}

/* The number of the ruleset's generation is asked for, which makes the kernel look for a module. */
static enum presence trace_netfilter(const struct module *module, bool loadable)
{
	struct {
		struct nlmsghdr header;
		struct nfgenmsg message;
	} request = {
		.header = {.nlmsg_len = sizeof request,
			   .nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETGEN,
			   .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK},
		.message = {.nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0},
	};
	union {
		struct nlmsghdr header;
		char bytes[1024];
	} reply = {.header = {.nlmsg_len = 0}};
	ssize_t size;
	int error;

	(void)module;
	if (loadable)
		return PRESENCE_UNSEEN;
	size = ask(NETLINK_NETFILTER, &request, sizeof request, &reply, sizeof reply);
	if (no_such_socket(size))
		return PRESENCE_ABSENT;
	if (size < 0 || !NLMSG_OK(&reply.header, (size_t)size))
		return PRESENCE_UNSEEN;
	if (reply.header.nlmsg_type != NLMSG_ERROR)
		return PRESENCE_THERE;
	error = ((struct nlmsgerr *)NLMSG_DATA(&reply.header))->error;
	return error == -EINVAL ? PRESENCE_ABSENT : PRESENCE_UNSEEN;
}

static const struct {
	tracer *function;
	const char *where, *needs;
} tracers[] = {
	[TRACE_FILE_SYSTEM] = {trace_file_system, "/proc/filesystems", "/proc mounted"},
	[TRACE_LINK] = {trace_link, "the kinds of network devices", "a socket of netlink"},
	[TRACE_DEVICE] = {trace_device, "/proc/devices", "/proc mounted"},
	[TRACE_MISC] = {trace_misc, "/proc/misc", "/proc mounted"},
	[TRACE_PARAMETERS] = {trace_parameters, "/sys/module", "/sys mounted"},
	[TRACE_SCHEDULER] = {trace_scheduler, "the I/O schedulers of a disk",
			     "a disk with a scheduler in /sys/block"},
	[TRACE_NETFILTER] = {trace_netfilter, "the parts of nfnetlink",
			     "CAP_NET_ADMIN, and a socket of netlink"},
};

enum presence module_trace(const struct module *module, bool loadable, const char **where)
{
	*where = tracers[module->trace].where;
	return tracers[module->trace].function(module, loadable);
}

const char *module_trace_needs(const struct module *module)
{
	return tracers[module->trace].needs;
}
