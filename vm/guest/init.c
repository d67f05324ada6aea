/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Process 1 of a test guest.
 *
 * It is the only program of the initramfs, next to a description of the job:
 *
 *   /job/argv       the command, each word ended by a NUL
 *   /job/environ    its environment, likewise
 *   /job/terminal   exists when the command gets a terminal instead of pipes
 *   /job/trial      exists when the guest has only to show that it lives
 *
 * Disks are the namespaces of one NVMe controller and are told apart by their
 * namespace id, because device names depend on the order of probing. Serial
 * ports: ttyS0 console, ttyS1 standard output or terminal, ttyS2 standard
 * error, ttyS3 the control channel, one line a report:
 *
 *   init RELEASE                     the kernel runs this program
 *   start                            the command is about to run
 *   alive                            every five seconds from then on
 *   error TEXT                       the guest could not do its work
 *   exit STATUS OUT ERR OUTPUT       the exit record: status of the command
 *                                    (128+N for signal N), bytes it wrote to
 *                                    both streams, bytes of the output tar
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define ARRAY_SIZE(a)	   (sizeof(a) / sizeof((a)[0]))
#define JOB_BYTES	   (128 * 1024)
#define JOB_WORDS	   4096
#define BEAT_SECONDS	   5
#define DISK_WAIT_SECONDS  60
#define DISK_POLL_NANOSECS 5000000L

enum disk { DISK_ROOT, DISK_INPUT, DISK_OUTPUT, DISK_SWAP, DISK_SPARE, DISKS };

/* Namespace ids count from 1, in the order of enum disk. */
struct guest {
	int control;
	int out;
	int err;
	char disk[DISKS][64];
	char *argv[JOB_WORDS];
	char *environ[JOB_WORDS];
	int terminal;
};

struct stream {
	int from;
	int to;
	uint64_t bytes;
};

static int write_all(int fd, const char *data, size_t size)
{
	while (size) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

__attribute__((format(printf, 2, 3))) static void report(int control, const char *format, ...)
{
	char line[512];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line, sizeof(line) - 1, format, args);
	va_end(args);
	if (n < 0)
		return;
	if ((size_t)n > sizeof(line) - 2)
		n = sizeof(line) - 2;
	line[n] = '\n';
	write_all(control, line, (size_t)n + 1);
}

/* The guest ends here: the host reads why from the control channel. */
__attribute__((noreturn)) static void power_off(int control)
{
	tcdrain(control);
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

#define fail(guest, ...)                                        \
	do {                                                    \
		report((guest)->control, "error " __VA_ARGS__); \
		power_off((guest)->control);                    \
	} while (0)

static int open_port(const char *path)
{
	struct termios settings;
	int fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (tcgetattr(fd, &settings) == 0) {
		cfmakeraw(&settings);
		settings.c_cflag |= CLOCAL;
		tcsetattr(fd, TCSANOW, &settings);
	}
	return fd;
}

/* Reads the NUL-ended words of a file into a NULL-ended array; they are kept for good. */
static int read_words(const char *path, char **words)
{
	char *text = malloc(JOB_BYTES + 1);
	size_t size = 0, count = 0;
	int fd, error = 0;

	if (!text)
		return -ENOMEM;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		free(text);
		return -errno;
	}
	for (;;) {
		ssize_t n = read(fd, text + size, JOB_BYTES - size);

		if (n < 0)
			error = -errno;
		if (n <= 0)
			break;
		size += (size_t)n;
	}
	close(fd);
	text[size] = '\0';
	for (char *word = text; word < text + size && count < JOB_WORDS - 1;
	     word += strlen(word) + 1)
		words[count++] = word;
	words[count] = NULL;
	return error;
}

/* Fills in the device of each disk that sysfs shows; returns how many are known. */
static int find_disks(struct guest *guest)
{
	int found = 0;

	for (int n = 1; n <= 2 * DISKS; n++) {
		char path[64], id[16] = "";
		int fd, nsid;

		snprintf(path, sizeof(path), "/sys/class/block/nvme0n%d/nsid", n);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (read(fd, id, sizeof(id) - 1) > 0) {
			nsid = atoi(id);
			if (nsid >= 1 && nsid <= DISKS) {
				snprintf(guest->disk[nsid - 1], sizeof(guest->disk[0]),
					 "/dev/nvme0n%d", n);
				found++;
			}
		}
		close(fd);
	}
	return found;
}

static void wait_for_disks(struct guest *guest)
{
	const struct timespec interval = {.tv_nsec = DISK_POLL_NANOSECS};
	long polls = DISK_WAIT_SECONDS * (1000000000L / DISK_POLL_NANOSECS);

	while (find_disks(guest) < DISKS) {
		if (polls-- == 0)
			fail(guest, "the kernel shows not all of the %d NVMe namespaces", DISKS);
		nanosleep(&interval, NULL);
	}
}

static const struct file_system {
	const char *type;
	const char *target;
	mode_t mode;
	const char *options;
	unsigned long flags;
	int required;
} file_systems[] = {
    {"proc",     "/proc",	      0555,  NULL,				  MS_NOSUID | MS_NODEV | MS_NOEXEC, 1},
    {"sysfs",    "/sys",	      0555,  NULL,				  MS_NOSUID | MS_NODEV | MS_NOEXEC, 1},
    {"devtmpfs", "/dev",		 0755,  "mode=0755",			    MS_NOSUID,			       1},
    {"devpts",   "/dev/pts",	   0755,	 "gid=5,mode=0620,ptmxmode=0666",	  MS_NOSUID | MS_NOEXEC,		 0},
    {"tmpfs",    "/dev/shm",	  01777, "mode=1777",			      MS_NOSUID | MS_NODEV,		    1},
    {"mqueue",   "/dev/mqueue",    01777, NULL,				   MS_NOSUID | MS_NODEV | MS_NOEXEC, 0},
    {"tmpfs",    "/tmp",	      01777, "mode=1777",			  MS_NOSUID | MS_NODEV,		1},
    {"tmpfs",    "/run",	      0755,  "mode=0755",			 MS_NOSUID | MS_NODEV,	       1},
    {"cgroup2",	"/sys/fs/cgroup", 0755,	"nsdelegate,memory_recursiveprot",
     MS_NOSUID | MS_NODEV | MS_NOEXEC,									 0},
};

static void mount_file_systems(struct guest *guest)
{
	for (size_t i = 0; i < ARRAY_SIZE(file_systems); i++) {
		const struct file_system *fs = &file_systems[i];

		if (mkdir(fs->target, fs->mode) < 0 && errno != EEXIST)
			fail(guest, "mkdir %s: %m", fs->target);
		if (mount(fs->type, fs->target, fs->type, fs->flags, fs->options) == 0)
			continue;
		if (fs->required)
			fail(guest, "mount %s on %s: %m", fs->type, fs->target);
		/* A kernel built without the feature: what needs it says so itself. */
		dprintf(STDERR_FILENO, "init: no %s on %s: %m\n", fs->type, fs->target);
	}
}

/* Leaves the initramfs for the root disk, as switch_root(8) does. */
static void enter_root(struct guest *guest)
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

static void link_devices(struct guest *guest)
{
	const struct {
		const char *target;
		const char *name;
	} links[] = {
	    {"/proc/self/fd",	      "/dev/fd"	       },
	    {"/proc/self/fd/0",	"/dev/stdin"	    },
	    {"/proc/self/fd/1",	"/dev/stdout"	     },
	    {"/proc/self/fd/2",	"/dev/stderr"	     },
	    {guest->disk[DISK_SWAP],  "/dev/redproof/swap" },
	    {guest->disk[DISK_SPARE], "/dev/redproof/spare"},
	};

	mkdir("/dev/redproof", 0755);
	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		if (symlink(links[i].target, links[i].name) < 0 && errno != EEXIST)
			fail(guest, "link %s: %m", links[i].name);
}

static void loopback_up(struct guest *guest)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		dprintf(STDERR_FILENO, "init: no loopback interface: %m\n");
	if (fd >= 0)
		close(fd);
	(void)guest;
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

static void unpack_input(struct guest *guest)
{
	char *const argv[] = {"/bin/tar", "-x", "-f", "-", "-C", "/", NULL};
	int fd = open(guest->disk[DISK_INPUT], O_RDONLY | O_CLOEXEC);

	if (fd < 0 || run_helper(argv, fd, -1) != 0)
		fail(guest, "unpack the input disk %s", guest->disk[DISK_INPUT]);
	close(fd);
}

/* Writes /output as a tar archive to the output disk; returns its size in bytes. */
static uint64_t pack_output(struct guest *guest)
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

/* In the child: gives the command its streams and becomes it. */
__attribute__((noreturn)) static void become_command(struct guest *guest, int out, int err)
{
	sigset_t none;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	if (guest->terminal) {
		dup2(out, STDIN_FILENO);
		ioctl(STDIN_FILENO, TIOCSCTTY, 0);
	} else {
		dup2(null, STDIN_FILENO);
	}
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	if (chdir("/redproof") < 0)
		_exit(126);
	environ = guest->environ;
	execvp(guest->argv[0], guest->argv);
	dprintf(STDERR_FILENO, "init: cannot run %s: %m\n", guest->argv[0]);
	_exit(errno == ENOENT ? 127 : 126);
}

/* Moves what is there from a command's pipe to a port; closes the pipe at its end. */
static void pump(struct guest *guest, struct stream *stream)
{
	char buffer[4096];
	ssize_t n = read(stream->from, buffer, sizeof(buffer));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		close(stream->from);
		stream->from = -1;
		return;
	}
	if (write_all(stream->to, buffer, (size_t)n) < 0)
		fail(guest, "write to a serial port: %m");
	stream->bytes += (uint64_t)n;
}

/* Reaps whatever has ended; returns 1 and the status once the command has. */
static int reap(pid_t command, int *status)
{
	int ended = 0, word;
	pid_t pid;

	while ((pid = waitpid(-1, &word, WNOHANG)) > 0) {
		if (pid != command)
			continue;
		*status = WIFSIGNALED(word) ? 128 + WTERMSIG(word) : WEXITSTATUS(word);
		ended = 1;
	}
	return ended;
}

static time_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

/* Serves the streams until the command has ended; returns its exit status. */
static int attend(struct guest *guest, pid_t command, int signals, struct stream streams[2])
{
	time_t beat = now() + BEAT_SECONDS;
	int status = 0, ended = 0;

	while (!ended) {
		struct pollfd fds[] = {
		    {.fd = signals,	    .events = POLLIN},
		    {.fd = streams[0].from, .events = POLLIN},
		    {.fd = streams[1].from, .events = POLLIN},
		};

		poll(fds, ARRAY_SIZE(fds), BEAT_SECONDS * 1000);
		if (now() >= beat) {
			report(guest->control, "alive");
			beat = now() + BEAT_SECONDS;
		}
		if (fds[0].revents) {
			struct signalfd_siginfo info;

			if (read(signals, &info, sizeof(info)) > 0)
				ended = reap(command, &status);
		}
		for (int i = 0; i < 2; i++)
			if (fds[i + 1].revents)
				pump(guest, &streams[i]);
	}
	return status;
}

/* What the command left in its pipes; others may hold them open, so the end is no criterion. */
static void drain(struct guest *guest, struct stream *stream)
{
	struct pollfd fd = {.fd = stream->from, .events = POLLIN};

	while (fd.fd >= 0 && poll(&fd, 1, 0) > 0) {
		pump(guest, stream);
		fd.fd = stream->from;
	}
}

static int run_command(struct guest *guest, struct stream streams[2])
{
	int pipes[2][2] = {
	    {-1, -1},
	      {-1, -1}
	      };
	int signals, status;
	sigset_t children;
	pid_t command;

	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	sigprocmask(SIG_BLOCK, &children, NULL);
	signals = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0 || pipe2(pipes[0], O_CLOEXEC) < 0 || pipe2(pipes[1], O_CLOEXEC) < 0)
		fail(guest, "prepare the command's streams: %m");
	report(guest->control, "start");
	command = fork();
	if (command < 0)
		fail(guest, "fork: %m");
	if (command == 0 && guest->terminal)
		become_command(guest, guest->out, guest->out);
	if (command == 0)
		become_command(guest, pipes[0][1], pipes[1][1]);
	for (int i = 0; i < 2; i++) {
		close(pipes[i][1]);
		streams[i].from = pipes[i][0];
		streams[i].to = i ? guest->err : guest->out;
	}
	status = attend(guest, command, signals, streams);
	kill(-1, SIGKILL);
	for (int i = 0; i < 2; i++) {
		drain(guest, &streams[i]);
		tcdrain(streams[i].to);
	}
	sigprocmask(SIG_UNBLOCK, &children, NULL);
	return status;
}

/* The ports come first: without them no error can be told. */
static void open_ports(struct guest *guest)
{
	int console;

	mkdir("/dev", 0755);
	mount("devtmpfs", "/dev", "devtmpfs", MS_NOSUID, NULL);
	console = open("/dev/console", O_RDWR | O_NOCTTY);
	for (int fd = 0; fd <= STDERR_FILENO && console >= 0; fd++)
		dup2(console, fd);
	if (console > STDERR_FILENO)
		close(console);
	guest->control = open_port("/dev/ttyS3");
	guest->out = open_port("/dev/ttyS1");
	guest->err = open_port("/dev/ttyS2");
	if (guest->control < 0)
		dprintf(STDERR_FILENO, "init: no serial port ttyS3: %s\n",
			strerror(-guest->control));
	if (guest->out < 0 || guest->err < 0)
		fail(guest, "open the serial ports ttyS1 and ttyS2");
}

int main(void)
{
	static struct guest guest;
	struct stream streams[2] = {{.from = -1}, {.from = -1}};
	struct utsname system;
	uint64_t output;
	int status;

	umask(022);
	open_ports(&guest);
	uname(&system);
	report(guest.control, "init %s", system.release);
	if (access("/job/trial", F_OK) == 0)
		power_off(guest.control);
	guest.terminal = access("/job/terminal", F_OK) == 0;
	if (read_words("/job/argv", guest.argv) || !guest.argv[0] ||
	    read_words("/job/environ", guest.environ))
		fail(&guest, "read the job from the initramfs");
	mkdir("/sys", 0755);
	if (mount("sysfs", "/sys", "sysfs", 0, NULL) < 0)
		fail(&guest, "mount sysfs: %m");
	wait_for_disks(&guest);
	enter_root(&guest);
	mount_file_systems(&guest);
	link_devices(&guest);
	loopback_up(&guest);
	if (sethostname("redproof", strlen("redproof")) < 0)
		fail(&guest, "set the host name: %m");
	if (swapon(guest.disk[DISK_SWAP], 0) < 0)
		dprintf(STDERR_FILENO, "init: no swap on %s: %m\n", guest.disk[DISK_SWAP]);
	unpack_input(&guest);
	status = run_command(&guest, streams);
	output = pack_output(&guest);
	report(guest.control, "exit %d %llu %llu %llu", status,
	       (unsigned long long)streams[0].bytes, (unsigned long long)streams[1].bytes,
	       (unsigned long long)output);
	power_off(guest.control);
}
