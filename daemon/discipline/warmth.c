/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tempcomp: the rate of the oscillator follows its temperature, and a sensor tells that. What it
 * does is known, so every estimate is bent by it and need not learn it.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "daemon/discipline/state.h"

/* More than this is the sensor's fault, ppm. */
#define SANE_PPM 10.0
/* What is looked at of a sensor's file. */
#define SENSOR_ROOM 4096
/* The most of a file of points. */
#define POINTS_ROOM 65536

static double by_points(const struct warmth_point *p, size_t n, double t)
{
	size_t i = 1;

	while (i + 1 < n && t > p[i].temperature)
		i++;
	return p[i - 1].ppm + (t - p[i - 1].temperature) * (p[i].ppm - p[i - 1].ppm) /
				      (p[i].temperature - p[i - 1].temperature);
}

static double compensation(const struct discipline *d, double t)
{
	const struct settings_tempcomp *s = &d->settings->tempcomp;
	double above = t - s->t0;

	if (d->warmth.points)
		return by_points(d->warmth.points, d->warmth.n, t);
	return s->k0 + above * s->k1 + above * above * s->k2;
}

/* Takes one line. False when it is no point, or not above the one before. */
static bool take_point(struct warmth *w, char *line)
{
	struct warmth_point *p = realloc(w->points, (w->n + 1) * sizeof(*p));
	char *words[3];

	if (!p)
		return false;
	w->points = p;
	if (text_split(line, words, 3) != 2 || text_to_real(words[0], &p[w->n].temperature) < 0 ||
		text_to_real(words[1], &p[w->n].ppm) < 0 ||
		(w->n > 0 && !(p[w->n].temperature > p[w->n - 1].temperature)))
		return false;
	w->n++;
	return true;
}

int discipline_warmth_create(struct discipline *d)
{
	const char *path = d->settings->tempcomp.points;
	char *content, *rest;
	size_t n = 0;
	int r;

	if (path[0] == '\0')
		return 0;
	content = malloc(POINTS_ROOM + 1);
	if (!content)
		return -ENOMEM;
	r = d->kernel->ops->file_load(d->kernel, path, (uint8_t *)content, POINTS_ROOM, &n);
	if (r < 0) {
		log_fatal(d->log, "Could not open %s : %s", path, strerror(-r));
		free(content);
		return r;
	}
	content[n] = '\0';
	for (rest = content; r == 0 && *rest != '\0';) {
		char *line = rest;
		size_t length = strcspn(line, "\n");

		rest = line + length + (line[length] != '\0');
		line[length] = '\0';
		if (strspn(line, " \t\r") < length && !take_point(&d->warmth, line)) {
			log_fatal(d->log, "Could not read tempcomp point from %s", path);
			r = -EINVAL;
		}
	}
	free(content);
	if (r == 0 && d->warmth.n < 2) {
		log_fatal(d->log, "Not enough points in %s", path);
		r = -EINVAL;
	}
	return r;
}

static int read_sensor(const struct discipline *d, double *ret)
{
	char content[SENSOR_ROOM + 1], *word;
	size_t n;
	int r = d->kernel->ops->file_load(
		d->kernel, d->settings->tempcomp.sensor, (uint8_t *)content, SENSOR_ROOM, &n);

	if (r < 0)
		return r;
	content[n] = '\0';
	return text_split(content, &word, 1) == 1 ? text_to_real(word, ret) : -EINVAL;
}

/* From now on true time gains this on the oscillator by the temperature, s/s. */
static void follow(struct discipline *d, double rate)
{
	struct clock_now now = clock_now(d->clock);
	struct clock_model m = *clock_get_model(d->clock);
	double change = rate - d->warmth.rate;

	if (change == 0.0)
		return;
	d->warmth.rate = rate;
	sources_bend(d->sources, now.osc, change);
	joint_reset(d->joint);
	if (!clock_has_model(d->clock)) {
		clock_set_prior_rate(d->clock, m.rate + change, m.rate_sd);
		return;
	}
	discipline_follow(d, d->selected, now.osc, 0, change);
}

void discipline_warmth_timer(void *arg)
{
	struct discipline *d = arg;
	const struct settings_tempcomp *s = &d->settings->tempcomp;
	double t, ppm;

	loop_timer_in(d->loop, &d->warmth.timer, s->interval);
	if (read_sensor(d, &t) < 0) {
		log_warning(d->log, "Could not read temperature from %s", s->sensor);
		return;
	}
	ppm = compensation(d, t);
	if (!(fabs(ppm) <= SANE_PPM)) {
		log_warning(d->log,
			"Temperature compensation of %.3f ppm exceeds sanity limit of %.1f", ppm,
			SANE_PPM);
		return;
	}
	follow(d, ppm * 1e-6);
	for (size_t i = 0; i < d->n_listeners; i++)
		if (d->listeners[i].listener->warmed)
			d->listeners[i].listener->warmed(
				d->listeners[i].arg, clock_now(d->clock).truth, t, ppm);
}
