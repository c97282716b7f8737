/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Straight pieces between raw and system time. Differences are formed in integers and only
 * durations are doubles: a piece of a day still maps to well under a nanosecond.
 */
#include "config.h"

#include <math.h>
#include <stddef.h>

#include "daemon/clock/map.h"

/* A piece that only corrects the one before is replaced within this time, so that frequent readings
 * do not push the steering actions out of memory. */
#define OBSERVED_SPACING_NS INT64_C(4000000000)

/* A timestamp of just now may seem to lie this much after now: it was rounded, and the rate since a
 * jump is not yet known exactly. */
#define AHEAD_NS INT64_C(1000000)

/* The piece that is back places before the newest. */
static const struct clock_map_piece *piece(const struct clock_map *m, unsigned back)
{
	return &m->pieces[(m->newest + CLOCK_MAP_PIECES - back) % CLOCK_MAP_PIECES];
}

static void push(
	struct clock_map *m, int64_t raw, int64_t system, double rate, enum clock_map_kind kind)
{
	m->newest = (m->newest + 1) % CLOCK_MAP_PIECES;
	if (m->n < CLOCK_MAP_PIECES)
		m->n++;
	m->pieces[m->newest] =
		(struct clock_map_piece){.raw = raw, .system = system, .rate = rate, .kind = kind};
}

void clock_map_start(struct clock_map *m, int64_t raw, int64_t system, double rate)
{
	m->newest = 0;
	m->n = 0;
	push(m, raw, system, rate, CLOCK_MAP_RATE);
}

static int64_t extrapolate(const struct clock_map_piece *p, int64_t raw)
{
	int64_t d = raw - p->raw;

	return p->system + d + (int64_t)llround((double)d * p->rate);
}

/* The rate that leads from a piece to its successor: what was really applied between the readings,
 * foreign slews included. */
static double rate_to(const struct clock_map_piece *p, const struct clock_map_piece *next)
{
	int64_t d;

	if (!next || next->kind == CLOCK_MAP_JUMP)
		return p->rate;
	d = next->raw - p->raw;
	return d > 0 ? (double)(next->system - p->system - d) / (double)d : p->rate;
}

int64_t clock_map_surprise(const struct clock_map *m, int64_t raw, int64_t system)
{
	return system - extrapolate(piece(m, 0), raw);
}

void clock_map_observe(struct clock_map *m, int64_t raw, int64_t system, int64_t error_ns)
{
	const struct clock_map_piece *p = piece(m, 0);
	int64_t expected = extrapolate(p, raw);
	int64_t off = system - expected;

	if (raw <= p->raw || (off <= error_ns && off >= -error_ns))
		return;
	off += off > 0 ? -error_ns : error_ns;
	if (p->kind == CLOCK_MAP_OBSERVED && m->n > 1 &&
		raw - piece(m, 1)->raw < OBSERVED_SPACING_NS)
		m->pieces[m->newest] = (struct clock_map_piece){.raw = raw,
			.system = expected + off,
			.rate = p->rate,
			.kind = CLOCK_MAP_OBSERVED};
	else
		push(m, raw, expected + off, p->rate, CLOCK_MAP_OBSERVED);
}

void clock_map_rate(struct clock_map *m, int64_t raw, double rate)
{
	const struct clock_map_piece *p = piece(m, 0);

	if (rate != p->rate)
		push(m, raw, extrapolate(p, raw), rate, CLOCK_MAP_RATE);
}

void clock_map_jump(struct clock_map *m, int64_t raw, int64_t system)
{
	push(m, raw, system, piece(m, 0)->rate, CLOCK_MAP_JUMP);
}

int64_t clock_map_system(const struct clock_map *m, int64_t raw)
{
	const struct clock_map_piece *next = NULL, *p = piece(m, 0);
	int64_t d;

	for (unsigned back = 1; back < m->n && raw < p->raw; back++) {
		next = p;
		p = piece(m, back);
	}
	d = raw - p->raw;
	return p->system + d + (int64_t)llround((double)d * rate_to(p, next));
}

int64_t clock_map_raw(const struct clock_map *m, int64_t system, int64_t now)
{
	const struct clock_map_piece *next = NULL;
	int64_t best = now, least = INT64_MAX, end = now + AHEAD_NS;

	/* Newest first, so of two instants with one name the later wins. A timestamp that lies in
	 * no piece (the gap of a forward step, or a little after now) goes to the nearest. */
	for (unsigned back = 0; back < m->n && least > 0; back++) {
		const struct clock_map_piece *p = piece(m, back);
		int64_t raw = p->raw + (int64_t)llround((double)(system - p->system) /
							(1.0 + rate_to(p, next)));
		int64_t outside = raw > end ? raw - end : raw < p->raw ? p->raw - raw : 0;

		if (outside < least) {
			least = outside;
			best = raw;
		}
		end = p->raw;
		next = p;
	}
	return best;
}

int64_t clock_map_since(const struct clock_map *m)
{
	return piece(m, 0)->system;
}

double clock_map_rate_now(const struct clock_map *m)
{
	return piece(m, 0)->rate;
}
