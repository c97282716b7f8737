/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The time that others get of us: what a packet says of our synchronisation, and timestamps as they
 * are to read them.
 */
#ifndef DAEMON_CLOCK_SERVED_H
#define DAEMON_CLOCK_SERVED_H

#include <stdbool.h>
#include <stdint.h>

#include "common/report.h"

struct clock;
struct packet;

/** What all packets of one moment say of us. */
struct served {
	bool synchronised; /**< otherwise only precision and kiss count */
	uint32_t kiss;     /**< kiss code (RFC 5905 7.4), or 0 */
	enum leap leap;
	int stratum;
	int precision; /**< log2 s; timestamps are random below it */
	uint32_t refid;
	int64_t reference_time; /**< true instant; 0: none */
	double root_delay;      /**< s */
	double root_dispersion; /**< s, now */
	double dispersion_rate; /**< s/s at which it grows */
};

/** A system timestamp as a true instant that others are told. */
int64_t served_from_system(const struct clock *c, int64_t system);

/** The same for the moment, as a line: good while nobody touches the clock, and for a second or so
 * if served time is being smoothed. */
struct served_line {
	int64_t since;         /**< system instant from which on it holds */
	int64_t system, truth; /**< a point of it: served time at a system instant */
	double rate;           /**< s/s that served time gains on the system clock */
};

/** What it is now. slews_leap: leap seconds are slewed (leapsecmode), so smoothed time has none.
 * ret_line may be NULL. */
void served_now(struct clock *c, bool slews_leap, struct served *ret, struct served_line *ret_line);

static inline int64_t served_by_line(const struct served_line *l, int64_t system)
{
	double d = (double)(system - l->system) * l->rate;

	return l->truth + (system - l->system) + (int64_t)(d + (d < 0 ? -0.5 : 0.5));
}

/** What is told of the root, s. */
void served_roots(const struct served *s, double *ret_delay, double *ret_dispersion);

/** Puts leap, stratum, precision, reference and root values into a packet. */
void served_fill(const struct served *s, struct packet *io);

/** An NTP timestamp whose bits below the precision are random: they say nothing, and an attacker
 * who must guess a timestamp has to guess them too (RFC 5905 6). */
uint64_t served_blur(uint64_t ntp, int precision, uint32_t random);

#endif
