/* SPDX-License-Identifier: BSD-2-Clause */
/* A picture of a run: every column of the picture sums up the seconds that fall into it. */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "test/sim/heap.h"
#include "test/sim/plot.h"

#define COLUMNS 1000
#define LEFT    90
#define TOP     60
#define HEIGHT  300
#define GAP     50

/** The seconds of a column. */
struct column {
	bool any;
	double low, high;  /**< s, of the true error */
	double estimate;   /**< s, the last */
	double error, own; /**< s, largest sizes: of the error, of what the estimate misses */
	double sd, bound;  /**< s, the last; bound negative: not synchronised */
};

/** A scale: where a value stands in a panel. */
struct scale {
	double low, high;
	double top; /**< y of high */
	bool logarithmic;
};

void plot_second(void *arg, const struct scenario_instant *now)
{
	struct plot *p = arg;

	if (p->n == p->room) {
		p->room = p->room ? 2 * p->room : 1024;
		p->seconds = sim_realloc(p->seconds, p->room * sizeof(*p->seconds));
	}
	p->seconds[p->n++] = *now;
}

void plot_free(struct plot *p)
{
	sim_free(p->seconds);
}

static void sum_up(const struct plot *p, struct column *ret)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		const struct scenario_instant *s = &p->seconds[i];
		struct column *c = &ret[i * COLUMNS / p->n];
		double own = fabs(s->error - s->estimate);

		if (!c->any)
			*c = (struct column){.any = true, .low = s->error, .high = s->error};
		c->low = fmin(c->low, s->error);
		c->high = fmax(c->high, s->error);
		c->estimate = s->estimate;
		c->error = fmax(c->error, fabs(s->error));
		c->own = fmax(c->own, own);
		c->sd = s->sd;
		c->bound = s->bound;
	}
}

static double y_of(const struct scale *s, double v)
{
	double low = s->low, high = s->high;

	if (s->logarithmic) {
		v = log10(fmax(v, 1e-12));
		low = log10(low);
		high = log10(high);
	}
	return s->top + HEIGHT * (high - v) / (high - low);
}

static double get_error(const struct column *c)
{
	return c->error;
}

static double get_own(const struct column *c)
{
	return c->own;
}

static double get_sd(const struct column *c)
{
	return c->sd;
}

static double get_bound(const struct column *c)
{
	return c->bound;
}

static double get_estimate(const struct column *c)
{
	return c->estimate;
}

/** A line through the columns; values that are not there (below zero on a logarithmic scale) break
 * it. */
static void line(FILE *f, const struct column *c, const struct scale *s, const char *color,
	double (*get)(const struct column *c))
{
	bool open = false;
	int i;

	fprintf(f, "<path fill='none' stroke='%s' clip-path='url(#p%d)' d='", color,
		s->logarithmic ? 2 : 1);
	for (i = 0; i < COLUMNS; i++) {
		bool there = c[i].any && (!s->logarithmic || get(&c[i]) > 0);

		if (there)
			fprintf(f, "%c%d %.1f", open ? 'L' : 'M', LEFT + i, y_of(s, get(&c[i])));
		open = there;
	}
	fprintf(f, "'/>\n");
}

/** What lies between the lowest and the highest true error of each column. */
static void band(FILE *f, const struct column *c, const struct scale *s)
{
	int i;

	fprintf(f, "<path stroke='#1f77b4' clip-path='url(#p1)' d='");
	for (i = 0; i < COLUMNS; i++)
		if (c[i].any)
			fprintf(f, "M%d %.1fL%d %.1f", LEFT + i, y_of(s, c[i].low) + 0.5, LEFT + i,
				y_of(s, c[i].high) - 0.5);
	fprintf(f, "'/>\n");
}

static void mark(FILE *f, const struct scale *s, double v, const char *label)
{
	double y = y_of(s, v);

	fprintf(f,
		"<path stroke='#ddd' d='M%d %.1fh%d'/>"
		"<text x='%d' y='%.1f' text-anchor='end'>%s</text>\n",
		LEFT, y, COLUMNS, LEFT - 6, y + 4, label);
}

static void frame(FILE *f, const struct scale *s, double end)
{
	char label[32];
	int i;

	fprintf(f, "<clipPath id='p%d'><rect x='%d' y='%.1f' width='%d' height='%d'/></clipPath>\n",
		s->logarithmic ? 2 : 1, LEFT, s->top, COLUMNS, HEIGHT);
	if (s->logarithmic) {
		double v;

		for (v = s->low; v < s->high * 1.01; v *= 10) {
			snprintf(label, sizeof(label), "%.0e s", v);
			mark(f, s, v, label);
		}
	} else {
		for (i = -2; i <= 2; i++) {
			snprintf(label, sizeof(label), "%.3g us", s->high * i / 2 * 1e6);
			mark(f, s, s->high * i / 2, label);
		}
	}
	for (i = 0; i <= 8; i++)
		fprintf(f,
			"<path stroke='#ddd' d='M%d %.1fv%d'/>"
			"<text x='%d' y='%.1f' text-anchor='middle'>%.3g h</text>\n",
			LEFT + COLUMNS * i / 8, s->top, HEIGHT, LEFT + COLUMNS * i / 8,
			s->top + HEIGHT + 16, end * i / 8 / 3600);
}

static void legend(FILE *f, int at, double y, const char *color, const char *what)
{
	fprintf(f,
		"<rect x='%d' y='%.1f' width='14' height='4' fill='%s'/>"
		"<text x='%d' y='%.1f'>%s</text>\n",
		LEFT + at, y - 6, color, LEFT + at + 20, y, what);
}

/** The scales that show what comes after the warm-up. */
static void choose_scales(const struct plot *p, double warm_up, struct scale ret[2])
{
	double most = 1e-9, bound = 1e-9, least = 1;
	size_t i;

	for (i = 0; i < p->n; i++) {
		const struct scenario_instant *s = &p->seconds[i];

		bound = fmax(bound, fmax(s->bound, fabs(s->error)));
		if (s->elapsed < warm_up)
			continue;
		most = fmax(most, fabs(s->error));
		if (s->sd > 0)
			least = fmin(least, s->sd);
	}
	ret[0] = (struct scale){.low = -1.05 * most, .high = 1.05 * most, .top = TOP};
	ret[1] = (struct scale){.low = pow(10, floor(log10(least / 10))),
		.high = pow(10, ceil(log10(bound))),
		.top = TOP + HEIGHT + GAP,
		.logarithmic = true};
}

static void draw(
	FILE *f, const struct plot *p, const struct column *c, const char *title, double warm_up)
{
	double end = p->n ? p->seconds[p->n - 1].elapsed : 0;
	struct scale scales[2];

	choose_scales(p, warm_up, scales);
	fprintf(f,
		"<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' "
		"font-family='sans-serif' font-size='12'>\n<rect width='100%%' height='100%%' "
		"fill='white'/>\n<text x='%d' y='22' font-size='16'>%s</text>\n",
		LEFT + COLUMNS + 30, TOP + 2 * HEIGHT + GAP + 30, LEFT, title);
	frame(f, &scales[0], end);
	band(f, c, &scales[0]);
	line(f, c, &scales[0], "#ff7f0e", get_estimate);
	legend(f, 0, TOP - 10, "#1f77b4", "true error of the system clock");
	legend(f, 250, TOP - 10, "#ff7f0e", "the daemon's own estimate of it");
	frame(f, &scales[1], end);
	line(f, c, &scales[1], "#2ca02c", get_bound);
	line(f, c, &scales[1], "#1f77b4", get_error);
	line(f, c, &scales[1], "#d62728", get_own);
	line(f, c, &scales[1], "#9467bd", get_sd);
	legend(f, 0, scales[1].top - 10, "#2ca02c", "reported error bound (root distance)");
	legend(f, 250, scales[1].top - 10, "#1f77b4", "size of the true error");
	legend(f, 430, scales[1].top - 10, "#d62728", "what the estimate misses");
	legend(f, 620, scales[1].top - 10, "#9467bd", "its standard deviation, as estimated");
	fprintf(f, "</svg>\n");
}

int plot_write(const struct plot *p, const char *path, const char *title, double warm_up)
{
	struct column *columns;
	FILE *f = fopen(path, "w");
	int r;

	if (!f)
		return -errno;
	columns = sim_alloc(COLUMNS * sizeof(*columns));
	sum_up(p, columns);
	draw(f, p, columns, title, warm_up);
	sim_free(columns);
	r = ferror(f) ? -EIO : 0;
	if (fclose(f))
		r = -errno;
	return r;
}
