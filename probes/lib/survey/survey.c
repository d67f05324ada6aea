/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each area is asked in a process of its own, because a question may crash or hang, and all of them
 * at once, because most of the time goes by in the kernel. The findings are in memory that the
 * processes share, and so is the number of the row that is being asked: when the process of an area
 * is gone, its fate is the finding about that row, and another process asks the rest. An area may
 * have rows that take long asked aside, by a second process. Meanwhile this one reads the
 * configuration of the kernel.
 */
#include "survey/survey.h"

#include "base/child.h"
#include "base/finding.h"
#include "survey/probe.h"
#include "survey/witness.h"

#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* One process of an area at work. What it changes is the findings and the row. */
struct asker {
	const struct redprobe_area *area;
	bool aside; /* it asks the rows with REDPROBE_ASIDE, else the others */
	struct redprobe_finding *findings; /* one for each row */
	atomic_size_t row;		   /* being asked; the number of rows when all are done */
	size_t seen;			   /* the row when the deadline was set */
	size_t silences;		   /* rows that did not answer */
	long long deadline;		   /* of that row; 0 when no process is at work */
	struct child child;
};

/* An area may wait for so many rows that do not answer: what holds them up will hold up others. */
enum { SILENCES = 2 };

/* The processes of an area: for what is asked there, and for what is asked aside. */
enum { SIDES = 2 };

struct survey {
	size_t size; /* of this memory */
	bool done;
	size_t count; /* of askers: for each area one of each side */
	struct asker askers[];
};

struct question {
	struct redprobe *probe;
	const struct redprobe_feature *feature;
};

/* The first row from `row` on that is the asker's, or the number of rows. */
static size_t own_row(const struct asker *asker, size_t row)
{
	const struct redprobe_area *area = asker->area;

	while (row < area->count && (area->features[row].where == REDPROBE_ASIDE) != asker->aside)
		row++;
	return row;
}

struct survey *survey_open(const struct redprobe_area *const *areas)
{
	struct redprobe_finding *findings;
	size_t count = 0, rows = 0, size;
	struct survey *survey;

	for (; areas[count]; count++)
		rows += areas[count]->count;
	count *= SIDES;
	size = sizeof *survey + count * sizeof *survey->askers + rows * sizeof *findings;
	survey = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE,
		      -1, 0);
	if (survey == MAP_FAILED)
		return NULL;
	survey->size = size;
	survey->count = count;
	findings = (struct redprobe_finding *)&survey->askers[count];
	for (size_t i = 0; i < count; i++) {
		struct asker *asker = &survey->askers[i];

		asker->area = areas[i / SIDES];
		asker->aside = i % SIDES;
		asker->findings = findings;
		asker->row = own_row(asker, 0);
		if (asker->aside)
			findings += asker->area->count;
	}
	return survey;
}

void survey_close(struct survey *survey)
{
	munmap(survey, survey->size);
}

static void ask_row(void *argument, void *answer)
{
	const struct question *question = argument;

	question->feature->function(question->probe, question->feature->argument, answer);
}

static void ask(struct redprobe *probe, const struct redprobe_feature *feature,
		struct redprobe_finding *finding)
{
	struct question question = {probe, feature};
	struct child_fate fate;

	memset(finding, 0, sizeof *finding);
	if (feature->where != REDPROBE_IN_CHILD) {
		ask_row(&question, finding);
		return;
	}
	fate = child_ask(ask_row, &question, finding, sizeof *finding, CHILD_DIES,
			 probe->options.patience_ms);
	if (fate.end != CHILD_ANSWERED)
		finding_fate(finding, fate);
}

struct order {
	struct redprobe *probe;
	struct asker *asker;
};

static void ask_rows(void *argument, void *answer)
{
	struct order *order = argument;
	struct asker *asker = order->asker;

	for (size_t row = asker->row; row < asker->area->count;
	     asker->row = row = own_row(asker, row + 1))
		ask(order->probe, &asker->area->features[row], &asker->findings[row]);
	*(char *)answer = 1;
}

static bool at_work(const struct asker *asker)
{
	return asker->deadline != 0;
}

static void set_deadline(struct asker *asker, int patience_ms)
{
	asker->seen = asker->row;
	/* A row in a child of its own has its patience there, and some time to say so. */
	asker->deadline = child_clock_ms() + 2LL * patience_ms;
}

/* Has a process ask the rows from the present one on; what cannot be asked is said. */
static void begin(struct redprobe *probe, struct asker *asker)
{
	struct order order = {probe, asker};
	char done = 0;
	int error;

	if (asker->row >= asker->area->count)
		return;
	error = child_begin(&asker->child, ask_rows, &order, &done, sizeof done, CHILD_DIES);
	if (!error) {
		set_deadline(asker, probe->options.patience_ms);
		return;
	}
	for (; asker->row < asker->area->count; asker->row = own_row(asker, asker->row + 1))
		finding_fate(&asker->findings[asker->row], (struct child_fate){CHILD_NONE, error});
}

static void give_up(struct asker *asker)
{
	for (; asker->row < asker->area->count; asker->row = own_row(asker, asker->row + 1))
		finding_unknown(&asker->findings[asker->row], "an area that answers",
				"not asked: %d rows before did not answer", SILENCES);
}

/* The process is gone: if not all rows are done, that is the finding about the present one. */
static void end(struct redprobe *probe, struct asker *asker, bool silent)
{
	int status = child_finish(&asker->child, probe->options.patience_ms);
	size_t row = asker->row;

	asker->deadline = 0;
	if (row >= asker->area->count)
		return;
	memset(&asker->findings[row], 0, sizeof asker->findings[row]);
	finding_fate(&asker->findings[row],
		     silent ? (struct child_fate){CHILD_SILENT, 0} : child_fate_of(status));
	asker->row = own_row(asker, row + 1);
	asker->silences += silent;
	if (asker->silences < SILENCES)
		begin(probe, asker);
	else
		give_up(asker);
}

static void attend(struct redprobe *probe, struct asker *asker, bool readable)
{
	if (readable)
		end(probe, asker, false);
	else if (child_clock_ms() < asker->deadline)
		return;
	else if (asker->row != asker->seen)
		set_deadline(asker, probe->options.patience_ms);
	else {
		kill(asker->child.pid, SIGKILL);
		end(probe, asker, true);
	}
}

/*
 * Waits for one of those at work, and attends to all. Returns false when nobody is at work. Only
 * who is at work has a place in `fds`: poll(2) takes no more of them than descriptors may be open.
 */
static bool wait_for_some(struct redprobe *probe)
{
	struct survey *survey = probe->survey;
	struct asker *working[survey->count + 1];
	struct pollfd fds[survey->count + 1];
	long long deadline = LLONG_MAX, left;
	nfds_t count = 0;
	bool ready;

	for (size_t i = 0; i < survey->count; i++) {
		struct asker *asker = &survey->askers[i];

		if (!at_work(asker))
			continue;
		working[count] = asker;
		fds[count++] = (struct pollfd){asker->child.fd, POLLIN, 0};
		deadline = asker->deadline < deadline ? asker->deadline : deadline;
	}
	if (!count)
		return false;
	left = deadline - child_clock_ms();
	ready = poll(fds, count, left > 0 ? (int)left : 0) > 0;
	for (nfds_t i = 0; i < count; i++)
		attend(probe, working[i], ready && fds[i].revents);
	return true;
}

static void testify(struct survey *survey, const struct witness *witness)
{
	for (size_t i = 0; i < survey->count; i += SIDES) {
		const struct asker *asker = &survey->askers[i];

		for (size_t row = 0; row < asker->area->count; row++)
			witness_testify(witness, &asker->area->features[row],
					&asker->findings[row]);
	}
}

void survey_run(struct redprobe *probe)
{
	struct survey *survey = probe->survey;
	struct witness *witness;

	if (survey->done)
		return;
	for (size_t i = 0; i < survey->count; i++)
		begin(probe, &survey->askers[i]);
	witness = witness_read(probe->options.areas);
	while (wait_for_some(probe))
		;
	testify(survey, witness);
	witness_free(witness);
	survey->done = true;
}

const struct redprobe_finding *survey_finding(const struct redprobe *probe,
					      const struct redprobe_feature *feature)
{
	const struct survey *survey = probe->survey;

	for (size_t i = 0; feature && i < survey->count; i += SIDES) {
		const struct asker *asker = &survey->askers[i];

		for (size_t row = 0; row < asker->area->count; row++)
			if (&asker->area->features[row] == feature)
				return &asker->findings[row];
	}
	return NULL;
}
