/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libredprobe: what the running kernel offers to isolation, found out by asking it.
 *
 * Every feature has a stable dotted id. A finding says whether this process, here and now, can
 * use the feature, how that was found out, and what stands in the way if it cannot. Nothing is
 * guessed, no module is loaded, nothing is changed that outlives the call.
 *
 * The library is linked with libcap. It does not use libkmod: whoever wants findings about
 * modules gives a redprobe_module_lookup.
 *
 * Sources: namespaces(7), cgroups(7), capabilities(7), mount_setattr(2), clone(2), openat2(2),
 * Documentation/admin-guide/cgroup-v2.rst.
 */
#ifndef REDPROBE_H
#define REDPROBE_H

#include <stdbool.h>
#include <stddef.h>

#define REDPROBE_VERSION "0.1.0"

enum redprobe_status {
	REDPROBE_UNKNOWN,     /* could not be found out; `needs` says what is missing */
	REDPROBE_SUPPORTED,   /* this process can use it */
	REDPROBE_UNSUPPORTED, /* the kernel does not have it */
	REDPROBE_RESTRICTED,  /* the kernel has it; `forbidden_by` says what forbids it */
};

enum redprobe_evidence {
	REDPROBE_BEHAVIOUR, /* the kernel was asked to do it */
	REDPROBE_FILE,	    /* read from a file of the kernel */
	REDPROBE_SYSCTL,
	REDPROBE_MODULE, /* read from the module index */
	REDPROBE_CONFIG,
};

/* One finding. Strings are UTF-8 as far as the kernel's own texts are, and are cut when too long.
 */
struct redprobe_finding {
	enum redprobe_status status;
	enum redprobe_evidence evidence;
	char detail[320];	/* what was tried, and the errno or value it gave */
	char forbidden_by[160]; /* empty unless restricted */
	char needs[160];	/* empty unless unknown */
};

struct redprobe;

/*
 * Finds out one feature. `argument` is the one of the feature's row. The finding is zeroed
 * before, that is, unknown by behaviour.
 */
typedef void redprobe_function(struct redprobe *probe, const void *argument,
			       struct redprobe_finding *finding);

/* Where a feature's function runs: a question that could hang or crash is asked by a child. */
enum redprobe_where {
	REDPROBE_HERE,
	REDPROBE_IN_CHILD,
};

/* One row of an area's table. */
struct redprobe_feature {
	const char *id;	     /* for example "namespace.time" */
	const char *meaning; /* one line */
	enum redprobe_where where;
	redprobe_function *function;
	const void *argument;
};

struct redprobe_area {
	const char *name; /* the first word of the ids */
	const struct redprobe_feature *features;
	size_t count;
};

/*
 * Finds out what is known of the kernel module `name`: fills in status, evidence and texts.
 * `data` is redprobe_options.module_data.
 */
typedef void redprobe_module_lookup(void *data, const char *name, struct redprobe_finding *finding);

struct redprobe_options {
	int patience_ms; /* how long a child may take to answer; 0: the default, 10 seconds */
	redprobe_module_lookup *module_lookup; /* NULL: findings about modules are unknown */
	void *module_data;
};

/* The areas, in the order of reports, ended by NULL. */
extern const struct redprobe_area *const redprobe_areas[];

/* The feature called `id`, or NULL. Static, never freed. */
const struct redprobe_feature *redprobe_find(const char *id);

/* The word of a status or of an evidence, as in reports. Static, never freed. */
const char *redprobe_status_name(enum redprobe_status status);
const char *redprobe_evidence_name(enum redprobe_evidence evidence);

/*
 * Makes a probe; `options` may be NULL and is copied. What several features share is found out
 * once and kept in the probe. Returns 0 and stores it in `*probe`, which the caller gives to
 * redprobe_close, or -ENOMEM.
 *
 * The probe forks. Its children end with it, so it is for processes that let it reap them
 * (SIGCHLD not ignored). Not for use by several threads at once.
 */
int redprobe_open(struct redprobe **probe, const struct redprobe_options *options);

/* Finds out one feature. Never fails: what goes wrong is a finding `unknown` that says so. */
void redprobe_ask(struct redprobe *probe, const struct redprobe_feature *feature,
		  struct redprobe_finding *finding);

/* Frees the probe; NULL is allowed. */
void redprobe_close(struct redprobe *probe);

#endif
