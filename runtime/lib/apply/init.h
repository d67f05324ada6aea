/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first process of a node. It completes what only a process inside the new namespaces can do,
 * starts the payload, and then forwards signals and reaps until the last process has ended.
 */
#ifndef REDPAK_INIT_H
#define REDPAK_INIT_H

#include <signal.h>

#include "apply/mount.h"
#include "plan/plan.h"

/*
 * Between redwrap and init lies a socket pair (SOCK_SEQPACKET, close-on-exec). Init waits for one
 * byte before it uses the finished root, and the payload for another before its program. Init sends
 * one when it stands in a copy of the root; if init_is_awaited(), another before, when it is in its
 * namespaces. Then comes a struct redpak_error if the payload could not be
 * started, and a struct init_stop whenever it stops or goes on; the end of file is that of init.
 */
struct init_stop {
	int signal; /* 0: it goes on */
	int number; /* of the stop, from 1 on */
};

union init_message {
	char byte;
	struct init_stop stop;
	struct redpak_error error;
};

/*
 * From redwrap to init, sigqueue(3). What redwrap forwards is the value of a signal: init may have
 * the same from the terminal, and two of a kind become one, signal(7). The value of a continuation
 * is the number of the stop that it ends: the shell may have continued the payload itself, and a
 * later stop is another one.
 */
#define INIT_FORWARD  SIGRTMIN
#define INIT_CONTINUE (SIGRTMIN + 1)

struct init_job {
	const struct redpak_plan *plan;
	int proc; /* of the host */
	int channel;
	bool terminal;	  /* redwrap has a controlling one */
	pid_t self;	  /* where nothing else ends the payload with init; else 0 */
	pid_t supervisor; /* redwrap as init sees it: 0 outside the PID namespace */
	sigset_t mask;	  /* the signal mask for the payload */
};

/* Whether the root has exports that are made inside namespaces which init makes itself. */
bool init_is_awaited(const struct redpak_plan *plan);

/* Waits for the next byte of redwrap's. Returns 0 or a negative errno. */
int init_await(const struct init_job *job, struct redpak_error *error);

/* Never returns; exits with the payload's status as redwrap is to report it. */
_Noreturn void init_run(struct init_job *job);

/* Says to redwrap why the node does not start, and ends; never returns. */
_Noreturn void init_report(int channel, const struct redpak_error *error);

/* time.c: the file for the clock offsets of the process, time_namespaces(7). */
int time_open_offsets(int proc);

/*
 * time.c: gives the time namespace that the process has unshared its offsets, and enters it, so
 * that no process of the node stands in the caller's.
 * @proc: that of the host. @offsets: "" for none.
 */
int time_enter(int proc, int offsets_file, const char *offsets, struct redpak_error *error);

/*
 * identity.c: becomes the user and group of the payload, with the privileges of before.
 * Returns 0 or a negative errno.
 */
int become_user(const struct plan_identity *identity, struct redpak_error *error);

/*
 * identity.c: gives up all privileges but the first @count of @kept.
 * @caps: where they are put together; overwritten.
 * Returns 0 or a negative errno.
 */
int keep_privileges(cap_t caps, const cap_value_t *kept, int count, struct redpak_error *error);

/* payload.c: becomes the program; never returns. @data: the struct init_job. */
int payload_run(void *data);

/*
 * lock.c: locks these files below "/", for as long as the process lives.
 * Returns 0 or a negative errno.
 */
int lock_exports(const char *const *paths, size_t count, struct redpak_error *error);

/*
 * reaper.c: reaps and forwards signals until the last process of the node has ended.
 * Returns the payload's exit status.
 */
int reaper_run(const struct init_job *job, pid_t payload);

/* reaper.c: a wait(2) status as an exit status: 128+N for the signal N. */
int exit_status(int wait_status);

#endif
