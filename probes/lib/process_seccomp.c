/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filters of system calls. One child installs filters and sees what becomes of its calls; what
 * would kill it or write to the log is only asked for by name. Sources: seccomp(2),
 * seccomp_unotify(2).
 */
#include "child.h"
#include "filter.h"
#include "finding.h"
#include "kernel_calls.h"
#include "privilege.h"
#include "probe.h"
#include "process.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>

static const char documented[] = "a kernel that answers as documented";

enum { REFUSAL = EDOM, TRAP_DATA = 77, REPLY = 42 };

/* The calls that the filters of the child are about. */
enum call { CALL_ALLOW, CALL_ERRNO, CALL_TRAP, CALL_TRACE, CALL_NOTIFY, CALL_CONTINUE, CALL_SYNC };

enum { CALLS = CALL_SYNC + 1 };

struct seccomp_survey {
	struct child_fate fate;
	struct seccomp_answer {
		int lowered, given_up; /* capabilities, new privileges: 0 or a positive errno */
		int in_force;	       /* of PR_GET_NO_NEW_PRIVS */
		int early;	       /* a filter before: 0 or a positive errno */
		int installed, listening, synced; /* filters: 0 or a positive errno */
		int thread;			  /* the second thread: likewise */
		int trapped;			  /* the data that came with SIGSYS */
		int results[CALLS];		  /* of filter_call */
		int sent;			  /* the answer to CALL_CONTINUE: as above */
	} answer;
};

struct seccomp_action {
	uint32_t action;
	const char *name;
	enum call call;
	int expected; /* of the call; 0: it is not made */
	const char *effect;
};

const struct seccomp_action action_kill_process = {
	SECCOMP_RET_KILL_PROCESS, "SECCOMP_RET_KILL_PROCESS", 0, 0, "it is logged"};
const struct seccomp_action action_kill_thread = {SECCOMP_RET_KILL_THREAD,
						  "SECCOMP_RET_KILL_THREAD", 0, 0, "it is logged"};
const struct seccomp_action action_log = {SECCOMP_RET_LOG, "SECCOMP_RET_LOG", 0, 0, "it is logged"};
const struct seccomp_action action_trap = {SECCOMP_RET_TRAP, "SECCOMP_RET_TRAP", CALL_TRAP, ENOSYS,
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
	struct seccomp_answer *answer;
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

/* Answers one call: with a result, or by letting it go on. Returns 0 or a positive errno. */
static int answer_call(int listener, bool let_go_on)
{
	union {
		struct seccomp_notif notification;
		char room[256]; /* a later kernel may send more */
	} call;
	union {
		struct seccomp_notif_resp response;
		char room[256];
	} reply;
	int error = 0;

	memset(&call, 0, sizeof call);
	memset(&reply, 0, sizeof reply);
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0)
		return errno;
	reply.response.id = call.notification.id;
	if (let_go_on)
		reply.response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	else
		reply.response.val = REPLY;
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &reply) == 0)
		return 0;
	error = errno;
	reply.response.flags = 0;
	reply.response.error = -REFUSAL;
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &reply);
	return error;
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

/* The second thread: first it is filtered with the first one, then it answers the first one. */
static void *assist(void *argument)
{
	struct stage *stage = argument;

	if (wait_for(stage->go[0]))
		stage->answer->results[CALL_SYNC] = filter_call(CALL_SYNC);
	if (!tell(stage->done[1]) || !wait_for(stage->go[0]) || stage->listener < 0)
		return NULL;
	answer_call(stage->listener, false);
	stage->answer->sent = answer_call(stage->listener, true);
	return NULL;
}

static void give_up(struct seccomp_answer *answer)
{
	answer->lowered = privilege_lower();
	answer->early = -filter_install(NULL, 0, 0);
	answer->given_up = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? errno : 0;
	answer->in_force = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
}

static void try_alone(struct seccomp_answer *answer)
{
	static const struct filter_rule rules[] = {
		{CALL_ALLOW, SECCOMP_RET_ALLOW},
		{CALL_ERRNO, SECCOMP_RET_ERRNO | REFUSAL},
		{CALL_TRAP, SECCOMP_RET_TRAP | TRAP_DATA},
		{CALL_TRACE, SECCOMP_RET_TRACE},
	};
	const struct sigaction on_trap = {.sa_sigaction = catch_trap, .sa_flags = SA_SIGINFO};

	sigaction(SIGSYS, &on_trap, NULL);
	answer->installed = -filter_install(rules, COUNT(rules), 0);
	for (size_t i = 0; i < COUNT(rules) && !answer->installed; i++)
		answer->results[rules[i].call] = filter_call(rules[i].call);
	answer->trapped = trap_data;
}

static void try_with(struct stage *stage)
{
	static const struct filter_rule sync[] = {{CALL_SYNC, SECCOMP_RET_ERRNO | REFUSAL}};
	static const struct filter_rule notify[] = {
		{CALL_NOTIFY, SECCOMP_RET_USER_NOTIF},
		{CALL_CONTINUE, SECCOMP_RET_USER_NOTIF},
	};
	struct seccomp_answer *answer = stage->answer;

	answer->synced = -filter_install(sync, COUNT(sync), SECCOMP_FILTER_FLAG_TSYNC);
	if (!tell(stage->go[1]) || !wait_for(stage->done[0]))
		return;
	stage->listener = filter_install(notify, COUNT(notify), SECCOMP_FILTER_FLAG_NEW_LISTENER);
	answer->listening = stage->listener < 0 ? -stage->listener : 0;
	if (!tell(stage->go[1]) || stage->listener < 0)
		return;
	answer->results[CALL_NOTIFY] = filter_call(CALL_NOTIFY);
	answer->results[CALL_CONTINUE] = filter_call(CALL_CONTINUE);
}

/* The second thread begins when a filter has been installed: by then nothing kills one alone. */
static void try_filters(void *argument, void *result)
{
	struct stage stage = {.answer = result, .listener = -1};
	pthread_t thread;

	(void)argument;
	give_up(stage.answer);
	try_alone(stage.answer);
	if (stage.answer->installed)
		return;
	if (pipe(stage.go) < 0 || pipe(stage.done) < 0) {
		stage.answer->thread = errno;
		return;
	}
	stage.answer->thread = pthread_create(&thread, NULL, assist, &stage);
	if (stage.answer->thread)
		return;
	try_with(&stage);
	pthread_join(thread, NULL);
}

/* What the child found, or NULL with the finding said. */
static const struct seccomp_answer *survey(struct redprobe *probe, struct redprobe_finding *finding)
{
	struct seccomp_survey *made = probe->seccomp;

	if (!made) {
		made = probe->seccomp = calloc(1, sizeof *made);
		if (!made) {
			finding_refused(finding, ENOMEM, false, "making room for the answers");
			return NULL;
		}
		made->fate = child_ask(try_filters, NULL, &made->answer, sizeof made->answer,
				       CHILD_DIES, probe->options.patience_ms);
	}
	if (made->fate.end == CHILD_ANSWERED)
		return &made->answer;
	finding_fate(finding, made->fate);
	return NULL;
}

void process_find_no_new_privs(struct redprobe *probe, const void *argument,
			       struct redprobe_finding *finding)
{
	static const char tried[] = "prctl(PR_SET_NO_NEW_PRIVS)";
	const struct seccomp_answer *answer = survey(probe, finding);

	(void)argument;
	if (!answer)
		return;
	if (answer->given_up)
		finding_refused(finding, answer->given_up, seccomp_filtered(), "%s", tried);
	else if (answer->in_force != 1)
		finding_unknown(finding, documented, "%s: ok, but it is not in force", tried);
	else
		finding_supported(finding,
				  "%s: ok, in force; a seccomp filter without privilege: "
				  "%s before, then %s",
				  tried, error_name(answer->early), error_name(answer->installed));
}

/* True if filters could be installed; says the finding if not. */
static bool filters(const struct seccomp_answer *answer, struct redprobe_finding *finding)
{
	if (answer && answer->installed)
		finding_refused(finding, answer->installed, seccomp_filtered(),
				"seccomp(SECCOMP_SET_MODE_FILTER)");
	return answer && !answer->installed;
}

/* True if there was a second thread; says the finding if not. */
static bool threads(const struct seccomp_answer *answer, struct redprobe_finding *finding)
{
	if (!filters(answer, finding))
		return false;
	if (answer->thread)
		finding_refused(finding, answer->thread, false, "making a second thread");
	return !answer->thread;
}

/* True if there was a descriptor for notifications; says the finding if not. */
static bool listens(const struct seccomp_answer *answer, struct redprobe_finding *finding)
{
	static const char tried[] = "seccomp(SECCOMP_FILTER_FLAG_NEW_LISTENER)";

	if (!threads(answer, finding))
		return false;
	if (answer->listening == EBUSY)
		finding_restricted(finding, "a seccomp filter that has a listener (EBUSY)",
				   "%s: EBUSY", tried);
	else if (answer->listening)
		finding_refused(finding, answer->listening, seccomp_filtered(), "%s", tried);
	return !answer->listening;
}

void process_find_seccomp(struct redprobe *probe, const void *argument,
			  struct redprobe_finding *finding)
{
	const struct seccomp_answer *answer = survey(probe, finding);

	(void)argument;
	if (!filters(answer, finding))
		return;
	if (answer->results[CALL_ERRNO] == REFUSAL && answer->results[CALL_ALLOW] == EINVAL)
		finding_supported(finding, "seccomp(SECCOMP_SET_MODE_FILTER): ok, it refused one "
					   "call and let another through");
	else
		finding_unknown(finding, documented,
				"seccomp(SECCOMP_SET_MODE_FILTER): ok, but without effect");
}

static void say_effect(const struct seccomp_action *action, const struct seccomp_answer *answer,
		       struct redprobe_finding *finding)
{
	int result = answer->results[action->call];
	bool seen = action->call == CALL_TRAP ? answer->trapped == TRAP_DATA
					      : result == action->expected;

	if (seen)
		finding_supported(finding, "%s: available, and %s", action->name, action->effect);
	else
		finding_unknown(finding, documented, "%s: available, but the call gave %d",
				action->name, result);
}

void process_find_action(struct redprobe *probe, const void *argument,
			 struct redprobe_finding *finding)
{
	const struct seccomp_action *action = argument;
	const struct seccomp_answer *answer;
	uint32_t asked = action->action;

	if (kernel_seccomp(SECCOMP_GET_ACTION_AVAIL, 0, &asked) < 0) {
		finding_refused(finding, errno, seccomp_filtered(),
				"seccomp(SECCOMP_GET_ACTION_AVAIL, %s)", action->name);
		return;
	}
	if (!action->expected) {
		finding_supported(finding, "%s: available; not done, because %s", action->name,
				  action->effect);
		return;
	}
	answer = survey(probe, finding);
	if (action->call == CALL_NOTIFY ? listens(answer, finding) : filters(answer, finding))
		say_effect(action, answer, finding);
}

void process_find_notify_continue(struct redprobe *probe, const void *argument,
				  struct redprobe_finding *finding)
{
	static const char tried[] = "SECCOMP_USER_NOTIF_FLAG_CONTINUE";
	const struct seccomp_answer *answer = survey(probe, finding);

	(void)argument;
	if (!listens(answer, finding))
		return;
	if (answer->sent)
		finding_refused(finding, answer->sent, seccomp_filtered(), "%s", tried);
	else if (answer->results[CALL_CONTINUE] == EINVAL)
		finding_supported(finding, "%s: ok, the call then came to the kernel", tried);
	else
		finding_unknown(finding, documented, "%s: ok, but the call gave %d", tried,
				answer->results[CALL_CONTINUE]);
}

void process_find_tsync(struct redprobe *probe, const void *argument,
			struct redprobe_finding *finding)
{
	static const char tried[] = "seccomp(SECCOMP_FILTER_FLAG_TSYNC)";
	const struct seccomp_answer *answer = survey(probe, finding);

	(void)argument;
	if (!threads(answer, finding))
		return;
	if (answer->synced)
		finding_refused(finding, answer->synced, seccomp_filtered(), "%s", tried);
	else if (answer->results[CALL_SYNC] == REFUSAL)
		finding_supported(finding, "%s: ok, a call of the other thread was refused", tried);
	else
		finding_unknown(finding, documented, "%s: ok, but the other thread is free", tried);
}
