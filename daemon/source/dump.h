/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The text of a source dump file, format SRC0 (chrony-files 1.2). Pure.
 */
#ifndef DAEMON_SOURCE_DUMP_H
#define DAEMON_SOURCE_DUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/report.h"
#include "common/source_options.h"

/** The most samples of a file. */
#define DUMP_SAMPLES 64

/** Room that the text of any dump fits in. */
#define DUMP_TEXT 16384

/** One sample line. */
struct dump_sample {
	int64_t truth;                      /**< instant by our estimate of true time */
	double offset;                      /**< s; positive: local fast */
	double original;                    /**< s; the same as it was when measured */
	double delay, dispersion;           /**< s, of the path */
	double root_delay, root_dispersion; /**< s, with the path */
};

/** What a file holds. */
struct dump {
	char name[SOURCE_NAME]; /**< as configured; "." for a reference clock */
	bool authenticated;
	unsigned reach;         /**< 8 bits */
	unsigned reach_updates; /**< 0 to 8 */
	int stratum;            /**< 0 to 15 */
	enum leap leap;
	int asymmetry_run;
	size_t n;
	struct dump_sample samples[DUMP_SAMPLES]; /**< oldest first */
};

/** Writes a dump as text. Returns its length, or 0 when room (DUMP_TEXT is enough) is too small. */
size_t dump_format(const struct dump *d, char *ret, size_t room);

/**
 * Reads a dump. now: instant on the samples' scale; none may be later.
 * Returns 0, or -EINVAL for whatever is not exactly such a file.
 */
int dump_parse(struct span content, int64_t now, struct dump *ret);

#endif
