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

/* What an answer is made of. */
struct draft {
	struct responder_random random;
	struct responder_stamps stamps;
	struct responder_snapshot rate; /* for a RATE */
	struct responder_answer answer;
	bool kernel; /* the transmit timestamp of last time is the kernel's */
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
static enum clients_verdict limit(struct serve *s, const struct kernel_message *m,
	const struct serve_plan *plan, uint32_t dice)
{
	const struct packet *p = &plan->request.packet;
	enum clients_verdict verdict;
	bool style = s->settings->ntp.style;
	const struct clients_hit hit = {.service = CLIENTS_NTP,
		.address = &m->peer.address,
		.port = m->peer.port,
		.mode = (uint8_t)p->mode,
		.version = (uint8_t)p->version,
		.unlimited = style && !(plan->restricts & NTP_RESTRICT_LIMITED),
		.untold = style && !(plan->restricts & NTP_RESTRICT_KOD),
		.raw = s->raw,
		.system = m->stamp_ns,
		.random = dice};

	s->counts.ntp_hits++;
	serve_exclude(s, true);
	verdict = s->clients ? clients_hit(s->clients, &hit) : CLIENTS_ANSWER;
	serve_exclude(s, false);
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

/* Counts what became of a request. Returns what is to be done: RESPONDER_ANSWER, RESPONDER_NAK,
 * RESPONDER_SEALED, or nothing. */
static enum responder_verdict settle(
	struct serve *s, const struct serve_plan *io, enum responder_verdict verdict)
{
	if (verdict == RESPONDER_ANSWER && (io->restricts & NTP_RESTRICT_NOTRUST) &&
		!io->request.authenticated && !io->request.nts)
		verdict = RESPONDER_NOT_AUTHENTIC;
	switch (verdict) {
	case RESPONDER_ANSWER:
		s->counts.ntp_auth_hits += io->request.authenticated || io->request.nts;
		return verdict;
	case RESPONDER_SEALED:
		return verdict;
	case RESPONDER_NAK:
		if (nak_is_due(s))
			return verdict;
		s->counts.ntp_drops++;
		break;
	case RESPONDER_NOT_AUTHENTIC:
		s->refused.not_authentic++;
		break;
	case RESPONDER_IGNORE:
		s->refused.ignored++;
		break;
	default:
		s->refused.malformed++;
		break;
	}
	return RESPONDER_IGNORE;
}

/* Whether a request of somebody with access is answered: as settle(). */
static enum responder_verdict judge(
	struct serve *s, const struct kernel_message *m, uint32_t dice, struct serve_plan *io)
{
	enum clients_verdict limited = limit(s, m, io, dice);

	if (limited == CLIENTS_DROP) {
		s->counts.ntp_drops++;
		return RESPONDER_IGNORE;
	}
	io->rate = limited == CLIENTS_KOD;
	return settle(s, io, authenticate(s, &io->request, io->restricts));
}

/* Whether a datagram is of a peer of ours. */
static bool deliver(struct serve *s, const struct kernel_message *m)
{
	bool r = s->listener.deliver && s->listener.deliver(s->listener.arg, m);

	take_snapshot(s);
	return r;
}

/* Counts a datagram. Returns what is to be done: RESPONDER_ANSWER, RESPONDER_SEALED, or nothing. */
static enum responder_verdict admit(
	struct port *p, const struct kernel_message *m, uint32_t dice, struct serve_plan *ret)
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
	/* Those that are sealed together have one time, read before them. */
	ret->transmit = responder_may_be_late(q, ret)
				? ret->receive
				: serve_time(s, q->nts ? s->now : serve_read_system(s));
	return kernel;
}

/* Makes all that an answer needs but its bytes. Returns 0 or -EAGAIN. */
static int begin(struct serve *s, const struct kernel_message *m, const struct serve_plan *plan,
	struct draft *ret, uint8_t reply[PACKET_ROOM])
{
	const struct responder_request *q = &plan->request;
	struct responder_random *r = &ret->random;

	/* Without randomness the bits below the precision are zero: coarser, not wrong. */
	if (take_random(s, &r->stamps, sizeof(r->stamps)) < 0)
		r->stamps = 0;
	/* A nonce that is not fresh would give the keys of a session away: no answer then. */
	if (q->nts &&
		take_random(s, r->nonces, (1 + q->sealed.cookies) * CRYPTO_AEAD_NONCE_MAX) < 0)
		return -EAGAIN;
	ret->kernel = find_stamps(s, m, q, &ret->stamps);
	s->packets.kods += plan->rate;
	if (plan->rate)
		ret->rate = serve_rate_snapshot(&s->snapshot);
	ret->answer = (struct responder_answer){.request = q,
		.snapshot = plan->rate ? &ret->rate : &s->snapshot,
		.stamps = &ret->stamps,
		.random = r,
		.ret = reply,
		.room = PACKET_ROOM};
	return 0;
}

static void count_stamp(struct serve *s, char source)
{
	if (source == 'H')
		s->counts.hw_rx++;
	else if (source == 'K')
		s->counts.kernel_rx++;
	else
		s->counts.daemon_rx++;
}

/* Writes a reply of n bytes over its request. False when it could not be made. */
static bool place_reply(struct serve *s, struct kernel_message *m, const uint8_t *reply, int n)
{
	if (n < 0 || (size_t)n > m->room) {
		s->refused.unsent++;
		return false;
	}
	count_stamp(s, m->stamp_source);
	memcpy(m->data, reply, (size_t)n);
	m->n = (size_t)n;
	return true;
}

static void add_answer(struct serve *s, const struct kernel_message *m, struct serve_answer to)
{
	s->out.each[s->out.n] = to;
	s->out.messages[s->out.n++] = *m;
}

/* What is to be known of an answer when it leaves and afterwards. */
static struct serve_answer note(struct serve *s, struct kernel_message *m, const struct draft *d)
{
	const struct responder_request *q = d->answer.request;

	if (s->stamps && responder_refers(q)) {
		serve_exclude(s, true);
		stamps_save(s->stamps, d->stamps.ret_receive, d->stamps.ret_transmit);
		serve_exclude(s, false);
		m->want_stamp = s->out.stamped = true;
	}
	return (struct serve_answer){.kernel = d->kernel,
		.late = responder_may_be_late(q, &d->stamps),
		.stamp = {d->stamps.ret_receive, (uint32_t)(d->random.stamps >> 32)}};
}

/* Answers those whose requests proved to be authentic. */
static void seal_answers(struct serve *s, struct serve_waiting *const *w, size_t n)
{
	struct draft drafts[RESPONDER_MANY];
	struct responder_answer answers[RESPONDER_MANY];
	size_t which[RESPONDER_MANY], n_answers = 0;
	int lengths[RESPONDER_MANY];

	serve_read_system(s);
	for (size_t i = 0; i < n; i++) {
		struct draft *d = &drafts[n_answers];

		if (begin(s, w[i]->m, &w[i]->plan, d, s->replies[i]) < 0) {
			s->refused.unsent++;
			continue;
		}
		answers[n_answers] = d->answer;
		which[n_answers++] = i;
	}
	responder_reply_sealed(&s->auth, answers, lengths, n_answers);
	for (size_t j = 0; j < n_answers; j++) {
		struct kernel_message *m = w[which[j]]->m;

		if (place_reply(s, m, answers[j].ret, lengths[j]))
			add_answer(s, m, note(s, m, &drafts[j]));
	}
}

/* Tells a client that its cookie or authenticator is not right. */
static void refuse(struct serve *s, struct serve_waiting *w)
{
	int n = responder_nak(&w->plan.request, s->snapshot.served.precision, &s->auth, s->reply,
		sizeof(s->reply));

	if (place_reply(s, w->m, s->reply, n))
		add_answer(s, w->m, (struct serve_answer){0});
}

/* Opens the requests that wait for it, all at once, and answers them. */
static void answer_waiting(struct serve *s)
{
	struct responder_request *requests[RESPONDER_MANY] = {NULL};
	enum responder_verdict verdicts[RESPONDER_MANY];
	struct serve_waiting *good[RESPONDER_MANY];
	size_t n = s->n_waiting, n_good = 0;

	for (size_t i = 0; i < n; i++)
		requests[i] = &s->waiting[i].plan.request;
	responder_open(&s->auth, requests, verdicts, n);
	for (size_t i = 0; i < n; i++) {
		struct serve_waiting *w = &s->waiting[i];
		enum responder_verdict verdict = settle(s, &w->plan, verdicts[i]);

		if (verdict == RESPONDER_ANSWER)
			good[n_good++] = w;
		else if (verdict == RESPONDER_NAK)
			refuse(s, w);
	}
	seal_answers(s, good, n_good);
	crypto_wipe(s->waiting, n * sizeof(s->waiting[0]));
	s->n_waiting = 0;
}

/* Answers a request that nothing is sealed of. */
static void answer_plain(struct port *p, struct kernel_message *m, const struct serve_plan *plan)
{
	struct serve *s = p->serve;
	const struct responder_request *q = &plan->request;
	struct serve_answer to;
	struct draft d;
	int n = begin(s, m, plan, &d, s->reply);

	if (q->authenticated)
		serve_exclude(s, true);
	if (n == 0)
		n = responder_reply(&s->auth, &d.answer);
	if (q->authenticated)
		serve_exclude(s, false);
	if (!place_reply(s, m, s->reply, n))
		return;
	to = note(s, m, &d);
	if (!q->signd || plan->rate)
		add_answer(s, m, to);
	else if (!p->ptp) /* Signed ones leave bare. */
		signd_submit(s->signd, m, q->key);
}

/* Takes a datagram, and writes its answer over it and to the answers, if there is one; one with NTS
 * waits for others. */
static void answer(struct port *p, struct kernel_message *m)
{
	struct serve *s = p->serve;
	struct serve_waiting *w = &s->waiting[s->n_waiting];

	switch (admit(p, m, throw_dice(s), &w->plan)) {
	case RESPONDER_ANSWER:
		answer_plain(p, m, &w->plan);
		break;
	case RESPONDER_SEALED:
		w->m = m;
		if (++s->n_waiting == RESPONDER_MANY)
			answer_waiting(s);
		break;
	default:
		break;
	}
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
	s->out.stamped = false;
	p->counts.received += (uint64_t)n;
	for (int i = 0; i < n; i++) {
		serve_stamp(s, &s->in[i], false);
		serve_unwrap(p, &s->in[i]);
		answer(p, &s->in[i]);
	}
	if (s->n_waiting > 0)
		answer_waiting(s);
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
	/* Stamps that wait take room in the socket from requests. */
	while (rounds-- > 0 && p->fd >= 0 && serve_batch(p) == SERVE_BATCH)
		if (p->serve->out.stamped && p->fd >= 0)
			serve_take_stamps(p);
}
