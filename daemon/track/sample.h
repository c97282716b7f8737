/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One measurement of true time against the oscillator. It does not know which protocol made it.
 *
 * The one sign convention inside gnomon: an offset is true time minus the local scale, so positive
 * means that the local clock is behind (RFC 5905 theta).
 */
#ifndef DAEMON_TRACK_SAMPLE_H
#define DAEMON_TRACK_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/report.h"

/** A measurement. */
struct sample {
	int64_t osc;       /**< when: oscillator instant, midway between sending and receipt */
	int64_t offset_ns; /**< true time minus oscillator time at that instant */
	double delay;      /**< s, round trip without the server's part; 0 for a reference clock */
	double dispersion; /**< s, precision of both clocks and stamps' error */
	double root_delay; /**< s, of the source, without this path */
	double root_dispersion; /**< s, of the source, without this path */
	int stratum;            /**< of the source */
	enum leap leap;
	uint32_t refid; /**< the source's own reference */
	bool queueing;  /**< delay tells of the offset's error (a network path); else Gaussian */
};

#endif
