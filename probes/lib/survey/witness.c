/* SPDX-License-Identifier: Apache-2.0 */
/* Sources: Documentation/kbuild/kconfig-language.rst, scripts/kconfig/confdata.c. */
#include "survey/witness.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <zlib.h>

enum {
	FILE_MAX = 8 << 20,    /* bytes of text: thirty times what a distribution's kernel has */
	BUFFER_SIZE = 1 << 13, /* no more than is needed is inflated */
	LIKELY_SIZE = 256,
};

const char *const witness_places[WITNESS_PLACES] = {
	"/proc/config.gz",
	"/boot/config-%s",
	"/lib/modules/%s/config",
	"/lib/modules/%s/build/.config",
};

static const char prefix[] = "CONFIG_", unset[] = " is not set";

/* What a configuration of 5.5 or later ends with: what is not in it then is not set. */
static const char last_line[] = "# end of Kernel hacking";

/* One option; the value is "" as long as nothing is known of it. */
struct word {
	const char *option;
	char value[sizeof(((struct redprobe_witness *)NULL)->value)];
};

struct witness {
	size_t count, missing; /* of the words; of those without a value */
	bool likely[LIKELY_SIZE];
	bool any, complete; /* an option was seen; the last line was */
	struct word words[];
};

/* Tells most options that nobody wants from those that somebody does. */
static uint8_t mark_of(const char *option, size_t length)
{
	return (uint8_t)(length * 31 + (size_t)(unsigned char)option[length - 1] * 7 +
			 (unsigned char)option[length / 2]);
}

static int compare(const void *one, const void *other)
{
	return strcmp(((const struct word *)one)->option, ((const struct word *)other)->option);
}

static size_t count_rows(const struct redprobe_area *const *areas)
{
	size_t count = 0;

	for (; *areas; areas++)
		count += (*areas)->count;
	return count;
}

/* A witness that knows what it will be asked. */
static struct witness *make(const struct redprobe_area *const *areas)
{
	struct witness *witness =
		calloc(1, sizeof *witness + count_rows(areas) * sizeof witness->words[0]);
	size_t kept = 0;

	if (!witness)
		return NULL;
	for (; *areas; areas++)
		for (size_t i = 0; i < (*areas)->count; i++)
			if ((*areas)->features[i].option)
				witness->words[witness->count++].option =
					(*areas)->features[i].option;
	qsort(witness->words, witness->count, sizeof witness->words[0], compare);
	for (size_t i = 0; i < witness->count; i++) {
		const char *option = witness->words[i].option;

		if (kept && strcmp(witness->words[kept - 1].option, option) == 0)
			continue;
		witness->words[kept++].option = option;
		witness->likely[mark_of(option, strlen(option))] = true;
	}
	witness->count = kept;
	return witness;
}

static struct word *find(const struct witness *witness, const char *option, size_t length)
{
	char name[sizeof(((struct redprobe_witness *)NULL)->option)];
	struct word key = {.option = name};

	if (length >= sizeof name || !witness->likely[mark_of(option, length)])
		return NULL;
	memcpy(name, option, length);
	name[length] = '\0';
	return bsearch(&key, witness->words, witness->count, sizeof key, compare);
}

static void take(struct witness *witness, const char *option, size_t length, const char *value)
{
	struct word *word = find(witness, option, length);

	witness->any = true;
	if (!word || !*value)
		return;
	witness->missing -= word->value[0] == '\0';
	snprintf(word->value, sizeof word->value, "%s", value);
}

static void take_line(struct witness *witness, char *line)
{
	char *end;

	if (strcmp(line, last_line) == 0)
		witness->complete = true;
	if (strncmp(line, prefix, strlen(prefix)) == 0) {
		end = strchr(line, '=');
		if (end)
			take(witness, line, (size_t)(end - line), end + 1);
	} else if (strncmp(line, "# ", 2) == 0 && strncmp(line + 2, prefix, strlen(prefix)) == 0) {
		end = strchr(line + 2, ' ');
		if (end && strcmp(end, unset) == 0)
			take(witness, line + 2, (size_t)(end - line - 2), "n");
	}
}

/* Takes the whole lines of `text`; returns how many bytes they are. */
static size_t take_lines(struct witness *witness, char *text, size_t size)
{
	char *line = text, *end;

	while ((end = memchr(line, '\n', size - (size_t)(line - text)))) {
		*end = '\0';
		take_line(witness, line);
		line = end + 1;
	}
	return (size_t)(line - text);
}

/* Reads as far as anything is missing. False for what is broken, too large, or has huge lines. */
static bool take_file(struct witness *witness, gzFile file, char *buffer)
{
	size_t total = 0, held = 0;

	while (witness->missing && total <= FILE_MAX && held < BUFFER_SIZE) {
		int got = gzread(file, buffer + held, (unsigned)(BUFFER_SIZE - held)), error;
		size_t done;

		if (got <= 0) {
			gzerror(file, &error);
			return got == 0 && error == Z_OK;
		}
		total += (size_t)got;
		held += (size_t)got;
		done = take_lines(witness, buffer, held);
		held -= done;
		memmove(buffer, buffer + done, held);
	}
	return !witness->missing;
}

/* gzread(3) reads what is not compressed as well. */
static gzFile open_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;
	gzFile file = NULL;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
		file = gzdopen(fd, "r");
	if (!file)
		close(fd);
	return file;
}

static bool read_file(struct witness *witness, const char *path)
{
	gzFile file = open_file(path);
	char *buffer;
	bool good = false;

	if (!file)
		return false;
	for (size_t i = 0; i < witness->count; i++)
		witness->words[i].value[0] = '\0';
	witness->missing = witness->count;
	witness->any = witness->complete = false;
	buffer = malloc(BUFFER_SIZE);
	if (buffer)
		good = take_file(witness, file, buffer);
	free(buffer);
	gzclose_r(file);
	return good && witness->any;
}

struct witness *witness_read_paths(const struct redprobe_area *const *areas,
				   const char *const *paths)
{
	struct witness *witness = make(areas);

	for (; witness && witness->count && *paths; paths++)
		if (read_file(witness, *paths))
			return witness;
	witness_free(witness);
	return NULL;
}

struct witness *witness_read(const struct redprobe_area *const *areas)
{
	char texts[WITNESS_PLACES][128];
	const char *paths[WITNESS_PLACES + 1] = {NULL};
	struct utsname kernel;

	uname(&kernel);
	for (size_t i = 0; i < WITNESS_PLACES; i++) {
		snprintf(texts[i], sizeof texts[i], witness_places[i], kernel.release);
		paths[i] = texts[i];
	}
	return witness_read_paths(areas, paths);
}

/* A module that is not loaded is nothing that the kernel has. */
static bool agrees(enum redprobe_status status, const char *value)
{
	if (status == REDPROBE_UNSUPPORTED)
		return strcmp(value, "n") == 0 || strcmp(value, "m") == 0;
	return status == REDPROBE_UNKNOWN || strcmp(value, "n") != 0;
}

void witness_testify(const struct witness *witness, const struct redprobe_feature *feature,
		     struct redprobe_finding *finding)
{
	struct redprobe_witness *said = &finding->witness;
	const struct word *word;
	const char *value;

	if (!witness || !feature->option)
		return;
	word = find(witness, feature->option, strlen(feature->option));
	if (!word || (!word->value[0] && !witness->complete))
		return;
	value = word->value[0] ? word->value : "n";
	snprintf(said->option, sizeof said->option, "%s", feature->option);
	snprintf(said->value, sizeof said->value, "%s", value);
	said->agrees = agrees(finding->status, value);
}

void witness_free(struct witness *witness)
{
	free(witness);
}
