/* SPDX-License-Identifier: Apache-2.0 */
/* What each namespace isolates, namespaces(7). */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <mqueue.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "capabilities.h"
#include "witness.h"

/* ipc */

static int find_queue(const char *key)
{
	return result_of(msgget((key_t)number_of(key), 0));
}

static int make_queue(const char *key)
{
	return result_of(msgget((key_t)number_of(key), IPC_CREAT | IPC_EXCL | 0600));
}

static int find_posix_queue(const char *name)
{
	return result_of(mq_open(name, O_RDONLY));
}

static int make_posix_queue(const char *name)
{
	return result_of(mq_open(name, O_RDONLY | O_CREAT | O_EXCL, 0600, NULL));
}

/* net */

static int list_interfaces(FILE *out, const char *argument)
{
	struct if_nameindex *interfaces = if_nameindex();

	(void)argument;
	if (!interfaces)
		return -errno;
	fputc('[', out);
	for (size_t i = 0; interfaces[i].if_name; i++) {
		fputs(i ? ", " : "", out);
		json_string(out, interfaces[i].if_name);
	}
	fputc(']', out);
	if_freenameindex(interfaces);
	return 0;
}

/* A name begins with a zero byte and is as long as the address says, unix(7). */
static socklen_t abstract_address(struct sockaddr_un *address, const char *name)
{
	size_t length = name ? strlen(name) : 0;

	errno = EINVAL;
	if (length == 0 || length >= sizeof(address->sun_path))
		broken("no name of a socket");
	address->sun_family = AF_UNIX;
	memcpy(address->sun_path + 1, name, length);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length);
}

static struct sockaddr_in loopback_address(const char *port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
				    .sin_port = htons((uint16_t)number_of(port)),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int connect_to(int family, const struct sockaddr *address, socklen_t length)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		broken("no socket");
	return result_of(connect(fd, address, length));
}

static int connect_abstract(const char *name)
{
	struct sockaddr_un address = {0};
	socklen_t length = abstract_address(&address, name);

	return connect_to(AF_UNIX, (struct sockaddr *)&address, length);
}

static int connect_port(const char *port)
{
	struct sockaddr_in address = loopback_address(port);

	return connect_to(AF_INET, (struct sockaddr *)&address, sizeof(address));
}

/* Both stay open as long as the witness lives, so they are no attempts of a child. */
static int listen_on(FILE *out, int family, const struct sockaddr *address, socklen_t length)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int result = fd < 0 ? -errno : result_of(bind(fd, address, length));

	if (result == 0)
		result = result_of(listen(fd, SOMAXCONN));
	write_result(out, result);
	return 0;
}

static int listen_abstract(FILE *out, const char *name)
{
	struct sockaddr_un address = {0};
	socklen_t length = abstract_address(&address, name);

	return listen_on(out, AF_UNIX, (struct sockaddr *)&address, length);
}

static int listen_port(FILE *out, const char *port)
{
	struct sockaddr_in address = loopback_address(port);

	return listen_on(out, AF_INET, (struct sockaddr *)&address, sizeof(address));
}

/* pid */

static int tell_pid(FILE *out, const char *argument)
{
	(void)argument;
	fprintf(out, "%d", getpid());
	return 0;
}

/* Signal 0 asks only whether the process is there and may be signalled, kill(2). */
static int find_process(const char *pid)
{
	return result_of(kill((pid_t)number_of(pid), 0));
}

/* The list of processes, without a /proc that could be somebody else's. */
static int find_processes(FILE *out, const char *last)
{
	const char *separator = "";
	long limit = number_of(last);

	fputc('[', out);
	for (pid_t pid = 1; pid <= limit; pid++) {
		if (kill(pid, 0) < 0 && errno == ESRCH)
			continue;
		fprintf(out, "%s%d", separator, pid);
		separator = ", ";
	}
	fputc(']', out);
	return 0;
}

/* uts */

static int tell_host_name(FILE *out, const char *argument)
{
	struct utsname name;

	(void)argument;
	if (uname(&name) < 0)
		return -errno;
	fputs("{\"host\": ", out);
	json_string(out, name.nodename);
	fputs(", \"domain\": ", out);
	json_string(out, name.domainname);
	fputc('}', out);
	return 0;
}

static int set_host_name(const char *name)
{
	return result_of(sethostname(name, strlen(name)));
}

static int set_domain_name(const char *name)
{
	return result_of(setdomainname(name, strlen(name)));
}

/* time */

static int tell_clocks(FILE *out, const char *argument)
{
	static const struct {
		const char *name;
		clockid_t id;
	} clocks[] = {{"monotonic", CLOCK_MONOTONIC}, {"boottime", CLOCK_BOOTTIME}};
	struct timespec now;

	(void)argument;
	for (size_t i = 0; i < 2; i++) {
		if (clock_gettime(clocks[i].id, &now) < 0)
			return -errno;
		fprintf(out, "%s\"%s\": %jd.%09ld", i ? ", " : "{", clocks[i].name,
			(intmax_t)now.tv_sec, now.tv_nsec);
	}
	fputc('}', out);
	return 0;
}

/* user */

static int tell_owner(FILE *out, const char *path)
{
	struct stat status;

	if (stat(path, &status) < 0)
		return -errno;
	fprintf(out, "{\"uid\": %u, \"gid\": %u}", status.st_uid, status.st_gid);
	return 0;
}

static int make_user_namespace(const char *unused)
{
	(void)unused;
	return result_of(unshare(CLONE_NEWUSER));
}

/* cgroup */

int own_group(char *line, size_t size)
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	int error = file ? -ENOENT : -errno;

	*line = '\0';
	while (error && file && fgets(line, (int)size, file))
		if (strncmp(line, "0::/", 4) == 0)
			error = 0;
	if (file)
		fclose(file);
	line[strcspn(line, "\n")] = '\0';
	return error;
}

static int tell_cgroup(FILE *out, const char *unused)
{
	char line[4096] = "";
	int error = own_group(line, sizeof(line));

	(void)unused;
	if (!error)
		json_string(out, line);
	return error;
}

/* mnt */

static int mount_tmpfs(const char *target)
{
	return result_of(mount("witness", target, "tmpfs", 0, NULL));
}

const struct observation namespace_observations[] = {
	{"find_queue", NULL, find_queue, "find the System V message queue KEY"},
	{"make_queue", NULL, make_queue, "make the System V message queue KEY"},
	{"find_posix_queue", NULL, find_posix_queue, "open the POSIX message queue /NAME"},
	{"make_posix_queue", NULL, make_posix_queue, "make the POSIX message queue /NAME"},
	{"interfaces", list_interfaces, NULL, "names of the network interfaces"},
	{"connect_abstract", NULL, connect_abstract, "connect to the abstract UNIX socket NAME"},
	{"connect_port", NULL, connect_port, "connect to the TCP port PORT of the loopback"},
	{"listen_abstract", listen_abstract, NULL, "listen on the abstract UNIX socket NAME"},
	{"listen_port", listen_port, NULL, "listen on the TCP port PORT of the loopback"},
	{"pid", tell_pid, NULL, "own process id"},
	{"end_process", NULL, signal_others, "send SIGTERM to the process PID"},
	{"find_processes", find_processes, NULL, "numbers of all processes up to PID"},
	{"find_process", NULL, find_process, "find the process PID"},
	{"host_name", tell_host_name, NULL, "host and NIS domain name"},
	{"set_host_name", NULL, set_host_name, "change the host name to NAME"},
	{"set_domain_name", NULL, set_domain_name, "change the NIS domain name to NAME"},
	{"clocks", tell_clocks, NULL, "monotonic and boot-time clock, seconds"},
	{"owner", tell_owner, NULL, "owner of the file PATH"},
	{"cgroup", tell_cgroup, NULL, "own group as /proc/self/cgroup shows it"},
	{"mount_tmpfs", NULL, mount_tmpfs, "mount a tmpfs on the directory PATH"},
	{"make_user_namespace", NULL, make_user_namespace, "unshare(CLONE_NEWUSER)"},
	{0},
};
