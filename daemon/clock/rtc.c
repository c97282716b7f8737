/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The RTC's course: measured when one of its seconds begins, at intervals that lengthen, and a line
 * through the measurements (chrony-behaviour 14). They lie on the oscillator's scale and are
 * compared with what true time is thought to have been then.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/instant.h"
#include "common/log.h"
#include "config/settings.h"
#include "daemon/clock/clock.h"
#include "daemon/clock/rtc_state.h"
#include "daemon/kernel/kernel.h"

/* So many samples make a line that is worth keeping. */
#define SURE 4
/* A reading that is off by more than this, s, is of a clock that was set by somebody. */
#define SET_BY_OTHERS 2.0
/* A second must begin within this, s. */
#define PATIENCE 5.0
/* An RTC is not trimmed for less, s: it is set to whole seconds. */
#define TRIM_LEAST 1.0

#define FILE_MODE 0644

/* s until the next measurement. */
static int interval_of(size_t n)
{
	return n < 4 ? 15 : n < 6 ? 30 : n < 10 ? 60 : n < 14 ? 120 : 240;
}

void rtc_fit(struct rtc *r)
{
	struct line_point p[LINE_MOST];

	for (size_t i = 0; i < r->n; i++) {
		p[i].x = instant_diff_s(r->samples[i].osc, r->samples[r->n - 1].osc);
		p[i].y = instant_diff_s(r->samples[i].device_ns,
			clock_true_from_osc(r->env.clock, r->samples[i].osc));
	}
	line_fit(p, r->n, &r->line);
	r->sure = r->line.n >= SURE;
}

static void keep(struct rtc *r, int64_t osc, int64_t device_ns)
{
	if (r->n == LINE_MOST)
		memmove(r->samples, r->samples + 1, --r->n * sizeof(r->samples[0]));
	r->samples[r->n].osc = osc;
	r->samples[r->n++].device_ns = device_ns;
}

/* How fast the RTC is by this reading, s. */
static double fast(const struct rtc *r, int64_t osc, int64_t device_ns)
{
	return instant_diff_s(device_ns, clock_true_from_osc(r->env.clock, osc));
}

static void tell(struct rtc *r, double measured)
{
	struct rtc_measurement m = {
		.truth = clock_now(r->env.clock).truth,
		.fast = measured,
		.valid = r->sure,
		.estimate = r->line.offset,
		.rate_ppm = r->line.slope * 1e6,
		.samples = (int)r->line.n,
		.runs = (int)r->line.runs,
		.interval = interval_of(r->n),
	};

	if (r->env.measured)
		r->env.measured(r->env.arg, &m);
}

static void take(struct rtc *r, int64_t osc, int64_t device_ns)
{
	double measured = fast(r, osc, device_ns), limit = r->env.settings->rtcautotrim;

	if (r->n > 0) {
		double passed = instant_diff_s(osc, r->samples[r->n - 1].osc);

		rtc_fit(r);
		if (fabs(measured - line_at(&r->line, passed)) > SET_BY_OTHERS)
			r->n = 0;
	}
	keep(r, osc, device_ns);
	rtc_fit(r);
	tell(r, measured);
	if (limit > 0 && r->sure && fabs(r->line.offset) > fmax(limit, TRIM_LEAST) &&
		clock_get_reference(r->env.clock)->synchronised)
		rtc_trim(r);
}

/* A second of the RTC's has begun. */
static void ticked(void *arg, unsigned got)
{
	struct rtc *r = arg;
	struct kernel *k = r->env.kernel;
	struct kernel_comparison c;
	int e = k->ops->device_compare(k, r->fd, &c, 1);
	int64_t osc;

	(void)got;
	if (e == -EAGAIN || e == 0)
		return;
	if (e < 0) {
		log_error(r->env.log, "Could not read time from %s : %s",
			r->env.settings->rtcdevice, strerror(-e));
		rtc_listen(r, false);
		loop_timer_in(r->env.loop, &r->timer, interval_of(LINE_MOST));
		return;
	}
	osc = clock_osc_from_system(r->env.clock, c.before_ns);
	if (r->first > 0) {
		keep(r, osc, c.device_ns);
		loop_timer_in(r->env.loop, &r->timer, --r->first > 0 ? PATIENCE : 0.0);
		return;
	}
	rtc_listen(r, false);
	take(r, osc, c.device_ns);
	if (!r->trim)
		loop_timer_in(r->env.loop, &r->timer, interval_of(r->n));
}

void rtc_listen(struct rtc *r, bool on)
{
	struct kernel *k = r->env.kernel;
	int e = r->ticking == on ? 0 : k->ops->rtc_tick(k, r->fd, on);

	if (e < 0)
		log_error(r->env.log, "Could not %s RTC interrupt : %s", on ? "enable" : "disable",
			strerror(-e));
	if (on && e == 0 && !r->ticking)
		loop_watch(r->env.loop, r->fd, KERNEL_READ, ticked, r);
	if (!on && r->ticking)
		loop_unwatch(r->env.loop, r->fd);
	r->ticking = on && e == 0;
}

/* True time begins a second: the RTC is set to it. */
static void set(struct rtc *r)
{
	struct kernel *k = r->env.kernel;
	/* The timer may be early by a little. */
	int64_t second = instant_floor_s(clock_now(r->env.clock).truth + INSTANT_S / 2);

	r->trim = false;
	if (k->ops->rtc_set(k, r->fd, second * INSTANT_S) < 0)
		log_error(r->env.log, "Could not set RTC time");
	r->n = 0;
	r->sure = false;
	loop_timer_in(r->env.loop, &r->timer, interval_of(0));
}

static void end_first(struct rtc *r)
{
	rtc_listen(r, false);
	if (r->n > 0)
		rtc_slew_system(r);
	r->first = 0;
	r->n = 0;
	r->done(r->arg);
}

static void timed(void *arg)
{
	struct rtc *r = arg;

	if (r->done && !r->tracking) {
		end_first(r);
	} else if (r->trim) {
		set(r);
	} else if (r->ticking) {
		/* It does not tick, or not any more. */
		rtc_listen(r, false);
		loop_timer_in(r->env.loop, &r->timer, interval_of(r->n));
	} else {
		rtc_listen(r, true);
		loop_timer_in(r->env.loop, &r->timer, r->ticking ? PATIENCE : interval_of(r->n));
	}
}

/* Whether the RTC keeps UTC: by the file that hwclock(8) keeps, else by rtconutc. */
static bool keeps_utc(const struct rtc_env *env)
{
	const char *path = env->settings->hwclockfile;
	char content[4096], *line = content;
	size_t n;

	if (path[0] == '\0')
		return env->settings->rtconutc;
	if (env->kernel->ops->file_load(
		    env->kernel, path, (uint8_t *)content, sizeof(content) - 1, &n) == 0) {
		content[n] = '\0';
		for (int i = 0; line && i < 2; i++) {
			line = strchr(line, '\n');
			line = line ? line + 1 : NULL;
		}
		if (line && strncmp(line, "LOCAL", 5) == 0)
			return false;
		if (line && strncmp(line, "UTC", 3) == 0)
			return true;
	}
	log_warning(env->log, "Could not read RTC LOCAL/UTC setting from %s", path);
	return env->settings->rtconutc;
}

static void open_device(struct rtc *r, bool set)
{
	const struct settings *s = r->env.settings;
	struct kernel_device o = {.kind = KERNEL_DEVICE_RTC,
		.path = s->rtcdevice,
		.local_time = !keeps_utc(&r->env),
		.quiet = true};

	r->fd = r->env.kernel->ops->device_open(r->env.kernel, &o);
	if (r->fd >= 0)
		return;
	/* -s without a file does what it can. */
	if (s->rtcfile[0] != '\0' || !set)
		log_error(r->env.log, "Could not open RTC device %s : %s", s->rtcdevice,
			strerror(-r->fd));
	if (s->rtcfile[0] != '\0')
		log_error(r->env.log, "RTC driver could not be initialised");
	r->fd = -1;
}

int rtc_create(const struct rtc_env *env, bool set, struct rtc **ret)
{
	bool file = env->settings->rtcfile[0] != '\0';
	struct rtc *r = calloc(1, sizeof(*r));

	if (!r)
		return -ENOMEM;
	r->env = *env;
	r->fd = -1;
	if (loop_timer_init(env->loop, &r->timer, timed, r) < 0) {
		free(r);
		return -ENOMEM;
	}
	if (file || set)
		open_device(r, set);
	if (file)
		rtc_law_load(r);
	if (set)
		rtc_set_system(r);
	if (!file && r->fd >= 0) {
		env->kernel->ops->close(env->kernel, r->fd);
		r->fd = -1;
	}
	r->first = set && r->fd >= 0 ? RTC_FIRST : 0;
	*ret = r;
	return 0;
}

void rtc_destroy(struct rtc *r)
{
	if (!r)
		return;
	if (r->fd >= 0) {
		rtc_save(r);
		rtc_listen(r, false);
		r->env.kernel->ops->close(r->env.kernel, r->fd);
	}
	loop_timer_done(r->env.loop, &r->timer);
	free(r);
}

bool rtc_begin(struct rtc *r, void (*done)(void *arg), void *arg)
{
	if (r->fd < 0 || r->first == 0)
		return false;
	r->done = done;
	r->arg = arg;
	rtc_listen(r, true);
	loop_timer_in(r->env.loop, &r->timer, r->ticking ? PATIENCE : 0.0);
	return true;
}

void rtc_track(struct rtc *r)
{
	if (r->fd < 0)
		return;
	r->tracking = true;
	loop_timer_in(r->env.loop, &r->timer, interval_of(0));
}

int rtc_report(const struct rtc *r, struct report_rtc *ret)
{
	struct rtc copy;

	if (!r || r->fd < 0)
		return -ENODEV;
	*ret = (struct report_rtc){0};
	if (r->n == 0)
		return 0;
	/* True time may be known better than when they were measured. */
	copy = *r;
	rtc_fit(&copy);
	*ret = (struct report_rtc){
		.reference_time = clock_true_from_osc(r->env.clock, r->samples[r->n - 1].osc),
		.samples = (int)copy.line.n,
		.runs = (int)copy.line.runs,
		.span = (uint32_t)lround(instant_diff_s(
			r->samples[r->n - 1].osc, r->samples[r->n - copy.line.n].osc)),
		.offset = copy.line.offset,
		.rate_ppm = copy.line.slope * 1e6,
	};
	return 0;
}

int rtc_save(struct rtc *r)
{
	struct report_rtc report;
	char content[200];
	int n;

	if (rtc_report(r, &report) < 0)
		return -ENODEV;
	if (!r->sure)
		return -EAGAIN;
	n = snprintf(content, sizeof(content), "%1d %.0f %.6f %.3f\n", 1,
		(double)instant_floor_s(report.reference_time), report.offset, report.rate_ppm);
	n = r->env.kernel->ops->file_save(r->env.kernel, r->env.settings->rtcfile,
		(struct span){(const uint8_t *)content, (size_t)n}, FILE_MODE);
	if (n < 0)
		log_error(r->env.log, "Could not write %s : %s", r->env.settings->rtcfile,
			strerror(-n));
	return n;
}

int rtc_trim(struct rtc *r)
{
	struct report_rtc report;
	int64_t truth, rest;

	/* While the system clock is set by it, it is not set by the system clock. */
	if (rtc_report(r, &report) < 0 || r->first > 0)
		return -ENODEV;
	log_info(r->env.log, "RTC wrong by %.3f seconds (step)", report.offset);
	truth = clock_now(r->env.clock).truth;
	rest = INSTANT_S - instant_rest_ns(truth);
	rtc_listen(r, false);
	r->trim = true;
	loop_timer_in(r->env.loop, &r->timer, (double)rest * 1e-9);
	return 0;
}
