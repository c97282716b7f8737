/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ntpd's view of the NTP server: what is counted of each datagram by its first byte, requests of
 * mode 6 and their answers, and the reports of all that.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>

#include "common/bytes.h"
#include "common/instant.h"
#include "config/settings.h"
#include "daemon/loop/loop.h"
#include "daemon/serve/endpoints.h"
#include "daemon/serve/workers.h"
#include "daemon/wire/packet.h"

#define RESPONSE 0x80

static void tally_version1(struct report_packets *t, unsigned mode)
{
	t->version1++;
	t->version1_client += mode == PACKET_CLIENT;
	t->version1_zero += mode == PACKET_UNSET;
	t->version1_symmetric += mode == PACKET_ACTIVE || mode == PACKET_PASSIVE;
}

static void tally(struct report_packets *t, struct span datagram)
{
	unsigned version, mode;

	t->received++;
	if (datagram.n == 0)
		return;
	version = datagram.p[0] >> 3 & 7;
	mode = datagram.p[0] & 7;
	/* Its version is not that of time. */
	if (mode == PACKET_CONTROL)
		return;
	t->this_version += version == PACKET_VERSION_MAX;
	t->old_version += version >= PACKET_VERSION_MIN && version < PACKET_VERSION_MAX;
	if (version == 1)
		tally_version1(t, mode);
}

/* Not a response: whoever answers such, talks to another who does for ever. */
static bool is_control_request(struct span datagram)
{
	return datagram.n >= 2 && (datagram.p[0] & 7) == PACKET_CONTROL &&
	       !(datagram.p[1] & RESPONSE);
}

/* What an entry counted before its flags or its place changed. */
static uint64_t hits_before(const struct serve *s, const struct settings_restrict *r)
{
	for (size_t i = 0; i < s->n_restrict_counts; i++) {
		const struct settings_restrict *old = &s->restrict_counts[i].entry;

		if (address_equal(&old->address, &r->address) &&
			address_equal(&old->mask, &r->mask) && old->ntpport == r->ntpport)
			return s->restrict_counts[i].hits;
	}
	return 0;
}

void serve_count_restrictions(struct serve *s)
{
	const struct settings_ntp *ntp = &s->settings->ntp;
	struct serve_restrict_count *fresh = NULL;

	/* Without memory nothing is counted. */
	if (ntp->n_restricts > 0)
		fresh = calloc(ntp->n_restricts, sizeof(*fresh));
	for (size_t i = 0; fresh && i < ntp->n_restricts; i++)
		fresh[i] = (struct serve_restrict_count){
			ntp->restricts[i], hits_before(s, &ntp->restricts[i])};
	free(s->restrict_counts);
	s->restrict_counts = fresh;
	s->n_restrict_counts = fresh ? ntp->n_restricts : 0;
}

/* By which restriction a datagram is judged. */
static void count_restriction(struct serve *s, const struct kernel_message *m)
{
	const struct settings_ntp *ntp = &s->settings->ntp;
	const struct settings_restrict *r;

	if (!s->restrict_counts)
		return;
	r = settings_find_restrict(ntp, &m->peer.address, m->peer.port);
	if (r)
		s->restrict_counts[r - ntp->restricts].hits++;
}

static void control(struct port *p, const struct kernel_message *m)
{
	struct serve *s = p->serve;
	int r = -EOPNOTSUPP;

	s->packets.control++;
	s->asked = p;
	if (s->control && !m->cut && !m->to_many)
		r = s->control(s->control_arg, m);
	s->asked = NULL;
	s->packets.processed += r == 0;
	s->packets.restricted += r == -EPERM;
	s->packets.limited += r == -EAGAIN;
	s->packets.bad_format += r == -EBADMSG;
	s->refused.ignored += r == -EOPNOTSUPP;
}

bool serve_tally(struct port *p, const struct kernel_message *m)
{
	struct serve *s = p->serve;
	struct span datagram = {m->data, m->n};

	tally(&s->packets, datagram);
	if (p->number == s->settings->port)
		p->told.received += endpoints_count(s->endpoints, m, ENDPOINTS_RECEIVED);
	count_restriction(s, m);
	if (!is_control_request(datagram))
		return false;
	/* PTP messages are for time: its answers would leave by another port, and bare. */
	if (p->ptp)
		s->refused.ignored++;
	else
		control(p, m);
	return true;
}

void serve_count_sent(struct port *p, const struct kernel_message *m, int r)
{
	bool counts = p->number == p->serve->settings->port;

	p->counts.sent += r > 0 ? (uint64_t)r : 0;
	p->counts.failed += r <= 0;
	if (counts && r <= 0)
		p->told.failed += endpoints_count(p->serve->endpoints, m, ENDPOINTS_FAILED);
	for (int i = 0; counts && i < r; i++)
		p->told.sent += endpoints_count(p->serve->endpoints, m + i, ENDPOINTS_SENT);
}

void serve_opened(struct port *p, const struct endpoint *local)
{
	p->opened = loop_now(p->serve->loop);
	p->counts = (struct report_socket){
		.address = local->address, .family = p->family, .port = local->port};
	p->told = (struct report_socket){.family = p->family};
}

void serve_control(
	struct serve *s, int (*take)(void *arg, const struct kernel_message *m), void *arg)
{
	s->control = take;
	s->control_arg = arg;
}

int serve_send(struct serve *s, const struct kernel_message *m, struct span datagram)
{
	struct port *p = s->asked;
	struct kernel_message out = *m;
	int r;

	if (p == NULL || p->fd < 0)
		return -ENOTCONN;
	out.data = (uint8_t *)datagram.p;
	out.n = datagram.n;
	r = s->kernel->ops->send(s->kernel, p->fd, &out, 1);
	serve_count_sent(p, &out, r);
	return r < 0 ? r : 0;
}

void serve_report_packets(const struct serve *s, struct report_packets *ret)
{
	struct workers_sum sum;

	workers_sum(s, &sum);
	*ret = sum.packets;
	ret->processed += sum.counts.ntp_hits - sum.counts.ntp_drops - sum.refused.not_authentic;
	ret->bad_format += sum.refused.malformed;
	ret->bad_auth += sum.refused.not_authentic;
	ret->declined += sum.refused.ignored;
	ret->restricted += sum.refused.denied;
	ret->limited += sum.counts.ntp_drops + sum.packets.kods;
	ret->kods += sum.nts.naks;
}

uint64_t serve_restrict_hits(const struct serve *s, size_t i)
{
	return s->restrict_counts && i < s->n_restrict_counts ? s->restrict_counts[i].hits : 0;
}

bool serve_report_socket(const struct serve *s, size_t i, struct report_socket *ret)
{
	const size_t n = sizeof(s->ports) / sizeof(s->ports[0]);
	size_t at = 0;

	while (at < n && (s->ports[at].fd < 0 || i-- > 0))
		at++;
	if (at == n)
		return endpoints_report(s->endpoints, i, ret);
	*ret = s->ports[at].counts;
	workers_sum_socket(&s->ports[at], ret);
	ret->up = instant_diff_s(loop_now(s->loop), s->ports[at].opened);
	ret->received -= s->ports[at].told.received;
	ret->sent -= s->ports[at].told.sent;
	ret->failed -= s->ports[at].told.failed;
	return true;
}
