/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/cgroup_item.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <redprobe-ids.h>

/* In the order in which files are printed. */
const struct cgroup_item cgroup_items[CGROUP_ITEM_COUNT] = {
	{"cpuset", "cpus", "cpuset.cpus", "cpuset", .same = cgroup_same_list,
	 .id = REDPROBE_CGROUP_ITEM_CPUSET_CPUS, .effective = "cpuset.cpus.effective"},
	{"cpuset", "mems", "cpuset.mems", "cpuset", .same = cgroup_same_list,
	 .id = REDPROBE_CGROUP_ITEM_CPUSET_MEMS, .effective = "cpuset.mems.effective"},
	{"cpuset", "cpus_partition", "cpuset.cpus.partition", "cpuset", .same = cgroup_same_text,
	 .id = REDPROBE_CGROUP_ITEM_CPUSET_CPUS_PARTITION},
	{"mem", "max", "memory.max", "memory", .same = cgroup_same_size,
	 .id = REDPROBE_CGROUP_ITEM_MEMORY_MAX},
	{"mem", "high", "memory.high", "memory", .same = cgroup_same_size,
	 .id = REDPROBE_CGROUP_ITEM_MEMORY_HIGH},
	{"mem", "min", "memory.min", "memory", .same = cgroup_same_size,
	 .id = REDPROBE_CGROUP_ITEM_MEMORY_MIN, .protects = true},
	{"mem", "low", "memory.low", "memory", .same = cgroup_same_size,
	 .id = REDPROBE_CGROUP_ITEM_MEMORY_LOW, .protects = true},
	{"mem", "oom_group", "memory.oom.group", "memory", .same = cgroup_same_number,
	 .id = REDPROBE_CGROUP_ITEM_MEMORY_OOM_GROUP},
	{"mem", "swap_high", "memory.swap.high", "memory", .same = cgroup_same_size,
	 .id = REDPROBE_CGROUP_ITEM_MEMORY_SWAP_HIGH},
	{"mem", "swap_max", "memory.swap.max", "memory", .same = cgroup_same_size,
	 .id = REDPROBE_CGROUP_ITEM_MEMORY_SWAP_MAX},
	{"cpu", "weight", "cpu.weight", "cpu", .same = cgroup_same_number,
	 .id = REDPROBE_CGROUP_ITEM_CPU_WEIGHT},
	{"cpu", "weight_nice", "cpu.weight.nice", "cpu", .same = cgroup_same_number,
	 .id = REDPROBE_CGROUP_ITEM_CPU_WEIGHT_NICE, .exact = "cpu.weight"},
	{"cpu", "max", "cpu.max", "cpu", .same = cgroup_same_bandwidth,
	 .id = REDPROBE_CGROUP_ITEM_CPU_MAX},
	{"io", "cost_qos", "io.cost.qos", "io", .same = cgroup_same_device,
	 .id = REDPROBE_CGROUP_ITEM_IO_COST_QOS, .system_wide = true},
	{"io", "cost_model", "io.cost.model", "io", .same = cgroup_same_device,
	 .id = REDPROBE_CGROUP_ITEM_IO_COST_MODEL, .system_wide = true},
	{"io", "weight", "io.weight", "io", .same = cgroup_same_weight,
	 .id = REDPROBE_CGROUP_ITEM_IO_WEIGHT, .unset = "default"},
	{"io", "max", "io.max", "io", .same = cgroup_same_device, .id = REDPROBE_CGROUP_ITEM_IO_MAX,
	 .unset = "rbps=max wbps=max riops=max wiops=max"},
	{"pids", "max", "pids.max", "pids", .same = cgroup_same_number,
	 .id = REDPROBE_CGROUP_ITEM_PIDS_MAX},
};

static const struct {
	const char *name, *id;
} controllers[] = {
	{"cpu", REDPROBE_CGROUP_CONTROLLER_CPU},   {"cpuset", REDPROBE_CGROUP_CONTROLLER_CPUSET},
	{"io", REDPROBE_CGROUP_CONTROLLER_IO},	   {"memory", REDPROBE_CGROUP_CONTROLLER_MEMORY},
	{"pids", REDPROBE_CGROUP_CONTROLLER_PIDS},
};

const char *cgroup_controller_id(const char *name, size_t length)
{
	for (size_t i = 0; i < sizeof(controllers) / sizeof(*controllers); i++) {
		if (strlen(controllers[i].name) == length &&
		    !memcmp(controllers[i].name, name, length))
			return controllers[i].id;
	}
	return "";
}

#define BLANKS " \t\n"

/* Splits off the next word of the line *text; returns its length, 0 at the end of the line. */
static size_t next_word(const char **text, const char **word)
{
	*text += strspn(*text, " \t");
	*word = *text;
	*text += strcspn(*text, BLANKS);
	return (size_t)(*text - *word);
}

static bool word_is(const char *word, size_t length, const char *wanted)
{
	return strlen(wanted) == length && !memcmp(word, wanted, length);
}

/* A whole number followed by nothing but a K, M, G or T where @suffixes are allowed. */
static bool parse_number(const char *word, size_t length, bool suffixes, long long *number)
{
	static const char units[] = "KMGT";
	char buffer[32];
	const char *unit;
	char *end;

	if (length == 0 || length >= sizeof(buffer))
		return false;
	memcpy(buffer, word, length);
	buffer[length] = '\0';
	errno = 0;
	*number = strtoll(buffer, &end, 10);
	if (errno || end == buffer)
		return false;
	if (!*end)
		return true;
	unit = strchr(units, *end & ~0x20);
	if (!suffixes || !unit || end[1])
		return false;
	return !__builtin_mul_overflow(*number, 1LL << (10 * (unit - units + 1)), number);
}

bool cgroup_same_text(const char *written, const char *read)
{
	const char *a, *b;
	size_t a_length, b_length;

	do {
		a_length = next_word(&written, &a);
		b_length = next_word(&read, &b);
		if (a_length != b_length || memcmp(a, b, a_length))
			return false;
	} while (a_length);
	return true;
}

/* Compares two single words as numbers, "max" included, rounded down to @unit. */
static bool same_scalar(const char *written, const char *read, bool suffixes, long long unit)
{
	const char *a, *b;
	size_t a_length = next_word(&written, &a);
	size_t b_length = next_word(&read, &b);
	long long wanted, got;

	if (next_word(&written, &(const char *){NULL}) || next_word(&read, &(const char *){NULL}))
		return false;
	if (word_is(a, a_length, "max") || word_is(b, b_length, "max"))
		return a_length == b_length && !memcmp(a, b, a_length);
	return parse_number(a, a_length, suffixes, &wanted) &&
	       parse_number(b, b_length, false, &got) && wanted / unit == got / unit;
}

bool cgroup_same_number(const char *written, const char *read)
{
	return same_scalar(written, read, false, 1);
}

/* The kernel rounds memory sizes down to pages. */
bool cgroup_same_size(const char *written, const char *read)
{
	return same_scalar(written, read, true, sysconf(_SC_PAGESIZE));
}

/* cpu.max: "$MAX $PERIOD"; the period may be left out and is then not compared. */
bool cgroup_same_bandwidth(const char *written, const char *read)
{
	const char *a, *b;

	for (;;) {
		size_t a_length = next_word(&written, &a);
		size_t b_length = next_word(&read, &b);

		if (a_length == 0)
			return true;
		if (a_length != b_length || memcmp(a, b, a_length))
			return false;
	}
}

/* Reads a list such as "0-2,5" into @set. */
static bool parse_list(const char *text, cpu_set_t *set)
{
	CPU_ZERO(set);
	text += strspn(text, BLANKS);
	while (*text && !strchr(BLANKS, *text)) {
		char *end;
		long first = strtol(text, &end, 10);
		long last = first;

		if (end == text)
			return false;
		if (*end == '-') {
			text = end + 1;
			last = strtol(text, &end, 10);
			if (end == text)
				return false;
		}
		if (first < 0 || last < first || last >= CPU_SETSIZE)
			return false;
		for (long i = first; i <= last; i++)
			CPU_SET((size_t)i, set);
		text = end + (*end == ',');
	}
	return text[strspn(text, BLANKS)] == '\0';
}

bool cgroup_same_list(const char *written, const char *read)
{
	cpu_set_t wanted, got;

	return parse_list(written, &wanted) && parse_list(read, &got) && CPU_EQUAL(&wanted, &got);
}

/* The line of @read whose first word is that of @line, or NULL. */
static const char *line_of(const char *line, const char *read)
{
	const char *name, *other;
	size_t length = next_word(&line, &name);

	while (*read) {
		const char *rest = read;
		const char *end = strchr(read, '\n');

		if (next_word(&rest, &other) == length && !memcmp(name, other, length))
			return read;
		if (!end)
			break;
		read = end + 1;
	}
	return NULL;
}

/* Whether @word (length @length) is one of the words of @line. */
static bool line_has(const char *line, const char *word, size_t length)
{
	const char *other;
	size_t other_length;

	while ((other_length = next_word(&line, &other))) {
		if (other_length == length && !memcmp(other, word, length))
			return true;
	}
	return false;
}

static bool same_device_line(const char *written, const char *read)
{
	const char *line = line_of(written, read);
	const char *word;
	size_t length;

	next_word(&written, &word);
	while ((length = next_word(&written, &word))) {
		bool unlimited = length > 4 && !memcmp(word + length - 4, "=max", 4);

		/* A device without any limit has no line. */
		if (line ? !line_has(line, word, length) : !unlimited)
			return false;
	}
	return true;
}

static bool same_weight_line(const char *written, const char *read)
{
	const char *first, *second, *line;
	const char *rest = written;
	size_t length = next_word(&rest, &first);
	size_t second_length = next_word(&rest, &second);

	if (second_length == 0) {
		line = line_of("default", read);
		return line && line_has(line, first, length);
	}
	line = line_of(written, read);
	return line && line_has(line, second, second_length);
}

/* Whether each line that was written has its counterpart. */
static bool same_lines(cgroup_same same_line, const char *written, const char *read)
{
	do {
		if (!same_line(written, read))
			return false;
		written += strcspn(written, "\n");
		written += *written == '\n';
	} while (*written);
	return true;
}

/* io.max: "MAJ:MIN key=value ..."; the device's line must hold each key=value that was written. */
bool cgroup_same_device(const char *written, const char *read)
{
	return same_lines(same_device_line, written, read);
}

/* io.weight: "WEIGHT" or "default WEIGHT" sets the default line, "MAJ:MIN WEIGHT" a device's. */
bool cgroup_same_weight(const char *written, const char *read)
{
	return same_lines(same_weight_line, written, read);
}
