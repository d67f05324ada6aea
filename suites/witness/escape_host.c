/* SPDX-License-Identifier: Apache-2.0 */
/* What belongs to the whole machine: only whoever is privileged in the initial user namespace may.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <unistd.h>

#include "escape.h"
#include "witness.h"

/* syslog(2); glibc has no name for it. */
enum { SYSLOG_ACTION_READ_ALL = 3 };

/* The kernel. */

/* No segments: whatever was loaded is taken out again. */
static int load_kernel(const char *unused)
{
	(void)unused;
	return result_of(syscall(SYS_kexec_load, 0UL, 0UL, NULL, 0UL));
}

static int read_log(const char *unused)
{
	static char text[1 << 20];
	int length = klogctl(SYSLOG_ACTION_READ_ALL, text, sizeof(text));

	(void)unused;
	return length < 0 ? -errno : is_secret(text, (size_t)length);
}

/* The offset of TAI: what nobody minds, of a clock that is the machine's. */
static int set_clock_offset(const char *seconds)
{
	struct timex clock = {.modes = ADJ_TAI, .constant = number_of(seconds)};

	return result_of(adjtimex(&clock));
}

static int swap_to(const char *file)
{
	return result_of(swapon(file, 0));
}

static int account_to(const char *file)
{
	return result_of(acct(file));
}

static int use_ports(const char *unused)
{
	(void)unused;
#ifdef SYS_ioperm
	return result_of(syscall(SYS_ioperm, 0x80UL, 1UL, 1));
#else
	return -ENOSYS;
#endif
}

static int become_realtime(const char *unused)
{
	const struct sched_param lowest = {.sched_priority = 1};

	(void)unused;
	return result_of(sched_setscheduler(0, SCHED_FIFO, &lowest));
}

/* Objects that the kernel numbers. */

static int open_map(const char *id)
{
	union bpf_attr attributes = {.map_id = (uint32_t)number_of(id)};
	uint32_t key = 0;
	char value[sizeof(SECRET)];
	long fd = syscall(SYS_bpf, BPF_MAP_GET_FD_BY_ID, &attributes, sizeof(attributes));

	if (fd < 0)
		return -errno;
	memset(&attributes, 0, sizeof(attributes));
	attributes.map_fd = (uint32_t)fd;
	attributes.key = (uintptr_t)&key;
	attributes.value = (uintptr_t)value;
	if (syscall(SYS_bpf, BPF_MAP_LOOKUP_ELEM, &attributes, sizeof(attributes)) < 0)
		return -errno;
	return is_secret(value, sizeof(value));
}

static int attach_memory(const char *key)
{
	int segment = shmget((key_t)number_of(key), 0, 0);
	const char *bytes = segment < 0 ? (void *)-1 : shmat(segment, NULL, SHM_RDONLY);

	return bytes == (void *)-1 ? -errno : is_secret(bytes, sizeof(SECRET));
}

/* Fields: PATH on the file system, TYPE and BYTES (hexadecimal) of the handle. */
static int open_handle(const char *argument)
{
	const char *texts[3];
	struct file_handle *handle = calloc(1, sizeof(*handle) + MAX_HANDLE_SZ);
	int length = 0, mount, fd;

	split(argument, texts, 3);
	if (!handle)
		return -ENOMEM;
	handle->handle_type = (int)number_of(texts[1]);
	for (const char *at = texts[2];
	     handle->handle_bytes < MAX_HANDLE_SZ &&
	     sscanf(at, "%2hhx%n", &handle->f_handle[handle->handle_bytes], &length) == 1;
	     at += length)
		handle->handle_bytes++;
	mount = open(texts[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = mount < 0 ? -1 : open_by_handle_at(mount, handle, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : find_secret(fd);
}

/* Everything that is opened on the file system comes here, as a descriptor. */
static int watch_files(const char *path)
{
	struct pollfd watch = {.events = POLLIN};
	struct fanotify_event_metadata event;

	watch.fd = fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC, O_RDONLY | O_CLOEXEC);
	if (watch.fd < 0 || fanotify_mark(watch.fd, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_OPEN,
					  AT_FDCWD, path) < 0)
		return -errno;
	while (poll(&watch, 1, PATIENCE_MILLISECONDS) > 0 &&
	       read(watch.fd, &event, sizeof(event)) == sizeof(event)) {
		if (find_secret(event.fd) == 0)
			return 0;
		close(event.fd);
	}
	return IGNORED;
}

/* Devices and file systems, at a directory of the node. */

/* texts: DIRECTORY, MAJOR, MINOR. path gets the name that the device then has. */
static int make_device_file(const char *const *texts, mode_t type, char *path, size_t size)
{
	dev_t device =
		makedev((unsigned int)number_of(texts[1]), (unsigned int)number_of(texts[2]));

	snprintf(path, size, "%s/device", texts[0]);
	return result_of(mknod(path, type | 0600, device));
}

/* prepare: what is done to the directory before. */
static int read_device(const char *argument, mode_t type, int (*prepare)(const char *directory))
{
	const char *texts[3];
	char path[4096];
	int error;

	split(argument, texts, 3);
	error = prepare ? prepare(texts[0]) : 0;
	if (!error)
		error = make_device_file(texts, type, path, sizeof(path));
	return error ? error : read_some(path);
}

/* On a file system that may have devices. */
static int read_disk(const char *argument)
{
	return read_device(argument, S_IFBLK, make_volatile);
}

static int read_characters(const char *argument)
{
	return read_device(argument, S_IFCHR, make_volatile);
}

/* Where the node may write already. */
static int make_device_in(const char *argument)
{
	return read_device(argument, S_IFBLK, NULL);
}

/* Fields: DIRECTORY, MAJOR, MINOR, PATH of the secret on that disk. */
static int mount_disk(const char *argument)
{
	const char *texts[4];
	char path[4096];
	int error;

	split(argument, texts, 4);
	error = make_volatile(texts[0]);
	if (!error)
		error = make_device_file(texts, S_IFBLK, path, sizeof(path));
	if (error)
		return error;
	if (mount(path, texts[0], "ext4", 0, NULL) < 0)
		return -errno;
	snprintf(path, sizeof(path), "%s/%s", texts[0], texts[3]);
	return read_secret_at(AT_FDCWD, path);
}

/* Fields: DIRECTORY, TYPE of file system, PATH of a file in it that is never empty. */
static int mount_and_read(const char *argument)
{
	const char *texts[3];

	split(argument, texts, 3);
	return mount_and_look("witness", texts[0], texts[1], 0,
			      strcmp(texts[1], "cgroup2") == 0 ? GROUP_OPTIONS : NULL, texts[2]);
}

/*
 * Fields: DIRECTORY, PROGRAM of the host. The kernel runs it when the group is empty, as root and
 * outside of every node; cgroups(7), release_agent.
 */
static int set_release_agent(const char *argument)
{
	const char *texts[2];
	pid_t child;
	int error;

	split(argument, texts, 2);
	error = leave_mounts();
	if (error)
		return error;
	if (mount("witness", texts[0], "cgroup", 0, "none,name=redproof") < 0 ||
	    chdir(texts[0]) < 0)
		return -errno;
	error = write_text("release_agent", texts[1]);
	if (error)
		return error;
	if ((mkdir("group", 0700) < 0 && errno != EEXIST) ||
	    write_text("group/notify_on_release", "1") < 0)
		return -errno;
	child = fork();
	if (child == 0)
		_exit(write_text("group/cgroup.procs", "0") == 0 ? 0 : EXIT_FAILURE);
	return result_of(waitpid(child, NULL, 0));
}

const struct observation escape_host_observations[] = {
	{"load_kernel", NULL, load_kernel, "kexec_load of nothing"},
	{"read_log", NULL, read_log, "read the secret in the kernel's log"},
	{"set_clock_offset", NULL, set_clock_offset, "=SECONDS: offset of TAI, by adjtimex"},
	{"swap_to", NULL, swap_to, "=FILE: swapon"},
	{"account_to", NULL, account_to, "=FILE: acct"},
	{"use_ports", NULL, use_ports, "ioperm"},
	{"become_realtime", NULL, become_realtime, "sched_setscheduler to SCHED_FIFO"},
	{"open_map", NULL, open_map, "=ID: open the BPF map and read the secret"},
	{"attach_memory", NULL, attach_memory, "=KEY: read the secret in shared memory"},
	{"open_handle", NULL, open_handle, "=PATH,TYPE,BYTES: open_by_handle_at of the secret"},
	{"watch_files", NULL, watch_files, "=PATH: fanotify of its whole file system"},
	{"read_disk", NULL, read_disk, "=DIRECTORY,MAJOR,MINOR: mknod there, and read"},
	{"read_characters", NULL, read_characters, "the same for a character device"},
	{"make_device_in", NULL, make_device_in, "=DIRECTORY,MAJOR,MINOR: mknod of a disk, read"},
	{"mount_disk", NULL, mount_disk, "=DIRECTORY,MAJOR,MINOR,PATH: mount it, read the secret"},
	{"mount_and_read", NULL, mount_and_read, "=DIRECTORY,TYPE,PATH: mount, and read a file"},
	{"set_release_agent", NULL, set_release_agent, "=DIRECTORY,PROGRAM: by cgroup v1"},
	{0},
};
