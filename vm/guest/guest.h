/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the guest's process 1 share.
 *
 * Nothing here returns an error: whatever the guest cannot do without ends it
 * with a line on the control channel (fail()), and what a kernel was built
 * without is said on the console.
 */
#ifndef GUEST_H
#define GUEST_H

#include <stdint.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define JOB_WORDS     4096

/*
 * Namespaces of the NVMe controller; their ids count from 1 in this order. Only a kernel whose
 * modules are known has the last.
 */
enum disk { DISK_ROOT, DISK_INPUT, DISK_OUTPUT, DISK_SWAP, DISK_SPARE, DISK_MODULES, DISKS };

struct guest {
	int control;		  /* ttyS3 */
	int out;		  /* ttyS1 */
	int err;		  /* ttyS2 */
	char disk[DISKS][32];	  /* paths of block devices */
	char *argv[JOB_WORDS];	  /* the command, NULL-ended */
	char *environ[JOB_WORDS]; /* its environment, NULL-ended */
	int terminal;		  /* the command gets ttyS1 as its terminal */
	int modules;		  /* there is a disk with the kernel's modules */
};

/* How the command ended. status: 128+N for signal N. out, err: bytes that it wrote. */
struct ending {
	int status;
	uint64_t out;
	uint64_t err;
};

/* ports.c */
void open_ports(struct guest *guest);
int write_all(int fd, const char *data, unsigned long size);
void report(const struct guest *guest, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
void power_off(const struct guest *guest) __attribute__((noreturn));

/* Tells why the guest cannot do its work, and ends it. `%m` is the last error. */
#define fail(guest, ...)                               \
	do {                                           \
		report((guest), "error " __VA_ARGS__); \
		power_off(guest);                      \
	} while (0)

/* system.c */
void find_disks(struct guest *guest);
void enter_root(const struct guest *guest);
void set_up_system(const struct guest *guest);
void unpack_input(const struct guest *guest);
uint64_t pack_output(const struct guest *guest);

/* command.c */
struct ending run_command(struct guest *guest);

#endif
