/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit system. It is asked for its status, a message that changes nothing and is not recorded.
 * Sources: kernel/audit.c, audit_get_status in <linux/audit.h>, auditctl(8), proc(5).
 */
#include "base/file.h"
#include "base/finding.h"
#include "base/privilege.h"
#include "survey/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* What the kernel told of its audit system. */
struct audit_survey {
	int error;     /* 0, or the errno of what failed */
	bool answered; /* by the audit system, if only that it will not */
	bool absent;   /* the kernel has no audit system at all */
	bool switched; /* off, for good, when the kernel booted */
	const char *tried;
	struct audit_status status;
};

static const char own_loginuid[] = "/proc/self/loginuid";

static bool proc_seen(void)
{
	return access("/proc/self/stat", F_OK) == 0;
}

/*
 * A socket for a protocol that is not there makes the kernel look for a module. Where the process's
 * login user shows that there is no audit system, it is not made.
 */
static int open_audit(struct audit_survey *survey)
{
	int fd;

	survey->tried = "socket(AF_NETLINK, NETLINK_AUDIT)";
	if (proc_seen() && access(own_loginuid, F_OK) < 0) {
		survey->absent = true;
		return -1;
	}
	survey->switched = booted_with("audit=0") || booted_with("audit=off");
	if (survey->switched)
		return -1;
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);
	if (fd >= 0)
		return fd;
	survey->error = errno;
	survey->absent = errno == EPROTONOSUPPORT || errno == EAFNOSUPPORT;
	return -1;
}

static int ask_status(int fd, struct audit_status *status)
{
	static const struct timeval patience = {.tv_sec = 2};
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	struct nlmsghdr request = {.nlmsg_len = NLMSG_LENGTH(0),
				   .nlmsg_type = AUDIT_GET,
				   .nlmsg_flags = NLM_F_REQUEST};
	union {
		struct nlmsghdr header;
		char bytes[NLMSG_SPACE(512)];
	} reply;
	ssize_t size;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	if (sendto(fd, &request, sizeof request, 0, (struct sockaddr *)&kernel, sizeof kernel) < 0)
		return errno;
	size = recv(fd, &reply, sizeof reply, 0);
	if (size < 0)
		return errno;
	if (!NLMSG_OK(&reply.header, (size_t)size))
		return EBADMSG;
	if (reply.header.nlmsg_type == NLMSG_ERROR)
		return -((struct nlmsgerr *)NLMSG_DATA(&reply.header))->error ?: EBADMSG;
	if (reply.header.nlmsg_type != AUDIT_GET)
		return EBADMSG;
	size -= NLMSG_HDRLEN;
	memcpy(status, NLMSG_DATA(&reply.header),
	       (size_t)size < sizeof *status ? (size_t)size : sizeof *status);
	return 0;
}

static const struct audit_survey *survey(struct redprobe *probe)
{
	struct audit_survey *made = probe->audit;
	int fd;

	if (made)
		return made;
	made = calloc(1, sizeof *made);
	if (!made)
		return NULL;
	probe->audit = made;
	fd = open_audit(made);
	if (fd < 0)
		return made;
	made->tried = "AUDIT_GET over netlink";
	made->answered = true;
	made->error = ask_status(fd, &made->status);
	close(fd);
	return made;
}

/* What stands between this process and the audit system, or NULL. */
static const char *obstacle(const struct audit_survey *found)
{
	if (!found->answered)
		return NULL;
	if (found->error == ECONNREFUSED)
		return "a user namespace: audit answers the initial one";
	if (found->error != EPERM || seccomp_filtered())
		return NULL;
	return privilege_has(CAP_AUDIT_CONTROL) ? "a PID namespace: audit answers the initial one"
						: "missing CAP_AUDIT_CONTROL";
}

/* Says why there is no status, if so. */
static bool say_no_status(const struct audit_survey *found, bool own,
			  struct redprobe_finding *finding)
{
	const char *forbidden_by;

	if (!found)
		finding_refused(finding, ENOMEM, false, "making room for the answer");
	else if (found->absent && found->error)
		finding_unsupported(finding, "%s: %s", found->tried, error_name(found->error));
	else if (found->absent)
		finding_unsupported(finding, "there is no %s", own_loginuid);
	else if (found->switched)
		finding_restricted(finding, "boot parameter audit=0", "audit is off for good");
	else if (!found->error)
		return false;
	else if (!(forbidden_by = obstacle(found)))
		finding_refused(finding, found->error, seccomp_filtered(), "%s", found->tried);
	else if (own)
		finding_restricted(finding, forbidden_by, "%s: %s", found->tried,
				   error_name(found->error));
	else
		finding_unknown(finding, "CAP_AUDIT_CONTROL in the initial user and PID namespace",
				"%s: %s", found->tried, error_name(found->error));
	return true;
}

static void find_netlink(struct redprobe *probe, const void *argument,
			 struct redprobe_finding *finding)
{
	const struct audit_survey *found = survey(probe);

	(void)argument;
	if (!say_no_status(found, true, finding))
		finding_supported(finding, "%s: ok, features 0x%x", found->tried,
				  found->status.feature_bitmap);
}

static void find_enabled(struct redprobe *probe, const void *argument,
			 struct redprobe_finding *finding)
{
	const struct audit_survey *found = survey(probe);

	(void)argument;
	if (say_no_status(found, false, finding))
		return;
	finding_number(finding, found->status.enabled);
	if (found->status.enabled)
		finding_supported(finding, "enabled is %u%s", found->status.enabled,
				  found->status.enabled > 1 ? ", and locked until the next boot"
							    : "");
	else
		finding_restricted(finding, "audit is switched off (auditctl -e 0)",
				   "enabled is 0: nothing is recorded");
}

/* One number of the status; `where` is its offset. */
struct count {
	size_t where;
	const char *text;
};

static void find_count(struct redprobe *probe, const void *argument,
		       struct redprobe_finding *finding)
{
	const struct audit_survey *found = survey(probe);
	const struct count *count = argument;
	uint32_t number;

	if (say_no_status(found, false, finding))
		return;
	memcpy(&number, (const char *)&found->status + count->where, sizeof number);
	finding_number(finding, number);
	finding_supported(finding, "%u %s", number, count->text);
}

static void find_loginuid(struct redprobe *probe, const void *argument,
			  struct redprobe_finding *finding)
{
	char text[16];
	int error = file_read(AT_FDCWD, own_loginuid, text, sizeof text);

	(void)probe;
	(void)argument;
	finding->evidence = REDPROBE_FILE;
	if (!proc_seen())
		finding_unknown(finding, "/proc mounted", "%s is not to be seen", own_loginuid);
	else if (error == -ENOENT)
		finding_unsupported(finding, "there is no %s", own_loginuid);
	else if (error)
		finding_refused(finding, -error, false, "reading %s", own_loginuid);
	else {
		finding_number(finding, strtoll(text, NULL, 10));
		finding_supported(finding, "%s is %s%s", own_loginuid, text,
				  strcmp(text, "4294967295") == 0 ? ", not set" : "");
	}
}

/* Of the patches that were proposed; no release of Linux has either. */
static const char *const container_id_files[] = {
	"/proc/self/audit_containerid",
	"/proc/self/containerid",
};

static void find_container_id(struct redprobe *probe, const void *argument,
			      struct redprobe_finding *finding)
{
	(void)probe;
	(void)argument;
	finding->evidence = REDPROBE_FILE;
	for (size_t i = 0; i < COUNT(container_id_files); i++)
		if (access(container_id_files[i], F_OK) == 0) {
			finding_supported(finding, "%s is there", container_id_files[i]);
			return;
		}
	if (!proc_seen())
		finding_unknown(finding, "/proc mounted", "%s is not to be seen",
				container_id_files[0]);
	else
		finding_unsupported(finding, "neither %s nor %s is there", container_id_files[0],
				    container_id_files[1]);
}

#define FIELD(field, text) (&(const struct count){offsetof(struct audit_status, field), text})

static const struct redprobe_feature features[] = {
	{.id = "audit.netlink",
	 .meaning = "the audit system answers this process",
	 .where = REDPROBE_HERE,
	 .function = find_netlink,
	 .why = "A runtime that tells the audit system which container is which has to reach it.",
	 .since = "",
	 .option = "CONFIG_AUDIT"},
	{.id = "audit.enabled",
	 .meaning = "audit records are made (number: 0 off, 1 on, 2 locked)",
	 .where = REDPROBE_HERE,
	 .function = find_enabled,
	 .why = "While it is off every message is acknowledged, and nothing is recorded.",
	 .since = "",
	 .get = "boot parameter audit=1, or auditctl -e 1",
	 .option = "CONFIG_AUDIT"},
	{.id = "audit.backlog",
	 .meaning = "how many audit records wait (number)",
	 .where = REDPROBE_HERE,
	 .function = find_count,
	 .argument = FIELD(backlog, "records wait to be delivered"),
	 .why = "A backlog that grows tells that nobody takes the records; when it is full, "
		"processes wait or records are lost.",
	 .since = "",
	 .option = "CONFIG_AUDIT"},
	{.id = "audit.backlog_limit",
	 .meaning = "how many audit records may wait (number; 0: no limit)",
	 .where = REDPROBE_HERE,
	 .function = find_count,
	 .argument = FIELD(backlog_limit, "records may wait to be delivered"),
	 .why = "Many containers that start at once make many records at once: a limit that is too "
		"low loses some.",
	 .since = "",
	 .get = "boot parameter audit_backlog_limit=N, or auditctl -b N",
	 .option = "CONFIG_AUDIT"},
	{.id = "audit.lost",
	 .meaning = "how many audit records were lost since boot (number)",
	 .where = REDPROBE_HERE,
	 .function = find_count,
	 .argument = FIELD(lost, "records were lost"),
	 .why = "An acknowledgement does not tell that a message was recorded; that none was lost "
		"does.",
	 .since = "",
	 .option = "CONFIG_AUDIT"},
	{.id = "audit.loginuid",
	 .meaning = "processes carry the user who logged in",
	 .where = REDPROBE_HERE,
	 .function = find_loginuid,
	 .why = "It stays the same in user namespaces and after a change of user, so records name "
		"who is behind a container.",
	 .how = "/proc/self/loginuid is read; it is not written, which would last.",
	 .since = "",
	 .option = "CONFIG_AUDIT"},
	{.id = "audit.container_id",
	 .meaning = "processes carry an id of their container for audit",
	 .where = REDPROBE_HERE,
	 .function = find_container_id,
	 .why = "Records would name the container. Without it a runtime has to register the "
		"container's namespaces and control group by messages of its own.",
	 .how = "The files of the proposed patches are looked for in /proc/self.",
	 .since = "none",
	 .get = "a kernel with the proposed patches: no release of Linux has it"},
};

const struct redprobe_area audit_area = {
	.name = "audit",
	.meaning = "the audit system: can it be reached, does it record, what was lost",
	.how = "The status is asked for by AUDIT_GET over netlink, which changes nothing.",
	.get = "CONFIG_AUDIT, no boot parameter audit=0; CAP_AUDIT_CONTROL in the initial user and "
	       "PID namespace",
	.features = features,
	.count = COUNT(features),
};
