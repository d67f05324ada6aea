/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libredprobe: what the running kernel offers to isolation, found out by asking it.
 *
 * Every feature has a stable dotted id. A finding says whether this process, here and now, can
 * use the feature, how that was found out, and what stands in the way if it cannot. Nothing is
 * guessed, no module is loaded, nothing is changed that outlives the call.
 *
 * The library is linked with libcap and zlib. It does not use libkmod: whoever wants findings about
 * modules gives a redprobe_module_lookup. The ids are also names, in redprobe-ids.h.
 *
 * Sources: namespaces(7), cgroups(7), capabilities(7), mount_setattr(2), clone(2), openat2(2),
 * Documentation/admin-guide/cgroup-v2.rst.
 */
#ifndef REDPROBE_H
#define REDPROBE_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define REDPROBE_VERSION "0.3.0"

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

/*
 * What the configuration that the kernel was built with says of the feature. It is a second
 * witness: it never decides a status. `option` is empty where the feature has none, or where no
 * configuration can be read.
 */
struct redprobe_witness {
	char option[48]; /* for example "CONFIG_TIME_NS" */
	char value[16];	 /* "y", "m", "n" or what else it is set to */
	bool agrees;	 /* with what was found out by doing */
};

/* One finding. Strings are UTF-8 as far as the kernel's own texts are, and are cut when too long.
 */
struct redprobe_finding {
	enum redprobe_status status;
	enum redprobe_evidence evidence;
	char detail[320];	/* what was tried, and the errno or value it gave */
	char forbidden_by[160]; /* empty unless restricted */
	char needs[160];	/* empty unless unknown */
	bool numbered;		/* there is a number */
	long long number; /* a version, level, limit or count; the feature's meaning says which */
	struct redprobe_witness witness;
};

struct redprobe;

/*
 * Finds out one feature. `argument` is the one of the feature's row. The finding is zeroed
 * before, that is, unknown by behaviour.
 */
typedef void redprobe_function(struct redprobe *probe, const void *argument,
			       struct redprobe_finding *finding);

/*
 * Where a feature's function runs. Each area is asked in a process of its own, so that a function
 * that crashes or hangs is a finding: the rows after it are asked by a new process.
 */
enum redprobe_where {
	REDPROBE_HERE,	   /* in the process of the area: it leaves that as it was */
	REDPROBE_IN_CHILD, /* in a child of that, which it may change for good */
	REDPROBE_ASIDE,	   /* as REDPROBE_HERE, but in a second process of the area, meanwhile */
};

/* One row of an area's table. Texts are static; `how` and `get` may be NULL: the area's hold. */
struct redprobe_feature {
	const char *id;	     /* for example "namespace.time" */
	const char *meaning; /* one line: what it is */
	enum redprobe_where where;
	redprobe_function *function;
	const void *argument;
	const char *why; /* why it matters to isolation */
	const char *how; /* how it is probed */
	const char
		*since;	 /* the release of Linux that first has it: "5.6", "" before 3.0, "none" */
	const char *get; /* how to get it where it is missing */
	const char *option; /* what builds it: "CONFIG_TIME_NS"; NULL: no single option does */
};

struct redprobe_area {
	const char *name;    /* the first word of the ids */
	const char *meaning; /* one line */
	const char *how;     /* of the rows that say nothing of their own */
	const char *get;     /* likewise */
	const struct redprobe_feature *features;
	size_t count;
};

/*
 * Finds out what is known of the kernel module `name`: fills in status, evidence and texts. Called
 * in the process that asks the area of modules. `data` is redprobe_options.module_data.
 */
typedef void redprobe_module_lookup(void *data, const char *name, struct redprobe_finding *finding);

struct redprobe_options {
	int patience_ms; /* how long one question may take; 0: the default, 10 seconds */
	redprobe_module_lookup *module_lookup; /* NULL: loadable modules are unknown */
	void *module_data;
	const struct redprobe_area *const *areas; /* which, ended by NULL; NULL: redprobe_areas */
};

/* The areas, in the order of reports, ended by NULL. */
extern const struct redprobe_area *const redprobe_areas[];

/* The area called `name`, or NULL. Static, never freed. */
const struct redprobe_area *redprobe_find_area(const char *name);

/* The feature called `id`, or NULL; stores its area in `*area` unless that is NULL. Static. */
const struct redprobe_feature *redprobe_find(const char *id, const struct redprobe_area **area);

/* The word of a status or of an evidence, as in reports. Static, never freed. */
const char *redprobe_status_name(enum redprobe_status status);
const char *redprobe_evidence_name(enum redprobe_evidence evidence);

/* Stores the status whose word is `word` in `*status`. Returns false if there is none. */
bool redprobe_find_status(const char *word, enum redprobe_status *status);

/* Whether `word` is that of an evidence. */
bool redprobe_is_evidence(const char *word);

/*
 * Makes a probe of the areas that `options` names; `options` may be NULL and is copied, the list of
 * areas is not: it must outlive the probe. Returns 0 and stores the probe in `*probe`, which the
 * caller gives to redprobe_close, or -ENOMEM.
 *
 * The probe forks. Its children end with it, so it is for processes that let it reap them
 * (SIGCHLD not ignored). Not for use by several threads at once. The thread that asks has a stack
 * of 512 KiB at least: some children run on a piece of it, and crash where it is smaller, which are
 * findings `unknown`.
 */
int redprobe_open(struct redprobe **probe, const struct redprobe_options *options);

/*
 * The finding about `feature`, a row of one of the probe's areas. All areas of the probe are asked
 * at once, when first a finding is wanted. Never fails: what goes wrong is a finding `unknown` that
 * says so. The finding belongs to the probe.
 */
const struct redprobe_finding *redprobe_ask(struct redprobe *probe,
					    const struct redprobe_feature *feature);

/* Frees the probe; NULL is allowed. */
void redprobe_close(struct redprobe *probe);

#ifdef __cplusplus
}
#endif

#endif
