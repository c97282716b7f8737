/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pairs of timestamps for interleaved mode (RFC 9769): when a request came, as its client was told,
 * and when its reply really left, which the client is told with the next. In a fixed memory: the
 * oldest pair gives way. Nobody is told more than once of a pair. Pure.
 */
#ifndef DAEMON_SERVE_STAMPS_H
#define DAEMON_SERVE_STAMPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stamps;

/** For n pairs at most, a power of 2. Returns 0 or -ENOMEM. */
int stamps_create(size_t n, struct stamps **ret);
void stamps_destroy(struct stamps *s);

/**
 * Keeps a pair of NTP timestamps. Two requests with one receive timestamp cannot be told apart:
 * then there is none of them.
 */
void stamps_save(struct stamps *s, uint64_t receive, uint64_t transmit);

/**
 * A better transmit timestamp of a pair that is kept and was not told yet; kernel: of the kernel or
 * hardware. Returns false, and keeps what was there, when it is not within a second of the old.
 */
bool stamps_correct(struct stamps *s, uint64_t receive, uint64_t transmit, bool kernel);

/** Takes the transmit timestamp of a pair, once: *ret_kernel is whose it is. */
bool stamps_take(struct stamps *s, uint64_t receive, uint64_t *ret_transmit, bool *ret_kernel);

/** How many pairs are kept, and the seconds between the oldest and the newest. */
size_t stamps_held(const struct stamps *s);
double stamps_span(const struct stamps *s);

#endif
