/* SPDX-License-Identifier: Apache-2.0 */
#include "base/capability.h"

#include <linux/capability.h>
#include <stddef.h>

#include <redprobe-ids.h>

#define ID(name) [name] = REDPROBE_CAPABILITY_##name

static const char *const ids[] = {
	ID(CAP_CHOWN),
	ID(CAP_DAC_OVERRIDE),
	ID(CAP_DAC_READ_SEARCH),
	ID(CAP_FOWNER),
	ID(CAP_FSETID),
	ID(CAP_KILL),
	ID(CAP_SETGID),
	ID(CAP_SETUID),
	ID(CAP_SETPCAP),
	ID(CAP_LINUX_IMMUTABLE),
	ID(CAP_NET_BIND_SERVICE),
	ID(CAP_NET_BROADCAST),
	ID(CAP_NET_ADMIN),
	ID(CAP_NET_RAW),
	ID(CAP_IPC_LOCK),
	ID(CAP_IPC_OWNER),
	ID(CAP_SYS_MODULE),
	ID(CAP_SYS_RAWIO),
	ID(CAP_SYS_CHROOT),
	ID(CAP_SYS_PTRACE),
	ID(CAP_SYS_PACCT),
	ID(CAP_SYS_ADMIN),
	ID(CAP_SYS_BOOT),
	ID(CAP_SYS_NICE),
	ID(CAP_SYS_RESOURCE),
	ID(CAP_SYS_TIME),
	ID(CAP_SYS_TTY_CONFIG),
	ID(CAP_MKNOD),
	ID(CAP_LEASE),
	ID(CAP_AUDIT_WRITE),
	ID(CAP_AUDIT_CONTROL),
	ID(CAP_SETFCAP),
	ID(CAP_MAC_OVERRIDE),
	ID(CAP_MAC_ADMIN),
	ID(CAP_SYSLOG),
	ID(CAP_WAKE_ALARM),
	ID(CAP_BLOCK_SUSPEND),
	ID(CAP_AUDIT_READ),
	ID(CAP_PERFMON),
	ID(CAP_BPF),
	ID(CAP_CHECKPOINT_RESTORE),
};

const char *capability_id(int capability)
{
	if (capability < 0 || (size_t)capability >= sizeof(ids) / sizeof(*ids))
		return NULL;
	return ids[capability];
}
