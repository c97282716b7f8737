/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way of a datagram through the NTP server: taken with others, counted, checked, and answered
 * from one snapshot of the clock. The answers leave by answers.c.
 */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "common/bytes.h"
#include "common/instant.h"
#include "config/settings.h"
#include "daemon/clock/clock.h"
#include "daemon/loop/loop.h"
#include "daemon/serve/internal.h"
#include "daemon/serve/nic.h"
#include "daemon/serve/signd.h"
#include "daemon/serve/workers.h"

/* How often batches are taken before other descriptors get their turn. */
#define ROUNDS 8

/* Negative acknowledgements: anybody can provoke them, and few of a client's are enough. So many a
 * second, and so many at once. */
#define NAK_RATE 64

/* What is to be done with a request. */
struct plan {
	struct responder_request request;
	unsigned restricts; /* set of enum ntp_restrict that holds for its sender */
	bool rate;          /* answer it with a RATE */
};

void serve_take_snapshot(
	struct serve *s, struct responder_snapshot *ret, struct served_line *ret_line)
{
	const struct settings *set = s->settings;

	served_now(s->clock, set->leapsecmode == SETTINGS_LEAP_SLEW, &ret->served, ret_line);
	ret->moved = clock_moved(s->clock);
	ret->epoch = s->epoch;
	ret->least_poll = set->ratelimit.on ? set->ratelimit.interval : INT_MIN;
}

/* What answers say. Whoever may touch the clock runs before and after us, and so do deliveries. A
 * worker has it from the main loop, and knows how it ages. */
static void take_snapshot(struct serve *s)
{
	struct kernel_clocks now;

	if (!s->main) {
		serve_take_snapshot(s, &s->snapshot, &s->line);
		s->raw = loop_now(s->loop);
		serve_read_system(s);
		return;
	}
	s->kernel->ops->clocks(s->kernel, &now);
	s->raw = now.raw_ns;
	s->now = now.system_ns;
	worker_age(s);
}

static bool nak_is_due(struct serve *s)
{
	int64_t now = s->raw;

	s->naks += NAK_RATE * instant_diff_s(now, s->nak_refill);
	s->nak_refill = now;
	if (s->naks > SERVE_NAK_BURST)
		s->naks = SERVE_NAK_BURST;
	if (s->naks < 1)
		return false;
	s->naks -= 1;
	return true;
}

/* What the limit of its client says to a request. */
static enum clients_verdict limit(
	struct serve *s, const struct kernel_message *m, const struct plan *plan, uint32_t dice)
{
	const struct packet *p = &plan->request.packet;
	enum clients_verdict verdict;
	const struct clients_hit hit = {.service = CLIENTS_NTP,
		.address = &m->peer.address,
		.port = m->peer.port,
		.mode = (uint8_t)p->mode,
		.version = (uint8_t)p->version,
		.unlimited = s->settings->ntp.style && !(plan->restricts & NTP_RESTRICT_LIMITED),
		.raw = s->raw,
		.system = m->stamp_ns,
		.random = dice};

	s->counts.ntp_hits++;
	serve_exclude(s, true);
	verdict = s->clients ? clients_hit(s->clients, &hit) : CLIENTS_ANSWER;
	serve_exclude(s, false);
	if (verdict == CLIENTS_KOD && s->settings->ntp.style &&
		!(plan->restricts & NTP_RESTRICT_KOD))
		verdict = CLIENTS_DROP;
	return verdict;
}

/* Whether the restriction of its sender refuses a request, authentic or not (ntp.conf(5)). */
static bool is_restricted(unsigned restricts, const struct packet *p, uint32_t dice)
{
	if (restricts & (NTP_RESTRICT_IGNORE | NTP_RESTRICT_NOSERVE))
		return true;
	if ((restricts & NTP_RESTRICT_VERSION) && p->version != 4)
		return true;
	return (restricts & NTP_RESTRICT_FLAKE) && dice % 10 == 0;
}

/* Keys count what they are used for. With ntp.conf only those have answers signed whom a
 * restriction says it of. */
static enum responder_verdict authenticate(
	struct serve *s, struct responder_request *io, unsigned restricts)
{
	bool by_key = io->trailer.has_mac;
	enum responder_verdict verdict;

	s->auth.signd = s->signd && (!s->settings->ntp.style || (restricts & NTP_RESTRICT_MSSNTP));
	if (by_key)
		serve_exclude(s, true);
	verdict = responder_authenticate(&s->auth, io);
	if (by_key)
		serve_exclude(s, false);
	return verdict;
}

/* Whether a request of somebody with access is answered. */
static enum responder_verdict judge(
	struct serve *s, const struct kernel_message *m, uint32_t dice, struct plan *io)
{
	enum clients_verdict limited = limit(s, m, io, dice);
	enum responder_verdict verdict;

	if (limited == CLIENTS_DROP) {
		s->counts.ntp_drops++;
		return RESPONDER_IGNORE;
	}
	io->rate = limited == CLIENTS_KOD;
	verdict = authenticate(s, &io->request, io->restricts);
	if (verdict == RESPONDER_ANSWER && (io->restricts & NTP_RESTRICT_NOTRUST) &&
		!io->request.authenticated && !io->request.nts)
		verdict = RESPONDER_NOT_AUTHENTIC;
	switch (verdict) {
	case RESPONDER_ANSWER:
		s->counts.ntp_auth_hits += io->request.authenticated || io->request.nts;
		return verdict;
	case RESPONDER_NAK:
		if (nak_is_due(s))
			return verdict;
		s->counts.ntp_drops++;
		break;
	case RESPONDER_NOT_AUTHENTIC:
		s->refused.not_authentic++;
		break;
	default:
		s->refused.malformed++;
		break;
	}
	return RESPONDER_IGNORE;
}

/* Whether a datagram is of a peer of ours. */
static bool deliver(struct serve *s, const struct kernel_message *m)
{
	bool r = s->listener.deliver && s->listener.deliver(s->listener.arg, m);

	take_snapshot(s);
	return r;
}

/* Counts a datagram. Returns what is to be sent: RESPONDER_ANSWER, RESPONDER_NAK, or nothing. */
static enum responder_verdict admit(
	struct port *p, const struct kernel_message *m, uint32_t dice, struct plan *ret)
{
	struct serve *s = p->serve;
	int port = p->number;
	bool allowed = access_allowed(s->access, &m->peer.address);
	enum responder_verdict verdict = RESPONDER_MALFORMED;

	if (nic_drops(&s->settings->ntp, s->kernel, m)) {
		s->refused.ignored++;
		return RESPONDER_IGNORE;
	}
	if (serve_tally(p, m)) {
		take_snapshot(s);
		return RESPONDER_IGNORE;
	}
	if (serve_mode(m) == PACKET_ACTIVE && deliver(s, m)) {
		s->packets.processed++;
		return RESPONDER_IGNORE;
	}
	/* What was sent to many asks for as many answers as they are. */
	if (!m->cut && !m->to_many)
		verdict = responder_admit((struct span){m->data, m->n}, &m->peer, &m->local,
			(uint16_t)port, allowed, &ret->request);
	ret->restricts = settings_restricts(&s->settings->ntp, &m->peer.address, m->peer.port);
	if (verdict == RESPONDER_ANSWER &&
		is_restricted(ret->restricts, &ret->request.packet, dice))
		verdict = RESPONDER_DENIED;
	switch (verdict) {
	case RESPONDER_ANSWER:
		return judge(s, m, dice, ret);
	case RESPONDER_FORWARD:
		s->packets.processed++;
		deliver(s, m);
		break;
	case RESPONDER_IGNORE:
		s->refused.ignored++;
		break;
	case RESPONDER_DENIED:
		s->refused.denied++;
		break;
	default:
		s->refused.malformed++;
		break;
	}
	return RESPONDER_IGNORE;
}

/* Takes n fresh bytes. A call of the system for each reply would cost as much as the cipher. */
static int take_random(struct serve *s, void *ret, size_t n)
{
	struct serve_random *pool = &s->random;

	if (pool->left < n) {
		if (s->kernel->ops->random(s->kernel, pool->bytes, sizeof(pool->bytes)) < 0)
			return -EAGAIN;
		pool->left = sizeof(pool->bytes);
	}
	pool->left -= n;
	memcpy(ret, pool->bytes + pool->left, n);
	return 0;
}

/* What nobody can guess, for limits of the rate and restrictions that drop at random. Without
 * randomness nothing leaks through. */
static uint32_t throw_dice(struct serve *s)
{
	uint32_t dice;

	if (!s->settings->ratelimit.on && s->settings->ntp.n_restricts == 0)
		return UINT32_MAX;
	return take_random(s, &dice, sizeof(dice)) < 0 ? UINT32_MAX : dice;
}

/* The stamps of a reply, and its transmit timestamp of last time where it asks for that. Returns
 * whether that is the kernel's. */
static bool find_stamps(struct serve *s, const struct kernel_message *m,
	const struct responder_request *q, struct responder_stamps *ret)
{
	bool kernel = false;

	*ret = (struct responder_stamps){.receive = serve_time(s, m->stamp_ns)};
	if (s->stamps && responder_may_interleave(q)) {
		serve_exclude(s, true);
		s->counts.ntp_interleaved_hits +=
			stamps_take(s->stamps, q->packet.origin, &ret->previous, &kernel);
		serve_exclude(s, false);
	}
	ret->transmit =
		responder_may_be_late(q, ret) ? ret->receive : serve_time(s, serve_read_system(s));
	return kernel;
}

/* Composes an answer. Returns its length or -errno. */
static int compose(struct serve *s, struct kernel_message *m, const struct plan *plan,
	struct serve_answer *ret)
{
	const struct responder_request *q = &plan->request;
	const struct responder_snapshot *now = &s->snapshot;
	const struct responder_snapshot rate = serve_rate_snapshot(now);
	struct responder_random r;
	struct responder_stamps stamps;
	int n;

	/* Without randomness the bits below the precision are zero: coarser, not wrong. */
	if (take_random(s, &r.stamps, sizeof(r.stamps)) < 0)
		r.stamps = 0;
	/* A nonce that is not fresh would give the keys of a session away: no answer then. */
	if (q->nts && take_random(s, r.nonces, (1 + q->sealed.cookies) * CRYPTO_AEAD_NONCE_MAX) < 0)
		return -EAGAIN;
	ret->kernel = find_stamps(s, m, q, &stamps);
	s->packets.kods += plan->rate;
	if (q->authenticated)
		serve_exclude(s, true);
	n = responder_reply(
		q, plan->rate ? &rate : now, &stamps, &r, &s->auth, s->reply, sizeof(s->reply));
	if (q->authenticated)
		serve_exclude(s, false);
	if (n < 0)
		return n;
	ret->late = responder_may_be_late(q, &stamps);
	ret->stamp = (struct responder_late){stamps.ret_receive, (uint32_t)(r.stamps >> 32)};
	if (s->stamps && responder_refers(q)) {
		serve_exclude(s, true);
		stamps_save(s->stamps, stamps.ret_receive, stamps.ret_transmit);
		serve_exclude(s, false);
		m->want_stamp = true;
	}
	return n;
}

/* Takes a datagram, and writes its answer over it and to the answers, if there is one. */
static void answer(struct port *p, struct kernel_message *m)
{
	struct serve *s = p->serve;
	struct serve_answers *out = &s->out;
	struct serve_answer *to = &out->each[out->n];
	struct plan plan;
	enum responder_verdict verdict = admit(p, m, throw_dice(s), &plan);
	int n;

	*to = (struct serve_answer){0};
	if (verdict == RESPONDER_NAK)
		n = responder_nak(&plan.request, s->snapshot.served.precision, &s->auth, s->reply,
			sizeof(s->reply));
	else if (verdict == RESPONDER_ANSWER)
		n = compose(s, m, &plan, to);
	else
		return;
	if (n < 0 || (size_t)n > m->room) {
		s->refused.unsent++;
		return;
	}
	if (m->stamp_source == 'H')
		s->counts.hw_rx++;
	else if (m->stamp_source == 'K')
		s->counts.kernel_rx++;
	else
		s->counts.daemon_rx++;
	memcpy(m->data, s->reply, (size_t)n);
	m->n = (size_t)n;
	if (plan.request.signd && verdict == RESPONDER_ANSWER && !plan.rate) {
		/* Signed ones leave bare. */
		if (!p->ptp)
			signd_submit(s->signd, m, plan.request.key);
		return;
	}
	out->messages[out->n++] = *m;
}

/* Takes one batch. Returns how many datagrams there were. */
static int serve_batch(struct port *p)
{
	struct serve *s = p->serve;
	int n;

	for (size_t i = 0; i < SERVE_BATCH; i++)
		s->in[i] = (struct kernel_message){.data = s->buffers[i], .room = PACKET_ROOM};
	n = s->kernel->ops->receive(s->kernel, p->fd, s->in, SERVE_BATCH);
	if (n <= 0)
		return n;
	serve_read_system(s);
	s->out.n = 0;
	p->counts.received += (uint64_t)n;
	for (int i = 0; i < n; i++) {
		serve_stamp(s, &s->in[i], false);
		serve_unwrap(p, &s->in[i]);
		answer(p, &s->in[i]);
	}
	/* Delivering may change access, and so close the socket under our feet. */
	if (p->fd >= 0)
		serve_send_answers(p);
	else
		s->refused.unsent += s->out.n;
	return n;
}

void serve_ready(void *arg, unsigned got)
{
	struct port *p = arg;
	int rounds = ROUNDS;

	take_snapshot(p->serve);
	if (got & KERNEL_STAMP)
		serve_take_stamps(p);
	while (rounds-- > 0 && p->fd >= 0 && serve_batch(p) == SERVE_BATCH)
		;
}
