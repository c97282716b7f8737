/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handshake, one request, one response, keys. What happens is logged stage by stage: who runs
 * servers and certificates must see where it stops.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "daemon/protocol/ke_client.h"
#include "daemon/words.h"

#define REQUEST_ROOM   128 /* for KE_AEADS algorithms */
#define EXPORT_LABEL   "EXPORTER-network-time-security"
#define EXPORT_CONTEXT 5
#define LABEL_TEXT     (ENDPOINT_TEXT + 256 + 4)

struct ke_client {
	const struct crypto_backend *crypto;
	const struct log *log;
	char label[LABEL_TEXT];
	char name[256];
	struct endpoint server;
	struct words_ke words; /* of the above */
	uint16_t aeads[KE_AEADS];
	size_t n_aeads;
	struct tls *tls;
	bool shaken, failed, done;
	struct nts_framer framer;
	size_t n; /* bytes of response */
	uint8_t response[NTS_RESPONSE_MAX];
	struct ke_result result;
};

static int fail(struct ke_client *c)
{
	c->failed = true;
	return -EPROTO;
}

static int fail_tls(struct ke_client *c, const char *stage)
{
	struct tls_info info;

	c->crypto->tls_info(c->tls, &info);
	words_say(c->log, ke_failed, &c->words, stage, &info, c->crypto->tls_fault(c->tls),
		c->crypto->tls_why(c->tls), c->shaken);
	return fail(c);
}

static int fail_response(struct ke_client *c, const char *reason)
{
	words_say(c->log, ke_invalid, &c->words, reason);
	return fail(c);
}

/* What was agreed, once TLS is content. */
static void tell_session(const struct ke_client *c)
{
	struct tls_info info;

	c->crypto->tls_info(c->tls, &info);
	words_say(c->log, ke_agreed, &c->words, &info);
}

/* The handshake is complete: asks. */
static int ask(struct ke_client *c)
{
	uint8_t request[REQUEST_ROOM];
	int n = nts_request_encode(c->aeads, c->n_aeads, request, sizeof(request));

	c->shaken = true;
	tell_session(c);
	if (n < 0 || c->crypto->tls_write(c->tls, (struct span){request, (size_t)n}) < 0)
		return fail_tls(c, "NTS-KE request to");
	return 0;
}

/* Derives one key. context_aead is what the derivation is told (RFC 8915 5.1). */
static int export_key(
	const struct ke_client *c, uint16_t context_aead, uint8_t direction, uint8_t *ret, size_t n)
{
	uint8_t context[EXPORT_CONTEXT];
	struct writer w = writer_on(context, sizeof(context));

	write_u16(&w, NTS_PROTOCOL_NTP4);
	write_u16(&w, context_aead);
	write_u8(&w, direction);
	return c->crypto->tls_export(
		c->tls, EXPORT_LABEL, (struct span){context, sizeof(context)}, ret, n);
}

static int export_keys(
	const struct ke_client *c, uint16_t aead, uint16_t context_aead, struct nts_keys *ret)
{
	struct nts_keys keys = {.aead = aead, .n = crypto_aead_key_length(aead)};
	int r = export_key(c, context_aead, 0, keys.c2s, keys.n);

	if (r == 0)
		r = export_key(c, context_aead, 1, keys.s2c, keys.n);
	if (r == 0)
		*ret = keys;
	crypto_wipe(&keys, sizeof(keys));
	return r;
}

/* Both sides must derive the same keys. Servers of AEAD 30 that do not say that they follow the
 * standard mostly do as if it were AEAD 15, as chrony once did. */
static int derive(struct ke_client *c)
{
	const struct nts_response *r = &c->result.response;
	uint16_t aead = (uint16_t)r->aead;

	if (aead != CRYPTO_AEAD_GCM_SIV_128 || r->gcm_siv_export)
		return export_keys(c, aead, aead, &c->result.keys);
	log_info(c->log, "NTS-KE with %s: keys of %s exported the old way", c->label,
		crypto_aead_name(aead));
	if (export_keys(c, aead, CRYPTO_AEAD_SIV_256, &c->result.keys) < 0)
		return -EPROTO;
	return export_keys(c, aead, aead, &c->result.other_keys);
}

/* The response is whole. */
static int take(struct ke_client *c, size_t n)
{
	struct nts_response *r = &c->result.response;
	const char *reason;

	words_say(c->log, ke_read, &c->words, n);
	if (c->n > n)
		return fail_response(c, "data after the end of message");
	if (nts_response_decode((struct span){c->response, n}, r, &reason) < 0 ||
		nts_response_accept(r, c->aeads, c->n_aeads, &reason) < 0)
		return fail_response(c, reason);
	if (derive(c) < 0)
		return fail_tls(c, "Key export from");
	words_say(c->log, ke_cookies, &c->words, r->n_cookies, r->cookies[0].n, (uint16_t)r->aead);
	if (r->server[0] != '\0')
		log_info(c->log, "NTS-KE with %s: NTP server %s", c->label, r->server);
	if (r->port != NTS_NONE)
		log_info(c->log, "NTS-KE with %s: NTP port %d", c->label, r->port);
	c->done = true;
	c->crypto->tls_finish(c->tls);
	return 1;
}

/* Reads what TLS has of the response. */
static int read_response(struct ke_client *c)
{
	for (;;) {
		int length, r = c->crypto->tls_read(
				    c->tls, c->response + c->n, sizeof(c->response) - c->n);

		if (r == -EAGAIN)
			return 0;
		if (r < 0)
			return fail_tls(c, "NTS-KE session with");
		if (r == 0)
			return fail_response(c, "connection closed before the end of message");
		c->n += (size_t)r;
		length = nts_frame(
			&c->framer, (struct span){c->response, c->n}, sizeof(c->response));
		if (length > 0)
			return take(c, (size_t)length);
		if (length < 0)
			return fail_response(c, "message too long");
	}
}

static int advance(struct ke_client *c)
{
	int r;

	if (!c->shaken) {
		r = c->crypto->tls_step(c->tls);
		if (r == -EAGAIN)
			return 0;
		if (r < 0)
			return fail_tls(c, "TLS handshake with");
		r = ask(c);
		if (r < 0)
			return r;
	}
	return read_response(c);
}

int ke_client_feed(struct ke_client *c, struct span bytes)
{
	int r = 0;

	if (c->failed)
		return -EPROTO;
	while (bytes.n > 0 && !c->done) {
		size_t taken = c->crypto->tls_feed(c->tls, bytes);

		bytes.p += taken;
		bytes.n -= taken;
		r = advance(c);
		if (r != 0)
			return r;
		/* All was read out: what it does not take now it never takes. */
		if (taken == 0)
			return fail_tls(c, "NTS-KE session with");
	}
	return c->done ? 1 : r;
}

int ke_client_closed(struct ke_client *c)
{
	if (c->done)
		return 1;
	if (c->failed)
		return -EPROTO;
	if (!c->shaken) {
		words_say(c->log, ke_failed, &c->words, "TLS handshake with", &(struct tls_info){0},
			TLS_BROKEN, "connection closed", false);
		return fail(c);
	}
	return fail_response(c, "connection closed before the end of message");
}

size_t ke_client_drain(struct ke_client *c, uint8_t *ret, size_t room)
{
	return c->crypto->tls_drain(c->tls, ret, room);
}

const struct ke_result *ke_client_result(const struct ke_client *c)
{
	return &c->result;
}

const struct words_ke *ke_client_words(const struct ke_client *c)
{
	return &c->words;
}

/* Begins the TLS session. */
static int start(struct ke_client *c, const struct ke_client_settings *s)
{
	struct tls_client_settings settings = {
		.trust = s->trust,
		.name = c->name,
		.alpn = KE_ALPN,
		.allow_tls12 = s->allow_tls12,
		.no_tls13 = s->no_tls13,
		.any_time = s->any_time,
		.any_certificate = s->any_certificate,
		.at_s = s->at_s,
	};
	int r = c->crypto->tls_client(&settings, &c->tls);

	if (r < 0) {
		log_error(c->log, "Could not begin TLS with %s : %s", c->label, strerror(-r));
		return r;
	}
	r = c->crypto->tls_step(c->tls);
	return r == 0 || r == -EAGAIN ? 0 : fail_tls(c, "TLS handshake with");
}

int ke_client_create(const struct ke_client_settings *s, struct ke_client **ret)
{
	struct ke_client *c;
	char server[ENDPOINT_TEXT];
	int r;

	if (s->n_aeads == 0 || s->n_aeads > KE_AEADS)
		return -EINVAL;
	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->crypto = s->crypto;
	c->log = s->log;
	c->server = s->server;
	c->words = (struct words_ke){.label = c->label,
		.name = c->name,
		.server = &c->server,
		.at_s = s->at_s,
		.any_time = s->any_time};
	endpoint_format(&s->server, server, sizeof(server));
	snprintf(c->name, sizeof(c->name), "%s", s->name);
	snprintf(c->label, sizeof(c->label), "%s (%s)", server, c->name);
	memcpy(c->aeads, s->aeads, s->n_aeads * sizeof(c->aeads[0]));
	c->n_aeads = s->n_aeads;
	r = start(c, s);
	if (r < 0) {
		ke_client_destroy(c);
		return r;
	}
	*ret = c;
	return 0;
}

void ke_client_destroy(struct ke_client *c)
{
	if (!c)
		return;
	if (c->tls)
		c->crypto->tls_destroy(c->tls);
	crypto_wipe(c, sizeof(*c));
	free(c);
}
