/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pacing: requests to different sources are kept apart, so that they do not wait for each other
 * in a queue and disturb each other's measurement. Pure.
 */
#ifndef DAEMON_PROTOCOL_PACE_H
#define DAEMON_PROTOCOL_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/protocol/protocol.h"

/** The planned request of one source; zero-initialised. Owned by who plans. */
struct pace_slot {
	int64_t at; /**< raw instant */
	bool planned;
	struct pace_slot *next; /**< later one */
};

/**
 * Plans a request for the raw instant at, or for the first one after it that is separation_ns away
 * from every other planned one and from the last that was due. Replaces the slot's former plan.
 * Returns the instant.
 */
int64_t pace_plan(
	struct protocol_pace *p, struct pace_slot *slot, int64_t at, int64_t separation_ns);

/** The slot's request is due now. */
void pace_due(struct protocol_pace *p, struct pace_slot *slot, int64_t now);

/** Forgets the slot's plan; does nothing when there is none. */
void pace_drop(struct protocol_pace *p, struct pace_slot *slot);

/** The separation that suits a polling interval (log2 s), random (0 to 1) spread added: s. */
double pace_separation(int poll, double random);

#endif
