/* SPDX-License-Identifier: Apache-2.0 */
/* Sources: mount_namespaces(7), user_namespaces(7), move_mount(2). */
#include "mount/mount_place.h"

#include "base/finding.h"
#include "base/kernel_calls.h"
#include "base/privilege.h"
#include "module/module.h"
#include "survey/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/stat.h>

static void fail(struct mount_place *place, const char *call)
{
	place->call = call;
	place->error = errno;
}

/*
 * A root directory that is no mount cannot be made private. In a user namespace of its own nothing
 * propagates to others all the same; elsewhere nothing is attached then.
 */
static void enter_namespace(struct mount_place *place)
{
	if (place->in_user) {
		errno = privilege_gain(CLONE_NEWNS, &place->unmapped);
		if (errno)
			fail(place, "unshare(CLONE_NEWUSER | CLONE_NEWNS)");
	} else if (unshare(CLONE_NEWNS) < 0) {
		fail(place, "unshare(CLONE_NEWNS)");
	}
	if (place->call || kernel_mount("/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
		return;
	if (errno != EINVAL)
		fail(place, "mount(MS_REC | MS_PRIVATE) on /");
	else
		place->exposed = !place->in_user;
}

static void attach_failed(struct mount_place *place, const char *call)
{
	place->attach = call;
	place->attach_error = errno;
	close(place->tree);
	place->tree = -1;
}

/*
 * Over a directory that this process can do without in a namespace of its own. Not over the root
 * directory if there is another: the kernel makes no user namespace for who has a root directory
 * that is covered (EPERM, as in a chroot).
 */
static int attach(int mounted)
{
	static const char *const places[] = {"/tmp", "/run", "/mnt", "/var", "/home", "/etc", "/"};
	int result = -1;

	for (size_t i = 0; i < COUNT(places) && result < 0; i++) {
		result = kernel_move_mount(mounted, places[i]);
		if (result < 0 && errno != ENOENT)
			return result;
	}
	return result;
}

static void make_tree(struct mount_place *place)
{
	mount_context_open(&place->made, "tmpfs");
	mount_context_set(&place->made, "mode", "0700");
	place->tree = mount_context_finish(&place->made);
	if (place->tree < 0)
		return;
	errno = EINVAL;
	if (place->exposed)
		attach_failed(place, "mount(MS_REC | MS_PRIVATE) on /");
	else if (attach(place->tree) < 0)
		attach_failed(place, "move_mount");
	else if (fchdir(place->tree) < 0)
		attach_failed(place, "fchdir into the new mount");
}

/*
 * By mount(2), because fsmount writes to the kernel log when it refuses a procfs that would show
 * more than the one there is.
 */
int mount_place_procfs(const char *options)
{
	int mounted = -1, error = 0;

	if ((mkdir("proc", 0700) < 0 && errno != EEXIST) ||
	    kernel_mount("proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, options) < 0)
		return -errno;
	mounted = open("proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (mounted < 0)
		error = errno;
	kernel_unmount("proc");
	return error ? -error : mounted;
}

/* True if `proc` shows this process by its number, which is another one's in another PID namespace.
 */
static bool shows_number(int proc)
{
	char number[24];
	ssize_t length = readlinkat(proc, "self", number, sizeof number - 1);

	if (length <= 0)
		return false;
	number[length] = '\0';
	return atoi(number) == getpid();
}

/*
 * Where /proc does not show this process by its number, one more procfs does, for those who may
 * mount it and have a working directory of their own for that.
 */
static void find_proc(struct mount_place *place)
{
	int made;

	place->proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (place->proc >= 0 && faccessat(place->proc, "self/uid_map", F_OK, 0) < 0) {
		close(place->proc);
		place->proc = -1;
	}
	place->numbers = place->proc >= 0 && shows_number(place->proc);
	made = place->numbers || place->tree < 0 ? -1 : mount_place_procfs(NULL);
	if (made < 0)
		return;
	if (place->proc >= 0)
		close(place->proc);
	place->proc = made;
	place->numbers = true;
}

bool mount_place_numbers(const struct mount_place *place, struct redprobe_finding *finding)
{
	if (place->numbers)
		return true;
	if (place->proc < 0)
		finding_unknown(finding, "/proc mounted", "not tried: it takes a /proc");
	else
		finding_unknown(finding, "/proc mounted for this PID namespace",
				"not tried: the /proc there is has other numbers of processes");
	return false;
}

void mount_place_enter(struct mount_place *place, bool in_user)
{
	*place = (struct mount_place){.in_user = in_user, .tree = -1, .proc = -1};
	enter_namespace(place);
	if (place->call)
		return;
	make_tree(place);
	find_proc(place);
}

const struct mount_place *mount_place(struct redprobe *probe, struct redprobe_finding *finding)
{
	struct mount_place *place = probe->mounts;

	if (!place) {
		place = probe->mounts = calloc(1, sizeof *place);
		if (!place) {
			finding_refused(finding, ENOMEM, false, "making room for the answers");
			return NULL;
		}
		module_place_is_initial(probe);
		mount_place_enter(place, !privileged());
	}
	if (!place->call)
		return place;
	finding_unknown(finding,
			place->in_user ? "CAP_SYS_ADMIN, or a user namespace to try it in"
				       : "a private mount namespace to try it in",
			"not tried: %s: %s", place->call, error_name(place->error));
	return NULL;
}

void mount_place_unmapped(const struct mount_place *place, struct redprobe_finding *finding)
{
	finding_unknown(finding,
			place->unmapped == EPERM ? "CAP_SYS_ADMIN, or CAP_SETFCAP"
						 : "CAP_SYS_ADMIN, or /proc mounted",
			"not tried: ids in the user namespace, without which there are no files: "
			"%s",
			error_name(place->unmapped));
}

const struct mount_place *mount_place_files(struct redprobe *probe,
					    struct redprobe_finding *finding)
{
	const struct mount_place *place = mount_place(probe, finding);

	if (!place || !place->unmapped)
		return place;
	mount_place_unmapped(place, finding);
	return NULL;
}

const struct mount_place *mount_place_tree(struct redprobe *probe, bool files,
					   struct redprobe_finding *finding)
{
	const struct mount_place *place =
		files ? mount_place_files(probe, finding) : mount_place(probe, finding);

	if (!place || place->tree >= 0)
		return place;
	finding_unknown(finding, "a mount to try it on: see mount.new_api", "not tried: %s: %s",
			place->made.call ? place->made.call : place->attach,
			error_name(place->made.call ? place->made.error : place->attach_error));
	return NULL;
}

void mount_context_refused(struct redprobe_finding *finding, const struct mount_context *context,
			   const char *tried)
{
	if (context->log[0])
		finding_refused(finding, context->error, seccomp_filtered(), "%s: %s (%.100s)",
				tried, context->call, context->log);
	else
		finding_refused(finding, context->error, seccomp_filtered(), "%s: %s", tried,
				context->call);
}
