/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's system: disks, root, mounts, devices, what goes in and comes out. */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DISK_WAIT_SECONDS  60
#define DISK_POLL_NANOSECS 5000000L

/* Returns the namespace id of the block device /dev/nvme0nN, or 0. */
static long namespace_id(int n)
{
	char path[64], id[16] = "";
	long number = 0;
	int fd;

	(void)snprintf(path, sizeof(path), "/sys/class/block/nvme0n%d/nsid", n);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (read(fd, id, sizeof(id) - 1) > 0)
		number = strtol(id, NULL, 10);
	close(fd);
	return number;
}

/* Returns how many disks sysfs shows by now. */
static int look_for_disks(struct guest *guest)
{
	int found = 0;

	for (int n = 1; n <= 2 * DISKS; n++) {
		long id = namespace_id(n);

		if (id < 1 || id > DISKS)
			continue;
		(void)snprintf(guest->disk[id - 1], sizeof(guest->disk[0]), "/dev/nvme0n%d", n);
		found++;
	}
	return found;
}

/*
 * Disks are told apart by namespace id: since 6.12 the kernel scans namespaces
 * concurrently, and the numbers of the devices follow that order.
 */
void find_disks(struct guest *guest)
{
	const struct timespec interval = {.tv_nsec = DISK_POLL_NANOSECS};
	long polls = DISK_WAIT_SECONDS * (1000000000L / DISK_POLL_NANOSECS);
	int disks = guest->modules ? DISKS : DISK_MODULES;

	mkdir("/sys", 0755);
	if (mount("sysfs", "/sys", "sysfs", 0, NULL) < 0)
		fail(guest, "mount sysfs: %m");
	while (look_for_disks(guest) < disks) {
		if (polls-- == 0)
			fail(guest, "the kernel does not show all %d NVMe namespaces", disks);
		nanosleep(&interval, NULL);
	}
}

/* Leaves the initramfs for the root disk, as switch_root(8) does. */
void enter_root(const struct guest *guest)
{
	mkdir("/root", 0755);
	if (mount(guest->disk[DISK_ROOT], "/root", "ext4", MS_NOATIME, NULL) < 0)
		fail(guest, "mount the root disk %s: %m", guest->disk[DISK_ROOT]);
	umount2("/sys", MNT_DETACH);
	umount2("/dev", MNT_DETACH);
	if (chdir("/root") < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 ||
	    chdir("/") < 0)
		fail(guest, "make the root disk the root: %m");
}

/* clang-format off */
static const struct file_system {
	const char *type;
	const char *target;
	const char *options;
	unsigned long flags;
	mode_t mode;
	int required;
} file_systems[] = {
	{"proc",     "/proc",          NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, 0555, 1},
	{"sysfs",    "/sys",           NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, 0555, 1},
	{"devtmpfs", "/dev",           "mode=0755", MS_NOSUID, 0755, 1},
	{"devpts",   "/dev/pts",       "gid=5,mode=0620,ptmxmode=0666", MS_NOSUID | MS_NOEXEC, 0755, 0},
	{"tmpfs",    "/dev/shm",       "mode=1777", MS_NOSUID | MS_NODEV, 01777, 1},
	{"mqueue",   "/dev/mqueue",    NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, 01777, 0},
	{"tmpfs",    "/tmp",           "mode=1777", MS_NOSUID | MS_NODEV, 01777, 1},
	{"tmpfs",    "/run",           "mode=0755", MS_NOSUID | MS_NODEV, 0755, 1},
	{"cgroup2",  "/sys/fs/cgroup", "nsdelegate,memory_recursiveprot",
	 MS_NOSUID | MS_NODEV | MS_NOEXEC, 0555, 0},
};
/* clang-format on */

static void mount_file_systems(const struct guest *guest)
{
	/* Shared, as systemd has it: only then can a mount reach another namespace. */
	if (mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL) < 0)
		fail(guest, "make / shared: %m");
	for (size_t i = 0; i < ARRAY_SIZE(file_systems); i++) {
		const struct file_system *fs = &file_systems[i];

		/* Where sysfs lacks the directory, the mount says so. */
		mkdir(fs->target, fs->mode);
		if (mount(fs->type, fs->target, fs->type, fs->flags, fs->options) == 0)
			continue;
		if (fs->required)
			fail(guest, "mount %s on %s: %m", fs->type, fs->target);
		/* A kernel built without the feature: what needs it says so itself. */
		complain("init: no %s on %s: %m", fs->type, fs->target);
	}
}

/* The directory exists only where there are modules; nothing there is loaded. */
static void mount_modules(const struct guest *guest)
{
	const char *target = "/lib/modules";

	if (!guest->modules)
		return;
	mkdir(target, 0755);
	if (mount(guest->disk[DISK_MODULES], target, "ext4", MS_RDONLY | MS_NOSUID | MS_NODEV,
		  NULL) < 0)
		fail(guest, "mount the kernel's modules %s: %m", guest->disk[DISK_MODULES]);
}

static void link_devices(const struct guest *guest)
{
	const struct {
		const char *target;
		const char *name;
	} links[] = {
		{"/proc/self/fd", "/dev/fd"},
		{"/proc/self/fd/0", "/dev/stdin"},
		{"/proc/self/fd/1", "/dev/stdout"},
		{"/proc/self/fd/2", "/dev/stderr"},
		{guest->disk[DISK_SWAP], "/dev/redproof/swap"},
		{guest->disk[DISK_SPARE], "/dev/redproof/spare"},
	};

	mkdir("/dev/redproof", 0755);
	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		if (symlink(links[i].target, links[i].name) < 0 && errno != EEXIST)
			fail(guest, "link %s: %m", links[i].name);
}

static void raise_loopback(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		complain("init: no loopback interface: %m");
	if (fd >= 0)
		close(fd);
}

/* Makes the root file system a running system; the process is in it. */
void set_up_system(const struct guest *guest)
{
	mount_file_systems(guest);
	mount_modules(guest);
	link_devices(guest);
	raise_loopback();
	if (sethostname("redproof", strlen("redproof")) < 0)
		fail(guest, "set the host name: %m");
	if (swapon(guest->disk[DISK_SWAP], 0) < 0)
		complain("init: no swap on %s: %m", guest->disk[DISK_SWAP]);
}

/*
 * Runs a helper of the root file system with the given standard input and
 * output and waits for it; -1 stands for /dev/null. Returns its wait status.
 */
static int run_helper(char *const argv[], int in, int out)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		dup2(in < 0 ? null : in, STDIN_FILENO);
		dup2(out < 0 ? null : out, STDOUT_FILENO);
		execv(argv[0], argv);
		_exit(127);
	}
	if (pid > 0)
		waitpid(pid, &status, 0);
	return status;
}

void unpack_input(const struct guest *guest)
{
	char *const argv[] = {"/bin/tar", "-x", "-f", "-", "-C", "/", NULL};
	int fd = open(guest->disk[DISK_INPUT], O_RDONLY | O_CLOEXEC);

	if (fd < 0 || run_helper(argv, fd, -1) != 0)
		fail(guest, "unpack the input disk %s", guest->disk[DISK_INPUT]);
	close(fd);
}

/* Writes /output as a tar archive to the output disk; returns its size in bytes. */
uint64_t pack_output(const struct guest *guest)
{
	char *const argv[] = {"/bin/tar", "-c", "-f", "-", "-C", "/output", ".", NULL};
	int fd = open(guest->disk[DISK_OUTPUT], O_WRONLY | O_CLOEXEC);
	off_t size;

	if (fd < 0 || run_helper(argv, -1, fd) != 0)
		fail(guest, "write the content of /output to the output disk: is it too large?");
	size = lseek(fd, 0, SEEK_CUR);
	if (size < 0 || fsync(fd) < 0)
		fail(guest, "sync the output disk: %m");
	close(fd);
	return (uint64_t)size;
}
