/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Leap seconds as sources see them: what was measured before one is of another scale than what is
 * measured after it. Where it was planned, everything moves along; where nobody planned it, each
 * source is on one side of it by its own time, and what it knew of the other side is forgotten.
 */
#include "config.h"

#include <stdlib.h>

#include "common/instant.h"
#include "common/log.h"
#include "daemon/clock/clock.h"
#include "daemon/source/internal.h"

/** Before a leap second by less than this, ns, and its own second nobody can tell from each other.
 */
#define AMBIGUOUS (INT64_C(2) * INSTANT_S)

/** A source that ignored a leap second, or made one that we ignored, is off what was expected of it
 * by nothing or by a second, and by less than this, ns, besides. */
#define EXPECTED (INSTANT_S / 4)

/** A server that says by how much its clock jumped means the leap second when it differs from it by
 * less than this, ns. */
#define ALIKE (INSTANT_S / 2)

void sources_set_leaps(
	struct sources *r, int64_t (*next)(void *arg, int64_t utc, enum leap announced), void *arg)
{
	r->leaps.next = next;
	r->leaps.arg = arg;
}

static void shift(struct source *s, int64_t ns)
{
	track_shift(s->track, ns, 0.0);
	median_forget(s);
	refclock_shifted(s);
}

void sources_shift(struct sources *r, int64_t ns)
{
	r->shifted_osc = clock_now(r->env->clock).osc;
	for (size_t i = 0; i < r->n; i++) {
		struct source *s = r->all[i];

		shift(s, ns);
		s->leap_at = INT64_MAX;
		s->leapt_ns = ns;
		s->ignored_ns = 0;
	}
}

void sources_ignore_leap(struct sources *r, int64_t ns)
{
	r->shifted_osc = clock_now(r->env->clock).osc;
	r->ignored_ns = ns;
	for (size_t i = 0; i < r->n; i++) {
		r->all[i]->leap_at = INT64_MAX;
		r->all[i]->ignored_ns = ns;
	}
}

/** Moves a source that is found beyond a leap second which we ignored, and all others that were not
 * heard since: they are thought to be where the first one is, until they say otherwise. */
static void cross(struct source *s, int64_t ns)
{
	struct sources *r = s->registry;

	for (size_t i = 0; i < r->n; i++) {
		struct source *other = r->all[i];

		if (other != s && (r->ignored_ns != ns || other->ignored_ns != ns))
			continue;
		shift(other, ns);
		other->ignored_ns = -ns;
	}
}

/** The first sample after a leap second that we ignored shows on which side of it a source is. */
static void find_side(struct source *s, const struct sample *sample)
{
	struct track_estimate e;
	int64_t ns = s->ignored_ns, off;

	if (ns == 0)
		return;
	if (track_estimate(s->track, sample->osc, &e) == 0) {
		off = sample->offset_ns - e.offset_ns;
		if (llabs(off - ns) <= EXPECTED)
			cross(s, ns);
		else if (llabs(off) > EXPECTED)
			member_unlearn(s);
	}
	s->ignored_ns = s->registry->ignored_ns = 0;
}

void sources_hold(struct sources *r, bool on)
{
	r->held = on;
}

/** A source tells this time: if that is after the leap second which was ahead of it, all that is
 * known of it was before. */
static void pass(struct source *s, int64_t utc)
{
	if (utc >= s->leap_at)
		member_unlearn(s);
}

void leap_note(struct source *s, const struct sample *sample)
{
	const struct sources *r = s->registry;

	if (r->leaps.next != NULL)
		s->leap_at = r->leaps.next(
			r->leaps.arg, instant_add(sample->osc, sample->offset_ns), sample->leap);
}

bool leap_admits(struct source *s, const struct sample *sample)
{
	const struct sources *r = s->registry;
	int64_t utc = instant_add(sample->osc, sample->offset_ns);

	/* A response of interleaved mode measures the exchange before it. */
	if (r->held)
		log_info(r->env->log, "Dropping sample around leap second");
	if (r->held || sample->osc < r->shifted_osc)
		return false;
	find_side(s, sample);
	s->leapt_ns = 0;
	pass(s, utc);
	leap_note(s, sample);
	return s->leap_at == INT64_MAX || s->leap_at - utc > AMBIGUOUS;
}

int64_t leap_rest(struct source *s, int64_t jumped_ns)
{
	int64_t rest = jumped_ns - s->leapt_ns;

	if (s->leapt_ns == 0 || rest > ALIKE || rest < -ALIKE)
		return jumped_ns;
	s->leapt_ns = 0;
	return rest;
}

void sources_pass_leap(struct sources *r, int64_t osc)
{
	for (size_t i = 0; i < r->n; i++) {
		struct source *s = r->all[i];
		struct track_estimate e;

		if (s->leap_at != INT64_MAX && track_estimate(s->track, osc, &e) == 0)
			pass(s, instant_add(osc, e.offset_ns));
	}
}
