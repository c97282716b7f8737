/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NTP over PTP (RFC 10030): an NTP message in the TLV of a PTP event message, which network cards
 * stamp that stamp nothing else. Pure.
 */
#ifndef DAEMON_WIRE_PTP_H
#define DAEMON_WIRE_PTP_H

#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"

/** Bytes before the NTP message. */
#define PTP_OVERHEAD 56

/** Writes them before an NTP message of n bytes that is at p + PTP_OVERHEAD: domain 0 to 255.
 * Returns the length of the whole. */
size_t ptp_wrap(uint8_t *p, size_t n, int domain, uint16_t sequence);

/** Finds the NTP message. Returns 0, or -EBADMSG when there is none or it
 * is of another domain. */
int ptp_unwrap(struct span datagram, int domain, struct span *ret);

/** The sequence of the message that is at p. */
uint16_t ptp_sequence(const uint8_t *p);

#endif
