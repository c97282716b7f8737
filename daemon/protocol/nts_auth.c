/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When to spend a cookie, when to believe a response, when to establish keys anew, and how long to
 * wait before the next try (RFC 8915 5.7, chrony-behaviour 9.1).
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/instant.h"
#include "common/log.h"
#include "config/settings.h"
#include "daemon/clock/clock.h"
#include "daemon/loop/loop.h"
#include "daemon/protocol/nts_auth.h"
#include "daemon/protocol/nts_establish.h"
#include "daemon/protocol/nts_packet.h"
#include "daemon/protocol/nts_shared.h"
#include "daemon/words.h"

/* Waiting before another try, s: 2^(this + tries - 1), at most 2^maxntsretry. */
#define RETRY_UNCONNECTED 4
#define RETRY_FAILED      10
#define RETRY_UNSTARTED   2.0 /* s: a network may come up at any time */

#define PATH_ROOM (SETTINGS_PATH + ADDRESS_TEXT + 8)

/* The request that waits for its response. */
struct request {
	bool waiting;
	uint8_t unique_id[NTS_UNIQUE_ID];
	bool refused; /* a response came that was not authentic */
	bool nak;     /* and one of them said that our cookie is of no use */
	size_t n_cookies;
	struct nts_cookie cookies[NTS_COOKIES]; /* of the response that check() passed */
};

struct nts_auth {
	struct ntp_auth base;
	const struct protocol_env *env;
	const struct source_options *options;
	struct address address; /* of the key establishment server */
	void (*ready)(void *arg);
	void *arg;

	struct nts_session session;
	int64_t established_raw; /* raw instant of it, also of one that was loaded */
	struct nts_packet_cipher seal, open;
	struct request request;
	bool nak; /* the last request was refused, and no authentic response came since */

	struct nts_establish establish;
	unsigned attempts;    /* since an authentic response */
	int64_t next_attempt; /* raw instant before which there is none */
};

static struct nts_auth *nts_of(struct ntp_auth *a)
{
	return (struct nts_auth *)a;
}

static int64_t now_raw(const struct nts_auth *n)
{
	return loop_now(n->env->loop);
}

static struct report_nts_client *counters(struct nts_auth *n)
{
	return nts_shared_counters(n->env->nts);
}

static void drop_cipher(struct nts_packet_cipher *c)
{
	if (c->aead)
		c->crypto->aead_destroy(c->aead);
	c->aead = NULL;
}

/* Makes both ciphers for the session's keys. Returns 0 or -errno: then there are none. */
static int make_ciphers(struct nts_auth *n)
{
	const struct crypto_backend *crypto = nts_shared_crypto(n->env->nts);
	const struct nts_keys *keys = &n->session.keys;
	int r;

	drop_cipher(&n->seal);
	drop_cipher(&n->open);
	n->seal.crypto = n->open.crypto = crypto;
	r = crypto->aead_create(keys->aead, &n->seal.aead);
	if (r == 0)
		r = crypto->aead_create(keys->aead, &n->open.aead);
	if (r == 0)
		r = crypto->aead_rekey(n->seal.aead, (struct span){keys->c2s, keys->n});
	if (r == 0)
		r = crypto->aead_rekey(n->open.aead, (struct span){keys->s2c, keys->n});
	if (r < 0) {
		drop_cipher(&n->seal);
		drop_cipher(&n->open);
	}
	return r;
}

/* No response to the request counts any more. What it met is counted now, when no better response
 * can come. */
static void forget_request(struct nts_auth *n)
{
	struct request *q = &n->request;

	if (q->waiting && q->refused)
		counters(n)->bad++;
	if (q->waiting && q->nak) {
		counters(n)->naks++;
		n->nak = true;
	}
	crypto_wipe(q, sizeof(*q));
}

/* Puts a session in force. Returns whether it can be used. */
static bool adopt(struct nts_auth *n, const struct nts_session *s)
{
	uint32_t before = n->session.establishments;

	forget_request(n);
	nts_session_wipe(&n->session);
	n->session = *s;
	if (s->establishments == 0)
		n->session.establishments = before + 1;
	n->nak = false;
	if (make_ciphers(n) == 0)
		return true;
	nts_session_wipe(&n->session);
	return false;
}

/* When to try again after an attempt that ended now. */
static void put_off(struct nts_auth *n, enum ke_end end)
{
	int shift = (end == KE_UNCONNECTED ? RETRY_UNCONNECTED : RETRY_FAILED);
	int exponent = shift + (int)(n->attempts < 32 ? n->attempts : 32) - 1;
	double wait = RETRY_UNSTARTED;

	if (exponent > n->options->maxntsretry)
		exponent = n->options->maxntsretry;
	if (end != KE_UNSTARTED)
		wait = ldexp(1, exponent);
	n->next_attempt = instant_add_s(now_raw(n), wait);
}

static void on_ended(void *arg, enum ke_end end, const struct nts_session *session)
{
	struct nts_auth *n = arg;
	bool could = n->session.n_cookies > 0;

	put_off(n, end);
	if (end != KE_DONE || !adopt(n, session)) {
		counters(n)->ke_bad++;
		words_say(n->env->log, not_found, n->options, end != KE_FAILED,
			instant_diff_s(n->next_attempt, now_raw(n)));
		return;
	}
	words_say(n->env->log, found, n->options, &session->server);
	counters(n)->ke_good++;
	n->established_raw = now_raw(n);
	if (!could)
		n->ready(n->arg);
}

/* The server may derive keys the other way: asking in its way costs a request, not a TLS session.
 */
static bool try_other_keys(struct nts_auth *n)
{
	struct nts_session *s = &n->session;

	if (s->other_keys.n == 0 || s->n_cookies == 0)
		return false;
	s->keys = s->other_keys;
	crypto_wipe(&s->other_keys, sizeof(s->other_keys));
	n->nak = false;
	return make_ciphers(n) == 0;
}

/* Whether keys must be established. */
static bool wants_keys(struct nts_auth *n)
{
	if (n->session.n_cookies == 0)
		return true;
	if (n->nak)
		return !try_other_keys(n);
	return instant_diff_s(now_raw(n), n->established_raw) >=
	       n->env->settings->nts_client.refresh;
}

static int nts_prepare(struct ntp_auth *a, struct endpoint *io_remote)
{
	struct nts_auth *n = nts_of(a);

	forget_request(n);
	if (wants_keys(n) && !nts_establish_busy(&n->establish) && now_raw(n) >= n->next_attempt) {
		n->attempts++;
		if (nts_establish_start(&n->establish) < 0) {
			counters(n)->ke_bad++;
			put_off(n, KE_UNSTARTED);
		}
	}
	/* Until there are new keys the old ones, if any, go on: a forged refusal does no harm. */
	if (n->session.n_cookies == 0)
		return -ENOKEY;
	*io_remote = n->session.server;
	return 0;
}

static int nts_version(const struct ntp_auth *a)
{
	(void)a;
	return 4;
}

static int nts_sign(struct ntp_auth *a, int version, uint8_t *packet, size_t *io_n, size_t room)
{
	struct nts_auth *n = nts_of(a);
	struct kernel *k = n->env->kernel;
	struct request *q = &n->request;
	uint8_t nonce[CRYPTO_AEAD_NONCE_MAX];
	size_t nonce_n = crypto_aead_nonce_length(n->session.keys.aead);
	struct nts_cookie cookie;
	struct nts_packet_request r = {.unique_id = {q->unique_id, sizeof(q->unique_id)},
		.cookie = &cookie,
		.nonce = {nonce, nonce_n}};
	int e = k->ops->random(k, q->unique_id, sizeof(q->unique_id));

	(void)version;
	if (e == 0)
		e = k->ops->random(k, nonce, nonce_n);
	if (e < 0)
		return e;
	if (!nts_session_take(&n->session, &cookie))
		return -ENOKEY;
	r.placeholders = nts_packet_placeholders(n->session.n_cookies, cookie.n, nonce_n,
		room < AUTH_REQUEST_MAX ? room : AUTH_REQUEST_MAX);
	e = nts_packet_seal(&n->seal, &r, packet, io_n, room);
	if (e < 0)
		return e;
	q->waiting = true;
	counters(n)->requests++;
	return 0;
}

/* A server that cannot use our cookie says so without authentication: it counts only when it names
 * our request (RFC 8915 5.7). */
static bool is_nak(const struct packet *p, const struct nts_fields *f, bool answers)
{
	return answers && !f->authenticated && p->leap == LEAP_UNSYNCHRONISED && p->stratum == 0 &&
	       p->refid == NTS_KISS_NTSN;
}

static bool nts_check(
	struct ntp_auth *a, const struct packet *p, const struct packet_trailer *t, bool answers)
{
	struct nts_auth *n = nts_of(a);
	struct request *q = &n->request;
	struct nts_fields f;
	int found;

	if (!q->waiting)
		return false;
	/* Cheapest first: who does not know the random number is no party to this. */
	if (nts_fields_find(t, &f) < 0 || f.unique_id.n != sizeof(q->unique_id) ||
		!bytes_equal_secret(f.unique_id.p, q->unique_id, sizeof(q->unique_id))) {
		q->refused = true;
		return false;
	}
	if (!f.authenticated) {
		q->nak = q->nak || is_nak(p, &f, answers);
		q->refused = true;
		return false;
	}
	found = nts_packet_open(&n->open, &f, q->cookies);
	q->n_cookies = found > 0 ? (size_t)found : 0;
	q->refused = q->refused || found < 0;
	return found >= 0;
}

static void nts_accept(struct ntp_auth *a)
{
	struct nts_auth *n = nts_of(a);
	struct request *q = &n->request;

	for (size_t i = 0; i < q->n_cookies; i++)
		nts_session_put(&n->session, &q->cookies[i]);
	q->refused = q->nak = false;
	forget_request(n);
	counters(n)->good++;
	n->nak = false;
	n->attempts = 0;
	n->next_attempt = now_raw(n);
	/* These keys are the right ones. */
	crypto_wipe(&n->session.other_keys, sizeof(n->session.other_keys));
}

static void nts_pause(struct ntp_auth *a)
{
	struct nts_auth *n = nts_of(a);

	nts_establish_cancel(&n->establish);
	forget_request(n);
}

static void nts_report(const struct ntp_auth *a, struct report_auth *ret)
{
	const struct nts_auth *n = (const struct nts_auth *)a;
	const struct nts_session *s = &n->session;

	*ret = (struct report_auth){
		.mode = 2,
		.key_type = s->keys.n > 0 ? s->keys.aead : 0,
		.key_id = s->establishments,
		.key_bits = (int)(8 * s->keys.n),
		.ke_attempts = (int)n->attempts,
		.ke_age = REPORT_NEVER,
		.cookies = (int)s->n_cookies,
		.cookie_bytes = s->n_cookies > 0 ? s->cookies[0].n : 0,
		.nak = n->nak || n->request.nak,
	};
	if (s->establishments > 0)
		ret->ke_age = (uint32_t)fmax(instant_diff_s(now_raw(n), n->established_raw), 0);
}

/* The file of our session. False when there is to be none. */
static bool file_of(const struct nts_auth *n, char ret[PATH_ROOM])
{
	const char *directory = n->env->settings->ntsdumpdir;
	char address[ADDRESS_TEXT];

	address_format(&n->address, address, sizeof(address));
	snprintf(ret, PATH_ROOM, "%s/%s.nts", directory, address);
	return directory[0] != '\0';
}

static void nts_save(struct ntp_auth *a)
{
	const struct nts_auth *n = nts_of(a);
	struct kernel *k = n->env->kernel;
	char path[PATH_ROOM], file[NTS_SESSION_FILE];
	int r;

	if (n->session.n_cookies == 0 || !file_of(n, path))
		return;
	r = nts_session_format(&n->session, n->establish.name, file, sizeof(file));
	if (r > 0)
		r = k->ops->file_save(
			k, path, (struct span){(const uint8_t *)file, (size_t)r}, 0600);
	if (r < 0)
		log_error(n->env->log, "Could not save NTS cookies to %s : %s", path, strerror(-r));
	crypto_wipe(file, sizeof(file));
}

/* Takes over what an earlier daemon saved. The file goes: no cookie may be used twice. */
static void load(struct nts_auth *n)
{
	struct kernel *k = n->env->kernel;
	char path[PATH_ROOM];
	uint8_t file[NTS_SESSION_FILE];
	struct nts_session s;
	double age;
	size_t got;

	if (!file_of(n, path) || k->ops->file_load(k, path, file, sizeof(file), &got) < 0)
		return;
	if (k->ops->file_remove(k, path) == 0 &&
		nts_session_parse((struct span){file, got}, n->establish.name, &s) == 0 &&
		adopt(n, &s)) {
		/* A file from the future is of a clock that was wrong. */
		age = fmax(instant_diff_s(clock_now(n->env->clock).truth, s.established), 0);
		n->established_raw = instant_add_s(now_raw(n), -age);
		log_info(n->env->log, "Loaded %zu NTS cookies for %s", s.n_cookies,
			n->establish.name);
	}
	crypto_wipe(file, sizeof(file));
	crypto_wipe(&s, sizeof(s));
}

static void nts_destroy(struct ntp_auth *a)
{
	struct nts_auth *n = nts_of(a);

	nts_pause(a);
	nts_save(a);
	drop_cipher(&n->seal);
	drop_cipher(&n->open);
	nts_session_wipe(&n->session);
	free(n);
}

static const struct ntp_auth_ops nts_ops = {
	.name = "nts",
	.proves = true,
	.prepare = nts_prepare,
	.version = nts_version,
	.fixed_version = true,
	.sign = nts_sign,
	.check = nts_check,
	.accept = nts_accept,
	.pause = nts_pause,
	.report = nts_report,
	.save = nts_save,
	.destroy = nts_destroy,
};

int nts_auth_create(const struct protocol_env *env, const struct source_options *options,
	const struct address *address, void (*ready)(void *arg), void *arg, struct ntp_auth **ret)
{
	const char *why = "it is not set up";
	struct nts_auth *n;

	if (!env->nts || !nts_shared_usable(env->nts, &why)) {
		log_error(env->log, "Could not use NTS with %s : %s", options->name, why);
		return -ENOTSUP;
	}
	n = calloc(1, sizeof(*n));
	if (!n)
		return -ENOMEM;
	n->base.ops = &nts_ops;
	n->env = env;
	n->options = options;
	n->address = *address;
	n->ready = ready;
	n->arg = arg;
	nts_establish_init(&n->establish, env, options, address);
	n->establish.ended = on_ended;
	n->establish.arg = n;
	n->next_attempt = now_raw(n);
	load(n);
	*ret = &n->base;
	return 0;
}
