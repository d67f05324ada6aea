/* SPDX-License-Identifier: Apache-2.0 */
/* Operations on sockets that a capability permits; for audit see audit_netlink_ok in
 * kernel/audit.c. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "capabilities.h"
#include "witness.h"

enum { LOW_PORT = 80 };

static int open_socket(int family, int type, int protocol)
{
	int fd = socket(family, type | SOCK_CLOEXEC, protocol);
	if (fd < 0)
		broken("cannot make a socket of family %d, type %d, protocol %d", family, type,
		       protocol);
	return fd;
}

int bind_low_port(const char *unused)
{
	(void)unused;
	const struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(LOW_PORT),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = open_socket(AF_INET, SOCK_STREAM, 0);
	return result_of(bind(fd, (const struct sockaddr *)&address, sizeof(address)));
}

int listen_to_all_namespaces(const char *unused)
{
	(void)unused;
	const int on = 1;
	int fd = open_socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	return result_of(setsockopt(fd, SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, &on, sizeof(on)));
}

int bring_up_loopback(const char *unused)
{
	(void)unused;
	struct ifreq request = {.ifr_name = "lo"};
	int fd = open_socket(AF_INET, SOCK_DGRAM, 0);
	if (ioctl(fd, SIOCGIFFLAGS, &request) < 0)
		broken("cannot get the flags of lo");
	request.ifr_flags |= IFF_UP;
	return result_of(ioctl(fd, SIOCSIFFLAGS, &request));
}

int open_raw_socket(const char *unused)
{
	(void)unused;
	return result_of(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP));
}

/* Sends a request to the kernel's audit and returns the error of its acknowledgement. */
static int ask_audit(unsigned short type, const char *text)
{
	struct {
		struct nlmsghdr header;
		char text[64];
	} request = {
		.header = {.nlmsg_type = type,
			   .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
			   .nlmsg_seq = 1},
	};
	request.header.nlmsg_len = (unsigned int)NLMSG_LENGTH(text ? strlen(text) + 1 : 0);
	if (text)
		strncpy(request.text, text, sizeof(request.text) - 1);
	const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	int fd = open_socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT);
	if (sendto(fd, &request, request.header.nlmsg_len, 0, (const struct sockaddr *)&kernel,
		   sizeof(kernel)) < 0)
		return -errno;
	/* What was asked for may come before the acknowledgement. */
	for (;;) {
		char answer[8192] __attribute__((aligned(NLMSG_ALIGNTO)));
		const struct nlmsghdr *header = (const struct nlmsghdr *)answer;
		ssize_t got = recv(fd, answer, sizeof(answer), 0);
		if (got < (ssize_t)NLMSG_LENGTH(0))
			broken("the kernel's audit does not answer");
		if (header->nlmsg_type == NLMSG_ERROR)
			return ((const struct nlmsgerr *)NLMSG_DATA(header))->error;
	}
}

int write_audit_record(const char *unused)
{
	(void)unused;
	return ask_audit(AUDIT_USER, "op=witness");
}

int get_audit_status(const char *unused)
{
	(void)unused;
	return ask_audit(AUDIT_GET, NULL);
}

int join_audit_log(const char *unused)
{
	(void)unused;
	const int group = AUDIT_NLGRP_READLOG;
	int fd = open_socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT);
	return result_of(
		setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)));
}
