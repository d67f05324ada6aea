/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filters of system calls. One child installs filters and sees what becomes of its calls; what
 * would kill it or write to the log is only asked for by name. Sources: seccomp(2),
 * seccomp_unotify(2).
 */
#include "base/apart.h"
#include "base/child.h"
#include "base/filter.h"
#include "base/finding.h"
#include "base/kernel_calls.h"
#include "base/privilege.h"
#include "base/vfork.h"
#include "process/process.h"
#include "survey/probe.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>

enum { REFUSAL = EDOM, TRAP_DATA = 77, REPLY = 42 };

/* The calls that the filters of the child are about. */
enum call { CALL_ALLOW, CALL_ERRNO, CALL_TRAP, CALL_TRACE, CALL_NOTIFY, CALL_CONTINUE, CALL_SYNC };

enum { CALLS = CALL_SYNC + 1 };

/* What a process alone can find out; shared with the child. */
struct alone {
	int given_up;	    /* new privileges: 0 or a positive errno */
	int in_force;	    /* of PR_GET_NO_NEW_PRIVS */
	int early;	    /* a filter before: 0 or a positive errno */
	int installed;	    /* the filter: likewise */
	int trapped;	    /* the data that came with SIGSYS */
	int results[CALLS]; /* of filter_call */
};

/* What takes two threads. Each is 0 or a positive errno, where nothing else is said. */
struct paired {
	int thread;		       /* the second one */
	int synced, listening;	       /* filters */
	int received, sent, let_go_on; /* of the descriptor: a call, its answer, the other answer */
	int results[CALLS];
};

struct seccomp_survey {
	struct child_fate alone_fate, paired_fate;
	struct alone *alone; /* NULL: memory is short */
	struct paired paired;
	bool tried; /* with two threads */
};

struct seccomp_action {
	uint32_t action;
	const char *name;
	enum call call;
	int expected; /* of the call, of a trap its data; 0: it is not made */
	const char *effect;
};

const struct seccomp_action action_kill_process = {
	SECCOMP_RET_KILL_PROCESS, "SECCOMP_RET_KILL_PROCESS", 0, 0, "it is logged"};
const struct seccomp_action action_kill_thread = {SECCOMP_RET_KILL_THREAD,
						  "SECCOMP_RET_KILL_THREAD", 0, 0, "it is logged"};
const struct seccomp_action action_log = {SECCOMP_RET_LOG, "SECCOMP_RET_LOG", 0, 0, "it is logged"};
const struct seccomp_action action_trap = {SECCOMP_RET_TRAP, "SECCOMP_RET_TRAP", CALL_TRAP,
					   TRAP_DATA,
					   "the call raised SIGSYS with the filter's data"};
const struct seccomp_action action_errno = {SECCOMP_RET_ERRNO, "SECCOMP_RET_ERRNO", CALL_ERRNO,
					    REFUSAL, "the call gave the errno of the filter"};
const struct seccomp_action action_trace = {SECCOMP_RET_TRACE, "SECCOMP_RET_TRACE", CALL_TRACE,
					    ENOSYS, "without a tracer the call gave ENOSYS"};
const struct seccomp_action action_allow = {SECCOMP_RET_ALLOW, "SECCOMP_RET_ALLOW", CALL_ALLOW,
					    EINVAL, "the call came to the kernel"};
const struct seccomp_action action_user_notif = {
	SECCOMP_RET_USER_NOTIF, "SECCOMP_RET_USER_NOTIF", CALL_NOTIFY, -REPLY,
	"another thread answered the call through the descriptor"};

/* What the child's threads share. */
struct stage {
	struct paired *paired;
	int listener; /* or -1 */
	int go[2], done[2];
};

static volatile sig_atomic_t trap_data;

/* The errno of the caller is left alone: the kernel puts the result of the call in its place. */
static void catch_trap(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	trap_data = info->si_errno;
}

/*
 * Answers one call: with a result, or by letting it go on; where that cannot be done, with an
 * errno. Stores what came of both steps.
 */
static void answer_call(int listener, bool let_go_on, int *received, int *sent)
{
	union {
		struct seccomp_notif notification;
		char room[256]; /* a later kernel may send more */
	} call;
	union {
		struct seccomp_notif_resp response;
		char room[256];
	} reply;

	memset(&call, 0, sizeof call);
	memset(&reply, 0, sizeof reply);
	*received = ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0 ? errno : 0;
	if (*received)
		return;
	reply.response.id = call.notification.id;
	if (let_go_on)
		reply.response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	else
		reply.response.val = REPLY;
	*sent = ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &reply) < 0 ? errno : 0;
	if (!*sent)
		return;
	reply.response.flags = 0;
	reply.response.error = -REFUSAL;
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &reply);
}

static bool wait_for(int fd)
{
	char byte;

	return read(fd, &byte, 1) == 1;
}

static bool tell(int fd)
{
	return write(fd, "", 1) == 1;
}

/*
 * The second thread: first it is filtered with the first one, then it answers the first one. When
 * it closes the descriptor, the kernel answers what nobody else has.
 */
static void *assist(void *argument)
{
	struct stage *stage = argument;
	struct paired *paired = stage->paired;
	int received;

	if (wait_for(stage->go[0]))
		paired->results[CALL_SYNC] = filter_call(CALL_SYNC);
	if (!tell(stage->done[1]) || !wait_for(stage->go[0]) || stage->listener < 0)
		return NULL;
	answer_call(stage->listener, false, &paired->received, &paired->sent);
	if (!paired->received)
		answer_call(stage->listener, true, &received, &paired->let_go_on);
	close(stage->listener);
	return NULL;
}

/* Who may not give up new privileges may install a filter with those that there are. */
static void give_up(struct alone *alone)
{
	privilege_lower();
	alone->early = -filter_install(NULL, 0, 0);
	alone->given_up = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? errno : 0;
	alone->in_force = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
	if (alone->given_up)
		privilege_raise();
}

static void try_alone(void *argument)
{
	static const struct filter_rule rules[] = {
		{CALL_ALLOW, SECCOMP_RET_ALLOW},
		{CALL_ERRNO, SECCOMP_RET_ERRNO | REFUSAL},
		{CALL_TRAP, SECCOMP_RET_TRAP | TRAP_DATA},
		{CALL_TRACE, SECCOMP_RET_TRACE},
	};
	const struct sigaction on_trap = {.sa_sigaction = catch_trap, .sa_flags = SA_SIGINFO};
	struct alone *alone = argument;

	give_up(alone);
	sigaction(SIGSYS, &on_trap, NULL);
	alone->installed = -filter_install(rules, COUNT(rules), 0);
	for (size_t i = 0; i < COUNT(rules) && !alone->installed; i++)
		alone->results[rules[i].call] = filter_call(rules[i].call);
	alone->trapped = trap_data;
}

static void try_with(struct stage *stage)
{
	static const struct filter_rule sync[] = {{CALL_SYNC, SECCOMP_RET_ERRNO | REFUSAL}};
	static const struct filter_rule notify[] = {
		{CALL_NOTIFY, SECCOMP_RET_USER_NOTIF},
		{CALL_CONTINUE, SECCOMP_RET_USER_NOTIF},
	};
	struct paired *paired = stage->paired;

	paired->synced = -filter_install(sync, COUNT(sync), SECCOMP_FILTER_FLAG_TSYNC);
	if (!tell(stage->go[1]) || !wait_for(stage->done[0]))
		return;
	stage->listener = filter_install(notify, COUNT(notify), SECCOMP_FILTER_FLAG_NEW_LISTENER);
	paired->listening = stage->listener < 0 ? -stage->listener : 0;
	if (!tell(stage->go[1]) || stage->listener < 0)
		return;
	paired->results[CALL_NOTIFY] = filter_call(CALL_NOTIFY);
	paired->results[CALL_CONTINUE] = filter_call(CALL_CONTINUE);
}

static void try_paired(void *argument, void *result)
{
	struct stage stage = {.paired = result, .listener = -1};
	pthread_t thread;

	(void)argument;
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (pipe(stage.go) < 0 || pipe(stage.done) < 0) {
		stage.paired->thread = errno;
		return;
	}
	stage.paired->thread = pthread_create(&thread, NULL, assist, &stage);
	if (stage.paired->thread)
		return;
	try_with(&stage);
	pthread_join(thread, NULL);
}

static struct seccomp_survey *survey(struct redprobe *probe)
{
	struct seccomp_survey *made = probe->seccomp;

	if (made)
		return made;
	made = calloc(1, sizeof *made);
	if (!made)
		return NULL;
	made->alone = vfork_shared(sizeof *made->alone);
	if (made->alone)
		made->alone_fate = vfork_run(try_alone, made->alone, 0);
	probe->seccomp = made;
	return made;
}

/* What a process alone found, or NULL with the finding said. */
static const struct alone *ask_alone(struct redprobe *probe, struct redprobe_finding *finding)
{
	const struct seccomp_survey *found = survey(probe);

	if (!found || !found->alone)
		finding_refused(finding, ENOMEM, false, "making room for the answers");
	else if (found->alone_fate.end != CHILD_ANSWERED)
		finding_fate(finding, found->alone_fate);
	else
		return found->alone;
	return NULL;
}

static void try_no_new_privs(struct redprobe_finding *finding)
{
	static const char tried[] = "prctl(PR_SET_NO_NEW_PRIVS)";

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		finding_refused(finding, errno, seccomp_filtered(), "%s", tried);
	else if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		finding_unknown(finding, finding_as_documented, "%s: ok, but it is not in force",
				tried);
	else
		finding_supported(finding, "%s: ok, in force; its effect on seccomp not seen",
				  tried);
}

/* Where trying filters ends in the child's death, without them. */
void process_find_no_new_privs(struct redprobe *probe, const void *argument,
			       struct redprobe_finding *finding)
{
	static const char tried[] = "prctl(PR_SET_NO_NEW_PRIVS)";
	const struct alone *alone = ask_alone(probe, finding);

	(void)argument;
	if (!alone)
		apart_ask(try_no_new_privs, 0, finding);
	else if (alone->given_up)
		finding_refused(finding, alone->given_up, seccomp_filtered(), "%s", tried);
	else if (alone->in_force != 1)
		finding_unknown(finding, finding_as_documented, "%s: ok, but it is not in force",
				tried);
	else
		finding_supported(finding,
				  "%s: ok, in force; a seccomp filter without privilege: "
				  "%s before, then %s",
				  tried, error_name(alone->early), error_name(alone->installed));
}

/*
 * What it found if it could install a filter, and the kernel itself answers what that allows; or
 * NULL with the finding said.
 */
static const struct alone *ask_filtered(struct redprobe *probe, struct redprobe_finding *finding)
{
	static const char tried[] = "seccomp(SECCOMP_SET_MODE_FILTER)";
	const struct alone *alone = ask_alone(probe, finding);

	if (!alone)
		return NULL;
	if (!alone->installed && alone->results[CALL_ALLOW] == EINVAL)
		return alone;
	if (!alone->installed)
		finding_unknown(finding, finding_unfiltered,
				"%s: ok, but a call that is allowed gave %s", tried,
				error_name(alone->results[CALL_ALLOW]));
	else if (alone->installed == EACCES)
		finding_restricted(finding, "missing privilege: no_new_privs or CAP_SYS_ADMIN",
				   "%s: EACCES", tried);
	else
		finding_refused(finding, alone->installed, seccomp_filtered(), "%s", tried);
	return NULL;
}

/* What two threads found, or NULL with the finding said. */
static const struct paired *ask_paired(struct redprobe *probe, struct redprobe_finding *finding)
{
	struct seccomp_survey *found;

	if (!ask_filtered(probe, finding))
		return NULL;
	found = probe->seccomp;
	if (!found->tried)
		found->paired_fate =
			child_ask(try_paired, NULL, &found->paired, sizeof found->paired,
				  CHILD_DIES, probe->options.patience_ms);
	found->tried = true;
	if (found->paired_fate.end != CHILD_ANSWERED)
		finding_fate(finding, found->paired_fate);
	else if (found->paired.thread)
		finding_refused(finding, found->paired.thread, seccomp_filtered(),
				"making a second thread");
	else
		return &found->paired;
	return NULL;
}

/* What they found if one could answer the other, or NULL with the finding said. */
static const struct paired *ask_answered(struct redprobe *probe, struct redprobe_finding *finding)
{
	static const char tried[] = "seccomp(SECCOMP_FILTER_FLAG_NEW_LISTENER)";
	const struct paired *paired = ask_paired(probe, finding);

	if (!paired)
		return NULL;
	if (paired->listening == EBUSY)
		finding_restricted(finding, "a seccomp filter that has a listener (EBUSY)",
				   "%s: EBUSY", tried);
	else if (paired->listening)
		finding_refused(finding, paired->listening, seccomp_filtered(), "%s", tried);
	else if (paired->received)
		finding_refused(finding, paired->received, seccomp_filtered(),
				"ioctl(SECCOMP_IOCTL_NOTIF_RECV)");
	else if (paired->sent)
		finding_refused(finding, paired->sent, seccomp_filtered(),
				"ioctl(SECCOMP_IOCTL_NOTIF_SEND)");
	else
		return paired;
	return NULL;
}

void process_find_seccomp(struct redprobe *probe, const void *argument,
			  struct redprobe_finding *finding)
{
	const struct alone *alone = ask_filtered(probe, finding);

	(void)argument;
	if (!alone)
		return;
	if (alone->results[CALL_ERRNO] == REFUSAL)
		finding_supported(finding, "seccomp(SECCOMP_SET_MODE_FILTER): ok, it refused one "
					   "call and let another through");
	else
		finding_unknown(finding, finding_as_documented,
				"seccomp(SECCOMP_SET_MODE_FILTER): ok, but without effect");
}

/* `result`: what the call came to, which must be as the action says. */
static void say_effect(const struct seccomp_action *action, int result,
		       struct redprobe_finding *finding)
{
	if (result == action->expected)
		finding_supported(finding, "%s: available, and %s", action->name, action->effect);
	else
		finding_unknown(finding, finding_as_documented,
				"%s: available, but the call gave %d", action->name, result);
}

void process_find_action(struct redprobe *probe, const void *argument,
			 struct redprobe_finding *finding)
{
	const struct seccomp_action *action = argument;
	const struct paired *paired;
	const struct alone *alone;
	uint32_t asked = action->action;

	if (kernel_seccomp(SECCOMP_GET_ACTION_AVAIL, 0, &asked) < 0) {
		finding_refused(finding, errno, seccomp_filtered(),
				"seccomp(SECCOMP_GET_ACTION_AVAIL, %s)", action->name);
	} else if (!action->expected) {
		finding_supported(finding, "%s: available; not done, because %s", action->name,
				  action->effect);
	} else if (action->call == CALL_NOTIFY) {
		paired = ask_answered(probe, finding);
		if (paired)
			say_effect(action, paired->results[CALL_NOTIFY], finding);
	} else {
		alone = ask_filtered(probe, finding);
		if (alone)
			say_effect(action,
				   action->call == CALL_TRAP ? alone->trapped
							     : alone->results[action->call],
				   finding);
	}
}

void process_find_notify_continue(struct redprobe *probe, const void *argument,
				  struct redprobe_finding *finding)
{
	static const char tried[] = "SECCOMP_USER_NOTIF_FLAG_CONTINUE";
	const struct paired *paired = ask_answered(probe, finding);

	(void)argument;
	if (!paired)
		return;
	if (paired->let_go_on)
		finding_refused(finding, paired->let_go_on, seccomp_filtered(), "%s", tried);
	else if (paired->results[CALL_CONTINUE] == EINVAL)
		finding_supported(finding, "%s: ok, the call then came to the kernel", tried);
	else
		finding_unknown(finding, finding_as_documented, "%s: ok, but the call gave %d",
				tried, paired->results[CALL_CONTINUE]);
}

void process_find_tsync(struct redprobe *probe, const void *argument,
			struct redprobe_finding *finding)
{
	static const char tried[] = "seccomp(SECCOMP_FILTER_FLAG_TSYNC)";
	const struct paired *paired = ask_paired(probe, finding);

	(void)argument;
	if (!paired)
		return;
	if (paired->synced)
		finding_refused(finding, paired->synced, seccomp_filtered(), "%s", tried);
	else if (paired->results[CALL_SYNC] == REFUSAL)
		finding_supported(finding, "%s: ok, a call of the other thread was refused", tried);
	else
		finding_unknown(finding, finding_as_documented,
				"%s: ok, but the other thread is free", tried);
}
