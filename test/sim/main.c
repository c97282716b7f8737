/* SPDX-License-Identifier: BSD-2-Clause */
/* gnomon-sim: runs a scenario and prints how well the clock was kept. */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "test/sim/figures.h"
#include "test/sim/grid.h"
#include "test/sim/mixed.h"
#include "test/sim/nts_sim.h"
#include "test/sim/plot.h"
#include "test/sim/scenario.h"
#include "test/sim/steady.h"

static const char usage[] =
	"usage: gnomon-sim run SCENARIO [--seed N] [--days D] [--csv FILE] [--plot FILE.svg] "
	"[--verbose]\n"
	"       gnomon-sim run mixed|receivers --seed N [--verbose]\n"
	"       gnomon-sim run nts --seed N [--verbose]\n"
	"       gnomon-sim run pool|pool60 --seed N [--days D]\n"
	"       gnomon-sim --grid [--seeds K] [--only WORD]\n"
	"       gnomon-sim --soak N [--seed FIRST] [--only nts|receivers]\n"
	"SCENARIO: def:jJ:wW, p6:jJ:wW, pN:jJ:wW, lan:jJ:wW (J and W such as 1e-4, 1e-9), asym,\n"
	"          gauss, mix, burst, intermittent, tempday, temphour, freqjump, serverstep, "
	"srv3,\n"
	"          srv5false2, refclock, conv:0.1s, conv:100ppm, conv:both\n"
	"mixed: a world drawn from the seed, in which invariants are checked; --soak runs N of "
	"them\n"
	"receivers: the same with reference clocks besides; --soak N --only receivers runs N of "
	"these\n"
	"nts: likewise, servers and clients of NTS; --soak N --only nts runs N of these\n"
	"pool: a client with four servers of a pool, invariants checked, memory measured; pool60: "
	"for\n"
	"sixty days\n"
	"WORD: run only the scenarios whose names contain it\n";

/** What the command line asks for. */
struct request {
	const char *name, *csv, *plot, *only;
	unsigned long seed, seeds, soak;
	double days;
	bool grid, verbose;
};

/** Where the seconds of a run go. */
struct outputs {
	FILE *csv;
	struct plot *plot;
};

static void write_second(void *arg, const struct scenario_instant *now)
{
	struct outputs *o = arg;

	if (o->csv)
		fprintf(o->csv, "%.0f,%.9e,%.9e,%.9e,%.9e,%.9e\n", now->elapsed, now->error,
			now->frequency, now->estimate, now->sd, now->bound);
	if (o->plot)
		plot_second(o->plot, now);
}

static int parse_option(const char *name, const char *value, struct request *q)
{
	if (!strcmp(name, "--seed"))
		q->seed = strtoul(value, NULL, 10);
	else if (!strcmp(name, "--seeds"))
		q->seeds = strtoul(value, NULL, 10);
	else if (!strcmp(name, "--days"))
		q->days = strtod(value, NULL);
	else if (!strcmp(name, "--csv"))
		q->csv = value;
	else if (!strcmp(name, "--plot"))
		q->plot = value;
	else if (!strcmp(name, "--only"))
		q->only = value;
	else
		return -1;
	return 0;
}

static int parse(int argc, char **argv, struct request *q)
{
	int i;

	if (argc >= 3 && !strcmp(argv[1], "run"))
		q->name = argv[2];
	else if (argc >= 2 && !strcmp(argv[1], "--grid"))
		q->grid = true;
	else if (argc >= 3 && !strcmp(argv[1], "--soak"))
		q->soak = strtoul(argv[2], NULL, 10);
	else
		return -1;
	for (i = q->grid ? 2 : 3; i < argc; i++) {
		if (!strcmp(argv[i], "--verbose"))
			q->verbose = true;
		else if (i + 1 == argc || parse_option(argv[i], argv[i + 1], q))
			return -1;
		else
			i++;
	}
	return 0;
}

static void print_time(const char *what, double t)
{
	if (t < 0)
		printf(", %s never", what);
	else
		printf(", %s from %.0f s", what, t);
}

static void print(const struct request *q, const struct scenario *s,
	const struct scenario_result *r, double passed)
{
	const struct figures *f = figures_of(q->name);

	printf("%s seed %lu: rms %.3e s, max %.3e s, frequency rms %.3e\n", q->name, q->seed,
		r->rms, r->max, r->frequency);
	printf("  requests %llu, mean interval %.1f s", (unsigned long long)r->packets,
		r->interval);
	print_time("below 1 ms", r->to_1ms);
	print_time("below 100 us", r->to_100us);
	printf("\n  own standard deviation / error %.2f, outside its bound %u s, closest %.2f of "
	       "it\n",
		r->sd_ratio, r->outside, r->closest);
	if (f && f->rms > 0)
		printf("  chrony rms %.3e s (ratio %.2f), max %.3e s (%.2f), frequency %.2e "
		       "(%.2f), "
		       "mean interval %.0f s\n",
			f->rms, r->rms / f->rms, f->max, r->max / f->max, f->frequency,
			r->frequency / f->frequency, f->interval);
	if (f && f->limit > 0)
		printf("  limit %.3e s (ratio %.2f)\n", f->limit, r->rms / f->limit);
	if (f && f->rms <= 0)
		printf("  chrony below 1 ms from %.0f s, below 100 us from %.0f s\n", f->to_1ms,
			f->to_100us);
	printf("  %.0f s in %.2f s: %.0f times real time\n", s->end, passed,
		passed > 0 ? s->end / passed : 0);
}

/** Processor time so far, s. */
static double processor_time(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

static int finish(const struct request *q, const struct scenario *s, struct outputs *o)
{
	int r = 0;

	if (o->csv && fclose(o->csv)) {
		perror(q->csv);
		r = 1;
	}
	if (o->plot) {
		int e = plot_write(o->plot, q->plot, q->name, s->warm_up);

		if (e) {
			fprintf(stderr, "%s: %s\n", q->plot, strerror(-e));
			r = 1;
		}
		plot_free(o->plot);
	}
	return r;
}

static int run(const struct request *q)
{
	struct scenario scenario;
	struct scenario_result result;
	struct plot plot = {NULL, 0, 0};
	struct outputs outputs = {.plot = q->plot ? &plot : NULL};
	double begun = processor_time(), passed;
	int r = scenario_find(q->name, &scenario);

	if (r) {
		fprintf(stderr, "%s: no such scenario\n", q->name);
		return 2;
	}
	if (q->days > 0) {
		scenario.end = q->days * 86400;
		scenario.warm_up = fmin(scenario.warm_up, scenario.end / 2);
	}
	if (q->csv && !(outputs.csv = fopen(q->csv, "w"))) {
		perror(q->csv);
		return 1;
	}
	if (outputs.csv)
		fputs("elapsed,error,frequency,estimate,sd,bound\n", outputs.csv);
	r = scenario_run(&scenario, q->seed, q->verbose, q->csv || q->plot ? write_second : NULL,
		&outputs, &result);
	passed = processor_time() - begun;
	if (finish(q, &scenario, &outputs))
		return 1;
	if (r) {
		fprintf(stderr, "%s seed %lu: %s\n", q->name, q->seed, strerror(-r));
		return 1;
	}
	print(q, &scenario, &result, passed);
	return 0;
}

static int run_mixed(const struct request *q)
{
	struct mixed_result result;

	mixed_run(q->seed, !strcmp(q->name, "receivers"), q->verbose, &result);
	printf("%s seed %lu: %s\n%.0f s, %llu times compared with the truth, digest %016llx, "
	       "%llu violations%s%s\n",
		q->name, q->seed, result.world, result.seconds, (unsigned long long)result.checks,
		(unsigned long long)result.digest, (unsigned long long)result.violations,
		result.violations ? ", the first " : "", result.first);
	return result.violations ? 1 : 0;
}

static int run_nts(const struct request *q)
{
	struct nts_sim_result r;

	if (!nts_sim_possible()) {
		fputs("built without NTS\n", stderr);
		return 2;
	}
	nts_sim_run(q->seed, q->verbose, &r);
	printf("nts seed %lu: %s\n%.0f s, %llu requests, %llu good, %llu bad, %llu refused, "
	       "%llu establishments, %llu failed, cookies %llu old, %llu too old, %llu broken, "
	       "at most %llu placeholders and %llu bytes, digest %016llx, %llu violations%s%s\n",
		q->seed, r.world, r.seconds, (unsigned long long)r.requests,
		(unsigned long long)r.good, (unsigned long long)r.bad, (unsigned long long)r.naks,
		(unsigned long long)r.establishments, (unsigned long long)r.failed,
		(unsigned long long)r.old_cookies, (unsigned long long)r.too_old,
		(unsigned long long)r.mangled, (unsigned long long)r.most_placeholders,
		(unsigned long long)r.most_length, (unsigned long long)r.digest,
		(unsigned long long)r.violations, r.violations ? ", the first " : "", r.first);
	return r.violations ? 1 : 0;
}

static int run_soak(const struct request *q)
{
	bool nts = q->only && !strcmp(q->only, "nts");

	bool receivers = q->only && !strcmp(q->only, "receivers");

	return (nts ? nts_sim_soak(q->seed, q->soak, NULL)
		    : mixed_soak(q->seed, q->soak, receivers))
		       ? 1
		       : 0;
}

static int run_pool(const struct request *q)
{
	struct steady_result result;
	double days = q->days > 0               ? q->days
		      : strcmp(q->name, "pool") ? 60
						: 1,
	       begun = processor_time(), passed;
	int r = steady_run(q->seed, days, &result);

	passed = processor_time() - begun;
	printf("pool seed %lu: %.0f days, rms %.3e s, %llu requests and reports, %llu times "
	       "compared "
	       "with the truth, %llu violations%s%s\n"
	       "  %u sources replaced; holds %lld blocks of %lld bytes after two hours, %lld of "
	       "%lld at the end; %.0f "
	       "times real time\n",
		q->seed, days, result.rms, (unsigned long long)result.requests,
		(unsigned long long)result.checks, (unsigned long long)result.violations,
		result.violations ? ", the first " : "", result.first, result.replaced,
		(long long)result.blocks_early, (long long)result.bytes_early,
		(long long)result.blocks_late, (long long)result.bytes_late,
		passed > 0 ? days * 86400 / passed : 0);
	for (int i = 0; i < STEADY_PARTS; i++)
		printf("  part %2d: rms %.3e s, root distance %.3e s, error at most %.2f of it, "
		       "%.0f packets a day\n",
			i + 1, result.parts[i].rms, result.parts[i].distance,
			result.parts[i].closest, result.parts[i].requests);
	return r || result.violations || result.blocks_late > result.blocks_early;
}

int main(int argc, char **argv)
{
	struct request q = {.seed = 1, .seeds = 5};

	if (parse(argc, argv, &q) || !q.seeds || (!q.name && !q.grid && !q.soak)) {
		fputs(usage, stderr);
		return 2;
	}
	if (q.grid)
		return grid(q.seeds, q.only ? q.only : "");
	if (q.soak)
		return run_soak(&q);
	if (q.name && (!strcmp(q.name, "pool") || !strcmp(q.name, "pool60")))
		return run_pool(&q);
	if (q.name && !strcmp(q.name, "nts"))
		return run_nts(&q);
	if (!strcmp(q.name, "mixed") || !strcmp(q.name, "receivers"))
		return run_mixed(&q);
	return run(&q);
}
