/* SPDX-License-Identifier: BSD-2-Clause */
/* The time that others get of us. */
#include "config.h"

#include <math.h>

#include "common/instant.h"
#include "daemon/clock/clock.h"
#include "daemon/clock/served.h"
#include "daemon/wire/packet.h"

/* Root delay and dispersion that are told while there is nothing to tell. */
#define UNSYNCHRONISED_ROOT 1.0

static int64_t at_osc(const struct clock *c, int64_t osc)
{
	return instant_add_s(clock_true_from_osc(c, osc), clock_smooth_offset(c, osc));
}

static struct served_line line_at(const struct clock *c, int64_t osc)
{
	int64_t later = osc + INSTANT_S, truth = at_osc(c, osc);
	int64_t system = clock_system_from_osc(c, osc), after = clock_system_from_osc(c, later);

	return (struct served_line){
		.since = clock_system_since(c),
		.system = system,
		.truth = truth,
		.rate = (double)(at_osc(c, later) - truth - (after - system)) /
			(double)(after - system),
	};
}

void served_now(struct clock *c, bool slews_leap, struct served *ret, struct served_line *ret_line)
{
	const struct clock_reference *r = clock_get_reference(c);
	struct clock_now now = clock_now(c);
	double smoothed = clock_smooth_offset(c, now.osc);
	bool hidden = clock_smooth_hides_leap(c) && r->leap != LEAP_UNSYNCHRONISED && slews_leap;

	*ret = (struct served){
		.synchronised = r->synchronised,
		.leap = hidden ? LEAP_NONE : r->leap,
		.stratum = r->stratum,
		.precision = clock_precision_log2(c),
		.refid = fabs(smoothed) > clock_precision(c) ? REFID_SMOOTH : r->refid,
		.reference_time =
			r->reference_time != 0 ? instant_add_s(r->reference_time, smoothed) : 0,
		.root_delay = r->root_delay,
		.root_dispersion = clock_root_dispersion(c, now.osc),
		.dispersion_rate = r->dispersion_rate,
	};
	if (ret_line)
		*ret_line = line_at(c, now.osc);
}

int64_t served_from_system(const struct clock *c, int64_t system)
{
	return at_osc(c, clock_osc_from_system(c, system));
}

void served_roots(const struct served *s, double *ret_delay, double *ret_dispersion)
{
	*ret_delay = s->synchronised ? s->root_delay : UNSYNCHRONISED_ROOT;
	*ret_dispersion = s->synchronised ? s->root_dispersion : UNSYNCHRONISED_ROOT;
}

void served_fill(const struct served *s, struct packet *p)
{
	double delay, dispersion;

	served_roots(s, &delay, &dispersion);
	p->precision = s->precision;
	p->root_delay = instant_to_short(delay);
	p->root_dispersion = instant_to_short(dispersion);
	if (!s->synchronised) {
		p->leap = LEAP_UNSYNCHRONISED;
		p->refid = s->kiss;
		return;
	}
	p->leap = s->leap;
	p->stratum = s->stratum < PACKET_STRATUM_UNSYNCHRONISED ? s->stratum : 0;
	p->refid = s->refid;
	p->reference = s->reference_time ? instant_to_ntp(s->reference_time) : 0;
}

uint64_t served_blur(uint64_t ntp, int precision, uint32_t random)
{
	int bits = precision + 32;
	uint64_t mask;

	if (bits <= 0)
		return ntp;
	mask = (UINT64_C(1) << (bits < 32 ? bits : 32)) - 1;
	return (ntp & ~mask) | (random & mask);
}
