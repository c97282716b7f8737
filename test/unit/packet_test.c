/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The packet codec against captured packets, and the rule of what follows the header at every
 * length.
 */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/wire/packet.h"

/* A response of a chrony server of local stratum 8, as captured. */
static const uint8_t response[PACKET_HEADER] = {0x24, 0x08, 0x02, 0xe5, 0, 0, 0, 0, 0, 0, 0, 0,
	0x7f, 0x7f, 0x01, 0x01, 0xee, 0xae, 0x80, 0x73, 0x17, 0x54, 0x41, 0x60, 0x31, 0x5a, 0x2f,
	0x70, 0x2a, 0x81, 0x28, 0xf8, 0xee, 0xae, 0x80, 0x74, 0x20, 0x22, 0xbf, 0xeb, 0xee, 0xae,
	0x80, 0x74, 0x20, 0x2e, 0x55, 0xbe};

static void decodes_what_was_captured(void **state)
{
	struct packet p;
	uint8_t again[PACKET_HEADER];

	(void)state;
	assert_int_equal(packet_decode((struct span){response, sizeof(response)}, &p), 0);
	assert_int_equal(p.leap, LEAP_NONE);
	assert_int_equal(p.version, 4);
	assert_int_equal(p.mode, PACKET_SERVER);
	assert_int_equal(p.stratum, 8);
	assert_int_equal(p.poll, 2);
	assert_int_equal(p.precision, -27);
	assert_int_equal(p.root_delay, 0);
	assert_int_equal(p.refid, REFID_LOCAL);
	assert_true(p.reference == UINT64_C(0xeeae807317544160));
	assert_true(p.origin == UINT64_C(0x315a2f702a8128f8));
	assert_true(p.receive == UINT64_C(0xeeae80742022bfeb));
	assert_true(p.transmit == UINT64_C(0xeeae8074202e55be));
	packet_encode(&p, again);
	assert_memory_equal(again, response, sizeof(response));
}

static void any_header_round_trips(void **state)
{
	uint8_t in[PACKET_HEADER], out[PACKET_HEADER];
	struct packet p;

	(void)state;
	srand(1);
	for (int i = 0; i < 2000; i++) {
		int version;

		for (size_t k = 0; k < sizeof(in); k++)
			in[k] = (uint8_t)rand();
		version = in[0] >> 3 & 7;
		if (version < 1 || version > 4) {
			assert_int_equal(packet_decode((struct span){in, 48}, &p), -EBADMSG);
			continue;
		}
		assert_int_equal(packet_decode((struct span){in, 48}, &p), 0);
		packet_encode(&p, out);
		assert_memory_equal(in, out, sizeof(in));
	}
}

static void lengths_are_checked(void **state)
{
	uint8_t in[PACKET_HEADER + 8] = {0x23};
	struct packet p = {.stratum = 77};

	(void)state;
	for (size_t n = 0; n <= sizeof(in); n++) {
		/* A block of just this size, so that the sanitizer sees any step past it. */
		uint8_t *copy = malloc(n > 0 ? n : 1);
		int right = n >= PACKET_HEADER && n % 4 == 0 ? 0 : -EBADMSG;

		assert_non_null(copy);
		memcpy(copy, in, n);
		assert_int_equal(packet_decode((struct span){copy, n}, &p), right);
		if (n < PACKET_HEADER)
			assert_int_equal(p.stratum, 77);
		free(copy);
	}
}

/* Splits a packet whose trailer begins with these bytes and is n long, the rest zero. */
static int split(size_t n, int version, const uint8_t *head, size_t head_n,
	struct packet_trailer *ret, uint8_t **ret_copy)
{
	uint8_t *p = calloc(1, PACKET_HEADER + n + 1);

	assert_non_null(p);
	if (head_n > 0)
		memcpy(p + PACKET_HEADER, head, head_n);
	*ret_copy = realloc(p, PACKET_HEADER + n);
	return packet_split((struct span){*ret_copy, PACKET_HEADER + n}, version, ret);
}

/* With zeros behind the header nothing is an extension field, so only MAC lengths pass. */
static void mac_lengths_by_version(void **state)
{
	(void)state;
	for (int version = 1; version <= 4; version++) {
		for (size_t n = 0; n <= 200; n++) {
			struct packet_trailer t;
			uint8_t *p;
			bool v4 = n == 0 || n == 4 || n == 20 || n == 24;
			bool older = v4 || n == 32 || n == 36 || n == 52 || n == 68;
			bool right = version == 4 ? v4 : older;

			assert_int_equal(split(n, version, NULL, 0, &t, &p), right ? 0 : -EBADMSG);
			if (right) {
				assert_int_equal(t.has_mac, n > 0);
				assert_int_equal(t.mac.n, n > 0 ? n - 4 : 0);
				assert_int_equal(t.fields.n, 0);
				assert_int_equal(t.signed_part.n, PACKET_HEADER);
			}
			free(p);
		}
	}
}

static void section_17_fields_then_mac(void **state)
{
	/* Two fields of 16 and 28 bytes, then key 7 with 16 bytes. */
	uint8_t head[64] = {0x01, 0x04, 0, 16, 1, 2, 3};
	struct packet_trailer t;
	struct packet_field f;
	uint8_t *p;

	(void)state;
	memcpy(head + 16, "\x20\x05\x00\x1c\x09", 5);
	memcpy(head + 44, "\x00\x00\x00\x07\xaa", 5);
	assert_int_equal(split(64, 4, head, 64, &t, &p), 0);
	assert_true(t.has_mac);
	assert_int_equal(t.key, 7);
	assert_int_equal(t.mac.n, 16);
	assert_int_equal(t.mac.p[0], 0xaa);
	assert_int_equal(t.fields.n, 44);
	assert_int_equal(t.signed_part.n, PACKET_HEADER + 44);
	assert_true(packet_next_field(&t.fields, &f));
	assert_int_equal(f.type, 0x0104);
	assert_int_equal(f.body.n, 12);
	assert_int_equal(f.body.p[2], 3);
	assert_true(packet_next_field(&t.fields, &f));
	assert_int_equal(f.type, 0x2005);
	assert_int_equal(f.body.n, 24);
	assert_false(packet_next_field(&t.fields, &f));
	free(p);
	/* Older versions know no fields. */
	assert_int_equal(split(64, 3, head, 64, &t, &p), -EBADMSG);
	free(p);
}

/* One field alone, of every stated length in every room: it must fill the room and have 28 bytes.
 */
static void one_field_of_any_length(void **state)
{
	(void)state;
	for (size_t n = 28; n <= 120; n += 4) {
		for (unsigned length = 0; length <= 160; length++) {
			uint8_t head[4] = {0xf0, 0, 0, (uint8_t)length};
			struct packet_trailer t = {.key = 99};
			uint8_t *p;
			size_t rest = n - length;
			bool right = length >= 16 && length % 4 == 0 && length <= n &&
				     (rest == 0 || rest == 4 || rest == 20 || rest == 24);
			int r = split(n, 4, head, 4, &t, &p);

			assert_int_equal(r, right ? 0 : -EBADMSG);
			if (!right)
				assert_int_equal(t.key, 99);
			free(p);
		}
	}
}

static void last_field_of_16_is_refused(void **state)
{
	uint8_t head[16] = {0x01, 0x04, 0, 16};
	struct packet_trailer t;
	uint8_t *p;

	(void)state;
	assert_int_equal(split(16, 4, head, 16, &t, &p), -EBADMSG);
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_what_was_captured),
		cmocka_unit_test(any_header_round_trips),
		cmocka_unit_test(lengths_are_checked),
		cmocka_unit_test(mac_lengths_by_version),
		cmocka_unit_test(section_17_fields_then_mac),
		cmocka_unit_test(one_field_of_any_length),
		cmocka_unit_test(last_field_of_16_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
