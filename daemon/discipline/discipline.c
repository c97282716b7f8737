/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The discipline's life, and the round from a source's news through selection to an update.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/instant.h"
#include "common/log.h"
#include "daemon/discipline/state.h"

/* Bad selections in a row after which a source's address is not worth keeping. */
#define BAD_LIMIT 4
/* The frequency may have changed by this, s/s, while the machine was off. */
#define DRIFT_FILE_DOUBT 1e-5
/* How often -q looks whether it can still succeed, s. */
#define ONCE_INTERVAL 0.1

static void source_updated(void *arg, struct source *s, bool new_sample)
{
	struct discipline *d = arg;
	bool exists = false;

	/* What sources know is of before a jump that was noticed just now. */
	if (d->disturbed.position != 0)
		return;
	for (size_t i = 0; i < sources_count(d->sources); i++)
		exists |= sources_at(d->sources, i) == s;
	if (new_sample || !exists || source_reach(s) == 0)
		discipline_select(d);
}

/* A jump is noticed wherever the clock is read; what follows from it waits for a turn of its own.
 */
static void clock_jumped(void *arg, double offset_s)
{
	struct discipline *d = arg;

	d->disturbed_by += offset_s;
	d->real.root_dispersion += fabs(offset_s) + CLOCK_JUMP_DOUBT;
	loop_timer_set(d->loop, &d->disturbed, loop_now(d->loop));
}

static void deal_with_jump(void *arg)
{
	struct discipline *d = arg;
	double by = d->disturbed_by;

	d->disturbed_by = 0.0;
	/* It was to end where the clock no longer is. */
	clock_slew_stop(d->clock);
	if (fabs(by) <= CLOCK_JUMP_LARGE) {
		d->moved += by;
		sources_disturbed(d->sources);
		joint_reset(d->joint);
		return;
	}
	/* Most likely the machine slept: the system clock is better than what we knew. */
	clock_forget_offset(d->clock);
	clock_take_nudges(d->clock);
	d->moved = 0.0;
	discipline_leap_forget(d);
	joint_reset(d->joint);
	discipline_unsynchronise(d);
	sources_reset(d->sources);
}

struct select_settings discipline_select_from(const struct settings *s)
{
	const struct settings_tos *t = s->ntp.style ? &s->ntp.tos : NULL;

	return (struct select_settings){
		.maxdistance = s->maxdistance,
		.maxjitter = s->maxjitter,
		.combinelimit = s->combinelimit,
		.reselectdist = s->reselectdist,
		.stratumweight = s->stratumweight,
		.maxclockerror = s->maxclockerror_ppm * 1e-6,
		.minsources = s->minsources,
		.minstratum = s->minstratum,
		.maxstratum = s->maxstratum,
		.orphan_stratum = s->local.on && s->local.orphan ? s->local.stratum : 0,
		.mindistance = t ? t->mindist : 0.0,
		.maxcombined = t ? (unsigned)ceil(t->minclock) : 0,
	};
}

static void oscillator_steadied(
	void *arg, const struct source *s, int64_t osc, int64_t ns, double rate)
{
	discipline_follow(arg, s, osc, ns, rate);
}

static const struct sources_listener sources_listener = {
	.updated = source_updated, .steadied = oscillator_steadied};

int discipline_create(const struct settings *settings, struct kernel *kernel, struct loop *loop,
	struct clock *clock, struct sources *sources, const struct log *log,
	enum discipline_mode mode, bool restarted, struct discipline **ret)
{
	struct discipline *d = calloc(1, sizeof(*d));
	int r;

	if (!d)
		return -ENOMEM;
	*d = (struct discipline){.settings = settings,
		.kernel = kernel,
		.loop = loop,
		.clock = clock,
		.sources = sources,
		.log = log,
		.mode = mode,
		.select = discipline_select_from(settings),
		.policy = policy_from(settings, restarted),
		.real = *clock_get_reference(clock),
		.local = {.settings = settings->local},
		.drift_saved = NAN,
		.manual = {.on = settings->manual}};
	d->joint = joint_create();
	if (!d->joint || loop_timer_init(loop, &d->leap.timer, discipline_leap_timer, d) < 0 ||
		loop_timer_init(loop, &d->fallback.timer, discipline_fallback_timer, d) < 0 ||
		loop_timer_init(loop, &d->disturbed, deal_with_jump, d) < 0 ||
		loop_timer_init(loop, &d->once, discipline_once_timer, d) < 0 ||
		loop_timer_init(loop, &d->warmth.timer, discipline_warmth_timer, d) < 0 ||
		loop_timer_init(loop, &d->local.timer, discipline_local_timer, d) < 0) {
		discipline_destroy(d);
		return -ENOMEM;
	}
	r = discipline_warmth_create(d);
	if (r < 0) {
		discipline_destroy(d);
		return r;
	}
	discipline_fallback_start(d);
	clock_set_rtcsync(clock, settings->rtcsync);
	clock_set_precision(clock, settings->clockprecision);
	clock_smooth(clock, settings->smooth_frequency_ppm * 1e-6,
		settings->smooth_wander_ppm * 1e-6, settings->smooth_leap_only);
	clock_on_disturbance(clock, clock_jumped, d);
	sources_listen(sources, &sources_listener, d);
	sources_set_tai(sources, discipline_tai, d);
	sources_set_leaps(sources, discipline_next_leap, d);
	*ret = d;
	return 0;
}

void discipline_destroy(struct discipline *d)
{
	if (!d)
		return;
	discipline_save_drift(d);
	clock_on_disturbance(d->clock, NULL, NULL);
	clock_plan_leap(d->clock, LEAP_NONE, 0, NULL, NULL);
	loop_timer_done(d->loop, &d->leap.timer);
	loop_timer_done(d->loop, &d->fallback.timer);
	loop_timer_done(d->loop, &d->disturbed);
	loop_timer_done(d->loop, &d->once);
	loop_timer_done(d->loop, &d->local.timer);
	loop_timer_done(d->loop, &d->warmth.timer);
	free(d->warmth.points);
	joint_destroy(d->joint);
	free(d->joined);
	free(d->candidates);
	free(d->who);
	free(d->authenticated);
	free(d);
}

void discipline_listen(struct discipline *d, const struct discipline_listener *l, void *arg)
{
	if (d->n_listeners == DISCIPLINE_LISTENERS)
		return;
	d->listeners[d->n_listeners].listener = l;
	d->listeners[d->n_listeners].arg = arg;
	d->n_listeners++;
}

/* tinker freq takes the place of the drift file. */
static bool take_given_rate(struct discipline *d)
{
	double ppm = d->settings->ntp.tinker.freq_ppm;

	if (isnan(ppm))
		return false;
	d->given_rate = fmax(-d->policy.maxdrift, fmin(ppm * 1e-6, d->policy.maxdrift));
	clock_set_prior_rate(d->clock, d->given_rate, DRIFT_FILE_DOUBT);
	d->frequency_given = true;
	return true;
}

static void load_wander(struct discipline *d)
{
	const char *path = d->settings->driftfile;
	double wander;
	int r = path[0] == '\0' ? -ENOENT : clock_wander_load(d->clock, path, &wander);

	if (r == -EINVAL)
		log_warning(d->log, "No wander in %s.wander", path);
	if (r == 0)
		clock_set_prior_wander(d->clock, wander);
}

static void load_drift(struct discipline *d)
{
	const char *path = d->settings->driftfile;
	double rate, skew, limit = d->policy.maxdrift;
	int r;

	if (take_given_rate(d) || path[0] == '\0')
		return;
	r = clock_drift_load(d->clock, path, d->settings->ntp.style, &rate, &skew);
	if (r == -EINVAL)
		log_warning(
			d->log, "Could not read valid frequency and skew from driftfile %s", path);
	d->drift_unknown = r == -ENOENT && !d->settings->ntp.style;
	if (r < 0)
		return;
	log_info(d->log, "Frequency %.3f +/- %.3f ppm read from %s", -rate * 1e6, skew * 1e6, path);
	if (fabs(rate) > limit) {
		log_warning(d->log, "Frequency %.1f ppm exceeds allowed maximum", -rate * 1e6);
		rate = copysign(limit, rate);
	}
	/* A file that says that nothing is known leaves the doubt there is without it. */
	skew = fmin(hypot(skew, DRIFT_FILE_DOUBT), clock_get_model(d->clock)->rate_sd);
	clock_set_prior_rate(d->clock, rate, skew);
	d->given_rate = rate;
	d->frequency_given = true;
}

bool discipline_frequency_given(const struct discipline *d)
{
	return d->frequency_given;
}

void discipline_start(struct discipline *d)
{
	double taken_over = clock_base_rate(d->clock);

	load_wander(d);
	load_drift(d);
	discipline_leap_start(d);
	if (clock_get_model(d->clock)->rate == taken_over && taken_over != 0.0)
		log_info(d->log, "Initial frequency %.3f ppm", -taken_over * 1e6);
	if (d->settings->tempcomp.sensor[0] != '\0')
		discipline_warmth_timer(d);
	discipline_local_start(d);
	discipline_unsynchronise(d);
	if (d->mode != DISCIPLINE_NORMAL)
		loop_timer_in(d->loop, &d->once, ONCE_INTERVAL);
}

static bool make_room(struct discipline *d, size_t n)
{
	size_t room = d->room > 0 ? d->room : 8;
	void *c, *who, *authenticated, *joined;

	while (room < n)
		room *= 2;
	if (room == d->room)
		return true;
	c = realloc(d->candidates, room * sizeof(*d->candidates));
	if (c)
		d->candidates = c;
	who = realloc(d->who, room * sizeof(*d->who));
	if (who)
		d->who = who;
	authenticated = realloc(d->authenticated, room * sizeof(*d->authenticated));
	if (authenticated)
		d->authenticated = authenticated;
	joined = realloc(d->joined, room * sizeof(*d->joined));
	if (joined)
		d->joined = joined;
	if (!c || !who || !authenticated || !joined)
		return false;
	d->room = room;
	return true;
}

static int max_samples(const struct discipline *d, const struct source_options *o)
{
	return o && o->maxsamples >= 0 ? o->maxsamples : d->settings->maxsamples;
}

/* The reference ID that the source would have when following us; its own address of ours. */
static uint32_t local_refid(const struct source *s)
{
	struct report_ntpdata report;

	return source_report_ntp(s, &report) < 0 ? 0 : address_refid(&report.local);
}

static void fill(struct discipline *d, struct select_candidate *c, struct source *s, int64_t osc)
{
	const struct source_options *o = source_get_options(s);
	const struct source_select_memory *memory = source_select_memory(s);

	*c = (struct select_candidate){
		.source = s,
		.refclock = source_mode(s) == REPORT_MODE_REFCLOCK,
		.configured = source_select_options(s),
		.reach = source_reach(s),
		.reach_updates = source_reach_updates(s),
		.unreachable_runs = source_unreachable_runs(s),
		.maxunreach = o ? o->maxunreach : 0,
		.max_samples = max_samples(d, o),
		.active = source_active(s),
		.updated = source_has_news(s) || d->reselect,
		.refid = source_refid(s),
		.score = d->reselect ? 1.0 : memory->score,
		.distant_left = memory->distant_left,
		.doubted = memory->standing == SOURCE_DOUBTED,
		.vouches = memory->standing == SOURCE_GOOD,
	};
	if (d->select.orphan_stratum > 0)
		c->local_refid = local_refid(s);
	c->has_estimate = track_estimate(source_track(s), osc, &c->estimate) == 0;
	if (!c->has_estimate)
		return;
	track_get_figures(source_track(s), &c->figures);
	c->bound = track_bound(source_track(s), d->select.maxclockerror);
	c->tilt = track_tilt(source_track(s));
	c->age = fmax(instant_diff_s(osc, c->figures.last_osc), 0.0);
}

/* Fills the candidates, for which there is room. Returns the index of the source that was selected,
 * or -1. */
static int gather(struct discipline *d, int64_t osc)
{
	int previous = -1;

	d->n = sources_count(d->sources);
	for (size_t i = 0; i < d->n; i++) {
		d->who[i] = sources_at(d->sources, i);
		d->authenticated[i] = source_authenticated(d->who[i]);
		fill(d, &d->candidates[i], d->who[i], osc);
		if (d->who[i] == d->selected)
			previous = (int)i;
	}
	select_auth_options(
		(int)d->settings->authselectmode, d->candidates, d->authenticated, d->n);
	return d->reselect ? -1 : previous;
}

static bool is_bad(enum select_state state)
{
	return state == SELECT_FALSETICKER || state == SELECT_BAD_DISTANCE ||
	       state == SELECT_BAD_STRATUM || state == SELECT_JITTERY;
}

/* What this selection says of a source besides what was known. Who is not asked any more will not
 * answer either. */
static enum source_standing standing(enum source_standing was, enum select_state state)
{
	switch (state) {
	case SELECT_FALSETICKER:
		return SOURCE_DOUBTED;
	case SELECT_SELECTED:
	case SELECT_COMBINED:
	case SELECT_NONPREFERRED:
	case SELECT_DISTANT:
	case SELECT_OUTLIER:
	case SELECT_WAITS_UPDATE:
		return SOURCE_GOOD;
	case SELECT_MISSING_SAMPLES:
	case SELECT_WAITS_STATS:
		return was;
	default:
		return was == SOURCE_DOUBTED ? was : SOURCE_UNKNOWN;
	}
}

/* Keeps what the next selection and reports need. Returns a source whose address is to be given
 * up, or NULL. */
static struct source *remember(struct discipline *d, const struct select_result *r)
{
	struct source *bad = NULL;

	for (size_t i = 0; i < d->n; i++) {
		const struct select_candidate *c = &d->candidates[i];
		struct source_select_memory *m = source_select_memory(d->who[i]);

		m->score = c->score;
		m->distant_left = c->distant_left;
		m->effective = c->effective;
		m->age = c->age;
		m->low = c->low;
		m->high = c->high;
		m->standing = standing(m->standing, c->state);
		source_set_state(d->who[i], (char)c->state);
		if (!is_bad(c->state))
			m->bad = 0;
		else if (source_has_news(d->who[i]))
			m->bad++;
		if (m->bad >= BAD_LIMIT && source_has_news(d->who[i]))
			bad = d->who[i];
		/* Without a selection, news waits for one: a source is only selected by news. */
		if (r->selected >= 0 || is_bad(c->state))
			source_seen(d->who[i]);
	}
	return bad;
}

void discipline_select(struct discipline *d)
{
	struct clock_now now = clock_now(d->clock);
	int64_t origin = clock_model_offset(d->clock, now.osc);
	const struct source *before = d->selected;
	struct select_result r;
	struct source *bad;
	int previous;

	if (d->leap.phase == LEAP_FAR)
		sources_pass_leap(d->sources, now.osc);
	/* This look at the clock found that it had jumped. */
	if (d->disturbed.position != 0)
		return;
	/* What was selected stays so: it is no worse than before. */
	if (!make_room(d, sources_count(d->sources))) {
		log_error(d->log, "Out of memory");
		return;
	}
	previous = gather(d, now.osc);
	select_run(&d->select, d->candidates, d->n, previous, origin, &r);
	discipline_join(d, &r);
	d->reselect = false;
	d->selected = r.selected >= 0 ? d->who[r.selected] : NULL;
	for (size_t i = 0; i < d->n_listeners; i++) {
		if (d->listeners[i].listener->selected)
			d->listeners[i].listener->selected(
				d->listeners[i].arg, now.truth, d->candidates, d->n);
	}
	bad = remember(d, &r);
	if (d->mode == DISCIPLINE_NORMAL)
		discipline_tell(
			d, &r, before && !d->selected, d->selected && d->selected != before);
	if (before && r.failure == SELECT_NO_MAJORITY)
		discipline_unsynchronise(d);
	if (r.update && d->mode == DISCIPLINE_NORMAL)
		discipline_take(d, &r);
	else if (r.update)
		discipline_once(d, &r);
	/* Last, because it changes the registry. */
	if (bad)
		source_bad_selection(d->sources, bad);
}

void discipline_reselect(struct discipline *d)
{
	d->reselect = true;
	discipline_select(d);
}
