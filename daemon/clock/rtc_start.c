/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system clock at start (-s): from the RTC by what its file says of it, or not before the drift
 * file was written (chrony-behaviour 14).
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "common/instant.h"
#include "common/log.h"
#include "common/text.h"
#include "config/settings.h"
#include "daemon/clock/clock.h"
#include "daemon/clock/rtc_state.h"
#include "daemon/kernel/kernel.h"

/* What is looked at of the file. */
#define FILE_ROOM 512
/* Less is not worth a step, s. */
#define STEP_LEAST 1.0
/* More than this no RTC is off, s: a century. */
#define OFFSET_MOST 3.2e9
/* How far off the RTC may be after the slew, s; when it was only read once it is off by half a
 * second at most. */
#define SLEW_SD 0.01
/* Time for the slew, s. */
#define SLEW_DURATION 1.0

void rtc_law_load(struct rtc *r)
{
	const char *path = r->env.settings->rtcfile;
	char content[FILE_ROOM + 1], *words[4];
	double valid, at, offset, rate;
	size_t n;
	int e = r->env.kernel->ops->file_load(
		r->env.kernel, path, (uint8_t *)content, FILE_ROOM, &n);

	if (e == -ENOENT)
		return;
	content[e < 0 ? 0 : n] = '\0';
	if (text_split(content, words, 4) != 4 || text_to_real(words[0], &valid) < 0 ||
		text_to_real(words[1], &at) < 0 || text_to_real(words[2], &offset) < 0 ||
		text_to_real(words[3], &rate) < 0 || !(fabs(at) < 1e10) ||
		!(fabs(offset) < OFFSET_MOST) || !(fabs(rate) < 1e6)) {
		log_warning(r->env.log, "Could not read coefficients from %s", path);
		return;
	}
	r->law = (struct rtc_law){
		.valid = valid == 1, .at = (int64_t)at, .offset = offset, .rate = rate * 1e-6};
}

/* Moves the system clock to an instant. */
static void step_to(struct rtc *r, int64_t truth, const char *said)
{
	struct clock *c = r->env.clock;
	struct clock_now now = clock_now(c);
	struct clock_model m = *clock_get_model(c);
	double by = instant_diff_s(truth, now.system);

	if (fabs(by) < STEP_LEAST)
		return;
	m.osc = now.osc;
	m.offset_ns = instant_add(truth, -now.osc);
	clock_set_model(c, &m);
	if (clock_step(c) < 0)
		log_error(r->env.log, "Could not step system clock");
	else
		log_info(r->env.log, "%s", said);
	/* It is no estimate of true time: that is what the system clock says. */
	clock_forget_offset(c);
}

/* True time by what the RTC reads. */
static int64_t true_time(const struct rtc *r, int64_t device_ns)
{
	double passed;

	if (!r->law.valid)
		return device_ns;
	passed = instant_diff_s(device_ns, instant_from_s(r->law.at, 0)) - r->law.offset;
	return instant_add_s(device_ns, -(r->law.offset + passed * r->law.rate));
}

void rtc_set_system(struct rtc *r)
{
	struct kernel *k = r->env.kernel;
	const char *drift = r->env.settings->driftfile;
	int64_t modified = 0, device_ns, truth;

	if (drift[0] == '\0' || k->ops->file_time(k, drift, &modified) < 0)
		modified = 0;
	if (r->fd < 0 || k->ops->rtc_read(k, r->fd, &device_ns) < 0) {
		if (modified > k->ops->system(k))
			step_to(r, modified, "System time restored from driftfile");
		return;
	}
	if (r->env.settings->rtcfile[0] != '\0' && !r->law.valid)
		log_warning(r->env.log, "No valid rtcfile coefficients");
	/* It tells whole seconds: this is the middle of one. */
	truth = instant_add(true_time(r, device_ns), INSTANT_S / 2);
	if (truth < modified)
		log_warning(r->env.log, "RTC time before last driftfile modification (ignored)");
	else
		step_to(r, truth, "System time set from RTC");
}

void rtc_slew_system(struct rtc *r)
{
	struct clock *c = r->env.clock;
	struct clock_now now = clock_now(c);
	struct clock_model m = *clock_get_model(c);
	struct line_point p[RTC_FIRST] = {{0}};
	struct line l;
	size_t n = r->n < RTC_FIRST ? r->n : RTC_FIRST;

	for (size_t i = 0; i < n; i++) {
		const int64_t osc = r->samples[i].osc;

		p[i].x = instant_diff_s(osc, now.osc);
		p[i].y = instant_diff_s(
			true_time(r, r->samples[i].device_ns), clock_true_from_osc(c, osc));
	}
	line_fit(p, n, &l);
	/* The rate over so few seconds is noise: what counts is the middle. */
	l.offset = line_at(&l, (p[0].x + p[n - 1].x) / 2);
	log_info(r->env.log, "System clock off from RTC by %f seconds (slew)", -l.offset);
	m.osc = now.osc;
	m.offset_ns = instant_add_s(clock_model_offset(c, now.osc), l.offset);
	m.offset_sd = SLEW_SD;
	clock_set_model(c, &m);
	clock_slew(c, SLEW_DURATION, fabs(r->env.settings->maxslewrate_ppm) * 1e-6);
}
