/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration that the kernel was built with, as a second witness: it says what of the
 * options that the features name was built in, and whether that agrees with what was found out by
 * doing.
 */
#ifndef REDPROBE_WITNESS_H
#define REDPROBE_WITNESS_H

#include "redprobe.h"

struct witness;

/* Where the configuration of a kernel may be read, the first one counts; %s is the release. */
enum { WITNESS_PLACES = 4 };
extern const char *const witness_places[WITNESS_PLACES];

/*
 * Reads the options that the features of `areas` name from the configuration of the running kernel,
 * at one of witness_places. Returns NULL if none is wanted, none can be read or memory is short.
 * The caller gives the witness to witness_free.
 */
struct witness *witness_read(const struct redprobe_area *const *areas);

/* The same, from the first of `paths`, ended by NULL, that is a configuration. */
struct witness *witness_read_paths(const struct redprobe_area *const *areas,
				   const char *const *paths);

/* Fills in what is said of `feature` in the finding about it. `witness` may be NULL. */
void witness_testify(const struct witness *witness, const struct redprobe_feature *feature,
		     struct redprobe_finding *finding);

void witness_free(struct witness *witness);

#endif
