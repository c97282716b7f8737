/* SPDX-License-Identifier: BSD-2-Clause */
/* The grid: every published scenario, several seeds, ratios and targets. */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/sim/figures.h"
#include "test/sim/grid.h"
#include "test/sim/heap.h"
#include "test/sim/scenario.h"

/** A scenario's means over the seeds. */
struct row {
	const struct figures *figures;
	bool done;
	double rms, max, frequency, interval, sd_ratio, closest;
	double to_1ms, to_100us; /**< s, medians; HUGE_VAL: never */
	double outside;          /**< s, sum */
};

/** A number of a row; 0: there is none. */
typedef double number(const struct row *r);

static double time_ratio(const struct row *r)
{
	return r->figures->rms > 0 ? r->rms / r->figures->rms : 0;
}

static double limit_ratio(const struct row *r)
{
	return r->figures->limit > 0 ? r->rms / r->figures->limit : 0;
}

static double frequency_ratio(const struct row *r)
{
	return r->figures->frequency > 0 ? r->frequency / r->figures->frequency : 0;
}

/** Published intervals are whole seconds: ours is compared as such. */
static double packet_ratio(const struct row *r)
{
	return r->figures->interval > 0 && r->interval > 0
		       ? r->figures->interval / round(r->interval)
		       : 0;
}

static bool is_in(const struct row *r, const char *group)
{
	return !strncmp(r->figures->name, group, strlen(group));
}

/** Jitter over wander of a cell; 0 when the name has none. */
static double scale_of(const struct row *r)
{
	double jitter, wander;

	if (sscanf(r->figures->name, "%*[a-z0-9]:j%lf:w%lf", &jitter, &wander) != 2)
		return 0;
	return jitter / wander;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), compare);
	return v[n / 2];
}

static int run_row(struct row *row, unsigned long seeds)
{
	double *to_1ms = sim_alloc(seeds * sizeof(double));
	double *to_100us = sim_alloc(seeds * sizeof(double));
	struct scenario scenario;
	unsigned long i;
	int r = scenario_find(row->figures->name, &scenario);

	for (i = 0; i < seeds && !r; i++) {
		struct scenario_result result;
		double part = 1 / (double)seeds;

		r = scenario_run(&scenario, i + 1, false, NULL, NULL, &result);
		if (r)
			break;
		row->rms += result.rms * part;
		row->max += result.max * part;
		row->frequency += result.frequency * part;
		row->interval += result.interval * part;
		row->sd_ratio += result.sd_ratio * part;
		row->closest = fmax(row->closest, result.closest);
		row->outside += result.outside;
		to_1ms[i] = result.to_1ms < 0 ? HUGE_VAL : result.to_1ms;
		to_100us[i] = result.to_100us < 0 ? HUGE_VAL : result.to_100us;
	}
	if (!r) {
		row->to_1ms = median(to_1ms, seeds);
		row->to_100us = median(to_100us, seeds);
		row->done = true;
	}
	sim_free(to_1ms);
	sim_free(to_100us);
	return r;
}

static void print_ratio(double v)
{
	if (v > 0)
		printf(" %6.2f", v);
	else
		printf(" %6s", "-");
}

static void print_row(const struct row *r)
{
	const struct figures *f = r->figures;

	printf("%-17s %9.2e", f->name, r->rms);
	if (f->rms > 0)
		printf(" %9.2e", f->rms);
	else
		printf(" %9s", "-");
	print_ratio(time_ratio(r));
	print_ratio(f->max > 0 ? r->max / f->max : 0);
	print_ratio(limit_ratio(r));
	print_ratio(frequency_ratio(r));
	printf(" %6.0f", r->interval);
	print_ratio(packet_ratio(r));
	printf(" %6.2f %6.2f %7.0f %6.0f %6.0f\n", r->sd_ratio, r->closest, r->outside, r->to_1ms,
		r->to_100us);
	fflush(stdout);
}

/** Geometric mean and largest of a number over the rows of a group; 0 when there are none. */
struct summary {
	double mean, most;
	const char *worst;
};

static struct summary sum_up(const struct row *rows, const char *group, number *get)
{
	struct summary s = {.worst = "none"};
	double logs = 0;
	size_t i, n = 0;

	for (i = 0; i < n_figures; i++) {
		double v = rows[i].done && is_in(&rows[i], group) ? get(&rows[i]) : 0;

		if (v <= 0)
			continue;
		logs += log(v);
		n++;
		if (v > s.most) {
			s.most = v;
			s.worst = rows[i].figures->name;
		}
	}
	s.mean = n ? exp(logs / (double)n) : 0;
	return s;
}

static void print_group(const struct row *rows, const char *group)
{
	struct summary t = sum_up(rows, group, time_ratio), l = sum_up(rows, group, limit_ratio);
	struct summary f = sum_up(rows, group, frequency_ratio);
	struct summary p = sum_up(rows, group, packet_ratio);

	if (t.mean > 0)
		printf("%s, geometric means: time %.3f of chrony's (most %.2f, %s), %.3f of the "
		       "limit; frequency %.3f (most %.2f, %s); packets %.3f (most %.2f)\n",
			group, t.mean, t.most, t.worst, l.mean, f.mean, f.most, f.worst, p.mean,
			p.most);
}

/** Prints whether a value that was measured (above 0) is at most what is wanted. */
static void judge(const char *what, double v, double wanted)
{
	if (v > 0)
		printf("%-6s %s: %.3f (at most %.3f)\n", v <= wanted ? "met" : "MISSED", what, v,
			wanted);
}

/** The two halves of the table in one number. */
static double both_means(const struct row *rows, number *get)
{
	struct summary a = sum_up(rows, "def:", get), b = sum_up(rows, "p6:", get);

	return a.mean > 0 && b.mean > 0 ? sqrt(a.mean * b.mean) : 0;
}

static double both_most(const struct row *rows, number *get)
{
	return fmax(sum_up(rows, "def:", get).most, sum_up(rows, "p6:", get).most);
}

static double limit_of_reachable(const struct row *r)
{
	return scale_of(r) < 0.99e7 ? limit_ratio(r) : 0;
}

static double outside_of(const struct row *r)
{
	return r->outside;
}

static double sd_miss(const struct row *r)
{
	return r->figures->rms > 0 ? fmax(r->sd_ratio, 1 / r->sd_ratio) : 0;
}

static const struct row *find(const struct row *rows, const char *name)
{
	size_t i;

	for (i = 0; i < n_figures; i++)
		if (rows[i].done && !strcmp(rows[i].figures->name, name))
			return &rows[i];
	return NULL;
}

static void judge_special(const struct row *rows)
{
	static const char *const names[] = {"asym", "gauss", "mix", "burst", "intermittent",
		"tempday", "temphour", "freqjump", "refclock", "srv5false2"};
	const struct row *three = find(rows, "srv3"), *one = find(rows, "def:j1e-5:w1e-9");
	size_t i;

	judge("lan cells, worst time error", sum_up(rows, "lan:", time_ratio).most, 0.35);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct row *r = find(rows, names[i]);

		if (r)
			judge(names[i], time_ratio(r), 0.6);
	}
	if (three && one)
		judge("srv3 against our def:j1e-5:w1e-9", three->rms / one->rms, 1);
}

static void judge_settling(const struct row *rows)
{
	char what[80];
	size_t i;

	for (i = 0; i < n_figures; i++) {
		const struct row *r = &rows[i];

		if (!r->done || r->figures->to_1ms <= 0)
			continue;
		snprintf(what, sizeof(what), "%s: s to 1 ms (median)", r->figures->name);
		judge(what, fmax(r->to_1ms, 0.5), r->figures->to_1ms);
		snprintf(what, sizeof(what), "%s: s to 100 us (median)", r->figures->name);
		judge(what, fmax(r->to_100us, 0.5), r->figures->to_100us);
	}
}

static void judge_all(const struct row *rows)
{
	struct summary sd = sum_up(rows, "", sd_miss), outside = sum_up(rows, "", outside_of);

	judge("def and p6: time error, geometric mean", both_means(rows, time_ratio), 0.45);
	judge("def and p6: time error, worst cell", both_most(rows, time_ratio), 0.8);
	judge("def and p6: frequency error, geometric mean", both_means(rows, frequency_ratio), 1);
	judge("def and p6: frequency error, worst cell", both_most(rows, frequency_ratio), 1.5);
	judge("def: packets, worst cell", sum_up(rows, "def:", packet_ratio).most, 1);
	judge("p6 below 1e7: time error against the limit, geometric mean",
		sum_up(rows, "p6:", limit_of_reachable).mean, 1.25);
	judge_special(rows);
	judge_settling(rows);
	judge("own standard deviation, worst factor from the true error", sd.most, 2);
	printf("%-6s error within the reported root distance: outside in %s for %.0f s\n",
		outside.most > 0 ? "MISSED" : "met", outside.worst, outside.most);
}

int grid(unsigned long seeds, const char *only)
{
	struct row *rows = sim_alloc(n_figures * sizeof(*rows));
	size_t i;
	int bad = 0;

	printf("%-17s %9s %9s %6s %6s %6s %6s %6s %6s %6s %6s %7s %6s %6s\n", "scenario", "rms",
		"chrony", "ratio", "max", "limit", "freq", "poll", "packet", "sd", "bound",
		"outside", "1ms", "100us");
	for (i = 0; i < n_figures; i++) {
		int r;

		rows[i].figures = &figures[i];
		if (!strstr(figures[i].name, only))
			continue;
		r = run_row(&rows[i], seeds);
		if (r)
			printf("%-17s %s\n", figures[i].name, strerror(-r));
		else
			print_row(&rows[i]);
		bad |= r != 0;
	}
	printf("\nratio, max, freq, packet: ours over chrony's; limit: ours over the limit; sd: "
	       "the "
	       "estimator's\nown standard deviation over the error of its estimate; bound: error "
	       "over root distance at most;\noutside: s in which that was above 1; means of %lu "
	       "seeds\n\n",
		seeds);
	print_group(rows, "def:");
	print_group(rows, "p6:");
	print_group(rows, "lan:");
	printf("\n");
	judge_all(rows);
	sim_free(rows);
	return bad;
}
