/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reference clocks as sources, by the LOCAL driver and by one that says what the test wants.
 */
#include "config.h"

#include "test/unit/source_world.h"

#include <math.h>

#include "refclocks/refclock.h"

extern const struct refclock_driver refclock_driver_local;

/** What a fake driver gives at its next poll. */
struct refclock_instance {
	const struct refclock_env *env;
	const struct refclock_sink *sink;
	void *arg;
	double offset, dispersion, age;
	enum leap leap;
	bool pulse, silent;
	unsigned polled;
};

static struct refclock_instance *odd; /**< the newest instance of the fake driver */

static int odd_create(const struct refclock_env *env, const struct settings_refclock *settings,
	const struct refclock_sink *sink, void *arg, struct text *why,
	struct refclock_instance **ret)
{
	if (strcmp(settings->parameter, "broken") == 0) {
		text_add(why, "Could not open it");
		return -ENOENT;
	}
	odd = calloc(1, sizeof(*odd));
	*odd = (struct refclock_instance){.env = env, .sink = sink, .arg = arg};
	*ret = odd;
	return 0;
}

static void odd_poll(struct refclock_instance *i)
{
	struct clock_now now = clock_now(i->env->clock);

	i->polled++;
	if (!i->silent)
		i->sink->sample(i->arg, instant_add_s(now.system, -i->age), i->offset,
			i->dispersion, i->leap, i->pulse);
}

static void odd_destroy(struct refclock_instance *i)
{
	free(i);
	odd = NULL;
}

static const struct refclock_driver odd_driver = {
	.name = "ODD", .create = odd_create, .poll = odd_poll, .destroy = odd_destroy};

struct seen {
	struct source_refclock_sample samples[64];
	size_t n;
};

static void see(void *arg, const struct source *s, const struct source_refclock_sample *m)
{
	struct seen *seen = arg;

	(void)s;
	if (seen->n < 64)
		seen->samples[seen->n++] = *m;
}

static int add(struct world *w, const struct refclock_driver *driver,
	const struct settings_refclock *o, char ret_why[256])
{
	struct text why = text_on(ret_why, 256);

	return sources_add_refclock(w->sources, o, driver, &why);
}

static struct settings_refclock options(void)
{
	struct settings_refclock o = settings_refclock_default();

	strcpy(o.parameter, "0");
	return o;
}

static void section_13_local(void **state)
{
	static const struct sources_listener listener = {.refclock = see};
	struct world *w = *state;
	struct settings_refclock o = options();
	struct seen seen = {.n = 0};
	struct report_source report;
	struct report_sourcestats stats;
	struct report_ntpdata ntp;
	struct report_activity activity;
	struct source *s;
	char why[256], text[320];

	o.stratum = 5;
	o.delay = 2e-6;
	o.select = SELECT_PREFER | SELECT_TRUST;
	assert_int_equal(add(w, &refclock_driver_local, &o, why), 0);
	sources_listen(w->sources, &listener, &seen);
	s = sources_at(w->sources, 0);
	source_text_long(s, text, sizeof(text));
	assert_string_equal(text, "LOC0");
	assert_int_equal(source_mode(s), REPORT_MODE_REFCLOCK);
	assert_int_equal(source_address(s)->family, ADDRESS_NONE);
	assert_int_equal(source_select_options(s), SELECT_PREFER | SELECT_TRUST);
	assert_true(source_active(s));
	sources_start(w->sources);
	/* dpoll 0, poll 4: the first at once, the register moves with the sixteenth. */
	w->updates = w->news = 0;
	world_run(w, 0.5);
	assert_int_equal(seen.n, 1);
	assert_int_equal(w->updates, 0);
	world_run(w, 15);
	assert_int_equal(seen.n, 17);
	/* Selection looks four times in a poll. */
	assert_int_equal(w->news, 4);
	assert_int_equal(source_reach(s), 1);
	assert_int_equal(seen.samples[15].tick, 15);
	assert_int_equal(seen.samples[16].tick, -1);
	assert_true(seen.samples[3].raw == 0);
	source_report(w->sources, s, &report);
	assert_int_equal(address_u32(&report.address), 0x4c4f4330);
	assert_int_equal(report.address.family, ADDRESS_IP4);
	assert_int_equal(report.poll, 4);
	assert_int_equal(report.stratum, 5);
	assert_true(report.adjusted_offset == 0);
	source_report_stats(w->sources, s, &stats);
	assert_int_equal(stats.refid, 0x4c4f4330);
	assert_int_equal(stats.address.family, ADDRESS_NONE);
	assert_true(stats.samples >= 3);
	assert_true(fabs(stats.offset) < 1e-6);
	assert_int_equal(source_report_ntp(s, &ntp), -ENOENT);
	sources_report_activity(w->sources, &activity);
	assert_int_equal(activity.online + activity.offline + activity.unresolved, 0);
}

static void test_local_parameter(void **state)
{
	struct world *w = *state;
	struct settings_refclock o = options();
	char why[256];

	strcpy(o.parameter, "/dev/local");
	assert_int_equal(add(w, &refclock_driver_local, &o, why), -EINVAL);
	assert_string_equal(why, "refclock LOCAL takes a unit number, not /dev/local");
	strcpy(o.parameter, "");
	assert_int_equal(add(w, &refclock_driver_local, &o, why), -EINVAL);
	assert_int_equal(sources_count(w->sources), 0);
}

static void test_driver_fails(void **state)
{
	struct world *w = *state;
	struct settings_refclock o = options();
	char why[256];

	strcpy(o.parameter, "broken");
	assert_int_equal(add(w, &odd_driver, &o, why), -ENOENT);
	assert_string_equal(why, "Could not open it");
	assert_int_equal(sources_count(w->sources), 0);
	world_run(w, 10);
}

static void test_refids(void **state)
{
	struct world *w = *state;
	struct settings_refclock o = options();
	char why[256], text[320];

	for (int i = 0; i < 12; i++)
		assert_int_equal(add(w, &refclock_driver_local, &o, why), 0);
	o.refid = 0x47505300;
	assert_int_equal(add(w, &refclock_driver_local, &o, why), 0);
	source_text(sources_at(w->sources, 9), text, sizeof(text));
	assert_string_equal(text, "LOC9");
	source_text(sources_at(w->sources, 11), text, sizeof(text));
	assert_string_equal(text, "LO11");
	source_text(sources_at(w->sources, 12), text, sizeof(text));
	assert_string_equal(text, "GPS");
	/* Commands find them by their ID. */
	*sources_offset(w->sources, &(struct address){ADDRESS_NONE, {0}}, 0x47505300) = 1;
	assert_true(source_get_options(sources_at(w->sources, 12))->offset == 1);
	assert_null(sources_options(w->sources, &(struct address){ADDRESS_NONE, {0}}));
}

/** Adds the fake driver with poll and dpoll 0. */
static struct source *add_odd(struct world *w, struct settings_refclock *o)
{
	char why[256];

	o->poll = o->dpoll = 0;
	assert_int_equal(add(w, &odd_driver, o, why), 0);
	sources_start(w->sources);
	return sources_at(w->sources, 0);
}

static unsigned samples_of(const struct source *s)
{
	struct track_figures f;

	track_get_figures(source_track(s), &f);
	return f.samples;
}

static void test_offset_and_precision(void **state)
{
	struct world *w = *state;
	struct settings_refclock o = options();
	struct track_figures f;
	struct source *s;

	o.offset = 0.25;
	o.precision = 1e-3;
	s = add_odd(w, &o);
	odd->offset = 0.5;
	odd->leap = LEAP_INSERT;
	world_run(w, 0.5);
	track_get_figures(source_track(s), &f);
	assert_int_equal(f.samples, 1);
	/* The clock is 0.5 s slow by the driver, and the administrator adds a quarter. */
	assert_true(f.last.offset_ns == 750000000);
	assert_true(f.last.dispersion == 1e-3);
	assert_int_equal(f.last.leap, LEAP_INSERT);
	assert_false(f.last.queueing);
	assert_true(f.last.delay == 0 && f.last.root_delay == o.delay);
	odd->dispersion = 2e-3;
	world_run(w, 1);
	track_get_figures(source_track(s), &f);
	assert_true(f.last.dispersion == 2e-3);
}

static void section_13_refused_samples(void **state)
{
	struct world *w = *state;
	struct settings_refclock o = options();
	struct source *s;

	o.maxdispersion = 0.01;
	s = add_odd(w, &o);
	odd->offset = NAN;
	world_run(w, 1);
	odd->offset = INFINITY;
	world_run(w, 1);
	odd->offset = 0;
	odd->dispersion = -1;
	world_run(w, 1);
	odd->dispersion = NAN;
	world_run(w, 1);
	odd->dispersion = 0.02;
	world_run(w, 1);
	odd->dispersion = 0;
	odd->leap = LEAP_UNSYNCHRONISED;
	world_run(w, 1);
	odd->leap = LEAP_NONE;
	odd->pulse = true;
	world_run(w, 1);
	odd->pulse = false;
	/* From the future, and older than two polls. */
	odd->age = -0.1;
	world_run(w, 1);
	odd->age = 2.1;
	world_run(w, 1);
	assert_int_equal(samples_of(s), 0);
	assert_int_equal(source_reach(s), 0);
	assert_true(odd->polled >= 9);
	odd->age = 0.1;
	world_run(w, 1);
	assert_int_equal(samples_of(s), 1);
	assert_int_equal(source_reach(s), 1);
	/* The same measurement a second time. */
	odd->age = 1.1;
	world_run(w, 1);
	assert_int_equal(samples_of(s), 1);
	world_logged(w, "1 Refclock ODD0: sample refused (not a number), 1 so far\n"
			"1 Refclock ODD0: sample refused (too old), 10 so far\n");
}

/* By datagram any number comes: it must not run over the end of the instants. */
static void test_centuries(void **state)
{
	struct world *w = *state;
	struct settings_refclock o = options();
	struct source *s = add_odd(w, &o);

	odd->offset = 1e10;
	world_run(w, 1);
	odd->offset = -1e300;
	world_run(w, 1);
	odd->offset = 0;
	odd->age = 1e300;
	world_run(w, 1);
	odd->age = -1e300;
	world_run(w, 1);
	assert_int_equal(samples_of(s), 0);
	world_logged(w, "1 Refclock ODD0: sample refused (more than a century from our clock), 1 "
			"so far\n");
	/* Years are what a clock without a battery is off. */
	odd->age = 0;
	odd->offset = 56 * 365 * 86400.0;
	world_run(w, 1);
	assert_int_equal(samples_of(s), 1);
}

static void test_silent(void **state)
{
	struct world *w = *state;
	struct settings_refclock o = options();
	struct source *s = add_odd(w, &o);

	world_run(w, 3.5);
	assert_int_equal(source_reach(s), 017);
	odd->silent = true;
	world_run(w, 20);
	assert_int_equal(source_reach(s), 0);
	assert_int_equal(source_unreachable_runs(s), 13);
	assert_int_equal(odd->polled, 24);
}

static void section_13_dpoll_is_limited(void **state)
{
	struct world *w = *state;
	struct settings_refclock o = options();
	char why[256];

	o.poll = -2;
	o.dpoll = 3;
	assert_int_equal(add(w, &odd_driver, &o, why), 0);
	sources_start(w->sources);
	world_run(w, 1.1);
	assert_int_equal(odd->polled, 5);
	assert_int_equal(source_poll(sources_at(w->sources, 0)), -2);
}

/** A second fake driver's instance, for what locks to another one. */
static struct refclock_instance *add_pulses(struct world *w, uint32_t lock, double width)
{
	struct settings_refclock o = options();
	char why[256];

	o.poll = o.dpoll = 0;
	o.lock = lock;
	o.width = width;
	assert_int_equal(add(w, &odd_driver, &o, why), 0);
	odd->pulse = true;
	sources_start(w->sources);
	return odd;
}

#define ODD0 0x4f444430

static int64_t newest_offset(const struct source *s)
{
	struct track_figures f;

	track_get_figures(source_track(s), &f);
	return f.last.offset_ns;
}

static void test_pulses_are_numbered(void **state)
{
	struct world *w = *state;
	struct settings_refclock o = options();
	struct refclock_instance *coarse, *pulses;
	struct source *s;

	add_odd(w, &o);
	coarse = odd;
	coarse->offset = 3.04;
	pulses = add_pulses(w, ODD0, 0);
	pulses->offset = -0.001;
	s = sources_at(w->sources, 1);
	world_run(w, 5.5);
	assert_true(samples_of(s) >= 4);
	assert_true(llabs(newest_offset(s) - 2999000000) <= 1);
	/* Too far from any second to tell which. */
	pulses->offset = 0.5;
	w->messages[0] = '\0';
	world_run(w, 3);
	assert_true(llabs(newest_offset(s) - 2999000000) <= 1);
	assert_non_null(strstr(w->messages, "pulse too far from the locked source"));
	/* A coarse clock that says nothing numbers nothing. */
	pulses->offset = -0.001;
	coarse->silent = true;
	world_run(w, 20);
	assert_int_equal(source_reach(s), 0);
	coarse->silent = false;
	world_run(w, 3);
	assert_true(source_reach(s) != 0);
}

/** Five pulses in a second, by a clock that is silent for longer than by default; and readings of
 * any driver as pulses. */
static void section_13_rate_maxlockage_and_pps(void **state)
{
	struct world *w = *state;
	struct settings_refclock o = options(), p = options();
	struct refclock_instance *coarse;
	char why[256];
	struct source *s;

	add_odd(w, &o);
	coarse = odd;
	coarse->offset = 3.04;
	p.poll = p.dpoll = 0;
	p.lock = ODD0;
	p.rate = 5;
	p.maxlockage = 100;
	p.pps = true;
	assert_int_equal(add(w, &odd_driver, &p, why), 0);
	sources_start(w->sources);
	odd->offset = 0.599;
	s = sources_at(w->sources, 1);
	world_run(w, 5.5);
	assert_true(samples_of(s) >= 4);
	assert_true(llabs(newest_offset(s) - 2999000000) <= 1);
	/* Of so many pulses, not of seconds. */
	coarse->silent = true;
	world_run(w, 10);
	assert_int_equal(source_reach(s), 0377);
	world_run(w, 20);
	assert_int_equal(source_reach(s), 0);
	assert_non_null(strstr(w->messages, "older than maxlockage"));
}

static void test_pulses_need_what_they_are_locked_to(void **state)
{
	struct world *w = *state;
	struct settings_refclock o = options();
	struct source *s;

	o.lock = 0x4e4f4e45;
	o.filter = 257;
	w->messages[0] = '\0';
	s = add_odd(w, &o);
	/* as chronyd: at once, and then it is as if it were not locked */
	world_logged(w, "1 Refclock ODD: filter 257 is too long, 256 will do\n"
			"1 Invalid lock refid NONE\n");
	odd->pulse = true;
	world_run(w, 3);
	assert_int_equal(samples_of(s), 0);
	world_logged(w, "1 Refclock ODD0: sample refused (pulse without a number: nothing else "
			"tells the time well enough), 1 so far\n");
	clock_set_reference(w->clock, &(struct clock_reference){.synchronised = true});
	o.filter = 1;
	add_odd(w, &o);
	odd->pulse = true;
	world_run(w, 3);
	assert_true(samples_of(sources_at(w->sources, 1)) > 0);
	/* one that is locked to itself has no numbers */
	o.lock = o.refid = 0x53454c46;
	add_odd(w, &o);
	odd->pulse = true;
	world_run(w, 3);
	assert_int_equal(samples_of(sources_at(w->sources, 2)), 0);
	assert_non_null(strstr(w->messages, "1 Invalid lock refid SELF\n"));
}

static void test_width_tells_the_edges(void **state)
{
	struct world *w = *state;
	struct settings_refclock o = options();
	struct refclock_instance *pulses;
	struct source *s;

	add_odd(w, &o);
	odd->offset = 0.01;
	pulses = add_pulses(w, ODD0, 0.2);
	s = sources_at(w->sources, 1);
	pulses->offset = 0;
	world_run(w, 4.5);
	assert_true(samples_of(s) >= 3);
	w->messages[0] = '\0';
	/* The end of the same pulses. */
	pulses->offset = 0.2;
	world_run(w, 3);
	assert_non_null(strstr(w->messages, "pulse is the other edge"));
	assert_true(llabs(newest_offset(s)) <= 1);
}

/** The clock is synchronised by something else. */
static void synchronise(struct world *w, double offset)
{
	struct clock_now now = clock_now(w->clock);

	clock_set_model(w->clock, &(struct clock_model){.osc = now.osc,
					  .offset_ns = instant_ns(offset) + now.system - now.osc,
					  .offset_sd = 1e-3,
					  .rate_sd = 1e-6});
	clock_set_reference(w->clock, &(struct clock_reference){.synchronised = true,
					      .stratum = 2,
					      .osc = now.osc,
					      .root_delay = 0.01,
					      .root_dispersion = 0.01});
}

static void test_pulses_by_our_own_time(void **state)
{
	struct world *w = *state;
	struct settings_refclock o = options();
	struct source *s = add_odd(w, &o);
	struct clock_reference local;
	struct track_figures f;

	odd->pulse = true;
	odd->offset = 0.3;
	world_run(w, 1);
	assert_int_equal(samples_of(s), 0);
	synchronise(w, 5.02);
	odd->offset = 0.001;
	world_run(w, 2);
	assert_true(samples_of(s) > 0);
	assert_true(llabs(newest_offset(s) - 5001000000) <= 1);
	track_get_figures(source_track(s), &f);
	assert_int_equal(f.last.stratum, 0);
	/* What has its seconds from nobody is no primary reference. */
	local = *clock_get_reference(w->clock);
	local.refid = REFID_LOCAL;
	local.stratum = 10;
	clock_set_reference(w->clock, &local);
	world_run(w, 2);
	track_get_figures(source_track(s), &f);
	assert_int_equal(f.last.stratum, 9);
}

static int tai(void *arg, int64_t tai_s)
{
	(void)arg;
	return tai_s > 0 ? 37 : 0;
}

static void test_tai(void **state)
{
	struct world *w = *state;
	struct settings_refclock o = options();
	struct source *s;

	o.tai = true;
	s = add_odd(w, &o);
	odd->offset = 37.25;
	world_run(w, 0.5);
	assert_int_equal(samples_of(s), 0);
	sources_set_tai(w->sources, tai, NULL);
	world_run(w, 1);
	assert_int_equal(samples_of(s), 1);
	assert_true(newest_offset(s) == 250000000);
}

static void test_jumps_must_last(void **state)
{
	struct world *w = *state;
	struct settings_refclock o = options();
	struct source *s = add_odd(w, &o);

	world_run(w, 100.5);
	w->messages[0] = '\0';
	/* Wild ones are forgotten. */
	odd->offset = 0.4;
	world_run(w, 1);
	odd->offset = 0;
	world_run(w, 1);
	assert_true(newest_offset(s) == 0);
	world_logged(w, "");
	/* A wrong second for less time than it was right: never followed. */
	odd->offset = 1;
	world_run(w, 60);
	assert_true(newest_offset(s) == 0);
	assert_non_null(strstr(w->messages, "Refclock ODD0 jumped by 1.000000 seconds: not "
					    "followed until that has lasted 103 seconds"));
	odd->offset = 0;
	world_run(w, 1);
	assert_int_equal(source_reach(s) & 1, 1);
	/* And for more. */
	odd->offset = -604800;
	world_run(w, 150);
	assert_true(newest_offset(s) == 0);
	world_run(w, 30);
	assert_true(newest_offset(s) == -604800 * INSTANT_S);
}

struct steadied {
	unsigned n;
	int64_t moved_ns;
	double rate;
};

static void see_steadied(void *arg, const struct source *s, int64_t osc, int64_t ns, double rate)
{
	struct steadied *seen = arg;

	(void)s;
	(void)osc;
	seen->n++;
	seen->moved_ns += ns;
	seen->rate += rate;
}

static void test_local_option(void **state)
{
	static const struct sources_listener listener = {.steadied = see_steadied};
	struct world *w = *state;
	struct settings_refclock o = options();
	struct steadied seen = {.n = 0};
	struct source *s;

	o.local = true;
	o.select = SELECT_TRUST;
	s = add_odd(w, &o);
	sources_listen(w->sources, &listener, &seen);
	assert_int_equal(source_select_options(s), SELECT_NOSELECT);
	/* It runs as the oscillator does. */
	world_run(w, 60);
	assert_true(seen.n > 40);
	assert_true(fabs(seen.rate) < 1e-9 && llabs(seen.moved_ns) < 1000);
	/* Then it gains 10 ppm: so it is the oscillator that loses them. */
	w->updates = w->news = 0;
	for (int i = 0; i < 300; i++) {
		odd->offset += 1e-5;
		world_run(w, 1);
	}
	assert_true(fabs(seen.rate - 1e-5) < 1e-7);
	assert_int_equal(w->news, 0);
}

static void section_13_samples_are_of_polls(void **state)
{
	static const struct {
		int poll, dpoll, said, counted;
	} cases[] = {{0, 0, 10, 10}, {2, 0, 10, 40}, {4, 0, 3, 48}, {4, 0, 10, 64}, {10, -5, 1, 64},
		{0, 3, 5, 5}, {4, 0, 0, 0}, {4, 0, -1, -1}, {0, 0, 1000, 64}};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct settings_refclock o = options();
		char why[256];

		o.poll = cases[i].poll;
		o.dpoll = cases[i].dpoll;
		o.maxsamples = o.minsamples = cases[i].said;
		assert_int_equal(add(w, &odd_driver, &o, why), 0);
		assert_int_equal(source_get_options(sources_at(w->sources, i))->maxsamples,
			cases[i].counted);
		assert_int_equal(source_get_options(sources_at(w->sources, i))->minsamples,
			cases[i].counted);
	}
}

/** A reading of the fake driver with this offset. */
static void read_odd(struct world *w, double offset)
{
	odd->offset = offset;
	world_run(w, 1);
}

static double last_offset(const struct source *s)
{
	struct track_figures f;

	track_get_figures(source_track(s), &f);
	return instant_diff_s(f.last.offset_ns, 0);
}

/** The filter option: the middle of each poll's readings, as one sample. */
static void section_13_filter(void **state)
{
	static const double first[] = {1e-3, 3, 3e-3, -3};
	struct world *w = *state;
	struct settings_refclock o = options();
	struct track_figures f;
	struct source *s;
	char why[256];

	o.poll = 2;
	o.filter = 64;
	assert_int_equal(add(w, &odd_driver, &o, why), 0);
	s = sources_at(w->sources, 0);
	/* Samples that are said are of polls, and so are those that are made. */
	assert_int_equal(source_get_options(s)->maxsamples, -1);
	odd->offset = first[0];
	sources_start(w->sources);
	w->updates = w->news = 0;
	world_run(w, 0.5);
	for (size_t i = 1; i < 3; i++)
		read_odd(w, first[i]);
	assert_int_equal(samples_of(s), 0);
	read_odd(w, first[3]);
	/* 0, 1, 2, 3 s: the two in the middle are the first and the third. */
	assert_int_equal(samples_of(s), 1);
	assert_true(fabs(last_offset(s) - 2e-3) < 1e-9);
	track_get_figures(source_track(s), &f);
	assert_true(f.last.dispersion > 0.5e-3 && f.last.dispersion < 1e-3);
	assert_int_equal(w->news, 1);
	assert_int_equal(source_reach(s), 1);
	/* Three are too few for a sample, and wait for the fourth. */
	for (int i = 0; i < 3; i++)
		read_odd(w, 5e-3);
	odd->silent = true;
	world_run(w, 1);
	assert_int_equal(samples_of(s), 1);
	assert_int_equal(source_reach(s), 3);
	odd->silent = false;
	read_odd(w, 5e-3);
	odd->silent = true;
	world_run(w, 3);
	assert_int_equal(samples_of(s), 2);
	assert_true(fabs(last_offset(s) - 5e-3) < 1e-9);
}

/** Readings of before a long silence are not of now. */
static void test_filter_after_silence(void **state)
{
	struct world *w = *state;
	struct settings_refclock o = options();
	struct source *s;

	o.filter = 2;
	s = add_odd(w, &o);
	odd->offset = 1e-3;
	world_run(w, 0.5);
	odd->silent = true;
	world_run(w, 20);
	odd->silent = false;
	read_odd(w, 2e-3);
	assert_int_equal(samples_of(s), 0);
	read_odd(w, 2e-3);
	assert_int_equal(samples_of(s), 1);
	assert_true(fabs(last_offset(s) - 2e-3) < 1e-9);
}

/** Of five and more readings those of large dispersion do not count. */
static void section_13_filter_by_dispersion(void **state)
{
	struct world *w = *state;
	struct settings_refclock o = options();
	struct source *s;
	char why[256];

	o.poll = 3;
	o.filter = 8;
	assert_int_equal(add(w, &odd_driver, &o, why), 0);
	s = sources_at(w->sources, 0);
	odd->dispersion = 1e-3;
	odd->offset = 7e-3;
	sources_start(w->sources);
	world_run(w, 0.5);
	for (int i = 1; i < 6; i++)
		read_odd(w, 7e-3);
	odd->dispersion = 1e-6;
	read_odd(w, 1e-3);
	read_odd(w, 1e-3);
	assert_int_equal(samples_of(s), 1);
	assert_true(fabs(last_offset(s) - 1e-3) < 1e-9);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(section_13_local),
		TEST(test_local_parameter),
		TEST(test_driver_fails),
		TEST(test_refids),
		TEST(test_offset_and_precision),
		TEST(section_13_refused_samples),
		TEST(test_centuries),
		TEST(test_silent),
		TEST(test_pulses_are_numbered),
		TEST(section_13_rate_maxlockage_and_pps),
		TEST(test_pulses_need_what_they_are_locked_to),
		TEST(test_width_tells_the_edges),
		TEST(test_pulses_by_our_own_time),
		TEST(test_tai),
		TEST(test_jumps_must_last),
		TEST(test_local_option),
		TEST(section_13_samples_are_of_polls),
		TEST(section_13_dpoll_is_limited),
		TEST(section_13_filter),
		TEST(test_filter_after_silence),
		TEST(section_13_filter_by_dispersion),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
