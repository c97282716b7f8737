/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bank over the wander alone, of states that have an offset for each source beside those of the
 * clock. What a sample's error looks like is the mixture of the shapes in its source's own bank.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/track/joint.h"
#include "daemon/track/joint_state.h"
#include "daemon/track/state.h"

/* Offsets are kept near zero: beyond this, s, the base moves. */
#define BASE_LIMIT 1.0

/** A source that takes part. */
struct joint_member {
	const struct track *track;
	int64_t began;  /**< the track's, so that another one is not taken for it */
	unsigned taken; /**< the track's, when it was looked at last */
	bool stepped;   /**< something stepped, the source or the rate, and which is not known */
	double bias, variance; /**< s, s^2, its offset before */
};

struct joint {
	bool started;
	int64_t osc, base_ns; /**< of the states */
	unsigned n;
	struct joint_member members[JOINT_MOST];
	struct joint_bank bank;
};

struct joint *joint_create(void)
{
	struct joint *j = calloc(1, sizeof(*j));

	if (j)
		joint_reset(j);
	return j;
}

void joint_destroy(struct joint *j)
{
	free(j);
}

void joint_reset(struct joint *j)
{
	j->started = false;
	j->n = 0;
	j->bank.dims = JOINT_BIAS;
}

static bool is_member(const struct joint_member *m, const struct track *t)
{
	return m->track == t && m->began == t->began;
}

static int find(const struct joint *j, const struct track *t)
{
	for (unsigned i = 0; i < j->n; i++) {
		if (is_member(&j->members[i], t))
			return (int)i;
	}
	return -1;
}

static void drop(struct joint *j, unsigned which)
{
	joint_bank_drop(&j->bank, which);
	j->n--;
	memmove(&j->members[which], &j->members[which + 1], (j->n - which) * sizeof(j->members[0]));
}

static void add(struct joint *j, const struct joint_source *s)
{
	if (j->n == JOINT_MOST)
		return;
	j->members[j->n++] = (struct joint_member){.track = s->track, .began = s->track->began};
	joint_bank_add(&j->bank, s->bias);
}

/* Takes a kept sample of a member. */
static void take(struct joint *j, unsigned which, const struct track_kept *k)
{
	const struct track *t = j->members[which].track;
	struct joint_sample s = {
		.source = which, .z = (double)(k->sample.offset_ns - j->base_ns) * 1e-9};
	double dt = (double)(k->sample.osc - j->osc) * 1e-9;

	s.shapes = bank_shapes(&t->bank, &k->measurement, s.noise, s.weight);
	if (dt > 0) {
		joint_bank_predict(&j->bank, dt);
		j->osc = k->sample.osc;
	} else {
		/* Those that were under way together arrive in any order. */
		s.z -= dt * j->bank.mean.m[JOINT_Y];
	}
	joint_bank_update(&j->bank, &s);
}

/* When it turns out to have been the rate that stepped, the source did not. */
static void find_owner(struct joint *j, unsigned which)
{
	struct joint_member *m = &j->members[which];

	if (!m->stepped)
		return;
	if (fabs(m->track->step.rate_step) > 0) {
		joint_bank_pin(&j->bank, which, m->bias, m->variance);
		m->stepped = false;
	} else if (m->track->since_change > TRACK_STEP_SAMPLES) {
		m->stepped = false;
	}
}

/* The newest sample of a member, if it was not looked at so far and its own bank took it. */
static void take_news(struct joint *j, unsigned which)
{
	struct joint_member *m = &j->members[which];
	const struct track *t = m->track;

	if (m->taken == t->taken)
		return;
	m->taken = t->taken;
	if (t->open.is)
		return;
	if (t->moved.y_sd > 0 && !m->stepped) {
		m->stepped = true;
		m->bias = j->bank.mean.m[JOINT_BIAS + which];
		m->variance = j->bank.mean.p[JOINT_BIAS + which][JOINT_BIAS + which];
	}
	if (t->moved.x_sd > 0 || t->moved.y_sd > 0)
		joint_bank_inflate(&j->bank, which, t->moved.x_sd, t->moved.y_sd, t->moved.since);
	take(j, which, track_kept_at(t, 0));
	find_owner(j, which);
}

/* How many kept samples of a track are of its path and source as they are now, and taken. */
static unsigned in_force(const struct track *t)
{
	return t->n_kept < t->since_change ? t->n_kept : t->since_change;
}

/* Begins with the samples that all members have kept, in order of time. */
static void begin(struct joint *j)
{
	unsigned left[JOINT_MOST];

	for (unsigned i = 0; i < j->n; i++) {
		left[i] = in_force(j->members[i].track);
		j->members[i].taken = j->members[i].track->taken;
	}
	for (;;) {
		const struct track_kept *first = NULL;
		unsigned which = 0;

		for (unsigned i = 0; i < j->n; i++) {
			const struct track *t = j->members[i].track;
			const struct track_kept *k;

			if (left[i] <= t->open.is)
				continue;
			k = track_kept_at(t, left[i] - 1);
			if (!first || k->sample.osc < first->sample.osc) {
				first = k;
				which = i;
			}
		}
		if (!first)
			return;
		if (!j->started) {
			const struct sample *s = &first->sample;
			const struct track *t = j->members[which].track;

			j->base_ns = s->offset_ns;
			j->osc = s->osc;
			joint_bank_start(&j->bank, &t->bank, 10 * (s->delay + s->dispersion) + 1e-6,
				t->prior_rate, t->prior_rate_sd);
			j->started = true;
		}
		take(j, which, first);
		left[which]--;
	}
}

static void move_base(struct joint *j)
{
	double x = j->bank.mean.m[JOINT_X];
	int64_t whole;

	if (fabs(x) < BASE_LIMIT)
		return;
	whole = (int64_t)llround(x * 1e9);
	j->base_ns += whole;
	joint_bank_move(&j->bank, -(double)whole * 1e-9);
}

/* Who goes and who comes. Returns whether to begin anew. */
static bool change_members(struct joint *j, const struct joint_source *s, size_t n)
{
	bool undo = !j->started;

	for (unsigned i = j->n; i-- > 0;) {
		bool stays = false;

		for (size_t k = 0; k < n; k++) {
			if (!is_member(&j->members[i], s[k].track))
				continue;
			stays = s[k].use == JOINT_FOLLOW;
			undo |= s[k].use == JOINT_UNDO;
		}
		if (!stays)
			drop(j, i);
	}
	for (size_t k = 0; k < n; k++) {
		if (s[k].use == JOINT_FOLLOW && find(j, s[k].track) < 0)
			add(j, &s[k]);
	}
	return undo;
}

void joint_follow(struct joint *j, const struct joint_source *s, size_t n)
{
	bool anew = change_members(j, s, n);

	/* Of one source alone its own bank knows more. */
	if (j->n < 2) {
		joint_reset(j);
		return;
	}
	if (anew) {
		j->started = false;
		begin(j);
	}
	for (unsigned i = 0; i < j->n; i++)
		take_news(j, i);
	move_base(j);
}

int joint_estimate(const struct joint *j, int64_t osc, struct track_estimate *ret)
{
	double dt = (double)(osc - j->osc) * 1e-9, wander = j->bank.wander;
	struct filter f;

	if (!j->started || j->n < 2)
		return -EAGAIN;
	for (unsigned i = 0; i < j->n; i++)
		wander =
			fmax(wander, hypot(j->bank.wander, track_step_wander(j->members[i].track)));
	f = joint_bank_best(&j->bank);
	if (dt > 0)
		filter_predict(&f, dt, wander);
	else
		f.x += dt * f.y;
	*ret = (struct track_estimate){
		.osc = osc,
		.offset_ns = j->base_ns + (int64_t)llround(f.x * 1e9),
		.rate = f.y,
		.offset_sd = sqrt(fmax(f.p00, 0.0)),
		.rate_sd = sqrt(fmax(f.p11, 0.0)),
		.covariance = f.p01,
		.wander = wander,
	};
	return 0;
}
