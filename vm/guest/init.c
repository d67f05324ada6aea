/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Process 1 of a test guest.
 *
 * It is the only program of the initramfs, next to a description of the job:
 *
 *   /job/argv       the command, each word ended by a NUL
 *   /job/environ    its environment, likewise
 *   /job/terminal   exists when the command gets a terminal instead of pipes
 *   /job/modules    exists when there is a disk with the kernel's modules
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
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/utsname.h>
#include <unistd.h>

/*
 * Reads a file of NUL-ended words into a NULL-ended array of JOB_WORDS places;
 * they are kept for good. Returns 0 or a negative errno.
 */
static int read_words(const char *path, char **words)
{
	struct stat info;
	char *text = NULL;
	size_t count = 0;
	int error = -EIO;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &info) < 0)
		goto out;
	text = calloc(1, (size_t)info.st_size + 1);
	if (!text || read(fd, text, (size_t)info.st_size) != info.st_size)
		goto out;
	error = -E2BIG;
	for (char *word = text; word < text + info.st_size; word += strlen(word) + 1) {
		if (count == JOB_WORDS - 1)
			goto out;
		words[count++] = word;
	}
	words[count] = NULL;
	text = NULL;
	error = 0;
out:
	free(text);
	close(fd);
	return error;
}

int main(void)
{
	static struct guest guest;
	struct ending ending;
	struct utsname system;
	uint64_t output;

	umask(022);
	guest.terminal = access("/job/terminal", F_OK) == 0;
	guest.modules = access("/job/modules", F_OK) == 0;
	open_ports(&guest);
	uname(&system);
	report(&guest, "init %s", system.release);
	if (access("/job/trial", F_OK) == 0)
		power_off(&guest);
	if (read_words("/job/argv", guest.argv) || !guest.argv[0] ||
	    read_words("/job/environ", guest.environ))
		fail(&guest, "read the job from the initramfs: are there too many arguments?");
	find_disks(&guest);
	enter_root(&guest);
	set_up_system(&guest);
	unpack_input(&guest);
	ending = run_command(&guest);
	output = pack_output(&guest);
	report(&guest, "exit %d %llu %llu %llu", ending.status, (unsigned long long)ending.out,
	       (unsigned long long)ending.err, (unsigned long long)output);
	power_off(&guest);
}
