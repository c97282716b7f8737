/* SPDX-License-Identifier: BSD-2-Clause */
/* Which requests are answered, and the bytes of the answers. */
#include "config.h"

#include <errno.h>
#include <math.h>

#include "common/instant.h"
#include "daemon/protocol/keys.h"
#include "daemon/serve/responder.h"
#include "daemon/wire/mono_field.h"

#define PORT_NTP 123

/* Where a header has its transmit timestamp. */
#define AT_TRANSMIT 40

/* Bytes of the digest of MS-SNTP. */
#define MS_SNTP_DIGEST 16

/* A server must not be made to answer itself, another server, or many hosts at once. */
static bool may_be_answered(const struct endpoint *peer, const struct address *local, uint16_t port)
{
	if (peer->port == 0 || address_is_not_unicast(&peer->address))
		return false;
	return peer->port != port || !address_equal(&peer->address, local);
}

/* Requests of version 1 have no mode, and what comes from the server's port is no client's. */
static bool is_request(const struct packet *p, const struct endpoint *peer)
{
	switch (p->mode) {
	case PACKET_CLIENT:
	case PACKET_ACTIVE:
		return true;
	case PACKET_UNSET:
		return p->version == 1 && peer->port != PORT_NTP;
	default:
		return false;
	}
}

static enum responder_verdict check_mac(
	const struct responder_auth *auth, struct responder_request *io)
{
	const struct packet_trailer *trailer = &io->trailer;

	if (!auth->keys || keys_check(auth->keys, trailer->key, io->packet.version,
				   trailer->signed_part, trailer->mac) != 0)
		return RESPONDER_NOT_AUTHENTIC;
	io->authenticated = true;
	io->key = trailer->key;
	return RESPONDER_ANSWER;
}

/* Fields of NTS have a meaning in requests of clients only. Who is no NTS server answers as if they
 * were not there: the client sees that nothing is sealed (RFC 8915 5.1). */
static enum responder_verdict check_nts(struct responder_auth *auth, struct responder_request *io)
{
	int r = nts_fields_find(&io->trailer, &io->fields);

	if (r == -ENOENT)
		return RESPONDER_ANSWER;
	if (!auth->nts) {
		auth->counts.no_server += r == 0 && io->fields.cookie.n > 0;
		return RESPONDER_ANSWER;
	}
	return r < 0 || io->packet.mode != PACKET_CLIENT ? RESPONDER_MALFORMED : RESPONDER_SEALED;
}

/* What became of the NTS fields of a request. */
static enum responder_verdict verdict_of(
	const struct nts_guard_opening *o, struct responder_request *io)
{
	switch (o->verdict) {
	case NTS_GUARD_GOOD:
		io->nts = true;
		return RESPONDER_ANSWER;
	case NTS_GUARD_NAK:
		io->unique_id = io->fields.unique_id;
		return RESPONDER_NAK;
	case NTS_GUARD_DROP:
		break;
	}
	return RESPONDER_MALFORMED;
}

void responder_open(struct responder_auth *auth, struct responder_request *const *io,
	enum responder_verdict *ret, size_t n)
{
	struct nts_guard_opening o[RESPONDER_MANY];

	for (size_t i = 0; i < n; i++) {
		o[i] = (struct nts_guard_opening){
			.fields = &io[i]->fields, .request = &io[i]->sealed};
		ret[i] = RESPONDER_IGNORE;
	}
	/* There may be no NTS server any more: nothing that could be answered can be sealed. */
	if (!auth->nts)
		return;
	nts_guard_open(auth->nts, o, n, &auth->counts);
	for (size_t i = 0; i < n; i++)
		ret[i] = verdict_of(&o[i], io[i]);
}

enum responder_verdict responder_admit(struct span datagram, const struct endpoint *peer,
	const struct address *local, uint16_t port, bool allowed, struct responder_request *ret)
{
	struct responder_request q = {.length = datagram.n};

	if (!may_be_answered(peer, local, port) || packet_decode(datagram, &q.packet) != 0)
		return RESPONDER_MALFORMED;
	if (q.packet.mode == PACKET_SERVER || q.packet.mode == PACKET_PASSIVE)
		return RESPONDER_FORWARD;
	if (!is_request(&q.packet, peer))
		return RESPONDER_IGNORE;
	if (!allowed)
		return RESPONDER_DENIED;
	if (packet_split(datagram, q.packet.version, &q.trailer) != 0)
		return RESPONDER_MALFORMED;
	q.mono = q.packet.version == PACKET_VERSION_MAX &&
		 mono_field_find(q.trailer.fields, &(struct mono_field){0});
	*ret = q;
	return RESPONDER_ANSWER;
}

/* A member of a Windows domain asks with its key's number and an empty digest (MS-SNTP 2.2.1). */
static bool asks_for_signature(const struct responder_request *q)
{
	const struct packet_trailer *t = &q->trailer;

	if (q->packet.version != 3 || q->packet.mode != PACKET_CLIENT || !t->has_mac ||
		t->key == 0 || t->mac.n != MS_SNTP_DIGEST)
		return false;
	for (size_t i = 0; i < t->mac.n; i++)
		if (t->mac.p[i] != 0)
			return false;
	return true;
}

enum responder_verdict responder_authenticate(
	struct responder_auth *auth, struct responder_request *io)
{
	enum responder_verdict verdict = check_nts(auth, io);

	if (verdict == RESPONDER_ANSWER && auth->signd && asks_for_signature(io)) {
		io->signd = true;
		io->key = io->trailer.key;
		return verdict;
	}
	if (verdict == RESPONDER_ANSWER && io->trailer.has_mac)
		verdict = check_mac(auth, io);
	return verdict;
}

bool responder_refers(const struct responder_request *q)
{
	return q->packet.version == 4 && (q->packet.origin & 1);
}

bool responder_may_interleave(const struct responder_request *q)
{
	return responder_refers(q) && q->packet.receive != q->packet.transmit;
}

static enum packet_mode mode_of_reply(enum packet_mode mode)
{
	return mode == PACKET_ACTIVE ? PACKET_PASSIVE : PACKET_SERVER;
}

static int write_mac(
	const struct responder_request *q, const struct responder_auth *auth, struct writer *w)
{
	struct span signed_part = {w->p, w->n};
	int mac;

	write_u32(w, q->key);
	if (w->bad)
		return -ENOSPC;
	mac = keys_sign(
		auth->keys, q->key, q->packet.version, signed_part, w->p + w->n, w->room - w->n);
	if (mac < 0)
		return -ENOSPC;
	w->n += (size_t)mac;
	return 0;
}

/* The lowest bits tell the two kinds apart for interleaved clients (RFC 9769). */
static uint64_t make_transmit(int precision, int64_t transmit, uint64_t receive, uint32_t random)
{
	uint64_t told = served_blur(instant_to_ntp(transmit), precision, random) & ~UINT64_C(1);

	/* Within one step of the precision the random bits may turn the order round. */
	return (int64_t)(told - receive) <= 0 ? receive + 1 : told;
}

static void make_stamps(int precision, uint64_t random, struct responder_stamps *io)
{
	io->ret_receive = served_blur(instant_to_ntp(io->receive), precision, (uint32_t)random) | 1;
	io->ret_transmit =
		make_transmit(precision, io->transmit, io->ret_receive, (uint32_t)(random >> 32));
}

/* Both receive timestamps have the same random bits: what they differ by is exact. */
static void write_mono(const struct responder_snapshot *s, uint64_t receive, struct writer *w)
{
	struct mono_field f = {.epoch = s->epoch};
	int64_t moved_s = s->moved / INSTANT_S, rest = s->moved % INSTANT_S;

	served_roots(&s->served, &f.root_delay, &f.root_dispersion);
	f.receive = receive - ((uint64_t)moved_s << 32) -
		    (uint64_t)llround((double)rest * (4294967296.0 / (double)INSTANT_S));
	mono_field_write(w, &f);
}

/* All of an answer that is not authentication. */
static struct writer write_answer(const struct responder_answer *a)
{
	const struct responder_request *q = a->request;
	const struct responder_snapshot *s = a->snapshot;
	struct responder_stamps *stamps = a->stamps;
	struct packet p = {
		.version = q->packet.version,
		.mode = mode_of_reply(q->packet.mode),
		.poll = q->packet.poll > s->least_poll ? q->packet.poll : s->least_poll,
	};
	struct writer w = writer_on(a->ret, a->room < q->length ? a->room : q->length);

	w.bad = w.room < PACKET_HEADER;
	if (w.bad)
		return w;
	served_fill(&s->served, &p);
	make_stamps(s->served.precision, a->random->stamps, stamps);
	p.origin = stamps->previous ? q->packet.receive : q->packet.transmit;
	p.receive = stamps->ret_receive;
	p.transmit = stamps->ret_transmit;
	if (stamps->previous)
		p.transmit = served_blur(stamps->previous, s->served.precision,
				     (uint32_t)(a->random->stamps >> 32)) &
			     ~UINT64_C(1);
	packet_encode(&p, a->ret);
	w.n = PACKET_HEADER;
	if (q->mono)
		write_mono(s, stamps->ret_receive, &w);
	return w;
}

int responder_reply(struct responder_auth *auth, const struct responder_answer *a)
{
	struct writer w = write_answer(a);
	int r = 0;

	if (!w.bad && a->request->authenticated)
		r = write_mac(a->request, auth, &w);
	if (r == 0 && w.bad)
		r = -ENOSPC;
	return r < 0 ? r : (int)w.n;
}

void responder_reply_sealed(
	struct responder_auth *auth, const struct responder_answer *a, int *ret, size_t n)
{
	struct nts_guard_sealing s[RESPONDER_MANY];
	struct writer w[RESPONDER_MANY];

	for (size_t i = 0; i < n; i++) {
		w[i] = write_answer(&a[i]);
		s[i] = (struct nts_guard_sealing){.request = &a[i].request->sealed,
			.random = a[i].random->nonces,
			.w = &w[i]};
	}
	nts_guard_seal(auth->nts, s, n, &auth->counts);
	for (size_t i = 0; i < n; i++) {
		if (s[i].result == 0 && w[i].bad)
			s[i].result = -ENOSPC;
		ret[i] = s[i].result < 0 ? s[i].result : (int)w[i].n;
	}
}

bool responder_may_be_late(const struct responder_request *q, const struct responder_stamps *stamps)
{
	return !q->nts && !q->authenticated && !q->signd && !stamps->previous;
}

uint64_t responder_late(
	const struct responder_late *late, int precision, int64_t transmit, uint8_t *answer)
{
	uint64_t told = make_transmit(precision, transmit, late->receive, late->random);
	struct writer w = writer_on(answer, PACKET_HEADER);

	w.n = AT_TRANSMIT;
	write_u64(&w, told);
	return told;
}

int responder_nak(const struct responder_request *q, int precision, struct responder_auth *auth,
	uint8_t *ret, size_t room)
{
	uint64_t theirs = q->packet.transmit;
	struct packet p = {
		.leap = LEAP_UNSYNCHRONISED,
		.version = q->packet.version,
		.mode = mode_of_reply(q->packet.mode),
		.poll = q->packet.poll,
		.precision = precision,
		.refid = NTS_KISS_NTSN,
		.origin = theirs,
		.receive = theirs,
		.transmit = theirs,
	};
	struct writer w = writer_on(ret, room < q->length ? room : q->length);

	if (w.room < PACKET_HEADER)
		return -ENOSPC;
	packet_encode(&p, ret);
	w.n = PACKET_HEADER;
	nts_field_write(&w, NTS_FIELD_UNIQUE_ID, q->unique_id);
	if (w.bad)
		return -ENOSPC;
	auth->counts.naks++;
	return (int)w.n;
}
