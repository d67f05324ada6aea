/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Overlay mounts, with all layers on a tmpfs. The module is never loaded: whether the file system
 * is registered is read first. Sources: Documentation/filesystems/overlayfs.rst,
 * user_namespaces(7).
 */
#include "base/child.h"
#include "base/finding.h"
#include "base/kernel_calls.h"
#include "base/userns.h"
#include "mount/mount.h"
#include "mount/mount_place.h"
#include "survey/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

/* 1 if the line "nodev<tab>overlay" is in /proc/filesystems, 0 if not, or a negative errno. */
static int registered(int proc)
{
	char text[4096];
	int file = openat(proc, "filesystems", O_RDONLY | O_CLOEXEC);
	ssize_t n = file < 0 ? -1 : read(file, text, sizeof text - 1);
	int error = errno;

	if (file >= 0)
		close(file);
	if (n < 0)
		return -error;
	text[n] = '\0';
	return strstr(text, "\toverlay\n") != NULL;
}

/* Not registered: whether a module would bring it is known of the module. */
static void say_absent(struct redprobe *probe, struct redprobe_finding *finding)
{
	static const char absent[] = "not in /proc/filesystems: neither built in nor loaded";
	const struct redprobe_feature *row = redprobe_find("module.overlay", NULL);
	struct redprobe_finding module = {.status = REDPROBE_UNKNOWN};

	row->function(probe, row->argument, &module);
	finding->evidence = module.evidence;
	if (module.status == REDPROBE_SUPPORTED)
		finding_restricted(finding, "the module overlay is not loaded", "%s; module %.100s",
				   absent, module.detail);
	else if (module.status == REDPROBE_RESTRICTED)
		finding_restricted(finding, module.forbidden_by, "%s; module %.100s", absent,
				   module.detail);
	else if (module.status == REDPROBE_UNKNOWN)
		finding_unknown(finding, module.needs, "%s; module %.100s", absent, module.detail);
	else
		finding_unsupported(finding, "%s; module %.100s", absent, module.detail);
}

/* True if overlay can be tried; says the finding if not. */
static bool present(struct redprobe *probe, const struct mount_place *place,
		    struct redprobe_finding *finding)
{
	int found = registered(place->proc);

	if (found < 0)
		finding_unknown(finding, "/proc mounted", "reading /proc/filesystems: %s",
				error_name(-found));
	else if (!found)
		say_absent(probe, finding);
	return found > 0;
}

static bool make_file(const char *path)
{
	int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (file >= 0)
		close(file);
	return file >= 0;
}

static bool make_directory(const char *path)
{
	return mkdir(path, 0700) == 0 || errno == EEXIST;
}

/* What an earlier trial wrote is not in the upper layer. */
static bool make_layers(void)
{
	return make_directory("lower") && make_directory("bottom") && make_directory("upper") &&
	       make_directory("work") && make_file("lower/file") &&
	       (unlink("upper/file") == 0 || errno == ENOENT);
}

/*
 * How an upper layer is marked: by trusted extended attributes, or in a user namespace by those of
 * users. Where tmpfs has none of them (before 6.6), overlay can write all the same, but says so in
 * the kernel log: then two layers are merged and nothing is written.
 */
enum marks { MARKS_NONE, MARKS_USER, MARKS_TRUSTED };

static enum marks find_marks(void)
{
	if (setxattr("upper", "trusted.redprobe", "", 0, 0) == 0)
		return MARKS_TRUSTED;
	return setxattr("upper", "user.redprobe", "", 0, 0) == 0 ? MARKS_USER : MARKS_NONE;
}

static int mount_overlay(struct mount_context *context, enum marks marks)
{
	mount_context_open(context, "overlay");
	mount_context_set(context, "lowerdir", marks == MARKS_NONE ? "lower:bottom" : "lower");
	if (marks != MARKS_NONE) {
		mount_context_set(context, "upperdir", "upper");
		mount_context_set(context, "workdir", "work");
	}
	if (marks == MARKS_USER)
		mount_context_set(context, "userxattr", NULL);
	return mount_context_finish(context);
}

static void see_overlay(int mounted, const char *where, bool writable,
			struct redprobe_finding *finding)
{
	struct stat lower, upper;
	int file = openat(mounted, "file", (writable ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
	bool written = file >= 0 && writable && write(file, "x", 1) == 1;

	if (file >= 0)
		close(file);
	if (file >= 0 && !writable)
		finding_supported(finding,
				  "overlay%s: ok, two layers merged; none written: tmpfs "
				  "has no user extended attributes",
				  where);
	else if (written && stat("lower/file", &lower) == 0 && lower.st_size == 0 &&
		 stat("upper/file", &upper) == 0 && upper.st_size == 1)
		finding_supported(finding,
				  "overlay%s: ok, what is written goes to the upper "
				  "layer, the lower one stays",
				  where);
	else
		finding_unknown(finding, finding_as_documented,
				"overlay%s: ok, but not written through", where);
}

/* Kept out of user namespaces, though a tmpfs can be mounted there. */
static bool kept_out(const struct mount_place *place, const struct mount_context *context)
{
	return place->in_user && context->error == EPERM && !context->log[0];
}

/*
 * Tried in the working directory, that of `place`. `here` tells that overlay as such is asked for,
 * wherever this process can have it.
 */
static void try_overlay(const struct mount_place *place, bool here,
			struct redprobe_finding *finding)
{
	const char *where = place->in_user ? " in a user namespace" : "";
	struct mount_context context;
	enum marks marks;
	char tried[40];
	int mounted;

	if (!make_layers()) {
		finding_prevented(finding, errno, "making layers");
		return;
	}
	marks = find_marks();
	mounted = mount_overlay(&context, marks);
	snprintf(tried, sizeof tried, "overlay%s", where);
	if (mounted >= 0) {
		see_overlay(mounted, where, marks != MARKS_NONE, finding);
		close(mounted);
	} else if (kept_out(place, &context) && here)
		finding_restricted(finding,
				   "missing privilege: CAP_SYS_ADMIN, not only in a user "
				   "namespace",
				   "%s: %s: EPERM", tried, context.call);
	else if (kept_out(place, &context))
		finding_unsupported(finding, "%s: %s: EPERM, though a tmpfs can be mounted there",
				    tried, context.call);
	else
		mount_context_refused(finding, &context, tried);
}

static void try_in_user_namespace(void *argument, void *answer)
{
	struct mount_place place;

	(void)argument;
	mount_place_enter(&place, true);
	if (place.call && userns_absent(place.error))
		finding_unsupported(answer, "%s: %s, in a kernel without user namespaces",
				    place.call, error_name(place.error));
	else if (place.call)
		finding_unknown(answer, "a user namespace to try it in", "not tried: %s: %s",
				place.call, error_name(place.error));
	else if (place.unmapped)
		mount_place_unmapped(&place, answer);
	else if (place.tree < 0)
		finding_unknown(
			answer, "a tmpfs in a user namespace to try it on",
			"not tried: a tmpfs in a user namespace: %s",
			error_name(place.made.call ? place.made.error : place.attach_error));
	else
		try_overlay(&place, false, answer);
}

void mount_try_overlay(struct redprobe *probe, const void *argument,
		       struct redprobe_finding *finding)
{
	const struct mount_place *place = mount_place_tree(probe, true, finding);

	(void)argument;
	if (!place || !present(probe, place, finding))
		return;
	try_overlay(place, true, finding);
}

void mount_try_overlay_userns(struct redprobe *probe, const void *argument,
			      struct redprobe_finding *finding)
{
	const struct mount_place *place = mount_place_tree(probe, true, finding);
	struct child_fate fate;

	(void)argument;
	if (!place || !present(probe, place, finding))
		return;
	fate = child_ask(try_in_user_namespace, NULL, finding, sizeof *finding, CHILD_DIES,
			 probe->options.patience_ms);
	if (fate.end != CHILD_ANSWERED)
		finding_fate(finding, fate);
}
