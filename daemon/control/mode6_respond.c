/* SPDX-License-Identifier: BSD-2-Clause */
/* The way of one request: who may ask what, and how much may be said. */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "common/instant.h"
#include "common/log.h"
#include "config/settings.h"
#include "daemon/control/mode6.h"
#include "daemon/discipline/events.h"
#include "daemon/protocol/keys.h"

/* The least time between two warnings of attackers, s. */
#define SUSPECT_INTERVAL 60

static int do_nothing(struct mode6_call *c)
{
	c->status = events_system_word(c->m->env->events);
	return MODE6_FINE;
}

/* What each operation needs. */
static const struct {
	mode6_operation *run;
	bool key;   /**< the control key */
	bool asked; /**< it says itself how much it wants */
} operations[] = {
	[MODE6_UNSPECIFIED] = {do_nothing, false, false},
	[MODE6_READ_STATUS] = {mode6_read_status, false, false},
	[MODE6_READ_VARIABLES] = {mode6_read_variables, false, false},
	[MODE6_READ_CLOCK] = {mode6_read_clock, false, false},
	[MODE6_CONFIGURE] = {mode6_configure, true, false},
	[MODE6_READ_MRU] = {mode6_read_mru, false, true},
	[MODE6_READ_LIST] = {mode6_read_list, true, false},
	[MODE6_REQUEST_NONCE] = {mode6_request_nonce, false, false},
};

/* Addresses may be spoofed: no stranger is to fill the log by changing his. */
static void note_suspect(struct mode6 *m, const struct endpoint *peer)
{
	int64_t now = mode6_now(m);
	char text[ENDPOINT_TEXT];

	if (m->suspect.family != ADDRESS_NONE &&
		(address_equal(&m->suspect, &peer->address) ||
			instant_diff_s(now, m->suspected) < SUSPECT_INTERVAL))
		return;
	m->suspect = peer->address;
	m->suspected = now;
	endpoint_format(peer, text, sizeof(text));
	log_warning(m->env->log, "Possible 'ntpdx' exploit from %s (possibly spoofed)", text);
}

/* The trailer is a MAC of a key that is trusted. */
static bool is_signed(const struct mode6 *m, const struct mode6_request *q)
{
	return q->has_mac && settings_trusts_key(&m->env->settings->ntp, q->key) &&
	       keys_check(m->env->keys, q->key, q->version, q->signed_part, q->mac) == 0;
}

/* Bytes of an answer with all its fragments. */
static size_t size_of(size_t text)
{
	size_t fragments = text == 0 ? 1 : (text + MODE6_DATA - 1) / MODE6_DATA;

	return text + fragments * (MODE6_HEADER + 3);
}

static void send_fragment(struct mode6_call *c, const struct mode6_answer *a, struct span text,
	size_t offset, bool with_mac, mode6_send *send, void *arg)
{
	uint8_t packet[MODE6_FRAGMENT];
	size_t n = mode6_encode(a, text, offset, packet);
	struct writer w = writer_on(packet, sizeof(packet));
	int mac;

	if (with_mac) {
		w.n = n;
		write_u32(&w, c->q->key);
		mac = keys_sign(c->m->env->keys, c->q->key, c->q->version, (struct span){packet, n},
			packet + w.n, w.room - w.n);
		if (mac > 0)
			n = w.n + (size_t)mac;
	}
	send(arg, (struct span){packet, n});
}

/* ntpd begins a MAC at a multiple of eight bytes and RFC 9327 at one of four, and clients look for
 * it as the one or the other: blanks at the end make it one place. What is not text stays as it is.
 */
static void align(struct mode6_text *t)
{
	size_t blanks = 0;

	if (t->n < 2 || memcmp(t->s + t->n - 2, "\r\n", 2) != 0)
		return;
	while (((MODE6_HEADER + (t->n + blanks) % MODE6_DATA + 3) / 4) % 2 != 0)
		blanks++;
	if (blanks > mode6_text_left(t))
		return;
	memset(t->s + t->n - 2, ' ', blanks);
	t->n += blanks;
	memcpy(t->s + t->n - 2, "\r\n", 2);
}

static void send_answer(
	struct mode6_call *c, enum mode6_error error, bool with_mac, mode6_send *send, void *arg)
{
	const struct mode6_answer a = {.version = c->q->version,
		.opcode = c->q->opcode,
		.sequence = c->q->sequence,
		.association = c->q->association,
		.status = c->status,
		.error = error};
	struct span text = {(const uint8_t *)c->text.s, 0};
	size_t offset = 0;

	if (with_mac && error == MODE6_FINE)
		align(&c->text);
	text.n = c->text.n;
	do {
		send_fragment(c, &a, text, offset, with_mac && error == MODE6_FINE, send, arg);
		offset += MODE6_DATA;
	} while (error == MODE6_FINE && offset < text.n);
}

/* Runs the operation. Returns as mode6_operation. */
static int run(struct mode6_call *c, size_t length)
{
	const struct mode6_request *q = c->q;
	int r;

	if (q->opcode >= sizeof(operations) / sizeof(operations[0]) ||
		operations[q->opcode].run == NULL)
		return MODE6_BAD_OPCODE;
	if (operations[q->opcode].key && !c->authenticated)
		return MODE6_PERMISSION;
	if (!operations[q->opcode].asked)
		c->text.room = MODE6_TEXT_PLAIN;
	r = operations[q->opcode].run(c);
	if (r != MODE6_FINE || c->authenticated || c->proved || c->client->amplification == 0 ||
		q->opcode == MODE6_REQUEST_NONCE)
		return r;
	return size_of(c->text.n) > c->client->amplification * length ? MODE6_RESTRICTED : r;
}

int mode6_respond(struct mode6 *m, const struct mode6_client *client, struct span datagram,
	mode6_send *send, void *arg)
{
	struct mode6_request q;
	struct mode6_call c = {
		.m = m, .client = client, .q = &q, .text = mode6_text_on(m->text, sizeof(m->text))};
	bool is_authentic;
	int r;

	if (client->restricts & (NTP_RESTRICT_IGNORE | NTP_RESTRICT_NOQUERY) ||
		client->peer.port == 0)
		return -EPERM;
	switch (mode6_decode(datagram, &q)) {
	case MODE6_GOOD:
		break;
	case MODE6_MALFORMED:
		send_answer(&c, MODE6_BAD_FORMAT, false, send, arg);
		return 0;
	case MODE6_SUSPECT:
		note_suspect(m, &client->peer);
		return -EBADMSG;
	case MODE6_FOREIGN:
		return -EBADMSG;
	}
	is_authentic = is_signed(m, &q);
	c.authenticated = is_authentic && q.key != 0 && q.key == m->env->settings->ntp.control_key;
	if ((client->restricts & NTP_RESTRICT_NOTRUST) && !is_authentic)
		return -EPERM;
	r = run(&c, datagram.n);
	if (r == MODE6_SILENCE)
		return -EPERM;
	send_answer(&c, (enum mode6_error)r, is_authentic, send, arg);
	return 0;
}
