/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the combination of estimates to the estimate of all samples together.
 */
#include "config.h"

#include <math.h>

#include "common/instant.h"
#include "daemon/discipline/state.h"

/* By so many standard deviations the joint estimate may be off what the sources' own ones come to,
 * before it is not believed. */
#define TRUSTED_SIGMAS 5.0
/* A bias below this, s, is none. */
#define LEAST_BIAS 1e-9

static enum joint_use use_of(const struct select_candidate *c)
{
	if (c->combined && c->max_samples == 0)
		return JOINT_FOLLOW;
	return c->state == SELECT_FALSETICKER || c->state == SELECT_UNTRUSTED ? JOINT_UNDO
									      : JOINT_LEAVE;
}

/* Whether what is known jointly is more than by the combination, and no contradiction to it. Paths
 * more asymmetric than was thought possible look like a rate when sources are heard by turns. */
static bool is_better(
	const struct track_estimate *joint, const struct track_estimate *combined, double bias)
{
	double off = instant_diff_s(joint->offset_ns, combined->offset_ns);

	return joint->offset_sd <= combined->offset_sd &&
	       fabs(off) <=
		       TRUSTED_SIGMAS * hypot(bias, hypot(joint->offset_sd, combined->offset_sd)) &&
	       fabs(joint->rate - combined->rate) <=
		       TRUSTED_SIGMAS * hypot(joint->rate_sd, combined->rate_sd);
}

void discipline_join(struct discipline *d, struct select_result *r)
{
	struct track_estimate e;
	double bias = INFINITY;
	bool news = false;

	for (size_t i = 0; i < d->n; i++) {
		const struct select_candidate *c = &d->candidates[i];

		d->joined[i] = (struct joint_source){.track = source_track(d->who[i]),
			.bias = fmax(select_bias(c), LEAST_BIAS),
			.use = use_of(c)};
		if (!c->combined)
			continue;
		bias = fmin(bias, d->joined[i].bias);
		news |= c->updated;
	}
	joint_follow(d->joint, d->joined, d->n);
	if (r->selected < 0 || joint_estimate(d->joint, r->estimate.osc, &e) < 0)
		return;
	if (!is_better(&e, &r->estimate, bias))
		return;
	e.sample_sd = r->estimate.sample_sd;
	r->root_dispersion += fabs(instant_diff_s(e.offset_ns, r->estimate.offset_ns));
	r->estimate = e;
	r->update = news;
}
