/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clock driver that leaves the system clock alone (-x): it only tells the rate that is in
 * force, which somebody else may have set.
 */
#include "config.h"

#include <errno.h>

#include "daemon/clock/driver.h"
#include "daemon/clock/rate.h"
#include "daemon/kernel/kernel.h"

static int none_start(struct kernel *k, double *ret_rate)
{
	struct kernel_timex t = {.modes = 0};

	/* A kernel that does not let us look has the nominal rate as far as we can know. */
	*ret_rate = k->ops->timex(k, &t) < 0 ? 0.0 : clock_rate_of(t.tick_us, t.frequency);
	return 0;
}

static int none_set_rate(struct kernel *k, double rate, double *ret_rate)
{
	(void)rate;
	return none_start(k, ret_rate);
}

static int none_step(struct kernel *k, int64_t delta_ns)
{
	(void)k;
	(void)delta_ns;
	return -EPERM;
}

static int none_set_status(struct kernel *k, const struct clock_status *status)
{
	(void)k;
	(void)status;
	return 0;
}

const struct clock_driver clock_driver_none = {
	.name = "none",
	.controls = false,
	.start = none_start,
	.set_rate = none_set_rate,
	.step = none_step,
	.set_status = none_set_status,
	.max_rate = 0.1,
};
