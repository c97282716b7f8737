/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is told of our synchronisation: the reference that servers and reports read, and its image
 * in the kernel for programs that ask adjtimex(2).
 */
#include "config.h"

#include <math.h>

#include "common/instant.h"
#include "common/log.h"
#include "daemon/clock/state.h"

const struct clock_reference *clock_get_reference(const struct clock *c)
{
	return &c->reference;
}

double clock_root_dispersion(const struct clock *c, int64_t osc)
{
	double age = instant_diff_s(osc, c->reference.osc);

	return c->reference.root_dispersion + fmax(age, 0.0) * c->reference.dispersion_rate;
}

void clock_set_reference(struct clock *c, const struct clock_reference *r)
{
	/* Only a source of time makes the kernel's clock synchronised, not our own word for it; and
	 * the kernel would copy the time to the RTC, so it must have been asked for. */
	bool real = r->synchronised && r->refid != REFID_LOCAL;
	struct clock_status status = {
		.synchronised = real && c->rtcsync,
		.max_error = r->root_delay / 2 + r->root_dispersion,
		.leap = c->plan.leap,
		.tai = c->tai,
		.est_error = real ? c->model.offset_sd : r->root_dispersion,
	};
	int error;

	c->reference = *r;
	if (!c->driver->controls)
		return;
	error = c->driver->set_status(c->kernel, &status);
	if (error < 0)
		log_debug(
			c->log, "Could not set the status of the system clock (error %d)", -error);
}

void clock_set_rtcsync(struct clock *c, bool on)
{
	c->rtcsync = on;
}
