/* SPDX-License-Identifier: BSD-2-Clause */
/* Looking at a daemon without touching it: clock_now() would notice things. */
#include "config.h"

#include <math.h>

#include "common/instant.h"
#include "daemon/clock/clock.h"
#include "test/sim/look.h"

struct look look_at(struct sim *s, int node)
{
	struct daemon *d = sim_daemon(s, node);
	struct look look = {.synchronised = false};
	const struct clock_reference *reference;
	const struct clock_model *model;
	const struct clock *clock;
	int64_t osc, system, truth;
	double age;

	if (!d)
		return look;
	clock = daemon_clock(d);
	reference = clock_get_reference(clock);
	model = clock_get_model(clock);
	sim_clocks(s, node, &osc, &system);
	truth = clock_has_model(clock) ? clock_true_from_osc(clock, osc) : system;
	age = instant_diff_s(osc, model->osc);
	/* Around a leap second nobody is told the time. */
	look.synchronised = reference->synchronised && reference->leap != LEAP_UNSYNCHRONISED;
	look.error = instant_diff_s(truth, sim_utc(s));
	look.distance = reference->root_delay / 2 + clock_root_dispersion(clock, osc);
	look.correction = instant_diff_s(system, truth);
	if (clock_has_model(clock))
		look.sd = hypot(hypot(model->offset_sd, age * model->rate_sd),
			model->wander * sqrt(age * age * age / 3));
	return look;
}
