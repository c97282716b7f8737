/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clock with smoothing: what is served follows true time gently (smooth.h does the arithmetic).
 */
#include "config.h"

#include <errno.h>

#include "daemon/clock/state.h"
#include "daemon/kernel/kernel.h"

int64_t clock_osc_now(const struct clock *c)
{
	struct kernel_clocks now;

	c->kernel->ops->clocks(c->kernel, &now);
	return now.raw_ns + c->shift;
}

void clock_smooth(struct clock *c, double max_frequency, double max_wander, bool leap_only)
{
	c->smooth = (struct smooth){
		.max_frequency = max_frequency, .max_wander = max_wander, .leap_only = leap_only};
}

int clock_smooth_activate(struct clock *c)
{
	if (!smooth_on(&c->smooth))
		return -ENOTSUP;
	c->smooth.active = true;
	return 0;
}

int clock_smooth_reset(struct clock *c)
{
	if (!smooth_on(&c->smooth))
		return -ENOTSUP;
	smooth_reset(&c->smooth, clock_osc_now(c));
	return 0;
}

int clock_smooth_report(struct clock *c, struct report_smoothing *ret)
{
	if (!smooth_on(&c->smooth))
		return -ENOTSUP;
	smooth_report(&c->smooth, clock_osc_now(c), ret);
	return 0;
}

double clock_smooth_offset(const struct clock *c, int64_t osc)
{
	return c->smooth.active ? smooth_offset(&c->smooth, osc) : 0.0;
}

bool clock_smooth_hides_leap(const struct clock *c)
{
	return c->smooth.active;
}
