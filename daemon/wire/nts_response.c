/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The response of NTS key establishment, written and read, and the rules by which a client takes it
 * (RFC 8915 4).
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "daemon/wire/nts_message.h"

static void write_number(struct writer *w, bool critical, uint16_t type, int number)
{
	uint16_t value = (uint16_t)number;

	nts_record_write_list(w, critical, type, &value, number == NTS_NONE ? 0 : 1);
}

static void write_success(struct writer *w, const struct nts_response *r)
{
	write_number(w, true, NTS_RECORD_PROTOCOL, r->protocol);
	if (r->protocol == NTS_NONE)
		return;
	write_number(w, true, NTS_RECORD_AEAD, r->aead);
	if (r->aead == NTS_NONE)
		return;
	if (r->gcm_siv_export)
		nts_record_write(w, false, NTS_RECORD_GCM_SIV_EXPORT, (struct span){0});
	for (size_t i = 0; i < r->n_cookies; i++)
		nts_record_write(w, false, NTS_RECORD_COOKIE,
			(struct span){r->cookies[i].bytes, r->cookies[i].n});
	if (r->server[0] != '\0')
		nts_record_write(w, true, NTS_RECORD_SERVER,
			(struct span){(const uint8_t *)r->server, strlen(r->server)});
	if (r->port != NTS_NONE)
		write_number(w, true, NTS_RECORD_PORT, r->port);
}

int nts_response_encode(const struct nts_response *r, uint8_t *ret, size_t room)
{
	struct writer w = writer_on(ret, room);

	if (r->error != NTS_NONE)
		write_number(&w, true, NTS_RECORD_ERROR, r->error);
	else
		write_success(&w, r);
	nts_record_write(&w, true, NTS_RECORD_END, (struct span){0});
	return w.bad ? -ENOSPC : (int)w.n;
}

/* A body of one number, or of none where that is allowed. Returns NULL, or what is wrong. */
static const char *take_number(int *io, struct span body, bool may_be_none, const char *wrong)
{
	struct reader r = reader_on(body.p, body.n);

	if (*io != NTS_NONE || !(body.n == 2 || (body.n == 0 && may_be_none)))
		return wrong;
	if (body.n == 2)
		*io = read_u16(&r);
	return NULL;
}

/* Names and addresses are of printable ASCII without spaces, and fit with their NUL. */
static const char *take_server(struct nts_response *io, struct span body)
{
	if (io->server[0] != '\0')
		return "two server records";
	if (body.n == 0 || body.n >= sizeof(io->server))
		return "bad length of server name";
	for (size_t i = 0; i < body.n; i++) {
		if (body.p[i] <= ' ' || body.p[i] > '~')
			return "bad character in server name";
	}
	memcpy(io->server, body.p, body.n);
	io->server[body.n] = '\0';
	return NULL;
}

/* A cookie that fits nowhere is no loss while there are others. */
static void take_cookie(struct nts_response *io, struct span body)
{
	struct nts_cookie *cookie = &io->cookies[io->n_cookies];

	if (io->n_cookies == NTS_COOKIES || body.n == 0 || body.n > NTS_COOKIE_MAX ||
		body.n % 4 != 0)
		return;
	cookie->n = (uint16_t)body.n;
	memcpy(cookie->bytes, body.p, body.n);
	io->n_cookies++;
}

/* How often the two lists were there: each must be once, and may be empty. */
struct seen {
	unsigned protocols, aeads;
};

/* Takes one record other than the end. Returns NULL, or what is wrong. */
static const char *take(struct nts_response *io, struct seen *seen, const struct nts_record *record)
{
	switch (record->type) {
	case NTS_RECORD_PROTOCOL:
		if (seen->protocols++ > 0 || !record->critical)
			return "bad next protocol record";
		return take_number(&io->protocol, record->body, true, "bad next protocol record");
	case NTS_RECORD_AEAD:
		if (seen->aeads++ > 0)
			return "two AEAD records";
		return take_number(&io->aead, record->body, true, "bad AEAD record");
	case NTS_RECORD_ERROR:
		return take_number(&io->error, record->body, false, "bad error record");
	case NTS_RECORD_WARNING:
		return take_number(&io->warning, record->body, false, "bad warning record");
	case NTS_RECORD_COOKIE:
		take_cookie(io, record->body);
		return NULL;
	case NTS_RECORD_SERVER:
		return take_server(io, record->body);
	case NTS_RECORD_PORT:
		return take_number(&io->port, record->body, false, "bad port record");
	case NTS_RECORD_GCM_SIV_EXPORT:
		if (record->body.n > 0)
			return "bad record of AES-128-GCM-SIV export";
		io->gcm_siv_export = true;
		return NULL;
	default:
		return record->critical ? "unknown critical record" : NULL;
	}
}

int nts_response_decode(struct span message, struct nts_response *ret, const char **ret_reason)
{
	struct nts_record record;
	struct seen seen = {0};

	memset(ret, 0, sizeof(*ret));
	ret->error = ret->warning = ret->protocol = ret->aead = ret->port = NTS_NONE;
	*ret_reason = NULL;
	while (nts_record_next(&message, &record)) {
		if (record.type == NTS_RECORD_END) {
			if (record.body.n > 0 || !record.critical || message.n > 0)
				*ret_reason = "bad end of message";
			return *ret_reason ? -EBADMSG : 0;
		}
		*ret_reason = take(ret, &seen, &record);
		if (*ret_reason)
			return -EBADMSG;
	}
	*ret_reason = "no end of message";
	return -EBADMSG;
}

static const char *error_text(int error)
{
	switch (error) {
	case NTS_ERROR_UNKNOWN_CRITICAL:
		return "server does not know a critical record";
	case NTS_ERROR_BAD_REQUEST:
		return "server takes the request for a bad one";
	case NTS_ERROR_INTERNAL:
		return "server has an internal error";
	default:
		return "server sent an unknown error";
	}
}

static bool is_offered(int aead, const uint16_t *aeads, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (aeads[i] == aead)
			return true;
	}
	return false;
}

int nts_response_accept(
	const struct nts_response *r, const uint16_t *aeads, size_t n, const char **ret_reason)
{
	*ret_reason = NULL;
	if (r->error != NTS_NONE)
		*ret_reason = error_text(r->error);
	else if (r->warning != NTS_NONE)
		/* None is defined, and an unknown one counts as an error (RFC 8915 4.1.4). */
		*ret_reason = "server sent an unknown warning";
	else if (r->protocol == NTS_NONE)
		*ret_reason = "server does not support NTPv4";
	else if (r->protocol == NTS_PROTOCOL_NTP4 && r->aead == NTS_NONE)
		*ret_reason = "no AEAD in common";
	if (*ret_reason)
		return -ENOTSUP;
	if (r->protocol != NTS_PROTOCOL_NTP4)
		*ret_reason = "next protocol is none we asked for";
	else if (!is_offered(r->aead, aeads, n))
		*ret_reason = "AEAD is none we offered";
	else if (r->port == 0)
		*ret_reason = "port is 0";
	else if (r->n_cookies == 0)
		*ret_reason = "no usable cookie";
	return *ret_reason ? -EBADMSG : 0;
}
