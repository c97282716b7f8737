/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way of a datagram through the NTP server: taken with others, counted, checked, answered from
 * one snapshot of the clock, sent with the others.
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
#include "daemon/wire/ptp.h"
#include "daemon/serve/nic.h"

/* How often batches are taken before other descriptors get their turn. */
#define ROUNDS 8

/* Transmit timestamps taken at once. */
#define STAMPS 64

/* Where a header has its receive timestamp. */
#define AT_RECEIVE 32

/* Negative acknowledgements: anybody can provoke them, and few of a client's are enough. So many a
 * second, and so many at once. */
#define NAK_RATE 64

/* What is to be done with a request. */
struct plan {
	struct responder_request request;
	unsigned restricts; /* set of enum ntp_restrict that holds for its sender */
	bool rate;          /* answer it with a RATE */
};

/* A system timestamp as clients are to read it. */
static int64_t served(const struct serve *s, int64_t system)
{
	return served_from_system(s->clock, system);
}

static int64_t transmit_time(const struct serve *s)
{
	return served(s, s->kernel->ops->system(s->kernel));
}

static void snapshot(const struct serve *s, struct responder_snapshot *ret)
{
	const struct settings *set = s->settings;

	served_now(s->clock, set->leapsecmode == SETTINGS_LEAP_SLEW, &ret->served);
	ret->moved = clock_moved(s->clock);
	ret->epoch = s->epoch;
	ret->least_poll = set->ratelimit.on ? set->ratelimit.interval : INT_MIN;
}

static bool nak_is_due(struct serve *s)
{
	int64_t now = loop_now(s->loop);

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
		.raw = loop_now(s->loop),
		.system = m->stamp_ns,
		.random = dice};

	s->counts.ntp_hits++;
	verdict = s->clients ? clients_hit(s->clients, &hit) : CLIENTS_ANSWER;
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
	verdict = responder_authenticate(&s->auth, &io->request);
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

static enum packet_mode mode_of(const struct kernel_message *m)
{
	return m->n > 0 ? (enum packet_mode)(m->data[0] & 7) : PACKET_UNSET;
}

/* Whether a datagram is of a peer of ours. */
static bool deliver(struct serve *s, const struct kernel_message *m)
{
	return s->listener.deliver && s->listener.deliver(s->listener.arg, m);
}

/* Counts a datagram. Returns what is to be sent: RESPONDER_ANSWER, RESPONDER_NAK, or nothing. */
static enum responder_verdict admit(
	const struct port *p, const struct kernel_message *m, uint32_t dice, struct plan *ret)
{
	struct serve *s = p->serve;
	int port = p->number;
	bool allowed = access_allowed(s->access, &m->peer.address);
	enum responder_verdict verdict = RESPONDER_MALFORMED;

	if (nic_drops(&s->settings->ntp, s->kernel, m)) {
		s->refused.ignored++;
		return RESPONDER_IGNORE;
	}
	if (serve_tally(s, m))
		return RESPONDER_IGNORE;
	if (mode_of(m) == PACKET_ACTIVE && deliver(s, m)) {
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

/* The stamps of a reply, and its transmit timestamp of last time where it asks for that. Returns
 * whether that is the kernel's. */
static bool find_stamps(struct serve *s, const struct kernel_message *m,
	const struct responder_request *q, struct responder_stamps *ret)
{
	bool kernel = false;

	*ret = (struct responder_stamps){
		.receive = served(s, m->stamp_ns), .transmit = transmit_time(s)};
	if (s->stamps && responder_may_interleave(q) &&
		stamps_take(s->stamps, q->packet.origin, &ret->previous, &kernel))
		s->counts.ntp_interleaved_hits++;
	return kernel;
}

/* Takes n fresh bytes. A call of the system for each reply would cost as much as the cipher. */
static int take_nonces(struct serve *s, uint8_t *ret, size_t n)
{
	struct serve_nonces *pool = &s->nonces;

	if (pool->left < n) {
		if (s->kernel->ops->random(s->kernel, pool->bytes, sizeof(pool->bytes)) < 0)
			return -EAGAIN;
		pool->left = sizeof(pool->bytes);
	}
	pool->left -= n;
	memcpy(ret, pool->bytes + pool->left, n);
	return 0;
}

/* Composes an answer. Returns its length or -errno. */
static int compose(struct serve *s, struct kernel_message *m, const struct plan *plan,
	const struct responder_snapshot *now, uint64_t random, bool *ret_kernel)
{
	const struct responder_request *q = &plan->request;
	const struct responder_snapshot rate = {
		.served = {.precision = now->served.precision, .kiss = PACKET_KISS_RATE},
		.least_poll = now->least_poll};
	struct responder_random r = {.stamps = random};
	struct responder_stamps stamps;
	int n;

	/* A nonce that is not fresh would give the keys of a session away: no answer then. */
	if (q->nts && take_nonces(s, r.nonces, (1 + q->sealed.cookies) * CRYPTO_AEAD_NONCE_MAX) < 0)
		return -EAGAIN;
	*ret_kernel = find_stamps(s, m, q, &stamps);
	s->packets.kods += plan->rate;
	n = responder_reply(
		q, plan->rate ? &rate : now, &stamps, &r, &s->auth, s->reply, sizeof(s->reply));
	if (n < 0 || !s->stamps || !responder_refers(q))
		return n;
	stamps_save(s->stamps, stamps.ret_receive, stamps.ret_transmit);
	m->want_stamp = true;
	return n;
}

/* Takes a datagram, and writes its answer over it and to the answers, if there is one. */
static void answer(const struct port *p, struct kernel_message *m,
	const struct responder_snapshot *now, uint64_t random, uint32_t dice)
{
	struct serve *s = p->serve;
	struct serve_answers *out = &s->out;
	struct plan plan;
	enum responder_verdict verdict = admit(p, m, dice, &plan);
	bool kernel = false;
	int n;

	if (verdict == RESPONDER_NAK)
		n = responder_nak(
			&plan.request, now->served.precision, &s->auth, s->reply, sizeof(s->reply));
	else if (verdict == RESPONDER_ANSWER)
		n = compose(s, m, &plan, now, random, &kernel);
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
	out->kernel[out->n] = kernel;
	out->messages[out->n++] = *m;
}

/* A datagram left: its transmit timestamp is better than what was guessed before. */
static void note_sent(struct serve *s, const struct kernel_message *m)
{
	struct reader r = reader_on(m->data, m->n);

	read_skip(&r, AT_RECEIVE);
	stamps_correct(s->stamps, read_u64(&r), instant_to_ntp(served(s, m->stamp_ns)),
		m->stamp_source != 'D');
}

/* Takes the PTP message off a datagram in place; one that has none is empty then. */
static void unwrap(const struct port *p, struct kernel_message *io)
{
	struct span ntp = {io->data, 0};

	if (!p->ptp)
		return;
	ptp_unwrap((struct span){io->data, io->n}, p->serve->settings->ptpdomain, &ntp);
	io->data += PTP_OVERHEAD;
	io->n = ntp.n;
	io->room -= PTP_OVERHEAD;
}

/* Puts those of the requests round the answers. */
static void wrap_answers(const struct port *p)
{
	struct serve_answers *out = &p->serve->out;

	for (size_t i = 0; p->ptp && i < out->n; i++) {
		struct kernel_message *m = &out->messages[i];

		m->data -= PTP_OVERHEAD;
		m->room += PTP_OVERHEAD;
		m->n = ptp_wrap(
			m->data, m->n, p->serve->settings->ptpdomain, ptp_sequence(m->data));
	}
}

static void count_sent(const struct port *p, size_t i)
{
	struct serve *s = p->serve;
	struct kernel_message m = s->out.messages[i];

	if (s->out.kernel[i])
		s->counts.kernel_tx++;
	else
		s->counts.daemon_tx++;
	unwrap(p, &m);
	if (m.want_stamp)
		note_sent(s, &m);
}

/* Sends the answers of a batch. One that cannot be sent, to a spoofed address without a route, say,
 * must not take the others with it. */
static void send_answers(struct port *p)
{
	struct serve *s = p->serve;
	struct serve_answers *out = &s->out;
	size_t done = 0;

	wrap_answers(p);
	while (done < out->n) {
		int r = s->kernel->ops->send(s->kernel, p->fd, out->messages + done, out->n - done);

		for (int i = 0; i < r; i++)
			count_sent(p, done + (size_t)i);
		p->counts.sent += r > 0 ? (uint64_t)r : 0;
		p->counts.failed += r <= 0;
		if (r <= 0)
			s->refused.unsent++;
		done += r > 0 ? (size_t)r : 1;
	}
}

/* Takes one batch. Returns how many datagrams there were. */
static int serve_batch(struct port *p)
{
	struct serve *s = p->serve;
	const struct kernel_ops *ops = s->kernel->ops;
	struct responder_snapshot now;
	int n;

	for (size_t i = 0; i < SERVE_BATCH; i++)
		s->in[i] = (struct kernel_message){.data = s->buffers[i], .room = PACKET_ROOM};
	n = ops->receive(s->kernel, p->fd, s->in, SERVE_BATCH);
	if (n <= 0)
		return n;
	/* Without randomness the bits below the precision are zero: coarser, not wrong. */
	if (ops->random(s->kernel, s->random, (size_t)n * sizeof(s->random[0])) < 0)
		memset(s->random, 0, sizeof(s->random));
	if (s->settings->ratelimit.on &&
		ops->random(s->kernel, s->dice, (size_t)n * sizeof(s->dice[0])) < 0)
		memset(s->dice, 0xff, sizeof(s->dice));
	snapshot(s, &now);
	s->out.n = 0;
	p->counts.received += (uint64_t)n;
	for (int i = 0; i < n; i++) {
		unwrap(p, &s->in[i]);
		answer(p, &s->in[i], &now, s->random[i], s->dice[i]);
	}
	/* Delivering may change access, and so close the socket under our feet. */
	if (p->fd >= 0)
		send_answers(p);
	else
		s->refused.unsent += s->out.n;
	return n;
}

/* Takes the stamps of the kernel of what was sent. */
static void take_stamps(struct port *p)
{
	struct serve *s = p->serve;

	for (int i = 0; i < STAMPS; i++) {
		struct kernel_message m = {.data = s->reply, .room = sizeof(s->reply)};

		if (s->kernel->ops->sent(s->kernel, p->fd, &m) <= 0)
			return;
		unwrap(p, &m);
		if (mode_of(&m) == PACKET_ACTIVE && s->listener.sent)
			s->listener.sent(s->listener.arg, &m);
		else if (s->stamps)
			note_sent(s, &m);
	}
}

void serve_ready(void *arg, unsigned got)
{
	struct port *p = arg;
	int rounds = ROUNDS;

	if (got & KERNEL_STAMP)
		take_stamps(p);
	while (rounds-- > 0 && p->fd >= 0 && serve_batch(p) == SERVE_BATCH)
		;
}
