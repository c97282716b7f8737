/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NTS on the wire: messages of key establishment as seen between programs and against every rule of
 * RFC 8915 4, extension fields against captured packets and every cut.
 */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/wire/nts_field.h"
#include "daemon/wire/nts_message.h"

/* Bytes from hexadecimal digits; blanks and "|" are left out. */
static struct span unhex(const char *s, uint8_t *ret, size_t room)
{
	size_t n = 0;

	for (; *s; s++) {
		static const char digits[] = "0123456789abcdef";
		const char *d = strchr(digits, *s);

		if (!d)
			continue;
		assert_true(n / 2 < room);
		ret[n / 2] = (uint8_t)(n % 2 ? ret[n / 2] << 4 | (d - digits) : d - digits);
		n++;
	}
	assert_int_equal(n % 2, 0);
	return (struct span){ret, n / 2};
}

static void section_9_1_requests_as_seen(void **state)
{
	static const uint16_t aeads[] = {30, 15};
	uint8_t seen[64], made[64];
	struct nts_request q;
	enum nts_error error;
	struct span s;

	(void)state;
	s = unhex("8001 0002 0000 | 8004 0002 000f | 8000 0000", seen, sizeof(seen));
	assert_int_equal(nts_request_encode(aeads + 1, 1, made, sizeof(made)), 16);
	assert_memory_equal(made, seen, 16);
	assert_int_equal(nts_request_decode(s, &q, &error), 0);
	assert_true(nts_list_has(q.protocols, 0) && nts_list_has(q.aeads, 15));
	assert_false(nts_list_has(q.aeads, 30) || q.gcm_siv_export);
	s = unhex(
		"8001 0002 0000 | 8004 0004 001e 000f | 0400 0000 | 8000 0000", seen, sizeof(seen));
	assert_int_equal(nts_request_encode(aeads, 2, made, sizeof(made)), 22);
	assert_memory_equal(made, seen, 22);
	assert_int_equal(nts_request_decode(s, &q, &error), 0);
	assert_true(q.gcm_siv_export && nts_list_has(q.aeads, 30));
	for (size_t room = 0; room < 22; room++)
		assert_int_equal(nts_request_encode(aeads, 2, made, room), -ENOSPC);
}

/* What each bad request is answered with. */
static void bad_requests(void **state)
{
	static const struct {
		const char *hex;
		int error;
	} bad[] = {
		{"8004 0002 000f | 8000 0000", NTS_ERROR_BAD_REQUEST},
		{"8001 0002 0000 | 8000 0000", NTS_ERROR_BAD_REQUEST},
		{"8001 0000 | 8004 0002 000f | 8000 0000", NTS_ERROR_BAD_REQUEST},
		{"8001 0003 000000 | 8004 0002 000f | 8000 0000", NTS_ERROR_BAD_REQUEST},
		{"8001 0002 0000 | 8004 0000 | 8000 0000", NTS_ERROR_BAD_REQUEST},
		{"8001 0002 0000 | 8001 0002 0000 | 8004 0002 000f | 8000 0000",
			NTS_ERROR_BAD_REQUEST},
		{"8001 0002 0000 | 8004 0002 000f | 8004 0002 000f | 8000 0000",
			NTS_ERROR_BAD_REQUEST},
		{"8001 0002 0000 | 8004 0002 000f | 0005 0004 01020304 | 8000 0000",
			NTS_ERROR_BAD_REQUEST},
		{"8001 0002 0000 | 8004 0002 000f | 8002 0002 0000 | 8000 0000",
			NTS_ERROR_BAD_REQUEST},
		{"8001 0002 0000 | 8004 0002 000f | 8003 0002 0000 | 8000 0000",
			NTS_ERROR_BAD_REQUEST},
		{"8001 0002 0000 | 8004 0002 000f | 8000 0002 0000", NTS_ERROR_BAD_REQUEST},
		{"8001 0002 0000 | 8004 0002 000f | 8000 0000 | 8000 0000", NTS_ERROR_BAD_REQUEST},
		{"8001 0002 0000 | 8004 0002 000f", NTS_ERROR_BAD_REQUEST},
		{"8001 0002 0000 | 8004 0002 000f | c000 0000 | 8000 0000",
			NTS_ERROR_UNKNOWN_CRITICAL},
		{"", NTS_ERROR_BAD_REQUEST},
	};
	static const char *const good[] = {
		/* unknown but not critical; hints; another protocol alone needs no AEAD */
		"8001 0002 0000 | 4000 0001 00 | 8004 0002 000f | 8000 0000",
		"8001 0002 0000 | 8004 0002 000f | 0006 0001 61 | 0007 0002 007b | 8000 0000",
		"8001 0002 8001 | 8000 0000",
	};
	uint8_t bytes[64];
	struct nts_request q;
	enum nts_error error;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(
			nts_request_decode(unhex(bad[i].hex, bytes, sizeof(bytes)), &q, &error),
			-EBADMSG);
		assert_int_equal(error, bad[i].error);
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_int_equal(
			nts_request_decode(unhex(good[i], bytes, sizeof(bytes)), &q, &error), 0);
}

/* A response with all there is. */
static struct nts_response full_response(void)
{
	struct nts_response r = {.error = NTS_NONE,
		.warning = NTS_NONE,
		.protocol = NTS_PROTOCOL_NTP4,
		.aead = 15,
		.port = NTS_NONE,
		.n_cookies = NTS_COOKIES};

	for (size_t i = 0; i < NTS_COOKIES; i++) {
		r.cookies[i].n = 104;
		memset(r.cookies[i].bytes, (int)i + 1, 104);
	}
	return r;
}

static void responses_there_and_back(void **state)
{
	static const uint16_t aeads[] = {30, 15};
	struct nts_response r = full_response(), back;
	static uint8_t bytes[4096];
	const char *reason;
	int n;

	(void)state;
	/* Length as NTPsec's with cookies of 104 bytes, and as chronyd's of 64 with AEAD 30. */
	n = nts_response_encode(&r, bytes, sizeof(bytes));
	assert_int_equal(n, 880);
	assert_int_equal(nts_response_decode((struct span){bytes, 880}, &back, &reason), 0);
	assert_null(reason);
	assert_int_equal(back.aead, 15);
	assert_int_equal(back.n_cookies, 8);
	assert_memory_equal(back.cookies[7].bytes, r.cookies[7].bytes, 104);
	assert_int_equal(back.port, NTS_NONE);
	assert_string_equal(back.server, "");
	assert_int_equal(nts_response_accept(&back, aeads, 2, &reason), 0);
	for (size_t room = 0; room < 880; room += 7)
		assert_int_equal(nts_response_encode(&r, bytes, room), -ENOSPC);
	r.aead = 30;
	r.gcm_siv_export = true;
	for (size_t i = 0; i < NTS_COOKIES; i++)
		r.cookies[i].n = 64;
	assert_int_equal(nts_response_encode(&r, bytes, sizeof(bytes)), 564);
	strcpy(r.server, "ntp.example");
	r.port = 11123;
	n = nts_response_encode(&r, bytes, sizeof(bytes));
	assert_int_equal(n, 564 + 4 + 11 + 6);
	assert_int_equal(nts_response_decode((struct span){bytes, (size_t)n}, &back, &reason), 0);
	assert_true(back.gcm_siv_export);
	assert_string_equal(back.server, "ntp.example");
	assert_int_equal(back.port, 11123);
	assert_int_equal(nts_response_accept(&back, aeads, 2, &reason), 0);
	/* Nothing in common, and errors: 14, 8 and 10 bytes as seen of chronyd. */
	r.aead = NTS_NONE;
	assert_int_equal(nts_response_encode(&r, bytes, sizeof(bytes)), 14);
	r.protocol = NTS_NONE;
	assert_int_equal(nts_response_encode(&r, bytes, sizeof(bytes)), 8);
	r.error = NTS_ERROR_BAD_REQUEST;
	assert_int_equal(nts_response_encode(&r, bytes, sizeof(bytes)), 10);
}

/* Reads a response as a client that offered AEAD 15. Returns NULL, or what is wrong with it. */
static const char *judge(struct span message, struct nts_response *ret)
{
	static const uint16_t aeads[] = {15};
	uint8_t *copy = malloc(message.n + 1);
	const char *reason;

	/* In a block of its own size, so that a step past its end is seen. */
	assert_non_null(copy);
	memcpy(copy, message.p, message.n);
	if (nts_response_decode((struct span){copy, message.n}, ret, &reason) == 0)
		nts_response_accept(ret, aeads, 1, &reason);
	free(copy);
	return reason;
}

#define HEAD   "8001 0002 0000 | 8004 0002 000f | "
#define COOKIE "0005 0010 000102030405060708090a0b0c0d0e0f | "
#define END    "8000 0000"

static void bad_responses(void **state)
{
	static const struct {
		const char *hex, *reason;
	} bad[] = {
		{HEAD END, "no usable cookie"},
		{HEAD COOKIE, "no end of message"},
		{HEAD COOKIE "8000 0004", "no end of message"},
		{HEAD COOKIE "0000 0000", "bad end of message"},
		{HEAD COOKIE "8000 0001 00", "bad end of message"},
		{HEAD COOKIE END "00", "bad end of message"},
		{HEAD COOKIE "c000 0000 | " END, "unknown critical record"},
		{HEAD "8001 0002 0000 | " COOKIE END, "bad next protocol record"},
		{HEAD "0001 0002 0000 | " COOKIE END, "bad next protocol record"},
		{"0001 0002 0000 | 8004 0002 000f | " COOKIE END, "bad next protocol record"},
		{"8001 0004 00000001 | 8004 0002 000f | " COOKIE END, "bad next protocol record"},
		{"8001 0001 00 | 8004 0002 000f | " COOKIE END, "bad next protocol record"},
		{"8001 0000 | " END, "server does not support NTPv4"},
		{"8004 0002 000f | " COOKIE END, "server does not support NTPv4"},
		{"8001 0002 8001 | 8004 0002 000f | " COOKIE END,
			"next protocol is none we asked for"},
		{"8001 0002 0000 | 8004 0000 | " END, "no AEAD in common"},
		{"8001 0002 0000 | " COOKIE END, "no AEAD in common"},
		{"8001 0002 0000 | 8004 0004 000f0010 | " COOKIE END, "bad AEAD record"},
		{HEAD "8004 0002 000f | " COOKIE END, "two AEAD records"},
		{"8001 0002 0000 | 8004 0002 0011 | " COOKIE END, "AEAD is none we offered"},
		{"8002 0002 0000 | " END, "server does not know a critical record"},
		{"8002 0002 0001 | " END, "server takes the request for a bad one"},
		{"8002 0002 0002 | " END, "server has an internal error"},
		{"8002 0002 8000 | " END, "server sent an unknown error"},
		{HEAD COOKIE "8002 0002 0002 | " END, "server has an internal error"},
		{"8002 0000 | " END, "bad error record"},
		{"8002 0002 0000 | 8002 0002 0000 | " END, "bad error record"},
		{HEAD COOKIE "8003 0002 0000 | " END, "server sent an unknown warning"},
		{HEAD COOKIE "8003 0001 00 | " END, "bad warning record"},
		{HEAD COOKIE "8007 0002 0000 | " END, "port is 0"},
		{HEAD COOKIE "8007 0001 7b | " END, "bad port record"},
		{HEAD COOKIE "8007 0002 007b | 8007 0002 007b | " END, "bad port record"},
		{HEAD COOKIE "8006 0000 | " END, "bad length of server name"},
		{HEAD COOKIE "8006 0002 6100 | " END, "bad character in server name"},
		{HEAD COOKIE "8006 0002 6120 | " END, "bad character in server name"},
		{HEAD COOKIE "8006 0001 61 | 8006 0001 61 | " END, "two server records"},
		{HEAD COOKIE "0400 0001 00 | " END, "bad record of AES-128-GCM-SIV export"},
		{HEAD "0005 0000 | 0005 0003 010203 | " END, "no usable cookie"},
		{END, "server does not support NTPv4"},
		{"", "no end of message"},
	};
	uint8_t bytes[256];
	struct nts_response r;
	struct span whole;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *reason = judge(unhex(bad[i].hex, bytes, sizeof(bytes)), &r);

		assert_non_null(reason);
		assert_string_equal(reason, bad[i].reason);
	}
	whole = unhex(HEAD COOKIE "4000 0001 00 | 8006 0001 61 | 8007 0002 007b | " END, bytes,
		sizeof(bytes));
	assert_null(judge(whole, &r));
	for (size_t n = 0; n < whole.n; n++)
		assert_non_null(judge((struct span){bytes, n}, &r));
}

static void section_9_2_sizes_that_hurt(void **state)
{
	static uint8_t bytes[NTS_RESPONSE_MAX];
	struct writer w;
	struct nts_response r;
	uint8_t name[300];

	(void)state;
	memset(name, 'n', sizeof(name));
	/* A thousand cookies: eight are kept, of the length that fits. */
	w = writer_on(bytes, sizeof(bytes));
	unhex(HEAD, bytes, sizeof(bytes));
	w.n = 12;
	nts_record_write(&w, false, NTS_RECORD_COOKIE, (struct span){name, 260});
	for (int i = 0; i < 1000; i++)
		nts_record_write(&w, false, NTS_RECORD_COOKIE, (struct span){name, 32});
	nts_record_write(&w, true, NTS_RECORD_END, (struct span){0});
	assert_false(w.bad);
	assert_null(judge((struct span){bytes, w.n}, &r));
	assert_int_equal(r.n_cookies, NTS_COOKIES);
	assert_int_equal(r.cookies[0].n, 32);
	/* A name of 255 bytes is the longest, one of 256 is none. */
	w.n = 12;
	nts_record_write(&w, false, NTS_RECORD_COOKIE, (struct span){name, 32});
	nts_record_write(&w, true, NTS_RECORD_SERVER, (struct span){name, 255});
	nts_record_write(&w, true, NTS_RECORD_END, (struct span){0});
	assert_null(judge((struct span){bytes, w.n}, &r));
	assert_int_equal(strlen(r.server), 255);
	w.n = 12;
	nts_record_write(&w, true, NTS_RECORD_SERVER, (struct span){name, 256});
	nts_record_write(&w, true, NTS_RECORD_END, (struct span){0});
	assert_string_equal(judge((struct span){bytes, w.n}, &r), "bad length of server name");
	/* 64 KiB of everything. */
	srand(1);
	for (int round = 0; round < 50; round++) {
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)rand();
		assert_non_null(judge((struct span){bytes, sizeof(bytes)}, &r));
	}
}

static void framing(void **state)
{
	uint8_t bytes[64];
	struct span s = unhex(HEAD COOKIE END "aabb", bytes, sizeof(bytes));
	struct nts_framer f = {0};

	(void)state;
	/* The same end, whatever the steps it comes in. */
	for (size_t n = 0; n < s.n - 2; n++)
		assert_int_equal(nts_frame(&f, (struct span){bytes, n}, 1024), 0);
	assert_int_equal(nts_frame(&f, (struct span){bytes, s.n - 2}, 1024), (int)s.n - 2);
	f = (struct nts_framer){0};
	assert_int_equal(nts_frame(&f, s, 1024), (int)s.n - 2);
	/* It fits exactly, or is told of as soon as it cannot. */
	f = (struct nts_framer){0};
	assert_int_equal(nts_frame(&f, s, s.n - 2), (int)s.n - 2);
	f = (struct nts_framer){0};
	assert_int_equal(nts_frame(&f, (struct span){bytes, 32}, s.n - 3), -EMSGSIZE);
	f = (struct nts_framer){0};
	assert_int_equal(
		nts_frame(&f, unhex("0005 ffff 00", bytes, sizeof(bytes)), 65536), -EMSGSIZE);
	f = (struct nts_framer){0};
	assert_int_equal(nts_frame(&f, unhex("0005 fff0 00", bytes, sizeof(bytes)), 65536), 0);
}

/* ------------------------------------------------------------------------------ extension fields
 */

#define UNIQUE_ID "0104 0024 bbb63a56a3790746e82417f0c650259fd43213daadcff7959f9b917fc2d65871"
#define REQUEST                                                                                    \
	"23000220 00000000 00000000 00000000 00000000 00000000 00000000 00000000"                  \
	"00000000 00000000 315a2f70 2a8128f8" UNIQUE_ID                                            \
	"02040068 1e3cd55f f4b070b7 19308c1a 3ed08443 029eae09 05472517 dcf44532 c9f614fe"         \
	"5a960ed0 3710476b 8f608b68 e0a8545c 4a54fe66 6c8a5062 a325e2dc 06648dbb affc7fd6"         \
	"e82ef973 65077922 8f1de7fe 2b079713 defb3ebe ec1541ba 661e1109 2b15e71b"                  \
	"04040028 00100010 7cd7a98b 1d5eeccd 9c254f1c d5a15da3 04942a42 a6b7f141 e9c3275a"         \
	"330142c9"

/* Finds the fields of a packet in a block of its own size; they are valid until the next call. */
static int find(struct span packet, struct nts_fields *ret)
{
	static uint8_t *copy;
	struct packet_trailer t;

	free(copy);
	copy = malloc(packet.n);
	assert_non_null(copy);
	memcpy(copy, packet.p, packet.n);
	packet.p = copy;
	if (packet_split(packet, 4, &t) < 0)
		return -EINVAL;
	return nts_fields_find(&t, ret);
}

static void section_17_fields_of_a_captured_request(void **state)
{
	static uint8_t bytes[512], made[512];
	struct span s = unhex(REQUEST, bytes, sizeof(bytes));
	struct nts_fields f;
	struct writer w = writer_on(made, sizeof(made));
	uint8_t *place;

	(void)state;
	assert_int_equal(s.n, 228);
	assert_int_equal(find(s, &f), 0);
	assert_int_equal(f.unique_id.n, NTS_UNIQUE_ID);
	assert_int_equal(f.cookie.n, 100);
	assert_int_equal(f.placeholders, 0);
	assert_true(f.authenticated);
	assert_int_equal(f.nonce.n, 16);
	assert_int_equal(f.ciphertext.n, 16);
	assert_int_equal(f.padding, 0);
	assert_int_equal(f.associated.n, 0xbc);
	assert_true(nts_fields_padded(&f, 16));
	/* Written again, it is the same. */
	memcpy(made, bytes, PACKET_HEADER);
	w.n = PACKET_HEADER;
	nts_field_write(&w, NTS_FIELD_UNIQUE_ID, f.unique_id);
	nts_field_write(&w, NTS_FIELD_COOKIE, f.cookie);
	place = nts_field_write_authenticator(&w, f.nonce, 16, 0);
	assert_non_null(place);
	memcpy(place, f.ciphertext.p, 16);
	assert_false(w.bad);
	assert_int_equal(w.n, 228);
	assert_memory_equal(made, bytes, 228);
	assert_int_equal(
		nts_field_length(32) + nts_field_length(100) + nts_authenticator_length(16, 16),
		180);
	/* No cut of it is taken for a request. */
	for (size_t n = PACKET_HEADER; n < s.n; n++)
		assert_true(find((struct span){bytes, n}, &f) < 0 || !f.authenticated);
	for (size_t room = 0; room < 228 - 188; room++) {
		w = writer_on(made, room);
		assert_null(nts_field_write_authenticator(&w, (struct span){bytes, 16}, 16, 0));
	}
}

static void fields_in_all_orders(void **state)
{
	static const struct {
		const char *fields;
		int r;
		unsigned placeholders;
		bool authenticated;
	} cases[] = {
#define ID     "0104 0014 00112233445566778899aabbccddeeff"
#define CK     "0204 0010 00112233445566778899aabb"
#define PH     "0304 0010 000000000000000000000000"
#define LONGER "0304 0014 00000000000000000000000000000000"
#define OTHER  "7777 001c 000000000000000000000000000000000000000000000000"
#define AUTH   "0404 0028 0010 0010 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
		{ID CK AUTH, 0, 0, true},
		{ID CK PH PH AUTH, 0, 2, true},
		{PH ID PH CK AUTH, 0, 2, true},
		{ID CK LONGER PH AUTH, 0, 1, true},
		{OTHER ID OTHER CK OTHER AUTH, 0, 0, true},
		/* after the authenticator nothing counts, but a second one is no good */
		{ID CK AUTH PH PH OTHER, 0, 0, true},
		{ID CK AUTH CK OTHER OTHER, 0, 0, true},
		{ID CK AUTH AUTH, -EBADMSG, 0, false},
		{ID ID CK AUTH, -EBADMSG, 0, false},
		{ID CK CK AUTH, -EBADMSG, 0, false},
		/* a response, a refusal, and no NTS at all */
		{ID AUTH, 0, 0, true},
		{ID OTHER, 0, 0, false},
		{OTHER OTHER, -ENOENT, 0, false},
		{ID CK OTHER, -EBADMSG, 0, false},
		/* a MAC behind */
		{ID CK AUTH "00000001 00112233445566778899aabbccddeeff", -EBADMSG, 0, false},
		/* lengths inside the authenticator */
		{ID CK "0404 001c 0000 0010 000102030405060708090a0b0c0d0e0f00000000", -EBADMSG, 0,
			false},
		{ID CK "0404 001c 0010 0000 000102030405060708090a0b0c0d0e0f00000000", -EBADMSG, 0,
			false},
		{ID CK "0404 001c 0010 0010 000102030405060708090a0b0c0d0e0f00000000", -EBADMSG, 0,
			false},
		{ID CK "0404 001c ffff 0010 000102030405060708090a0b0c0d0e0f00000000", -EBADMSG, 0,
			false},
		{ID CK "0404 001c 0001 ffff 000102030405060708090a0b0c0d0e0f00000000", -EBADMSG, 0,
			false},
	};
	uint8_t bytes[512];

	(void)state;
	memset(bytes, 0, PACKET_HEADER);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct span s = unhex(
			cases[i].fields, bytes + PACKET_HEADER, sizeof(bytes) - PACKET_HEADER);
		struct nts_fields f;

		assert_int_equal(find((struct span){bytes, PACKET_HEADER + s.n}, &f), cases[i].r);
		if (cases[i].r != 0)
			continue;
		assert_int_equal(f.placeholders, cases[i].placeholders);
		assert_int_equal(f.authenticated, cases[i].authenticated);
	}
}

static void section_17_padding(void **state)
{
	static const struct {
		const char *authenticator;
		size_t nonce_max;
		bool enough;
	} cases[] = {
		/* nonce of 12 with and without 4 bytes more; and where 12 is the most */
		{"0404 0024 000c 0010 000102030405060708090a0b 101112131415161718191a1b1c1d1e1f",
			16, false},
		{"0404 0028 000c 0010 000102030405060708090a0b 101112131415161718191a1b1c1d1e1f"
		 "00000000",
			16, true},
		{"0404 0024 000c 0010 000102030405060708090a0b 101112131415161718191a1b1c1d1e1f",
			12, true},
		/* 16 is all that is asked for, however long nonces may be */
		{AUTH, 100, true},
	};
	uint8_t bytes[256], made[256];
	struct writer w;

	(void)state;
	memset(bytes, 0, PACKET_HEADER);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct span s = unhex(cases[i].authenticator, bytes + PACKET_HEADER, 128);
		struct nts_fields f;

		assert_int_equal(find((struct span){bytes, PACKET_HEADER + s.n}, &f), 0);
		assert_int_equal(nts_fields_padded(&f, cases[i].nonce_max), cases[i].enough);
	}
	/* Lengths: 16 at the least, 28 for the last; bodies are filled up with zeros. */
	assert_int_equal(nts_field_length(0), 16);
	assert_int_equal(nts_field_length(12), 16);
	assert_int_equal(nts_field_length(13), 20);
	assert_int_equal(nts_authenticator_length(1, 1), 28);
	assert_int_equal(nts_authenticator_length(12, 16), 36);
	memset(made, 0xff, sizeof(made));
	w = writer_on(made, sizeof(made));
	nts_field_write(&w, NTS_FIELD_COOKIE, (struct span){(const uint8_t *)"abcde", 5});
	nts_field_write_placeholder(&w, 5);
	assert_int_equal(w.n, 32);
	assert_memory_equal(
		made, "\2\4\0\20abcde\0\0\0\0\0\0\0\3\4\0\20\0\0\0\0\0\0\0\0\0\0\0\0", 32);
	assert_non_null(nts_field_write_authenticator(&w, (struct span){bytes, 1}, 1, 4));
	assert_int_equal(w.n, 32 + 28 + 4);
	nts_field_write(&w, 1, (struct span){bytes, 70000});
	assert_true(w.bad);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(section_9_1_requests_as_seen),
		cmocka_unit_test(bad_requests),
		cmocka_unit_test(responses_there_and_back),
		cmocka_unit_test(bad_responses),
		cmocka_unit_test(section_9_2_sizes_that_hurt),
		cmocka_unit_test(framing),
		cmocka_unit_test(section_17_fields_of_a_captured_request),
		cmocka_unit_test(fields_in_all_orders),
		cmocka_unit_test(section_17_padding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
