/* SPDX-License-Identifier: Apache-2.0 */
/* Ways to the host's network, and through sockets to others. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "escape.h"
#include "witness.h"

static int open_socket(int family, int type, int protocol)
{
	return socket(family, type | SOCK_CLOEXEC, protocol);
}

/* What goes over the loopback interface. */
static int capture_packets(const char *unused)
{
	char packet[65536];
	struct pollfd line = {.fd = open_socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)),
			      .events = POLLIN};

	(void)unused;
	if (line.fd < 0)
		return -errno;
	while (poll(&line, 1, PATIENCE_MILLISECONDS) > 0) {
		ssize_t got = recv(line.fd, packet, sizeof(packet), 0);

		if (got < 0)
			return -errno;
		if (is_secret(packet, (size_t)got) == 0)
			return 0;
	}
	return IGNORED;
}

/* To the PORT of the loopback, from an address that nobody has. The kernel fills in the rest. */
static int forge_packet(const char *port)
{
	struct {
		struct iphdr ip;
		struct udphdr udp;
		char text[sizeof(SECRET)];
	} __attribute__((packed)) packet = {
		.ip = {.ihl = 5,
		       .version = 4,
		       .ttl = 64,
		       .protocol = IPPROTO_UDP,
		       .saddr = htonl(INADDR_LOOPBACK + 255),
		       .daddr = htonl(INADDR_LOOPBACK)},
		.udp = {.source = htons(53),
			.dest = htons((uint16_t)number_of(port)),
			.len = htons(sizeof(packet) - sizeof(struct iphdr))},
		.text = SECRET,
	};
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = open_socket(AF_INET, SOCK_RAW, IPPROTO_RAW);

	if (fd < 0)
		return -errno;
	return result_of(sendto(fd, &packet, sizeof(packet), 0, (struct sockaddr *)&address,
				sizeof(address)));
}

static int set_packet_size(const char *bytes)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_mtu = (int)number_of(bytes)};
	int fd = open_socket(AF_INET, SOCK_DGRAM, 0);

	return fd < 0 ? -errno : result_of(ioctl(fd, SIOCSIFMTU, &request));
}

/* To the GROUPS (bits) of those who listen to what happens to devices. */
static int send_device_event(const char *groups)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK,
				      .nl_groups = (uint32_t)number_of(groups)};
	int fd = open_socket(AF_NETLINK, SOCK_DGRAM, NETLINK_KOBJECT_UEVENT);

	if (fd < 0)
		return -errno;
	return result_of(sendto(fd, SECRET, sizeof(SECRET), 0, (struct sockaddr *)&address,
				sizeof(address)));
}

/* A service of the host hands out a descriptor with each connection. */
static int receive_descriptor(const struct sockaddr_un *address, socklen_t length)
{
	char control[CMSG_SPACE(sizeof(int))], byte;
	struct iovec data = {&byte, 1};
	struct msghdr message = {.msg_iov = &data,
				 .msg_iovlen = 1,
				 .msg_control = control,
				 .msg_controllen = sizeof(control)};
	struct cmsghdr *header;
	int fd = open_socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)address, length) < 0 ||
	    recvmsg(fd, &message, MSG_CMSG_CLOEXEC) < 0)
		return -errno;
	header = CMSG_FIRSTHDR(&message);
	if (!header || header->cmsg_type != SCM_RIGHTS)
		return IGNORED;
	memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return read_secret_at(fd, "secret");
}

/* offset: 1 for a name that is none of a file. */
static int receive_from(const char *name, size_t offset)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t length = strlen(name);

	errno = ENAMETOOLONG;
	if (offset + length >= sizeof(address.sun_path))
		broken("no name of a socket: '%s'", name);
	memcpy(address.sun_path + offset, name, length);
	return receive_descriptor(
		&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + offset + length));
}

static int receive_from_abstract(const char *name)
{
	return receive_from(name, 1);
}

static int receive_from_path(const char *path)
{
	return receive_from(path, 0);
}

const struct observation escape_network_observations[] = {
	{"capture_packets", NULL, capture_packets, "see the secret pass over lo"},
	{"forge_packet", NULL, forge_packet, "=PORT: a datagram from an address nobody has"},
	{"set_packet_size", NULL, set_packet_size, "=BYTES: MTU of lo"},
	{"send_device_event", NULL, send_device_event, "=GROUPS: a forged kobject uevent"},
	{"receive_from_abstract", NULL, receive_from_abstract,
	 "=NAME: a directory by SCM_RIGHTS, and read the secret there"},
	{"receive_from_path", NULL, receive_from_path, "=PATH: the same from a socket by path"},
	{0},
};
