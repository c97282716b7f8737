/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clock driver for Linux: rate by the tick and frequency of adjtimex(2), steps by the kernel,
 * status and error bounds for programs that ask the kernel how good its time is.
 */
#include "config.h"

#include <errno.h>
#include <math.h>

#include "daemon/clock/driver.h"
#include "daemon/clock/rate.h"
#include "daemon/kernel/kernel.h"

/* At this bound the kernel itself calls the clock unsynchronised (NTP_PHASE_LIMIT). */
#define ERROR_LIMIT_S 16.0

static int linux_start(struct kernel *k, double *ret_rate)
{
	struct kernel_timex t = {.modes = 0};
	int r = k->ops->timex(k, &t);

	if (r < 0)
		return r;
	*ret_rate = clock_rate_of(t.tick_us, t.frequency);
	return 0;
}

static int linux_set_rate(struct kernel *k, double rate, double *ret_rate)
{
	struct kernel_timex t = {.modes = KERNEL_TIMEX_FREQUENCY | KERNEL_TIMEX_TICK};
	int r;

	clock_rate_split(rate, &t.tick_us, &t.frequency);
	r = k->ops->timex(k, &t);
	if (r < 0)
		return r;
	*ret_rate = clock_rate_of(t.tick_us, t.frequency);
	return 0;
}

static int linux_step(struct kernel *k, int64_t delta_ns)
{
	return k->ops->step(k, delta_ns);
}

static int linux_set_status(struct kernel *k, const struct clock_status *status)
{
	struct kernel_timex t = {
		.modes = KERNEL_TIMEX_STATUS | KERNEL_TIMEX_MAXERROR | KERNEL_TIMEX_ESTERROR,
		.maxerror_us = (int64_t)ceil(fmin(status->max_error, ERROR_LIMIT_S) * 1e6),
		.esterror_us = (int64_t)ceil(fmin(status->est_error, ERROR_LIMIT_S) * 1e6),
		.tai = status->tai,
	};
	int r;

	if (!status->synchronised || status->max_error >= ERROR_LIMIT_S)
		t.status |= KERNEL_STATUS_UNSYNC;
	if (status->leap == LEAP_INSERT)
		t.status |= KERNEL_STATUS_INSERT;
	if (status->leap == LEAP_DELETE)
		t.status |= KERNEL_STATUS_DELETE;
	if (status->tai != 0)
		t.modes |= KERNEL_TIMEX_TAI;
	r = k->ops->timex(k, &t);
	return r < 0 ? r : 0;
}

const struct clock_driver clock_driver_linux = {
	.name = "linux",
	.controls = true,
	.start = linux_start,
	.set_rate = linux_set_rate,
	.step = linux_step,
	.set_status = linux_set_status,
	.max_rate = CLOCK_RATE_MAX,
};
