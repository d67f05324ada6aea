/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Namespaces. namespace.c knows the eight and says why one is refused; namespace_drill.c has
 * children make and join them, of which namespace_find.c makes the findings; namespace_nesting.c
 * makes them in one another; namespace_limit.c reads their limits; namespace_area.c is the table.
 */
#ifndef REDPROBE_NAMESPACE_H
#define REDPROBE_NAMESPACE_H

#include "base/child.h"

/* In the order in which one child can try them: after the user namespace it has no privilege. */
enum {
	NAMESPACE_CGROUP,
	NAMESPACE_IPC,
	NAMESPACE_MNT,
	NAMESPACE_NET,
	NAMESPACE_PID,
	NAMESPACE_TIME,
	NAMESPACE_UTS,
	NAMESPACE_USER,
	NAMESPACES,
};

enum { NAMESPACE_AHEAD = 100000 }; /* seconds that a new time namespace is set ahead */

/* One of the eight. The links are files of /proc/self/ns. */
struct namespace
{
	int flag;
	const char *flag_name;
	const char *name;   /* of its link, and in its limit in /proc/sys/user */
	const char *births; /* of the link that shows where the next child is born */
};

extern const struct namespace namespaces[NAMESPACES];

/* What a child in a new namespace learned of making another one in it. */
struct namespace_nest {
	const char *file; /* the one that could not be written; NULL: it was unshare that failed */
	int error;	  /* 0 or a positive errno */
	struct child_fate fate; /* of its own child */
	bool made;
};

/* What a child learned of one namespace. Errors are 0 or a positive errno. */
struct namespace_trial {
	bool tried;
	struct child_fate fate;	    /* CHILD_ANSWERED if it has lived through this */
	int error;		    /* of unshare */
	unsigned long number;	    /* of the new one; 0 if not seen */
	bool first;		    /* of a PID namespace: its first process was process 1 */
	struct namespace_nest nest; /* of a user or PID namespace */
	bool joinable;		    /* there was a descriptor to join by */
	bool joining;		    /* what follows is about joining, `fate` as well */
	int join_error;		    /* of setns */
	unsigned long left, target, entered; /* the numbers before, wanted, and after joining */
	int offsets_error;		     /* of a time namespace: of setting its clocks ahead */
	bool ahead;			     /* they were seen to be */
};

/* As whom a child makes namespaces. */
enum namespace_maker {
	MAKER_AS_IS,
	MAKER_IN_USER,	/* in a new user namespace */
	MAKER_ORDINARY, /* the same, without the ids of root or any capability */
	MAKERS,
};

struct namespace_drill {
	size_t next;  /* what the child tries */
	int ordinary; /* of giving up privilege: 0 or a positive errno */
	unsigned uid; /* then */
	struct namespace_trial trials[NAMESPACES]; /* that of the user namespace is the one above */
};

/* What the rows of the area share; in memory that it shares with its children. */
struct namespace_survey {
	int patience_ms;		/* with one child; a row may need two */
	bool asked[NAMESPACES];		/* there are rows about it */
	int own[NAMESPACES];		/* descriptors of the own ones, or -1 */
	unsigned long here[NAMESPACES]; /* their numbers; 0: there is no link */
	bool limited;			/* the limits have been read */
	char limits[NAMESPACES][24];	/* what /proc/sys/user says; "": not readable */
	struct namespace_drill drills[MAKERS];
};

/*
 * The survey of the probe, with the own numbers. Returns NULL, and says so, if memory is short.
 */
struct namespace_survey *namespace_survey(struct redprobe *probe, struct redprobe_finding *finding);

/* What `maker` learned of `namespaces[kind]`, which is tried now unless it has been. */
const struct namespace_trial *namespace_try(struct namespace_survey *survey,
					    enum namespace_maker maker, size_t kind);

/*
 * Opens the link `name` of /proc/self/ns. Returns a descriptor, or -1, and stores the number of the
 * namespace, or 0.
 */
int namespace_open(const char *name, unsigned long *number);

/* The number of the namespace that the link `name` shows, or 0. */
unsigned long namespace_number(const char *name);

/*
 * Makes another namespace in the new one that this process is in. Of a user namespace, `user` and
 * `group` are the ids that this process had outside.
 */
void namespace_nest_users(struct namespace_nest *nest, unsigned user, unsigned group);
void namespace_nest_processes(struct namespace_nest *nest);

/* What /proc/sys/user says of `namespaces[kind]`, which is read when first wanted. */
const char *namespace_limit_of(struct namespace_survey *survey, size_t kind);

/* Says why `namespace` was refused. */
void namespace_say_refused(struct namespace_survey *survey, const struct namespace *namespace,
			   int error, const char *tried, struct redprobe_finding *finding);

/* True if the kernel is seen to be without these namespaces. */
bool namespace_absent(const struct namespace_survey *survey, size_t kind);

/* Stores in `text` what has refused a user namespace with the positive errno `error`. */
void namespace_user_cause(int error, char *text, size_t size);

/*
 * Says why there is no user namespace to gain privilege in, for another one: that the kernel has
 * none does not make the other one unsupported.
 */
void namespace_say_no_user(struct namespace_survey *survey, int error, const char *tried,
			   struct redprobe_finding *finding);

/* What answers EPERM to CLONE_NEWUSER, if it is seen to be in force; or NULL. */
const char *namespace_user_obstacle(void);

/* The functions of the rows; the argument is one of `namespaces`, unless it is not used. */
redprobe_function namespace_create, namespace_join, namespace_limit, namespace_unprivileged;
redprobe_function namespace_offsets, namespace_nesting;

#endif
