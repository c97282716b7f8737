/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The experimental extension field F323 of chrony: root values finer than the header's, and a
 * receive timestamp that no correction of the clock moves. Pure.
 */
#ifndef DAEMON_WIRE_MONO_FIELD_H
#define DAEMON_WIRE_MONO_FIELD_H

#include <stdbool.h>
#include <stdint.h>

#include "common/bytes.h"

/** Length of the whole field. */
#define MONO_FIELD 28

/** What it says; all zero in a request. */
struct mono_field {
	double root_delay, root_dispersion; /**< s, 0 to 16 in units of 2^-28 */
	uint64_t receive;                   /**< NTP timestamp on a scale without corrections */
	uint32_t epoch;                     /**< another one: that scale began anew */
};

/** Appends the field. */
void mono_field_write(struct writer *w, const struct mono_field *f);

/** Finds the field among those of a packet (struct packet_trailer), as far as NTS may have
 * authenticated them. False when there is none. */
bool mono_field_find(struct span fields, struct mono_field *ret);

#endif
