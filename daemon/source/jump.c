/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Oscillators do not jump, so a reference clock that does was wrong before or is wrong now. Which,
 * it cannot tell alone: the time that has lasted longer is believed, and small jumps soon.
 */
#include "config.h"

#include <math.h>

#include "common/instant.h"
#include "daemon/source/jump.h"

/** Readings in a row that agree on another time, before it is believed; and that do not fit at all,
 * before the noise is believed to be larger. */
#define AGREEING  4
#define SCATTERED 8
/** How long at most a jump by a second or more must last, s. A smaller one, that part of it. */
#define WAIT_MOST 3600.0
/** Beyond this, s, what was measured before a jump says nothing of what comes after it. */
#define RESET 1e-3

double jump_wait(double deviation, double age)
{
	return fmin(age, WAIT_MOST * fmin(1.0, fabs(deviation)));
}

bool jump_waits(const struct jump *j)
{
	return j->n >= 2 && !j->follows && fabs(j->by) >= RESET;
}

static void begin_row(struct jump *j, const struct jump_reading *r)
{
	j->from = r->osc;
	j->n = 0;
	j->by = r->deviation;
	j->scattered = false;
	j->follows = false;
	j->told = false;
}

enum jump_verdict jump_judge(struct jump *j, const struct jump_reading *r)
{
	double lasted;
	bool large = fabs(r->deviation) >= RESET;

	if (!r->known || j->since == 0) {
		if (j->since == 0)
			j->since = r->osc;
		j->n = 0;
		return JUMP_FITS;
	}
	if (fabs(r->deviation) <= r->tolerance) {
		j->n = 0;
		return JUMP_FITS;
	}
	if (j->n == 0)
		begin_row(j, r);
	j->n++;
	if (j->follows)
		return JUMP_FOLLOW;
	if (fabs(r->deviation - j->by) > 2 * r->tolerance)
		j->scattered = true;
	lasted = instant_diff_s(r->osc, j->from);
	/* Small ones need not agree: where the frequency has changed they grow. */
	if (j->n < (j->scattered && large ? SCATTERED : AGREEING) ||
		lasted < jump_wait(r->deviation, instant_diff_s(j->from, j->since)))
		return JUMP_WAIT;
	j->follows = true;
	if (j->scattered || !large)
		return JUMP_FOLLOW;
	j->since = j->from;
	j->n = 0;
	return JUMP_RESET;
}
