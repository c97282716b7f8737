/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The estimator alone on ideal measurements, beside published figures: chrony's error in the same
 * scenario, and the limit that the measurements allow. No clock is steered; what is measured is the
 * offset just after each sample, and between samples.
 */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/track/track.h"
#include "test/unit/track_world.h"

/* A scenario with the figures known of it, us RMS; 0: none. */
struct row {
	struct world_options world;
	double limit, chrony;
};

#define W(l, j, w, i)                                                                              \
	{                                                                                          \
		.law = l, .jitter = j, .wander = w, .interval = i                                  \
	}

static const struct row rows[] = {
	{W("exp", 1e-4, 1e-9, 64), 9.87, 23.4},
	{W("exp", 1e-4, 1e-8, 64), 25.5, 57.1},
	{W("exp", 1e-4, 1e-10, 64), 4.23, 10.4},
	{W("exp", 1e-3, 1e-9, 64), 38.1, 105},
	{W("exp", 1e-3, 1e-10, 64), 18.3, 97},
	{W("exp", 1e-5, 1e-9, 64), 2.62, 5.73},
	{W("exp", 1e-6, 1e-8, 64), 2.51, 11.1},
	{W("exp", 1e-6, 1e-7, 64), 21.6, 110},
	{W("exp", 1e-5, 1e-9, 256), 6.27, 22.6},
	{W("exp", 1e-4, 1e-9, 1024), 54.2, 99.6},
	{W("gauss", 1e-4, 1e-9, 64), 24.0, 0},
	{W("gauss", 1e-4, 1e-9, 1024), 73.5, 131},
	{W("gauss", 1e-4, 1e-8, 1024), 0, 0},
	{W("burst", 1e-4, 1e-9, 64), 0, 0},
	{W("mix", 1e-4, 1e-9, 64), 12.1, 0},
	{W("mix", 1e-4, 1e-9, 1024), 70.1, 198},
	{W("asym", 1e-4, 1e-9, 64), 13.1, 0},
	{W("asym", 1e-4, 1e-9, 512), 44.7, 65.7},
};

static void run(const struct row *r, int runs, int samples)
{
	struct world_result sum = {0};
	clock_t start = clock();
	double us;

	for (int i = 0; i < runs; i++) {
		struct world_result one = world_run(&r->world, (uint64_t)i + 1, samples);

		sum.square += one.square / runs;
		sum.square_between += one.square_between / runs;
		sum.deviation += one.deviation / runs;
		sum.expected += one.expected / runs;
		sum.wander += log(one.wander) / runs;
		sum.counted += one.counted / runs;
		sum.predicted += one.predicted / runs;
	}
	us = (double)(clock() - start) / CLOCKS_PER_SEC * 1e6 / runs / samples;
	printf("%-6s %.0e %.0e %5.0f  %8.2f %8.2f  %8.2f %8.2f  %8.2f  %6.2f %8.2f  %.1e %5.1f "
	       "%6.2f %6.1f\n",
		r->world.law, r->world.jitter, r->world.wander, r->world.interval,
		sqrt(sum.square) * 1e6, sqrt(sum.square_between) * 1e6, r->limit, r->chrony,
		sqrt(sum.expected) * 1e6, sqrt(sum.square / sum.expected), sum.deviation * 1e6,
		exp(sum.wander), sum.counted, sum.predicted, us);
}

int main(int argc, char **argv)
{
	int runs = argc > 1 ? atoi(argv[1]) : 60, samples = argc > 2 ? atoi(argv[2]) : 500;

	puts("RMS in us. bank: after a sample; between: every eighth of an interval; own: the "
	     "bank's word for its error; ratio: real to own");
	puts("law    jitter wander  poll   bank     between  limit    chrony    own      ratio  "
	     "sample   wander  count  S/R   us/sample");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		run(&rows[i], runs, samples);
		fflush(stdout);
	}
	return EXIT_SUCCESS;
}
