/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLS sessions by OpenSSL, over two buffers instead of a socket.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "backends/openssl/tls.h"
#include "common/address.h"
#include "common/text.h"

/* Bytes that may wait to be drained before nothing more is taken in. */
#define OUT_MAX   65536
#define WRITE_MAX 65536

/* The library gives the reason of a peer's alert this much above the alert's number. */
#define ALERT_OFFSET SSL_AD_REASON_OFFSET

/* What is cheap comes first: the shorter cipher, the shorter hash, the faster curve. */
#define SUITES    "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384"
#define CIPHERS12 "ECDHE+AES128+AESGCM:ECDHE+CHACHA20:ECDHE+AES256+AESGCM"
#define GROUPS    "X25519:P-256:P-384:P-521"

/* A client that asks for no protocol at all is refused before anything is computed for it. */
static int on_greeting(SSL *ssl, int *ret_alert, void *arg)
{
	struct tls *t = SSL_get_app_data(ssl);
	const unsigned char *p;
	size_t n;

	(void)arg;
	if (SSL_client_hello_get0_ext(
		    ssl, TLSEXT_TYPE_application_layer_protocol_negotiation, &p, &n) == 1)
		return SSL_CLIENT_HELLO_SUCCESS;
	tls_say_alpn(&t->reason, t->alpn, false);
	*ret_alert = SSL_AD_NO_APPLICATION_PROTOCOL;
	return SSL_CLIENT_HELLO_ERROR;
}

static int on_name(SSL *ssl, int *ret_alert, void *arg)
{
	struct tls *t = SSL_get_app_data(ssl);
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	(void)ret_alert, (void)arg;
	if (name)
		text_copy(t->name, sizeof(t->name), name);
	SSL_set_SSL_CTX(ssl, openssl_backend_choose(t->identity, name)->context);
	return SSL_TLSEXT_ERR_OK;
}

static int on_alpn(SSL *ssl, const unsigned char **ret, unsigned char *ret_n,
	const unsigned char *offered, unsigned n, void *arg)
{
	struct tls *t = SSL_get_app_data(ssl);
	size_t length = strlen(t->alpn);

	(void)arg;
	for (unsigned i = 0; i < n; i += offered[i] + 1U) {
		if (offered[i] == length && i + length < n &&
			memcmp(offered + i + 1, t->alpn, length) == 0) {
			*ret = offered + i + 1;
			*ret_n = offered[i];
			return SSL_TLSEXT_ERR_OK;
		}
	}
	tls_say_alpn(&t->reason, t->alpn, false);
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static int choose(SSL_CTX *c, const struct tls_choice *choice)
{
	char names[512];
	struct text t = text_on(names, sizeof(names));

	if (choice->client_order)
		SSL_CTX_clear_options(c, SSL_OP_CIPHER_SERVER_PREFERENCE);
	tls_numbers_write(TLS_SUITES, &choice->suites, &t);
	if (t.n > 0 && SSL_CTX_set_ciphersuites(c, names) != 1)
		return -ENOTSUP;
	t = text_on(names, sizeof(names));
	tls_numbers_write(TLS_GROUPS, &choice->groups, &t);
	return t.n > 0 && SSL_CTX_set1_groups_list(c, names) != 1 ? -ENOTSUP : 0;
}

int openssl_backend_prepare(SSL_CTX *c, const struct tls_choice *choice)
{
	int r;

	SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
	SSL_CTX_set_options(c, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
				       SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_num_tickets(c, 0);
	/* Where the system's policy forbids one of these, its own order holds. */
	SSL_CTX_set_ciphersuites(c, SUITES);
	SSL_CTX_set_cipher_list(c, CIPHERS12);
	SSL_CTX_set1_groups_list(c, GROUPS);
	r = choice ? choose(c, choice) : 0;
	ERR_clear_error();
	return r;
}

int openssl_backend_prepare_server(SSL_CTX *c, const struct tls_choice *choice)
{
	SSL_CTX_set_client_hello_cb(c, on_greeting, NULL);
	SSL_CTX_set_tlsext_servername_callback(c, on_name);
	SSL_CTX_set_alpn_select_cb(c, on_alpn, NULL);
	return openssl_backend_prepare(c, choice);
}

/* What both ends begin with. */
static int begin(SSL_CTX *c, const char *alpn, bool allow_tls12, bool no_tls13, struct tls **ret)
{
	struct tls *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	if (!alpn || text_copy(t->alpn, sizeof(t->alpn), alpn) < 0 || (no_tls13 && !allow_tls12)) {
		free(t);
		return -EINVAL;
	}
	t->allow_tls12 = allow_tls12;
	t->ssl = SSL_new(c);
	t->in = BIO_new(BIO_s_mem());
	t->out = BIO_new(BIO_s_mem());
	if (!t->ssl || !t->in || !t->out) {
		BIO_free(t->in);
		BIO_free(t->out);
		SSL_free(t->ssl);
		free(t);
		return -ENOMEM;
	}
	/* an empty one means that more may come */
	BIO_set_mem_eof_return(t->in, -1);
	SSL_set_bio(t->ssl, t->in, t->out);
	SSL_set_app_data(t->ssl, t);
	SSL_set_min_proto_version(t->ssl, allow_tls12 ? TLS1_2_VERSION : TLS1_3_VERSION);
	SSL_set_max_proto_version(t->ssl, no_tls13 ? TLS1_2_VERSION : TLS1_3_VERSION);
	ERR_clear_error();
	*ret = t;
	return 0;
}

int openssl_backend_tls_client(const struct tls_client_settings *s, struct tls **ret)
{
	unsigned char protocol[33];
	struct address a;
	struct tls *t;
	size_t n;
	int r;

	if (!s->trust || !s->name)
		return -EINVAL;
	r = begin(s->trust->context, s->alpn, s->allow_tls12, s->no_tls13, &t);
	if (r < 0)
		return r;
	if (tls_copy_name(t->name, sizeof(t->name), s->name) < 0) {
		openssl_backend_tls_destroy(t);
		return -EINVAL;
	}
	n = strlen(t->alpn);
	protocol[0] = (unsigned char)n;
	memcpy(protocol + 1, t->alpn, n);
	t->any_name = s->any_name;
	t->any_time = s->any_time;
	t->any_certificate = s->any_certificate;
	t->at_s = s->at_s;
	t->trust = s->trust;
	t->trust->users++;
	SSL_set_connect_state(t->ssl);
	if (SSL_set_alpn_protos(t->ssl, protocol, (unsigned)n + 1) != 0 ||
		(address_parse(t->name, &a) < 0 &&
			SSL_set_tlsext_host_name(t->ssl, t->name) != 1)) {
		openssl_backend_tls_destroy(t);
		return -EINVAL;
	}
	*ret = t;
	return 0;
}

int openssl_backend_tls_server(const struct tls_server_settings *s, struct tls **ret)
{
	struct tls *t;
	int r;

	if (!s->identity || s->identity->n == 0)
		return -EINVAL;
	r = begin(s->identity->pairs[0].context, s->alpn, s->allow_tls12, s->no_tls13, &t);
	if (r < 0)
		return r;
	t->server = true;
	t->identity = s->identity;
	t->identity->users++;
	SSL_set_accept_state(t->ssl);
	*ret = t;
	return 0;
}

/* The library gives up: why, in our words where there are any. */
static int give_up(struct tls *t)
{
	unsigned long error = ERR_peek_error();
	const char *words;
	int reason;

	/* What a provider had to say comes before what TLS makes of it. */
	if (ERR_GET_LIB(error) != ERR_LIB_SSL && ERR_GET_LIB(ERR_peek_last_error()) == ERR_LIB_SSL)
		error = ERR_peek_last_error();
	reason = ERR_GET_LIB(error) == ERR_LIB_SSL ? ERR_GET_REASON(error) : 0;
	words = ERR_reason_error_string(error);

	switch (reason) {
	case SSL_R_UNSUPPORTED_PROTOCOL:
	case SSL_R_WRONG_SSL_VERSION:
	case SSL_R_WRONG_VERSION_NUMBER:
	case SSL_R_VERSION_TOO_LOW:
		tls_say_version(&t->reason, t->allow_tls12, !t->server);
		break;
	case SSL_R_BAD_SIGNATURE:
		tls_say_unproven(&t->reason, !t->server);
		break;
	case SSL_R_NO_SHARED_CIPHER:
		tls_say_nothing_common(&t->reason, true, !t->server);
		break;
	case SSL_R_NO_SHARED_GROUPS:
	case SSL_R_NO_SUITABLE_KEY_SHARE:
		tls_say_nothing_common(&t->reason, false, !t->server);
		break;
	case SSL_R_EXCESSIVE_MESSAGE_SIZE:
		tls_say_too_long(&t->reason, !t->server);
		break;
	default:
		if (reason > ALERT_OFFSET && reason < ALERT_OFFSET + 256)
			tls_say_alert(&t->reason, reason - ALERT_OFFSET, !t->server);
		tls_say(&t->reason, TLS_BROKEN, "TLS failed: %s", words ? words : "unknown");
	}
	ERR_clear_error();
	return tls_failure(&t->reason);
}

/* What is asked for but not refused by the library itself. */
static void check_agreement(struct tls *t)
{
	const unsigned char *p;
	unsigned n;

	SSL_get0_alpn_selected(t->ssl, &p, &n);
	if (n != strlen(t->alpn) || memcmp(p, t->alpn, n) != 0) {
		tls_say_alpn(&t->reason, t->alpn, !t->server);
	} else if (SSL_version(t->ssl) != TLS1_3_VERSION && SSL_get_extms_support(t->ssl) != 1) {
		/* without it keys could be shared with a session in between (RFC 7627) */
		tls_say(&t->reason, TLS_BROKEN,
			"the %s has no extended master secret, which TLS 1.2 needs",
			t->server ? "client" : "server");
	}
}

int openssl_backend_tls_step(struct tls *t)
{
	int r;

	if (t->reason.fault != TLS_FINE)
		return tls_failure(&t->reason);
	if (t->complete)
		return 0;
	ERR_clear_error();
	r = SSL_do_handshake(t->ssl);
	if (r != 1) {
		r = SSL_get_error(t->ssl, r);
		if (r == SSL_ERROR_WANT_READ || r == SSL_ERROR_WANT_WRITE)
			return -EAGAIN;
		return give_up(t);
	}
	check_agreement(t);
	if (t->reason.fault != TLS_FINE) {
		SSL_shutdown(t->ssl);
		return tls_failure(&t->reason);
	}
	t->complete = true;
	return 0;
}

size_t openssl_backend_tls_feed(struct tls *t, struct span bytes)
{
	size_t waiting = BIO_ctrl_pending(t->in);
	size_t room = waiting < TLS_FEED_MAX ? TLS_FEED_MAX - waiting : 0;
	size_t n = bytes.n < room ? bytes.n : room;

	if (t->reason.fault != TLS_FINE)
		return bytes.n;
	if (n == 0 || BIO_ctrl_pending(t->out) > OUT_MAX)
		return 0;
	if (BIO_write(t->in, bytes.p, (int)n) == (int)n)
		return n;
	tls_say(&t->reason, TLS_BROKEN, "there is no memory for what has arrived");
	return bytes.n;
}

size_t openssl_backend_tls_drain(struct tls *t, uint8_t *ret, size_t room)
{
	int n = BIO_read(t->out, ret, room < OUT_MAX ? (int)room : OUT_MAX);

	return n > 0 ? (size_t)n : 0;
}

int openssl_backend_tls_read(struct tls *t, uint8_t *ret, size_t room)
{
	int r;

	if (t->reason.fault != TLS_FINE)
		return tls_failure(&t->reason);
	if (!t->complete)
		return -EAGAIN;
	ERR_clear_error();
	r = SSL_read(t->ssl, ret, room < OUT_MAX ? (int)room : OUT_MAX);
	if (r > 0)
		return r;
	switch (SSL_get_error(t->ssl, r)) {
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return -EAGAIN;
	default:
		return give_up(t);
	}
}

int openssl_backend_tls_write(struct tls *t, struct span data)
{
	if (t->reason.fault != TLS_FINE)
		return tls_failure(&t->reason);
	if (!t->complete)
		return -EAGAIN;
	if (data.n > WRITE_MAX)
		return -EFBIG;
	ERR_clear_error();
	if (data.n > 0 && SSL_write(t->ssl, data.p, (int)data.n) != (int)data.n)
		return give_up(t);
	return 0;
}

void openssl_backend_tls_finish(struct tls *t)
{
	ERR_clear_error();
	if (t->complete && t->reason.fault == TLS_FINE)
		SSL_shutdown(t->ssl);
	ERR_clear_error();
}

int openssl_backend_tls_export(
	struct tls *t, const char *label, struct span context, uint8_t *ret, size_t n)
{
	int r;

	if (t->reason.fault != TLS_FINE)
		return tls_failure(&t->reason);
	if (!t->complete)
		return -EAGAIN;
	ERR_clear_error();
	r = SSL_export_keying_material(
		t->ssl, ret, n, label, strlen(label), context.p, context.n, 1);
	ERR_clear_error();
	return r == 1 ? 0 : -EPROTO;
}

void openssl_backend_tls_info(struct tls *t, struct tls_info *ret)
{
	const SSL_CIPHER *cipher = SSL_get_current_cipher(t->ssl);

	memset(ret, 0, sizeof(*ret));
	if (t->server)
		text_copy(ret->server_name, sizeof(ret->server_name), t->name);
	ret->has_peer = t->has_peer;
	ret->peer = t->peer;
	text_copy(ret->overlooked, sizeof(ret->overlooked), t->overlooked.why);
	ret->overlooked_fault = t->overlooked.fault;
	if (!t->complete)
		return;
	snprintf(ret->version, sizeof(ret->version), "%s", SSL_get_version(t->ssl));
	snprintf(ret->cipher, sizeof(ret->cipher), "%s", SSL_CIPHER_standard_name(cipher));
	ret->cipher_bits = SSL_CIPHER_get_bits(cipher, NULL);
	text_copy(ret->alpn, sizeof(ret->alpn), t->alpn);
}

enum tls_fault openssl_backend_tls_fault(const struct tls *t)
{
	return t->reason.fault;
}

const char *openssl_backend_tls_why(const struct tls *t)
{
	return t->reason.why;
}

void openssl_backend_tls_destroy(struct tls *t)
{
	if (!t)
		return;
	SSL_free(t->ssl);
	openssl_backend_trust_destroy(t->trust);
	openssl_backend_identity_destroy(t->identity);
	free(t);
}
