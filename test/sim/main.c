/* SPDX-License-Identifier: BSD-2-Clause */
/* gnomon-sim: runs a scenario and prints how well the clock was kept. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/sim/scenario.h"

static const char usage[] =
	"usage: gnomon-sim run SCENARIO [--seed N] [--days D] [--csv FILE] [--verbose]\n"
	"SCENARIO: p6:j1e-4:w1e-9, def:jJ:wW, lan:jJ:wW, pN:jJ:wW, conv:0.1s, conv:100ppm, "
	"conv:both\n";

/** What the command line asks for. */
struct request {
	const char *name, *csv;
	unsigned long seed;
	double days;
	bool verbose;
};

static void write_second(void *arg, double elapsed, double error, double frequency)
{
	fprintf(arg, "%.0f,%.9e,%.9e\n", elapsed, error, frequency);
}

static int parse(int argc, char **argv, struct request *q)
{
	int i;

	if (argc < 3 || strcmp(argv[1], "run"))
		return -1;
	q->name = argv[2];
	for (i = 3; i < argc; i++) {
		if (!strcmp(argv[i], "--verbose"))
			q->verbose = true;
		else if (i + 1 == argc)
			return -1;
		else if (!strcmp(argv[i], "--seed"))
			q->seed = strtoul(argv[++i], NULL, 10);
		else if (!strcmp(argv[i], "--days"))
			q->days = strtod(argv[++i], NULL);
		else if (!strcmp(argv[i], "--csv"))
			q->csv = argv[++i];
		else
			return -1;
	}
	return 0;
}

static void print(
	const struct request *q, const struct scenario *s, const struct scenario_result *r)
{
	printf("%s seed %lu: rms %.3e s, max %.3e s, frequency rms %.3e\n", q->name, q->seed,
		r->rms, r->max, r->frequency);
	printf("  requests %llu, mean interval %.1f s, below 1 ms from %.0f s, below 100 us from "
	       "%.0f s\n",
		(unsigned long long)r->packets, r->packets ? s->end / (double)r->packets : 0,
		r->to_1ms, r->to_100us);
	if (s->chrony_rms > 0)
		printf("  chrony %.3e s (ratio %.2f), limit %.3e s (ratio %.2f), frequency ratio "
		       "%.2f\n",
			s->chrony_rms, r->rms / s->chrony_rms, s->limit, r->rms / s->limit,
			r->frequency / s->chrony_frequency);
}

int main(int argc, char **argv)
{
	struct request q = {.seed = 1};
	struct scenario scenario;
	struct scenario_result result;
	FILE *csv = NULL;
	int r;

	if (parse(argc, argv, &q) || scenario_find(q.name, &scenario)) {
		fputs(usage, stderr);
		return 2;
	}
	if (q.days > 0)
		scenario.end = q.days * 86400;
	if (q.csv && !(csv = fopen(q.csv, "w"))) {
		perror(q.csv);
		return 1;
	}
	r = scenario_run(&scenario, q.seed, q.verbose, csv ? write_second : NULL, csv, &result);
	if (csv && fclose(csv)) {
		perror(q.csv);
		return 1;
	}
	if (r) {
		fprintf(stderr, "%s seed %lu: %s\n", q.name, q.seed, strerror(-r));
		return 1;
	}
	print(&q, &scenario, &result);
	return 0;
}
