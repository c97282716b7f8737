/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLS sessions by GnuTLS, over two queues of bytes instead of a socket.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/gnutls/tls.h"
#include "common/address.h"
#include "common/text.h"

/* Bytes that may wait to be drained before nothing more is taken in. */
#define OUT_MAX   65536
#define WRITE_MAX 65536

/* Handshake steps in one call: each takes at least a message, and there are not more of them. */
#define STEPS_MAX 64

static ssize_t pull(gnutls_transport_ptr_t p, void *ret, size_t room)
{
	struct tls *t = p;
	size_t n = tls_queue_take(&t->in, ret, room);

	if (n > 0)
		return (ssize_t)n;
	gnutls_transport_set_errno(t->session, EAGAIN);
	return -1;
}

static int pull_timeout(gnutls_transport_ptr_t p, unsigned ms)
{
	struct tls *t = p;

	(void)ms;
	return t->in.n > 0;
}

static ssize_t push(gnutls_transport_ptr_t p, const void *data, size_t n)
{
	struct tls *t = p;

	if (tls_queue_put(&t->out, data, n) == 0)
		return (ssize_t)n;
	gnutls_transport_set_errno(t->session, ENOMEM);
	return -1;
}

/* Tells the peer why we do not go on. */
static void refuse(struct tls *t)
{
	gnutls_alert_description_t alert = GNUTLS_A_BAD_CERTIFICATE;

	switch (t->reason.fault) {
	case TLS_EXPIRED:
	case TLS_NOT_YET_VALID:
		alert = GNUTLS_A_CERTIFICATE_EXPIRED;
		break;
	case TLS_UNKNOWN_CA:
	case TLS_SELF_SIGNED:
		alert = GNUTLS_A_UNKNOWN_CA;
		break;
	case TLS_NO_ALPN:
		alert = GNUTLS_A_NO_APPLICATION_PROTOCOL;
		break;
	case TLS_BAD_VERSION:
		alert = GNUTLS_A_PROTOCOL_VERSION;
		break;
	default:
		break;
	}
	gnutls_alert_send(t->session, GNUTLS_AL_FATAL, alert);
}

static int verify(gnutls_session_t session)
{
	struct tls *t = gnutls_session_get_ptr(session);

	gnutls_backend_check_peer(t);
	return t->reason.fault == TLS_FINE ? 0 : GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR;
}

/* Name that the client asks for, as a string; NULL when there is none that is a name. */
static const char *asked_name(gnutls_session_t session, char *ret, size_t room)
{
	unsigned type;

	ret[0] = '\0';
	if (gnutls_server_name_get(session, ret, &room, &type, 0) < 0 || type != GNUTLS_NAME_DNS) {
		ret[0] = '\0';
		return NULL;
	}
	return ret;
}

/* The client has said what it wants. */
static int choose_pair(gnutls_session_t session)
{
	struct tls *t = gnutls_session_get_ptr(session);
	const struct tls_pair *p =
		gnutls_backend_choose(t->identity, asked_name(session, t->name, sizeof(t->name)));

	return gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, p->credentials);
}

static bool alpn_agreed(struct tls *t)
{
	gnutls_datum_t d;

	return gnutls_alpn_get_selected_protocol(t->session, &d) == 0 &&
	       d.size == strlen(t->alpn) && memcmp(d.data, t->alpn, d.size) == 0;
}

static int require_alpn(gnutls_session_t session, unsigned type, unsigned when, unsigned incoming,
	const gnutls_datum_t *message)
{
	struct tls *t = gnutls_session_get_ptr(session);

	(void)type, (void)when, (void)incoming, (void)message;
	if (alpn_agreed(t))
		return 0;
	tls_say_alpn(&t->reason, t->alpn, false);
	return GNUTLS_E_NO_APPLICATION_PROTOCOL;
}

static size_t way_of(bool allow_tls12, bool no_tls13)
{
	return !allow_tls12 ? TLS_WAY_13 : no_tls13 ? TLS_WAY_12 : TLS_WAY_BOTH;
}

/* What a server's session may use. */
static int set_server_priority(gnutls_session_t session, struct tls_identity *identity, size_t way)
{
	gnutls_priority_t *kept = &identity->ways[way];
	char words[TLS_PRIORITY];

	if (!*kept) {
		gnutls_backend_priority(&identity->choice, way, words);
		if (gnutls_priority_init2(kept, words, NULL, GNUTLS_PRIORITY_INIT_DEF_APPEND) < 0) {
			*kept = NULL;
			return -EINVAL;
		}
	}
	return gnutls_priority_set(session, *kept) < 0 ? -EINVAL : 0;
}

/* What a session may use. */
static int set_priority(struct tls *t, const struct tls_trust *trust, bool no_tls13)
{
	size_t way = way_of(t->allow_tls12, no_tls13);
	char words[TLS_PRIORITY];

	if (t->identity)
		return set_server_priority(t->session, t->identity, way);
	gnutls_backend_priority(&trust->choice, way, words);
	return gnutls_set_default_priority_append(t->session, words, NULL, 0) < 0 ? -EINVAL : 0;
}

/* What both ends begin with: a server's identity, or what a client trusts. */
static int begin(struct tls_identity *identity, const struct tls_trust *trust, const char *alpn,
	bool allow_tls12, bool no_tls13, struct tls **ret)
{
	const unsigned flags = identity ? GNUTLS_SERVER : GNUTLS_CLIENT;
	struct tls *t = calloc(1, sizeof(*t));
	gnutls_datum_t protocol;

	if (!t)
		return -ENOMEM;
	if (!alpn || text_copy(t->alpn, sizeof(t->alpn), alpn) < 0 || (no_tls13 && !allow_tls12)) {
		free(t);
		return -EINVAL;
	}
	t->allow_tls12 = allow_tls12;
	t->server = identity != NULL;
	if (gnutls_init(&t->session,
		    flags | GNUTLS_NONBLOCK | GNUTLS_NO_TICKETS | GNUTLS_NO_SIGNAL) < 0) {
		free(t);
		return -ENOMEM;
	}
	t->identity = identity;
	if (identity)
		identity->users++;
	protocol = (gnutls_datum_t){(unsigned char *)t->alpn, (unsigned)strlen(t->alpn)};
	if (set_priority(t, trust, no_tls13) < 0 ||
		gnutls_alpn_set_protocols(
			t->session, &protocol, 1, t->server ? GNUTLS_ALPN_MANDATORY : 0) < 0) {
		gnutls_backend_tls_destroy(t);
		return -EINVAL;
	}
	gnutls_session_set_ptr(t->session, t);
	gnutls_transport_set_ptr(t->session, t);
	gnutls_transport_set_pull_function(t->session, pull);
	gnutls_transport_set_pull_timeout_function(t->session, pull_timeout);
	gnutls_transport_set_push_function(t->session, push);
	*ret = t;
	return 0;
}

int gnutls_backend_tls_client(const struct tls_client_settings *s, struct tls **ret)
{
	struct address a;
	struct tls *t;
	size_t n;
	int r;

	if (!s->trust || !s->name)
		return -EINVAL;
	r = begin(NULL, s->trust, s->alpn, s->allow_tls12, s->no_tls13, &t);
	if (r < 0)
		return r;
	if (tls_copy_name(t->name, sizeof(t->name), s->name) < 0) {
		gnutls_backend_tls_destroy(t);
		return -EINVAL;
	}
	n = strlen(t->name);
	t->any_name = s->any_name;
	t->any_time = s->any_time;
	t->any_certificate = s->any_certificate;
	t->at_s = s->at_s;
	t->trust = s->trust;
	t->trust->users++;
	gnutls_credentials_set(t->session, GNUTLS_CRD_CERTIFICATE, t->trust->credentials);
	gnutls_session_set_verify_function(t->session, verify);
	if (address_parse(t->name, &a) < 0)
		gnutls_server_name_set(t->session, GNUTLS_NAME_DNS, t->name, n);
	*ret = t;
	return 0;
}

int gnutls_backend_tls_server(const struct tls_server_settings *s, struct tls **ret)
{
	struct tls *t;
	int r;

	if (!s->identity || s->identity->n == 0)
		return -EINVAL;
	r = begin(s->identity, NULL, s->alpn, s->allow_tls12, s->no_tls13, &t);
	if (r < 0)
		return r;
	gnutls_credentials_set(
		t->session, GNUTLS_CRD_CERTIFICATE, t->identity->pairs[0].credentials);
	gnutls_certificate_server_set_request(t->session, GNUTLS_CERT_IGNORE);
	gnutls_handshake_set_post_client_hello_function(t->session, choose_pair);
	gnutls_handshake_set_hook_function(
		t->session, GNUTLS_HANDSHAKE_CLIENT_HELLO, GNUTLS_HOOK_POST, require_alpn);
	*ret = t;
	return 0;
}

/*
 * OpenSSL's client sends its alerts in clear up to its Finished. They cannot be believed, but they
 * end the session, and the words are of use.
 */
static bool alert_in_clear(const struct tls *t)
{
	return memcmp(t->last, "\x15\x03\x03\x00\x02\x02", 6) == 0;
}

static void remember(struct tls *t, const uint8_t *p, size_t n)
{
	size_t kept = n < sizeof(t->last) ? sizeof(t->last) - n : 0;

	if (kept > 0)
		memmove(t->last, t->last + sizeof(t->last) - kept, kept);
	if (n > 0)
		memcpy(t->last + kept, p + n - (sizeof(t->last) - kept), sizeof(t->last) - kept);
}

/* The library gives up: why, in our words where there are any. */
static int give_up(struct tls *t, int error)
{
	bool ours = t->reason.fault != TLS_FINE;

	/* The library looks for suites of an older version before it sees that it may not take it.
	 */
	if (error == GNUTLS_E_NO_CIPHER_SUITES &&
		gnutls_protocol_get_version(t->session) != GNUTLS_TLS1_3)
		error = GNUTLS_E_UNSUPPORTED_VERSION_PACKET;
	switch (error) {
	case GNUTLS_E_FATAL_ALERT_RECEIVED:
	case GNUTLS_E_WARNING_ALERT_RECEIVED:
		tls_say_alert(&t->reason, gnutls_alert_get(t->session), !t->server);
		return tls_failure(&t->reason);
	case GNUTLS_E_UNSUPPORTED_VERSION_PACKET:
		tls_say_version(&t->reason, t->allow_tls12, !t->server);
		ours = true;
		break;
	case GNUTLS_E_NO_APPLICATION_PROTOCOL:
		tls_say_alpn(&t->reason, t->alpn, !t->server);
		ours = true;
		break;
	case GNUTLS_E_PK_SIG_VERIFY_FAILED:
		tls_say_unproven(&t->reason, !t->server);
		break;
	case GNUTLS_E_NO_CIPHER_SUITES:
		tls_say_nothing_common(&t->reason, true, !t->server);
		break;
	case GNUTLS_E_NO_COMMON_KEY_SHARE:
		tls_say_nothing_common(&t->reason, false, !t->server);
		break;
	case GNUTLS_E_HANDSHAKE_TOO_LARGE:
		tls_say_too_long(&t->reason, !t->server);
		break;
	default:
		if (error == GNUTLS_E_DECRYPTION_FAILED && alert_in_clear(t))
			tls_say_alert(&t->reason, t->last[6], !t->server);
		tls_say(&t->reason, TLS_BROKEN, "TLS failed: %s", gnutls_strerror(error));
	}
	if (ours)
		refuse(t);
	else
		gnutls_alert_send_appropriate(t->session, error);
	return tls_failure(&t->reason);
}

/* What is asked for but not refused by the library itself. */
static void check_agreement(struct tls *t)
{
	if (!alpn_agreed(t)) {
		tls_say_alpn(&t->reason, t->alpn, !t->server);
	} else if (gnutls_protocol_get_version(t->session) != GNUTLS_TLS1_3 &&
		   gnutls_session_ext_master_secret_status(t->session) == 0) {
		/* without it keys could be shared with a session in between (RFC 7627) */
		tls_say(&t->reason, TLS_BROKEN,
			"the %s has no extended master secret, which TLS 1.2 needs",
			t->server ? "client" : "server");
	}
}

int gnutls_backend_tls_step(struct tls *t)
{
	int r = GNUTLS_E_AGAIN;

	if (t->reason.fault != TLS_FINE)
		return tls_failure(&t->reason);
	if (t->complete)
		return 0;
	for (int i = 0; i < STEPS_MAX; i++) {
		r = gnutls_handshake(t->session);
		if (r == 0 || r == GNUTLS_E_AGAIN || gnutls_error_is_fatal(r))
			break;
	}
	if (r == GNUTLS_E_AGAIN)
		return -EAGAIN;
	if (r < 0)
		return give_up(t, r);
	check_agreement(t);
	if (t->reason.fault != TLS_FINE) {
		refuse(t);
		return tls_failure(&t->reason);
	}
	t->complete = true;
	return 0;
}

size_t gnutls_backend_tls_feed(struct tls *t, struct span bytes)
{
	size_t room = t->in.n < TLS_FEED_MAX ? TLS_FEED_MAX - t->in.n : 0;
	size_t n = bytes.n < room ? bytes.n : room;

	if (t->reason.fault != TLS_FINE)
		return bytes.n;
	if (t->out.n > OUT_MAX)
		return 0;
	if (tls_queue_put(&t->in, bytes.p, n) < 0) {
		tls_say(&t->reason, TLS_BROKEN, "there is no memory for what has arrived");
		return bytes.n;
	}
	remember(t, bytes.p, n);
	return n;
}

size_t gnutls_backend_tls_drain(struct tls *t, uint8_t *ret, size_t room)
{
	return tls_queue_take(&t->out, ret, room);
}

int gnutls_backend_tls_read(struct tls *t, uint8_t *ret, size_t room)
{
	ssize_t n = GNUTLS_E_AGAIN;

	if (t->reason.fault != TLS_FINE)
		return tls_failure(&t->reason);
	if (!t->complete)
		return -EAGAIN;
	for (int i = 0; i < STEPS_MAX; i++) {
		n = gnutls_record_recv(t->session, ret, room);
		/* A ticket is no data, and "again" then: what came behind it is not lost. */
		if (n >= 0 || (n == GNUTLS_E_AGAIN && t->in.n == 0) ||
			gnutls_error_is_fatal((int)n))
			break;
	}
	if (n >= 0)
		return (int)n;
	if (n == GNUTLS_E_AGAIN)
		return -EAGAIN;
	return give_up(t, (int)n);
}

int gnutls_backend_tls_write(struct tls *t, struct span data)
{
	if (t->reason.fault != TLS_FINE)
		return tls_failure(&t->reason);
	if (!t->complete)
		return -EAGAIN;
	if (data.n > WRITE_MAX)
		return -EFBIG;
	while (data.n > 0) {
		ssize_t n = gnutls_record_send(t->session, data.p, data.n);

		if (n <= 0)
			return give_up(t, n < 0 ? (int)n : GNUTLS_E_INTERNAL_ERROR);
		data.p += n;
		data.n -= (size_t)n;
	}
	return 0;
}

void gnutls_backend_tls_finish(struct tls *t)
{
	if (t->complete && t->reason.fault == TLS_FINE)
		gnutls_bye(t->session, GNUTLS_SHUT_WR);
}

int gnutls_backend_tls_export(
	struct tls *t, const char *label, struct span context, uint8_t *ret, size_t n)
{
	if (t->reason.fault != TLS_FINE)
		return tls_failure(&t->reason);
	if (!t->complete)
		return -EAGAIN;
	return gnutls_prf_rfc5705(t->session, strlen(label), label, context.n,
		       (const char *)context.p, n, (char *)ret) < 0
		       ? -EPROTO
		       : 0;
}

/* The library names ciphers and hashes; TLS 1.3 names suites by them (RFC 8446 B.4). */
static void name_suite(struct tls *t, char *ret, size_t room)
{
	gnutls_cipher_algorithm_t cipher = gnutls_cipher_get(t->session);
	const char *name;

	if (gnutls_protocol_get_version(t->session) != GNUTLS_TLS1_3) {
		name = gnutls_cipher_suite_get_name(
			gnutls_kx_get(t->session), cipher, gnutls_mac_get(t->session));
		snprintf(ret, room, "%s", name ? name : "unknown");
		return;
	}
	snprintf(ret, room, "TLS_%s_%s", gnutls_cipher_get_name(cipher),
		gnutls_digest_get_name(gnutls_prf_hash_get(t->session)));
	for (char *p = ret; *p; p++) {
		if (*p == '-')
			*p = '_';
	}
}

void gnutls_backend_tls_info(struct tls *t, struct tls_info *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (t->server)
		text_copy(ret->server_name, sizeof(ret->server_name), t->name);
	ret->has_peer = t->has_peer;
	ret->peer = t->peer;
	text_copy(ret->overlooked, sizeof(ret->overlooked), t->overlooked.why);
	ret->overlooked_fault = t->overlooked.fault;
	if (!t->complete)
		return;
	snprintf(ret->version, sizeof(ret->version), "%s",
		gnutls_protocol_get_version(t->session) == GNUTLS_TLS1_3 ? "TLSv1.3" : "TLSv1.2");
	name_suite(t, ret->cipher, sizeof(ret->cipher));
	ret->cipher_bits = (int)(8 * gnutls_cipher_get_key_size(gnutls_cipher_get(t->session)));
	text_copy(ret->alpn, sizeof(ret->alpn), t->alpn);
}

enum tls_fault gnutls_backend_tls_fault(const struct tls *t)
{
	return t->reason.fault;
}

const char *gnutls_backend_tls_why(const struct tls *t)
{
	return t->reason.why;
}

void gnutls_backend_tls_destroy(struct tls *t)
{
	if (!t)
		return;
	gnutls_deinit(t->session);
	gnutls_backend_trust_destroy(t->trust);
	gnutls_backend_identity_destroy(t->identity);
	tls_queue_free(&t->in);
	tls_queue_free(&t->out);
	free(t);
}
