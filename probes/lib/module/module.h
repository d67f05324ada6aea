/* SPDX-License-Identifier: Apache-2.0 */
/* What shows without the module index that a module's work is in the kernel. */
#ifndef REDPROBE_MODULE_H
#define REDPROBE_MODULE_H

#include "redprobe.h"

/* What a module adds to the kernel when it is there. */
enum trace {
	TRACE_FILE_SYSTEM, /* a line in /proc/filesystems */
	TRACE_LINK,	   /* a kind of network device */
	TRACE_DEVICE,	   /* a line in /proc/devices */
	TRACE_MISC,	   /* a line in /proc/misc */
	TRACE_PARAMETERS,  /* a directory in /sys/module even when it is built in */
	TRACE_SCHEDULER,   /* an I/O scheduler */
	TRACE_NETFILTER,   /* a part of nfnetlink, by its number */
};

enum presence { PRESENCE_ABSENT, PRESENCE_THERE, PRESENCE_UNSEEN };

struct module {
	const char *name;
	enum trace trace;
	const char *known_as; /* the line, kind or scheduler */
};

/*
 * Whether the module's work is in the kernel, built in or loaded. `loadable` tells that the kernel
 * could load what is asked for: then nothing is asked that would make it do so. Stores in `*where`
 * what was looked at, a static text.
 */
enum presence module_trace(const struct module *module, bool loadable, const char **where);

/* What is missing where the module's work cannot be seen. Static. */
const char *module_trace_needs(const struct module *module);

/*
 * Whether this process was where the kernel looks for modules when that was first wanted: whoever
 * moves away asks before, for what is wanted later.
 */
bool module_place_is_initial(struct redprobe *probe);

/* True unless this kernel loads no modules at all. Nothing is loaded to find out. */
bool module_kernel_loads(void);

/*
 * Whether the kernel takes modules with a valid signature only, as the file says. Returns 1, 0, or
 * a negative errno.
 */
extern const char module_sig_enforce[];
int module_signature_required(void);

#endif
