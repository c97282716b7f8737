/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A judged response as the measurement logs and the ntpdata report tell of it. Pure.
 */
#ifndef DAEMON_PROTOCOL_MEASUREMENT_H
#define DAEMON_PROTOCOL_MEASUREMENT_H

#include "daemon/protocol/response.h"

/** What the response itself does not know. */
struct measurement_context {
	struct address address, local;
	uint16_t port;
	int64_t truth;           /**< instant of receipt by our estimate of true time */
	int64_t model_offset_ns; /**< our estimate of true minus oscillator at the sample's instant
				  */
	int64_t pivot;           /**< decides the era of timestamps */
	int poll;
	double score;
	char sent, received; /**< sources of our timestamps */
	int64_t t1, t4;      /**< these timestamps, system clock */
	unsigned unanswered; /**< requests before this one without a valid response */
	unsigned bad;        /**< bad responses to this request, with this one if it is one */
};

void measurement_log(const struct response *r, const struct measurement_context *c,
	struct protocol_measurement *ret);

/** Fills all but the counters. */
void measurement_report(
	const struct response *r, const struct measurement_context *c, struct report_ntpdata *ret);

#endif
