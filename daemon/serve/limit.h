/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Limits of the rate of answers: a bucket of tokens for each client and service, and what happens
 * to requests that find it empty (chrony.conf(5), ratelimit). Pure.
 */
#ifndef DAEMON_SERVE_LIMIT_H
#define DAEMON_SERVE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

struct settings_rate_limit;

/** Time is counted in ticks of 1/16 s. */
#define LIMIT_TICK_LOG2 4
#define LIMIT_TICKS     (1 << LIMIT_TICK_LOG2)

/** A limit in tokens. */
struct limit {
	bool on;
	uint32_t gain;   /**< tokens a tick */
	uint32_t cost;   /**< tokens an answer */
	uint32_t bucket; /**< the most tokens */
	int leak, kod;
};

enum limit_verdict {
	LIMIT_PASS,
	LIMIT_TELL, /**< no answer, but a RATE */
	LIMIT_STOP,
};

void limit_init(struct limit *l, const struct settings_rate_limit *settings);

/** The tick of a raw instant; they come round after 8 years. */
uint32_t limit_tick(int64_t raw);

/** Adds what a client gained in so many ticks. */
void limit_fill(const struct limit *l, uint32_t *io_tokens, uint32_t ticks);

/**
 * Takes the cost of an answer, or says what becomes of a request that has not got it. pushes: the
 * client asks the more often the fewer answers it gets, so most of its requests pass.
 */
enum limit_verdict limit_take(
	const struct limit *l, uint32_t *io_tokens, bool pushes, uint32_t random);

#endif
