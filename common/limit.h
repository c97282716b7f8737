/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Limits of the rate of answers: a bucket of tokens for each client and service, and what happens
 * to requests that find it empty (chrony.conf(5), ratelimit); and how often a client asks. Pure,
 * all inline and without floating point or signed division: a part of the daemon runs inside the
 * kernel (daemon/kernel/xdp).
 *
 * A leak lets now and then an answer through, so that nobody who is blocked by requests in his name
 * (spoofed addresses) is cut off from time for good.
 */
#ifndef COMMON_LIMIT_H
#define COMMON_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

/** Time is counted in ticks of 1/16 s. */
#define LIMIT_TICK_LOG2 4
#define LIMIT_TICKS     (1 << LIMIT_TICK_LOG2)
#define LIMIT_TICK_NS   (1000000000 / LIMIT_TICKS)

/** Mean intervals are kept in 1/256 of log2 s. As chronyd's do when one watches it, they fall by a
 * quarter at most with each shorter one, and go two thirds of the way to a longer one: a burst
 * among rare requests does not make a client one that asks often. */
#define LIMIT_INTERVAL_ONE  256
#define LIMIT_INTERVAL_FALL 64
#define LIMIT_INTERVAL_NONE INT16_MIN

/** A limit in tokens. */
struct limit {
	uint32_t on;
	uint32_t gain;   /**< tokens a tick */
	uint32_t cost;   /**< tokens an answer */
	uint32_t bucket; /**< the most tokens */
	uint32_t leak, kod;
};

enum limit_verdict {
	LIMIT_PASS,
	LIMIT_TELL, /**< no answer, but a RATE */
	LIMIT_STOP,
};

/** Adds what a client gained in so many ticks. */
static inline void limit_fill(const struct limit *l, uint32_t *io_tokens, uint32_t ticks)
{
	uint64_t tokens = *io_tokens + (uint64_t)ticks * l->gain;

	*io_tokens = tokens < l->bucket ? (uint32_t)tokens : l->bucket;
}

/**
 * Takes the cost of an answer, or says what becomes of a request that has not got it. pushes: the
 * client asks the more often the fewer answers it gets, so most of its requests pass.
 */
static inline enum limit_verdict limit_take(
	const struct limit *l, uint32_t *io_tokens, bool pushes, uint32_t random)
{
	bool leaks = (random & ((UINT32_C(1) << (l->leak & 31)) - 1)) == 0;

	if (!l->on)
		return LIMIT_PASS;
	if (*io_tokens >= l->cost) {
		*io_tokens -= l->cost;
		return LIMIT_PASS;
	}
	random >>= l->leak & 31;
	if (leaks != pushes) {
		*io_tokens = 0;
		return LIMIT_PASS;
	}
	if (l->kod > 0 && (random & ((UINT32_C(1) << (l->kod & 31)) - 1)) == 0)
		return LIMIT_TELL;
	return LIMIT_STOP;
}

/** 256 log2 of ticks in seconds, straight between powers of two; none at all counts as half a one.
 */
static inline int limit_log2(uint32_t ticks)
{
	int bits = 0;

	if (ticks == 0)
		return -(LIMIT_TICK_LOG2 + 1) * LIMIT_INTERVAL_ONE;
	/* No instruction of the kernel's machine counts zeroes. */
	for (int step = 16; step > 0; step >>= 1)
		if (ticks >> bits >> step)
			bits += step;
	return (bits - LIMIT_TICK_LOG2) * LIMIT_INTERVAL_ONE +
	       (int)((((uint64_t)ticks << 8) >> bits) - 256);
}

/** Takes one more interval, of so many ticks, into the mean one. */
static inline void limit_measure(int16_t *io_interval, uint32_t ticks)
{
	int was = *io_interval, now = limit_log2(ticks), change = now - was;

	if (was == LIMIT_INTERVAL_NONE)
		*io_interval = (int16_t)now;
	else if (change > 0)
		*io_interval = (int16_t)(was + (int)(((unsigned)change * 2 + 2) / 3));
	else
		*io_interval =
			(int16_t)(was +
				  (change > -LIMIT_INTERVAL_FALL ? change : -LIMIT_INTERVAL_FALL));
}

/** Whether a client asks more often when it is not answered than when it is, by its two means. */
static inline bool limit_pushes(int16_t answered, int16_t limited)
{
	return limited != LIMIT_INTERVAL_NONE && answered != LIMIT_INTERVAL_NONE &&
	       limited + LIMIT_INTERVAL_ONE < answered;
}

#endif
