/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file system of POSIX message queues shows those of the IPC namespace in which it is mounted.
 * Sources: mq_overview(7), mq_open(3), ipc_namespaces(7).
 */
#include "base/apart.h"
#include "base/finding.h"
#include "base/kernel_calls.h"
#include "mount/mount.h"
#include "mount/mount_place.h"

#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <sched.h>
#include <sys/stat.h>

#define QUEUE "redprobe"

/*
 * Makes a queue of this process's own IPC namespace; `own` false: looks for it only, because others
 * would see it. Returns 0 or a positive errno.
 */
static int open_queue(bool own)
{
	struct mq_attr small = {.mq_maxmsg = 1, .mq_msgsize = 1};
	mqd_t queue = own ? mq_open("/" QUEUE, O_RDONLY | O_CREAT | O_CLOEXEC, 0600, &small)
			  : mq_open("/" QUEUE, O_RDONLY | O_CLOEXEC);

	if (queue != (mqd_t)-1)
		mq_close(queue);
	return queue == (mqd_t)-1 && (own || errno != ENOENT) ? errno : 0;
}

static void mount_queues(const char *tried, bool own, struct redprobe_finding *finding)
{
	struct mount_context context;
	struct stat queue;
	int mounted;

	mount_context_open(&context, "mqueue");
	mounted = mount_context_finish(&context);
	if (mounted < 0)
		mount_context_refused(finding, &context, tried);
	else if (!own)
		finding_supported(finding, "%s: ok, in the only IPC namespace there is", tried);
	else if (fstatat(mounted, QUEUE, &queue, 0) == 0 && S_ISREG(queue.st_mode))
		finding_supported(finding, "%s: ok, a queue of the namespace is in it", tried);
	else
		finding_unknown(finding, finding_as_documented,
				"%s: ok, but a queue of the namespace is not in it", tried);
}

/*
 * A kernel without IPC namespaces answers EINVAL. The call is tried before the file system, for
 * which the kernel would look for a module where it has neither.
 */
static void try_queues(struct redprobe_finding *finding)
{
	bool own = unshare(CLONE_NEWIPC) == 0;
	const char *tried = own ? "mqueue in a new IPC namespace" : "mqueue";
	int error = own || errno == EINVAL ? 0 : errno;

	if (error == ENOSPC) {
		finding_restricted(finding,
				   "sysctl user.max_ipc_namespaces, see namespace.ipc.limit",
				   "unshare(CLONE_NEWIPC): ENOSPC");
		return;
	}
	if (error) {
		finding_refused(finding, error, seccomp_filtered(), "unshare(CLONE_NEWIPC)");
		return;
	}
	error = open_queue(own);
	if (error == EMFILE)
		finding_unknown(finding,
				"free file descriptors, or bytes for queues "
				"(RLIMIT_MSGQUEUE)",
				"mq_open: EMFILE");
	else if (error)
		finding_refused(finding, error, seccomp_filtered(), "mq_open");
	else
		mount_queues(tried, own, finding);
}

void mount_try_mqueue(struct redprobe *probe, const void *argument,
		      struct redprobe_finding *finding)
{
	(void)argument;
	if (mount_place_files(probe, finding))
		apart_ask(try_queues, 0, finding);
}
