/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When to ask a server: polls, bursts, and what failures, refusals and good samples change of it
 * (chrony-behaviour, RFC 5905 7.4 and 13).
 */
#include "config.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/instant.h"
#include "daemon/protocol/client.h"

#define INITIAL_DELAY 0.2 /* s from start to the first request */
/* The most that randomness adds to a delay, as a part. What surprises cost in requests is made up
 * for in longer polls: there more is more likely than less. */
#define SPREAD          0.02
#define LONG_INTERVAL   32.0 /* s */
#define BURST_INTERVAL  2.0  /* s */
#define IBURST_GOOD     4
#define IBURST_TOTAL    8
#define BURST_TOTAL_MAX 4    /* of the burst option */
#define PRESEND_DELAY   2.0  /* s from the extra request to the real one */
#define NEAR_DELAY      0.01 /* s, a server must be nearer to be asked more than once a second */
/* What surprises is looked at again at once, although not sooner than rate limits of servers have
 * it, and only where longer polls have saved requests: so many are remembered. */
#define SOON_LEAST        3 /* log2 s */
#define SAVED_MOST        8
#define RATE_PENALTY      4   /* polling intervals */
#define ANSWER_TIME       4.0 /* s beyond maxdelay that an answer is waited for */
#define STAMP_AGREES      1.0 /* s, the most that two timestamps of one request differ by */
#define PEER_SILENT       4   /* unanswered requests in one mode before the other */
#define INTERLEAVED_MOST  4   /* unanswered requests in interleaved mode before basic ones */
#define JUMP_MOST         (16 * INSTANT_S) /* more than the clock of a server is corrected by */
#define REQUEST_PRECISION 32               /* what a request says instead of our precision */

/* Steps of the poll score. */
#define SCORE_UNANSWERED 0.25
#define SCORE_BAD        0.02
#define SCORE_LOOP       0.1
/* Part of what failures raised the poll by that each good answer takes back. */
#define RAISED_FADES (1.0 / 8)

static int clamp(int x, int low, int high)
{
	return x < low ? low : x > high ? high : x;
}

static void set_poll(struct client *c, int poll)
{
	const struct source_options *o = c->options;
	int low = clamp(c->poll_floor, o->minpoll, o->maxpoll);

	c->poll = clamp(poll, low, o->maxpoll);
}

/* A failure: enough of them raise the poll. */
static void add_score(struct client *c, double step)
{
	int before = c->poll;

	c->score += step;
	if (c->score < 1)
		return;
	set_poll(c, c->poll + (int)c->score);
	/* At maxpoll the score has nowhere to go. */
	c->score = c->poll > before ? c->score - floor(c->score) : 1;
	c->raised += c->poll - before;
}

/* The poll after a good answer: where many are lost it does not go back at once to what the
 * answers by themselves ask for. */
static int settled_poll(struct client *c, int asked)
{
	int kept;

	if (asked < c->options->minpoll)
		c->raised = 0;
	kept = asked + (int)lround(c->raised);
	c->raised *= 1 - RAISED_FADES;
	return clamp(kept, asked, c->poll > asked ? c->poll : asked);
}

static bool in_burst(const struct client *c)
{
	return c->activity == PROTOCOL_BURST_ONLINE || c->activity == PROTOCOL_BURST_OFFLINE;
}

bool client_is_peer(const struct client *c)
{
	return c->options->kind == SOURCE_PEER && !c->asks;
}

void client_choose_mode(struct client *c)
{
	if (c->may_ask && c->options->kind == SOURCE_PEER && c->unanswered >= PEER_SILENT &&
		c->unanswered % PEER_SILENT == 0)
		c->asks = !c->asks;
}

int client_interval(const struct client *c)
{
	bool near = c->reach != 0 && c->min_delay > 0 && c->min_delay <= NEAR_DELAY;
	int poll = c->poll;

	if (client_is_peer(c) && c->reach != 0 && c->peer.poll < poll)
		poll = clamp(c->peer.poll, c->options->minpoll, poll);
	return poll < 0 && !near ? 0 : poll;
}

int client_version(const struct client *c)
{
	const struct ntp_auth_ops *auth = c->auth->ops;

	if (c->options->version != 0 && !auth->fixed_version)
		return c->options->version;
	return auth->version(c->auth);
}

/* From one request to the next, s. */
static double delay_between(const struct client *c)
{
	double interval = ldexp(1, client_interval(c));

	if (in_burst(c))
		return fmin(BURST_INTERVAL, interval / 4);
	if (c->extra > 0)
		return PRESEND_DELAY;
	if (c->soon > 0)
		return fmin(ldexp(1, c->soon), interval);
	return interval;
}

/* Plans the next request: delay_between() after the last, but at least least seconds from now. */
static void plan(struct client *c, int64_t now, double least, double random)
{
	double delay = least, interval = delay_between(c) + c->penalty;

	if (c->activity == PROTOCOL_OFFLINE) {
		c->wake = CLIENT_NEVER;
		return;
	}
	interval *= 1 + SPREAD * (interval < LONG_INTERVAL ? random : sqrt(random));
	if (c->last_tx != 0)
		delay = fmax(least, interval - instant_diff_s(now, c->last_tx));
	c->wake = instant_add_s(now, delay);
}

static void begin(struct client *c, int64_t now, double random)
{
	plan(c, now, INITIAL_DELAY * (1 + SPREAD * random), random);
}

static void begin_burst(struct client *c, enum protocol_activity a, int good, int total)
{
	c->activity = a;
	c->burst_good = good;
	c->burst_total = total;
}

static void go_offline(struct client *c)
{
	c->activity = PROTOCOL_OFFLINE;
	c->wake = CLIENT_NEVER;
	c->reach = c->unanswered = 0;
	c->extra = 0;
	c->last.any = false;
	c->soon = 0;
	memset(&c->peer, 0, sizeof(c->peer));
	c->mono = false;
	client_expire(c);
}

static void end_burst(struct client *c)
{
	if (c->activity == PROTOCOL_BURST_ONLINE)
		c->activity = PROTOCOL_ONLINE;
	else if (c->activity == PROTOCOL_BURST_OFFLINE)
		go_offline(c);
}

void client_init(struct client *c, const struct source_options *options, struct ntp_auth *auth)
{
	memset(c, 0, sizeof(*c));
	c->options = options;
	c->auth = auth;
	c->activity = PROTOCOL_OFFLINE;
	c->wake = CLIENT_NEVER;
	c->poll_floor = INT8_MIN;
	c->request.peer = client_is_peer(c);
	set_poll(c, options->minpoll > 0 ? options->minpoll : 0);
}

void client_online(struct client *c, bool on, int64_t now, double random)
{
	switch (c->activity) {
	case PROTOCOL_OFFLINE:
		if (!on)
			return;
		c->activity = PROTOCOL_ONLINE;
		if (c->options->iburst)
			begin_burst(c, PROTOCOL_BURST_ONLINE, IBURST_GOOD, IBURST_TOTAL);
		begin(c, now, random);
		return;
	case PROTOCOL_ONLINE:
		if (!on)
			go_offline(c);
		return;
	case PROTOCOL_BURST_ONLINE:
	case PROTOCOL_BURST_OFFLINE:
		c->activity = on ? PROTOCOL_BURST_ONLINE : PROTOCOL_BURST_OFFLINE;
		return;
	}
}

void client_burst(struct client *c, int good, int total, int64_t now, double random)
{
	if (in_burst(c) || client_is_peer(c) || good <= 0 || total <= 0)
		return;
	begin_burst(c,
		c->activity == PROTOCOL_ONLINE ? PROTOCOL_BURST_ONLINE : PROTOCOL_BURST_OFFLINE,
		good, total);
	c->extra = 0;
	begin(c, now, random);
}

void client_moved(struct client *c)
{
	c->poll_floor = INT8_MIN;
	set_poll(c, c->options->minpoll > 0 ? c->options->minpoll : 0);
	c->score = c->raised = c->penalty = c->min_delay = 0;
	c->reach = c->unanswered = 0;
	c->soon = 0;
	c->saved = 0;
	c->seen.any = c->last.any = false;
	memset(&c->peer, 0, sizeof(c->peer));
	c->mono = false;
	client_expire(c);
}

void client_reset(struct client *c, int64_t now, double random)
{
	client_moved(c);
	c->extra = 0;
	begin(c, now, random);
}

/* A poll outside of a burst: an extra request before the real one, or a burst for one good sample
 * with the more tries the rarer the polls are. */
static void begin_poll(struct client *c)
{
	const struct source_options *o = c->options;
	int above = c->poll - o->minpoll;

	if (c->extra > 0)
		c->extra--;
	else if (c->poll >= o->presend && !client_is_peer(c))
		c->extra = o->xleave ? 2 : 1;
	if (o->burst && above > 0 && c->penalty <= 0 && c->extra == 0)
		begin_burst(c, PROTOCOL_BURST_ONLINE, 1, above > 1 ? BURST_TOTAL_MAX : 2);
}

/* A request out of turn is paid with those that the polls before it saved. */
static void count_saved(struct client *c)
{
	int above = clamp(c->poll - c->options->minpoll, 0, SAVED_MOST);

	if (c->soon > 0)
		c->saved--;
	else
		c->saved += (1u << above) - 1;
	if (c->saved > SAVED_MOST)
		c->saved = SAVED_MOST;
	c->soon = 0;
}

bool client_due(struct client *c, int64_t now)
{
	if (c->activity == PROTOCOL_OFFLINE || now < c->wake)
		return false;
	c->wake = CLIENT_NEVER;
	/* The last answer is given its time before the source goes back to offline; one that stays
	 * online leaves before its last request, which is then a poll like any other. */
	if (c->activity == PROTOCOL_BURST_OFFLINE && c->burst_total <= 0) {
		end_burst(c);
		return false;
	}
	set_poll(c, c->poll); /* its limits may have been changed by command */
	if (c->activity == PROTOCOL_ONLINE) {
		count_saved(c);
		begin_poll(c);
	} else {
		c->extra = 0;
		if (c->activity == PROTOCOL_BURST_ONLINE && c->burst_total <= 1)
			end_burst(c);
	}
	c->penalty = 0;
	return true;
}

/* Whether to ask in interleaved mode: a server that seems gone is asked in the simpler one. */
static bool interleaves(const struct client *c, int version)
{
	return c->options->xleave && version == PACKET_VERSION_MAX && c->last.any &&
	       c->unanswered < INTERLEAVED_MOST;
}

/* What a packet says of those before (RFC 9769 3): in interleaved mode it answers by the receive
 * timestamp of the peer's last one and tells when ours before left, which must be the one that was
 * answered. */
static void address_peer(struct client *c, uint64_t left, struct packet *io)
{
	bool interleaved = interleaves(c, io->version) && c->unanswered == 0 && left != 0 &&
			   c->peer.receive != 0;

	io->receive = c->peer.received;
	io->origin = interleaved ? c->peer.receive : c->peer.transmit;
	if (interleaved)
		c->request.transmit = io->transmit = left;
	if (c->options->xleave)
		c->request.receive = io->receive;
	c->request.last = c->last;
}

void client_request(struct client *c, uint64_t transmit, uint64_t receive, struct packet *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->version = client_version(c);
	ret->mode = client_is_peer(c) ? PACKET_ACTIVE : PACKET_CLIENT;
	ret->poll = c->poll;
	ret->precision = REQUEST_PRECISION;
	ret->transmit = transmit;
	c->counters.bad = 0;
	c->request = (struct response_request){
		.peer = client_is_peer(c),
		.version = ret->version,
		.transmit = transmit,
	};
	if (client_is_peer(c)) {
		address_peer(c, receive, ret);
		return;
	}
	if (!interleaves(c, ret->version))
		return;
	c->request.receive = ret->receive = receive;
	c->request.last = c->last;
	ret->origin = c->last.remote;
}

/* Counts a request against the burst and the register. Returns whether it is a miss. */
static bool note_request(struct client *c)
{
	bool miss = c->unanswered > 0;

	if (in_burst(c))
		c->burst_total--;
	if (miss)
		c->reach = c->reach << 1 & 0xff;
	c->unanswered++;
	if (c->unanswered > 1)
		add_score(c, SCORE_UNANSWERED);
	return miss;
}

bool client_sent(struct client *c, const struct response_stamp *sent, int64_t now, double random)
{
	bool miss = note_request(c);

	c->counters.tx++;
	c->request.waiting = true;
	c->request.sent = *sent;
	/* A peer has its own time to answer. */
	c->request.deadline = client_is_peer(c)
				      ? CLIENT_NEVER
				      : instant_add_s(now, c->options->maxdelay + ANSWER_TIME);
	c->request.presend = c->extra > 0;
	c->last_tx = now;
	plan(c, now, 0, random);
	return miss;
}

bool client_unsent(struct client *c, int64_t now, double random)
{
	bool miss = false;

	client_expire(c);
	/* Without a network a burst waits for it instead of being used up. */
	if (!in_burst(c) || c->reach != 0)
		miss = note_request(c);
	c->extra = 0;
	c->last_tx = now;
	plan(c, now, 0, random);
	return miss;
}

bool client_stamp(struct client *c, uint64_t transmit, const struct response_stamp *sent)
{
	if (!c->request.waiting || c->request.transmit != transmit ||
		fabs(instant_diff_s(sent->system, c->request.sent.system)) >= STAMP_AGREES)
		return false;
	/* The system's own is the worse one. */
	if (c->request.sent.source == 'H' && sent->source != 'H')
		return false;
	if (sent->source == 'H')
		c->counters.hardware_tx++;
	else
		c->counters.kernel_tx++;
	c->request.sent = *sent;
	return true;
}

void client_hurry(struct client *c, int64_t now)
{
	if (c->activity != PROTOCOL_OFFLINE && !c->request.waiting)
		c->wake = now;
}

void client_expire(struct client *c)
{
	c->request.waiting = false;
}

/* A copy of an earlier packet must not take the place of the newest: the peer would take our next
 * one for a forgery. A peer whose clock went back is heard again when it answers us. */
static bool is_news(const struct client *c, const struct response *r)
{
	return c->peer.transmit == 0 || (r->tests & PROTOCOL_TEST_2) != 0 ||
	       instant_ntp_diff(r->packet.transmit, c->peer.transmit) > 0;
}

/* A peer is told what we got of it last: all that is authentic and no copy counts, whether it
 * answers us or begins. */
static void note_peer(struct client *c, const struct response_input *in, const struct response *r)
{
	if (!client_is_peer(c) || !r->measured || (r->tests & PROTOCOL_TEST_5) == 0 ||
		r->packet.transmit == 0 || r->packet.transmit == c->peer.transmit || !is_news(c, r))
		return;
	c->peer = (struct client_peer){
		r->packet.transmit, r->packet.receive, in->told, r->packet.poll};
}

/* By how much the server's clock was corrected since it was asked last. What is below its precision
 * is added up. */
static void note_jump(struct client *c, struct response *io)
{
	int64_t by = io->moved_ns - c->moved_ns;

	if (!io->mono)
		return;
	if (c->mono && c->epoch == io->epoch) {
		if (llabs(by) <= instant_ns(ldexp(1, io->packet.precision)))
			return;
		if (llabs(by) <= JUMP_MOST)
			io->jumped_ns = by;
	}
	c->mono = true;
	c->epoch = io->epoch;
	c->moved_ns = io->moved_ns;
}

void client_response(struct client *c, const struct response_input *in, struct response *ret)
{
	c->counters.rx++;
	if (in->received.source == 'K')
		c->counters.kernel_rx++;
	else if (in->received.source == 'H')
		c->counters.hardware_rx++;
	response_judge(&c->request, &c->seen, c->options, c->auth, in, ret);
	c->counters.drops[ret->drop]++;
	note_peer(c, in, ret);
	if (!ret->valid && ret->kiss == 0) {
		c->counters.bad += ret->measured && c->counters.bad < UINT_MAX;
		return;
	}
	/* The one answer: whatever still comes is a duplicate or a forgery. */
	client_expire(c);
	c->seen = (struct response_seen){true, ret->packet.receive, ret->packet.transmit};
	/* What is measured of it at once is not measured again by the next response. */
	c->last = (struct response_exchange){.any = ret->valid,
		.used = !ret->interleaved,
		.remote = ret->packet.receive,
		.sent = c->request.sent,
		.received = in->received};
	if (c->auth->ops->accept)
		c->auth->ops->accept(c->auth);
	if (!ret->valid)
		return;
	note_jump(c, ret);
	c->counters.valid++;
	c->unanswered = 0;
	c->reach = (c->reach << 1 | ret->synchronised) & 0xff;
}

/* RATE: a long pause now, and never again as often (RFC 5905 7.4). */
static void slow_down(struct client *c, const struct packet *p)
{
	double pause = (1 + RATE_PENALTY) * ldexp(1, client_interval(c));

	end_burst(c);
	c->extra = 0;
	c->poll_floor = clamp(c->poll_floor, c->options->minpoll + 1, INT8_MAX);
	c->poll_floor = clamp(c->poll_floor, p->poll, INT8_MAX);
	set_poll(c, c->poll);
	c->penalty = fmax(pause - delay_between(c), 0);
}

static void take_good(struct client *c, const struct response *r, int poll)
{
	int before = c->poll;

	c->counters.good++;
	if (c->min_delay == 0 || r->sample.delay < c->min_delay)
		c->min_delay = r->sample.delay;
	set_poll(c, settled_poll(c, poll));
	if (poll < c->options->minpoll && c->poll_floor < c->options->minpoll && c->saved > 0)
		c->soon = clamp(poll, SOON_LEAST, c->poll);
	if (c->poll != before)
		c->score = 0;
	if (in_burst(c) && --c->burst_good <= 0)
		end_burst(c);
}

void client_settle(struct client *c, const struct response *r, int poll, int64_t now, double random)
{
	if (r->good) {
		take_good(c, r, poll);
	} else if (r->kiss == PACKET_KISS_RATE) {
		slow_down(c, &r->packet);
	} else if (r->kiss == PACKET_KISS_DENY || r->kiss == PACKET_KISS_RSTR) {
		go_offline(c);
	} else {
		unsigned failed = PROTOCOL_TESTS_ALL & ~r->tests;

		if (r->drop == RESPONSE_KEPT)
			c->counters.drops[RESPONSE_NOISY]++;
		add_score(c, failed == PROTOCOL_TEST_D ? SCORE_LOOP : SCORE_BAD);
	}
	plan(c, now, 0, random);
}
