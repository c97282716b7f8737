/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Layout of the NTS extension fields (RFC 8915 5.3 to 5.6, RFC 7822).
 */
#include "config.h"

#include <errno.h>

#include "daemon/wire/nts_field.h"

static size_t padded(size_t n)
{
	return (n + 3) & ~(size_t)3;
}

/* Takes nonce and ciphertext out of the body of an authenticator. */
static bool take_authenticator(struct nts_fields *io, struct span body)
{
	struct reader r = reader_on(body.p, body.n);
	size_t nonce = read_u16(&r), ciphertext = read_u16(&r);
	struct span padded_nonce, padded_ciphertext;

	padded_nonce = read_span(&r, padded(nonce));
	padded_ciphertext = read_span(&r, padded(ciphertext));
	if (r.bad || nonce == 0 || ciphertext == 0)
		return false;
	io->nonce = (struct span){padded_nonce.p, nonce};
	io->ciphertext = (struct span){padded_ciphertext.p, ciphertext};
	io->padding = r.left;
	io->authenticated = true;
	return true;
}

/* A field that may be there once. */
static bool take_once(struct span *io, struct span body)
{
	if (io->n > 0)
		return false;
	*io = body;
	return true;
}

unsigned nts_fields_placeholders(struct span fields, size_t length)
{
	struct packet_field field;
	unsigned n = 0;

	while (packet_next_field(&fields, &field))
		n += field.type == NTS_FIELD_PLACEHOLDER && field.body.n == length;
	return n;
}

int nts_fields_find(const struct packet_trailer *t, struct nts_fields *ret)
{
	struct nts_fields f = {0};
	struct span left = t->fields, before = t->fields;
	struct packet_field field;
	bool fine = true, any = false;

	while (fine && !f.authenticated && packet_next_field(&left, &field)) {
		const uint8_t *start = field.body.p - NTS_FIELD_HEADER;

		if (field.type == NTS_FIELD_UNIQUE_ID)
			fine = take_once(&f.unique_id, field.body);
		else if (field.type == NTS_FIELD_COOKIE)
			fine = take_once(&f.cookie, field.body);
		else if (field.type == NTS_FIELD_AUTHENTICATOR)
			fine = take_authenticator(&f, field.body);
		else if (field.type != NTS_FIELD_PLACEHOLDER)
			continue;
		any = true;
		if (field.type == NTS_FIELD_AUTHENTICATOR) {
			f.associated.p = t->signed_part.p;
			f.associated.n = (size_t)(start - t->signed_part.p);
			before.n = (size_t)(start - before.p);
		}
	}
	while (fine && packet_next_field(&left, &field))
		fine = field.type != NTS_FIELD_AUTHENTICATOR;
	if (!any)
		return -ENOENT;
	if (!fine || t->has_mac || (f.cookie.n > 0 && !f.authenticated))
		return -EBADMSG;
	if (f.cookie.n > 0)
		f.placeholders = nts_fields_placeholders(before, f.cookie.n);
	*ret = f;
	return 0;
}

bool nts_fields_padded(const struct nts_fields *f, size_t nonce_max)
{
	size_t wanted = nonce_max < 16 ? nonce_max : 16;

	return padded(f->nonce.n) + f->padding >= wanted;
}

size_t nts_field_length(size_t n)
{
	size_t length = NTS_FIELD_HEADER + padded(n);

	return length < PACKET_FIELD_MIN ? PACKET_FIELD_MIN : length;
}

size_t nts_authenticator_length(size_t nonce, size_t ciphertext)
{
	size_t length = NTS_AUTHENTICATOR_HEADER + padded(nonce) + padded(ciphertext);

	/* It is the last field: a shorter one could be taken for a MAC (RFC 7822 7.5). */
	return length < PACKET_FIELD_MIN_LAST ? PACKET_FIELD_MIN_LAST : length;
}

/* Appends the header of a field with a body of n bytes. Returns the bytes that pad the body. */
static size_t begin(struct writer *w, uint16_t type, size_t n)
{
	size_t length = nts_field_length(n);

	if (length > UINT16_MAX) {
		w->bad = true;
		return 0;
	}
	write_u16(w, type);
	write_u16(w, (uint16_t)length);
	return length - NTS_FIELD_HEADER - n;
}

void nts_field_write(struct writer *w, uint16_t type, struct span body)
{
	size_t padding = begin(w, type, body.n);

	write_bytes(w, body.p, body.n);
	write_zeros(w, padding);
}

uint8_t *nts_field_reserve(struct writer *w, uint16_t type, size_t n)
{
	size_t padding = begin(w, type, n), place = w->n;

	write_zeros(w, n + padding);
	return w->bad ? NULL : w->p + place;
}

void nts_field_write_placeholder(struct writer *w, size_t n)
{
	nts_field_reserve(w, NTS_FIELD_PLACEHOLDER, n);
}

uint8_t *nts_field_write_authenticator(
	struct writer *w, struct span nonce, size_t n_ciphertext, size_t padding)
{
	size_t length = nts_authenticator_length(nonce.n, n_ciphertext) + padding;
	size_t start = w->n, place;

	if (length > UINT16_MAX) {
		w->bad = true;
		return NULL;
	}
	write_u16(w, NTS_FIELD_AUTHENTICATOR);
	write_u16(w, (uint16_t)length);
	write_u16(w, (uint16_t)nonce.n);
	write_u16(w, (uint16_t)n_ciphertext);
	write_bytes(w, nonce.p, nonce.n);
	write_zeros(w, padded(nonce.n) - nonce.n);
	place = w->n;
	if (w->bad)
		return NULL;
	write_zeros(w, length - (place - start));
	return w->bad ? NULL : w->p + place;
}
