/* SPDX-License-Identifier: BSD-2-Clause */
/* A session: TLS handshake, request, response. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "daemon/kernel/kernel.h"
#include "daemon/serve/ke_session.h"
#include "daemon/words.h"

#define PORT_NTP     123
#define LABEL        "EXPORTER-network-time-security"
#define RESPONSE_MAX 4096

struct ke_session {
	const struct ke_session_env *env;
	struct tls *tls;
	enum ke_stage stage;
	struct nts_framer framer;
	size_t n_request;
	uint8_t request[NTS_REQUEST_MAX];
	size_t n_response; /* bytes */
	uint16_t aead;     /* of the keys given; 0: none */
	size_t cookie;     /* bytes of a cookie given */
	char why[TLS_WHY];
};

int ke_choose_aead(const struct nts_request *q, const uint16_t *aeads, size_t n)
{
	struct reader r = reader_on(q->aeads.p, q->aeads.n);
	int otherwise = NTS_NONE;

	while (r.left > 0 && !r.bad) {
		uint16_t theirs = read_u16(&r);

		for (size_t i = 0; i < n && !r.bad; i++) {
			if (aeads[i] != theirs)
				continue;
			if (theirs != CRYPTO_AEAD_GCM_SIV_128 || q->gcm_siv_export)
				return theirs;
			otherwise = theirs;
		}
	}
	return otherwise;
}

int ke_session_create(
	const struct ke_session_env *env, struct tls_identity *identity, struct ke_session **ret)
{
	const struct tls_server_settings settings = {.identity = identity,
		.alpn = "ntske/1",
		.allow_tls12 = env->allow_tls12,
		.no_tls13 = env->no_tls13};
	struct ke_session *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	s->env = env;
	r = env->crypto->tls_server(&settings, &s->tls);
	if (r < 0) {
		free(s);
		return r;
	}
	*ret = s;
	return 0;
}

void ke_session_destroy(struct ke_session *s)
{
	if (!s)
		return;
	s->env->crypto->tls_destroy(s->tls);
	free(s);
}

static void stop(struct ke_session *s, enum ke_stage stage, const char *why)
{
	struct text t = text_on(s->why, sizeof(s->why));

	s->stage = stage;
	text_add(&t, "%s", why);
}

/* The keys that the client derives too (RFC 8915 5.1). */
static int export_keys(struct ke_session *s, uint16_t aead, struct cookie_session *ret)
{
	const struct crypto_backend *crypto = s->env->crypto;
	size_t n = crypto_aead_key_length(aead);
	uint8_t context[5] = {0, NTS_PROTOCOL_NTP4, (uint8_t)(aead >> 8), (uint8_t)aead, 0};
	struct span span = {context, sizeof(context)};
	int r;

	ret->aead = aead;
	r = crypto->tls_export(s->tls, LABEL, span, ret->c2s, n);
	context[4] = 1;
	return r < 0 ? r : crypto->tls_export(s->tls, LABEL, span, ret->s2c, n);
}

static int make_cookies(struct ke_session *s, struct nts_response *io)
{
	uint8_t random[NTS_COOKIES][CRYPTO_AEAD_NONCE_MAX];
	struct cookie_session session;
	int r = export_keys(s, (uint16_t)io->aead, &session);

	if (r == 0)
		r = s->env->kernel->ops->random(s->env->kernel, random, sizeof(random));
	for (; r >= 0 && io->n_cookies < NTS_COOKIES; io->n_cookies++) {
		struct nts_cookie *cookie = &io->cookies[io->n_cookies];

		r = cookie_ring_seal(s->env->ring, random[io->n_cookies], &session, cookie->bytes,
			sizeof(cookie->bytes));
		cookie->n = r > 0 ? (uint16_t)r : 0;
	}
	crypto_wipe(&session, sizeof(session));
	return r < 0 ? r : 0;
}

/* What to answer to a request that could be read. */
static void answer(struct ke_session *s, const struct nts_request *q, struct nts_response *ret)
{
	const struct ke_session_env *env = s->env;
	struct text server = text_on(ret->server, sizeof(ret->server));

	if (!nts_list_has(q->protocols, NTS_PROTOCOL_NTP4)) {
		stop(s, KE_REFUSED, "no protocol in common");
		return;
	}
	ret->protocol = NTS_PROTOCOL_NTP4;
	ret->aead = ke_choose_aead(q, env->aeads, env->n_aeads);
	if (ret->aead == NTS_NONE) {
		stop(s, KE_REFUSED, "no AEAD algorithm in common");
		return;
	}
	ret->gcm_siv_export = ret->aead == CRYPTO_AEAD_GCM_SIV_128 && q->gcm_siv_export;
	if (make_cookies(s, ret) < 0) {
		ret->error = NTS_ERROR_INTERNAL;
		stop(s, KE_REFUSED, "could not make cookies");
		return;
	}
	text_add(&server, "%s", env->ntp_server);
	/* Without a port of its own it gives keys for other servers, of the usual one. */
	if (env->ntp_port != PORT_NTP && env->ntp_port != 0)
		ret->port = env->ntp_port;
	s->aead = (uint16_t)ret->aead;
	s->cookie = ret->cookies[0].n;
	s->stage = KE_SERVED;
}

static void respond(struct ke_session *s, struct span message)
{
	struct nts_response response = {.error = NTS_NONE,
		.warning = NTS_NONE,
		.protocol = NTS_NONE,
		.aead = NTS_NONE,
		.port = NTS_NONE};
	uint8_t out[RESPONSE_MAX];
	struct nts_request request;
	enum nts_error error;
	int n;

	if (nts_request_decode(message, &request, &error) < 0) {
		response.error = (int)error;
		stop(s, KE_REFUSED,
			error == NTS_ERROR_UNKNOWN_CRITICAL ? "unknown critical record"
							    : "bad request");
	} else {
		answer(s, &request, &response);
	}
	n = nts_response_encode(&response, out, sizeof(out));
	if (n < 0 || s->env->crypto->tls_write(s->tls, (struct span){out, (size_t)n}) < 0) {
		stop(s, KE_FAILED, "could not write the response");
		return;
	}
	s->n_response = (size_t)n;
	s->env->crypto->tls_finish(s->tls);
}

/* Looks for the request's end in what has come. What follows it makes it a bad one. */
static void look(struct ke_session *s)
{
	struct span received = {s->request, s->n_request};
	int n = nts_frame(&s->framer, received, sizeof(s->request));

	if (n != 0)
		respond(s, n < 0 ? (struct span){0} : received);
}

static void read_request(struct ke_session *s)
{
	while (s->stage == KE_REQUEST) {
		int r = s->env->crypto->tls_read(
			s->tls, s->request + s->n_request, sizeof(s->request) - s->n_request);

		if (r == -EAGAIN)
			return;
		if (r == 0) {
			stop(s, KE_REFUSED, "the client ended before its request");
			return;
		}
		if (r < 0) {
			stop(s, KE_FAILED, s->env->crypto->tls_why(s->tls));
			return;
		}
		s->n_request += (size_t)r;
		look(s);
	}
}

static void step(struct ke_session *s)
{
	int r;

	if (s->stage <= KE_HANDSHAKE) {
		s->stage = KE_HANDSHAKE;
		r = s->env->crypto->tls_step(s->tls);
		if (r == 0)
			s->stage = KE_REQUEST;
		else if (r != -EAGAIN)
			stop(s, KE_FAILED, s->env->crypto->tls_why(s->tls));
	}
	if (s->stage == KE_REQUEST)
		read_request(s);
}

void ke_session_feed(struct ke_session *s, struct span bytes)
{
	while (bytes.n > 0 && !ke_session_over(s)) {
		size_t took = s->env->crypto->tls_feed(s->tls, bytes);

		bytes = (struct span){bytes.p + took, bytes.n - took};
		step(s);
		if (took == 0 && !ke_session_over(s))
			stop(s, KE_FAILED, "too much at once");
	}
}

void ke_session_end(struct ke_session *s)
{
	if (s->stage == KE_REQUEST)
		stop(s, KE_REFUSED, "the connection ended before the request");
	else if (!ke_session_over(s))
		stop(s, KE_FAILED, "the connection ended in the handshake");
}

size_t ke_session_drain(struct ke_session *s, uint8_t *ret, size_t room)
{
	return s->env->crypto->tls_drain(s->tls, ret, room);
}

enum ke_stage ke_session_stage(const struct ke_session *s)
{
	return s->stage;
}

bool ke_session_over(const struct ke_session *s)
{
	return s->stage >= KE_SERVED;
}

const char *ke_session_why(const struct ke_session *s)
{
	return s->why;
}

void ke_session_tell(const struct ke_session *s, const struct log *log, const char *peer,
	const struct ke_spent *spent, const char *why)
{
	struct tls_info info;
	struct words_session told = {.peer = peer,
		.how = s->stage == KE_SERVED                              ? WORDS_SESSION_SERVED
		       : s->stage == KE_REQUEST || s->stage == KE_REFUSED ? WORDS_SESSION_REFUSED
									  : WORDS_SESSION_NO_TLS,
		.tls = &info,
		.took_s = spent->took_s,
		.user_s = spent->user_s,
		.system_s = spent->system_s,
		.read = s->n_request,
		.sent = s->n_response,
		.n_cookies = NTS_COOKIES,
		.cookie = s->cookie,
		.aead = s->aead,
		.why = why ? why : s->why};

	/* Spares most servers the work. */
	if (!ke_session_is_told(log))
		return;
	s->env->crypto->tls_info(s->tls, &info);
	words_say(log, ke_session, &told);
}

bool ke_session_is_told(const struct log *log)
{
	return log->lowest <= words_of(log)->ke_session_priority;
}
