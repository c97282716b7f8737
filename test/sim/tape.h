/* SPDX-License-Identifier: BSD-2-Clause */
/* Every NTP request that a node sends, with its time: for what is known of chronyd's timing. */
#ifndef TEST_SIM_TAPE_H
#define TEST_SIM_TAPE_H

#include "test/sim/small.h"

#define TAPE_MOST 512

/** One request. */
struct tape_packet {
	double at; /**< elapsed s */
	int to;    /**< node */
	uint16_t port;
	size_t n;
	uint8_t data[48];
};

/** What a node sent. */
struct tape {
	int node;
	size_t n;
	struct tape_packet packet[TAPE_MOST]; /**< the first ones */
};

/** Begins to record. One for a world, before small_run(). */
void tape_begin(struct tape *t, struct small *s, int node);
/** Forgets what was recorded. */
void tape_clear(struct tape *t);
/** The time between packet i and the next one; fails when there is none. */
double tape_gap(const struct tape *t, size_t i);

#endif
