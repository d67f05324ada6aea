/* SPDX-License-Identifier: Apache-2.0 */
/*
 * witness [--hold] WORD... [-- WORD...]...   JSON object lines: {"NAME": value, ...}
 * witness --list                             a line for each observation
 *
 * WORD: NAME[=ARGUMENT], or LABEL:NAME[=ARGUMENT] for a value that is called LABEL.
 * --: write the line, wait until a line or the end of standard input comes, then go on with the
 * next line. --hold: wait after the last one too.
 * Status: 0, 1 when something could not be observed, 2 usage.
 */
#include "witness.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OBSERVED = 0, UNOBSERVED = 1, USAGE = 2 };

static const struct observation *const subjects[] = {
	capability_observations,      cgroup_observations,
	escape_call_observations,     escape_file_observations,
	escape_host_observations,     escape_launcher_mount_observations,
	escape_launcher_observations, escape_launcher_process_observations,
	escape_mount_observations,    escape_network_observations,
	escape_process_observations,  filesystem_observations,
	joining_observations,	      namespace_observations,
	process_observations,	      terminal_observations,
};

static const size_t subject_count = sizeof(subjects) / sizeof(subjects[0]);

static const struct observation *find(const char *name, size_t length)
{
	for (size_t i = 0; i < subject_count; i++)
		for (const struct observation *entry = subjects[i]; entry->name; entry++)
			if (strlen(entry->name) == length &&
			    strncmp(entry->name, name, length) == 0)
				return entry;
	return NULL;
}

static int list(void)
{
	for (size_t i = 0; i < subject_count; i++)
		for (const struct observation *entry = subjects[i]; entry->name; entry++)
			printf("%-28s %s\n", entry->name, entry->description);
	return OBSERVED;
}

/* Writes "NAME": VALUE, or "LABEL": VALUE. */
static int observe(FILE *out, const char *word)
{
	size_t label = strcspn(word, ":="), length = strcspn(word, "=");
	const char *argument = word[length] ? word + length + 1 : NULL;
	size_t start = word[label] == ':' ? label + 1 : 0;
	const struct observation *entry = find(word + start, length - start);
	if (!entry) {
		fprintf(stderr, "witness: no observation '%.*s'; --list shows them\n",
			(int)(length - start), word + start);
		return USAGE;
	}
	fprintf(out, "\"%.*s\": ", (int)label, word);
	int error = entry->observe ? entry->observe(out, argument)
				   : run_attempt(entry->attempt, argument, out);
	if (error) {
		fprintf(stderr, "witness: cannot observe %s: %s\n", word, strerror(-error));
		return UNOBSERVED;
	}
	return OBSERVED;
}

/* The line is put together first, so that nobody reads half of one. */
static int observe_all(char **words, int count)
{
	char *line = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&line, &size);
	if (!out) {
		perror("witness: cannot get memory for the observations");
		return UNOBSERVED;
	}
	int status = OBSERVED;
	fputc('{', out);
	for (int i = 0; i < count && status == OBSERVED; i++) {
		if (i > 0)
			fputs(", ", out);
		status = observe(out, words[i]);
	}
	fputs("}\n", out);
	if (fclose(out) != 0 && status == OBSERVED)
		status = UNOBSERVED;
	if (status == OBSERVED && (fputs(line, stdout) == EOF || fflush(stdout) == EOF))
		status = UNOBSERVED;
	free(line);
	return status;
}

bool line_waits(void)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	return poll(&input, 1, 0) != 0;
}

void await_line(void)
{
	char byte = 0;
	while (byte != '\n') {
		ssize_t got = read(STDIN_FILENO, &byte, 1);
		if (got == 0 || (got < 0 && errno != EINTR))
			return;
	}
}

/* How many words there are before the next "--". */
static int count_step(char **words, int count)
{
	int step = 0;
	while (step < count && strcmp(words[step], "--") != 0)
		step++;
	return step;
}

static int observe_steps(char **words, int count)
{
	int step = count_step(words, count);
	int status = observe_all(words, step);
	while (status == OBSERVED && step < count) {
		await_line();
		words += step + 1;
		count -= step + 1;
		step = count_step(words, count);
		status = observe_all(words, step);
	}
	return status;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--list") == 0)
		return list();
	bool held = argc > 1 && strcmp(argv[1], "--hold") == 0;
	int first = held ? 2 : 1;
	if (first >= argc) {
		fputs("usage: witness [--hold] [LABEL:]NAME[=ARGUMENT]... [-- ...]... | --list\n",
		      stderr);
		return USAGE;
	}
	int status = observe_steps(argv + first, argc - first);
	if (held && status == OBSERVED)
		await_line();
	return status;
}
