/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Responses as people are told of them.
 */
#include "config.h"

#include "common/instant.h"
#include "daemon/protocol/measurement.h"

/* Offset against our estimate of true time, s; positive: we are slow. 0 when nothing was measured.
 */
static double offset_of(const struct response *r, const struct measurement_context *c)
{
	if (!r->sample.queueing)
		return 0;
	return instant_diff_s(r->sample.offset_ns, c->model_offset_ns);
}

void measurement_log(const struct response *r, const struct measurement_context *c,
	struct protocol_measurement *ret)
{
	const struct packet *p = &r->packet;

	*ret = (struct protocol_measurement){
		.address = c->address,
		.truth = c->truth,
		.leap = p->leap,
		.stratum = p->stratum,
		.mode = (int)p->mode,
		.tests = r->tests,
		.local_poll = c->poll,
		.remote_poll = p->poll,
		.poll_score = c->score,
		.offset = offset_of(r, c),
		.delay = r->sample.delay,
		.dispersion = r->sample.dispersion,
		.root_delay = r->root_delay,
		.root_dispersion = r->root_dispersion,
		.refid = p->refid,
		.interleaved = r->interleaved,
		.tx_stamp = c->sent,
		.rx_stamp = c->received,
		.local = c->local,
		.version = p->version,
		.precision = p->precision,
		.stamps = {instant_to_ntp(c->t1), p->receive, p->transmit, instant_to_ntp(c->t4)},
		.unanswered = c->unanswered,
		.answer = r->valid || r->kiss != 0,
		.bad = c->bad,
	};
}

void measurement_report(
	const struct response *r, const struct measurement_context *c, struct report_ntpdata *ret)
{
	const struct packet *p = &r->packet;

	*ret = (struct report_ntpdata){
		.remote = c->address,
		.local = c->local,
		.port = c->port,
		.leap = p->leap,
		.version = p->version,
		.mode = (int)p->mode,
		.stratum = p->stratum,
		.poll = p->poll,
		.precision = p->precision,
		.root_delay = r->root_delay,
		.root_dispersion = r->root_dispersion,
		.refid = p->refid,
		.reference_time = p->reference != 0 ? instant_from_ntp(p->reference, c->pivot) : 0,
		.offset = offset_of(r, c),
		.delay = r->sample.delay,
		.dispersion = r->sample.dispersion,
		.response_time = r->response_time,
		.tests = r->tests,
		.interleaved = r->interleaved,
		.authenticated = r->authenticated,
		.tx_stamp = c->sent,
		.rx_stamp = c->received,
	};
}
