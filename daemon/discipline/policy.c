/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules of the discipline.
 */
#include "config.h"

#include <math.h>

#include "common/instant.h"
#include "config/settings.h"
#include "daemon/discipline/policy.h"

/* A correction takes at least this part of the time to the next update at corrtimeratio's default,
 * and more when it is small beside what is not known of the offset: a part of CERTAIN by its ratio
 * to the standard deviation. That costs little time error and saves frequency error. There is
 * nothing to be saved where its slew is small beside what is not known of the frequency itself: it
 * need not be slower than UNNOTICED standard deviations of that. What is more than LEAPING standard
 * deviations off is no noise, and has the less time the more it is. */
#define DURATION_PART       0.3
#define CERTAIN             3.0
#define UNNOTICED           5.0
#define LEAPING             100.0
#define DURATION_PART_MOST  2.0
#define DURATION_RATIO      3.0
#define DURATION_LEAST      0.1
#define DURATION_MOST       10000.0
#define CORRTIMERATIO_LEAST 0.01

struct policy policy_from(const struct settings *s, bool restarted)
{
	int limit = s->makestep_limit;

	return (struct policy){
		.makestep_threshold = s->makestep_threshold,
		.makestep_left = restarted && limit > 0 ? 0 : limit,
		.maxchange_on = s->maxchange_on,
		.maxchange_offset = s->maxchange_offset,
		.maxchange_start_left = s->maxchange_start,
		.maxchange_ignore_left = s->maxchange_ignore,
		.maxupdateskew = fabs(s->maxupdateskew_ppm) * 1e-6,
		.maxdrift = fabs(s->maxdrift_ppm) * 1e-6,
		.maxslewrate = fabs(s->maxslewrate_ppm) * 1e-6,
		.corrtimeratio = s->corrtimeratio,
		.logchange = s->logchange,
		.ntpd = s->ntp.style,
		.step_back = s->ntp.tinker.stepback,
		.step_fwd = s->ntp.tinker.stepfwd,
		.stepout = s->ntp.tinker.stepout,
		.step_first = s->ntp.step_first,
		.large_since = -1.0,
	};
}

/* maxchange: a change that large is more likely a fault of the sources than of the clock. */
static enum policy_action check_change(struct policy *p, double offset)
{
	if (!p->maxchange_on)
		return POLICY_SLEW;
	if (p->maxchange_start_left > 0) {
		p->maxchange_start_left--;
		return POLICY_SLEW;
	}
	if (fabs(offset) <= p->maxchange_offset)
		return POLICY_SLEW;
	if (p->maxchange_ignore_left == 0)
		return POLICY_EXIT;
	if (p->maxchange_ignore_left > 0)
		p->maxchange_ignore_left--;
	return POLICY_IGNORE;
}

static bool may_step(struct policy *p, const struct policy_update *u)
{
	bool allowed = p->makestep_left != 0;

	if (p->makestep_left > 0)
		p->makestep_left--;
	return allowed && u->controls && fabs(u->correction) > p->makestep_threshold;
}

/* tinker (ntp.conf(5)): a correction is large when it is so for a while, but for the first. What is
 * large for a moment was a spike. */
static enum policy_action ntpd_action(struct policy *p, const struct policy_update *u)
{
	double threshold = u->correction < 0 ? p->step_back : p->step_fwd;
	bool large = threshold > 0.0 && fabs(u->correction) > threshold;
	bool first = !p->updated;

	p->updated = true;
	if (!u->controls)
		return POLICY_SLEW;
	if (first && (large || p->step_first))
		return POLICY_STEP;
	if (!large) {
		p->large_since = -1.0;
		return POLICY_SLEW;
	}
	if (p->large_since < 0.0)
		p->large_since = u->now;
	if (u->now - p->large_since < p->stepout)
		return POLICY_WAIT;
	p->large_since = -1.0;
	return POLICY_STEP;
}

struct policy_decision policy_decide(struct policy *p, const struct policy_update *u)
{
	struct policy_decision d = {.action = check_change(p, u->offset), .rate = u->rate};

	if (u->rate_sd > p->maxupdateskew) {
		d.rate = u->present_rate;
		d.rate_kept = true;
	}
	if (fabs(d.rate) > p->maxdrift) {
		d.rate = copysign(p->maxdrift, d.rate);
		d.rate_clamped = true;
	}
	if (d.action != POLICY_SLEW)
		return d;
	d.tell = fabs(u->offset) > p->logchange;
	if (p->ntpd)
		d.action = ntpd_action(p, u);
	else if (may_step(p, u))
		d.action = POLICY_STEP;
	return d;
}

/* Days from 1 March of year 0 to 1970-01-01, and in 400 years, in the Gregorian calendar. */
#define DAYS_TO_1970   719468
#define DAYS_OF_ERA    146097
#define DAYS_OF_YEAR   365
#define JANUARY_FIRST  306 /* counted from 1 March, so that a leap day is the last of its year */
#define JULY_FIRST     122
#define SECONDS_OF_DAY 86400

enum leap policy_leap(enum leap announced, int64_t truth)
{
	int64_t tomorrow = truth / INSTANT_S / SECONDS_OF_DAY + 1 + DAYS_TO_1970;
	int64_t day = tomorrow % DAYS_OF_ERA;
	int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / DAYS_OF_YEAR;

	day -= DAYS_OF_YEAR * year + year / 4 - year / 100;
	return day == JANUARY_FIRST || day == JULY_FIRST ? announced : LEAP_NONE;
}

double policy_duration(
	const struct policy *p, const struct policy_correction *c, double poll, double spacing)
{
	double size = fmax(fabs(c->offset), 1e-9);
	double next = spacing > 0 ? fmin(poll, spacing) : poll;
	double unnoticed = size / (UNNOTICED * fmax(c->rate_sd, 1e-15));
	double part = fmin(CERTAIN * c->offset_sd / size, unnoticed / next);
	double ratio = fmax(p->corrtimeratio, CORRTIMERATIO_LEAST) / DURATION_RATIO;

	part = fmin(fmax(part, DURATION_PART), DURATION_PART_MOST) *
	       fmin(1.0, LEAPING * c->offset_sd / size);
	return fmin(fmax(part * next * ratio, DURATION_LEAST), DURATION_MOST);
}
