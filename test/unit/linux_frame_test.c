/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames as the system hands them back with a transmit timestamp. */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/kernel/linux_frame.h"

/** A frame in the making. */
struct frame {
	uint8_t p[256];
	size_t n;
};

static void add(struct frame *f, const void *p, size_t n)
{
	memcpy(f->p + f->n, p, n);
	f->n += n;
}

#define ADD(f, bytes) add(f, bytes, sizeof bytes - 1)

#define ETHERNET "\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02"
#define IP4      "\x45\x00\x00\x20\x12\x34\x40\x00\x40\x11\x00\x00\xc0\x00\x02\x01\xc6\x33\x64\x07"
/* version, length, next header; addresses 2001:db8::1 and 2001:db8::2 */
#define IP6(next)                                                                                  \
	"\x60\x00\x00\x00\x00\x0c" next "\x40\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"             \
	"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2"
#define UDP     "\x30\x39\x00\x7b\x00\x0c\x00\x00"
#define PAYLOAD "\x23\x01\x02\x03"

static void check(const struct frame *f, const char *peer, const char *local)
{
	uint8_t *copy = malloc(f->n); /* of the exact size: a read past it shows */
	struct endpoint e;
	struct address a;
	struct span payload;
	char text[ENDPOINT_TEXT];

	memcpy(copy, f->p, f->n);
	assert_int_equal(linux_frame_udp((struct span){copy, f->n}, &e, &a, &payload), 0);
	assert_int_equal(payload.n, 4);
	assert_memory_equal(payload.p, PAYLOAD, 4);
	endpoint_format(&e, text, sizeof text);
	assert_string_equal(text, peer);
	address_format(&a, text, sizeof text);
	assert_string_equal(text, local);
	free(copy);
}

static void test_ip4(void **state)
{
	struct frame f = {0};

	(void)state;
	ADD(&f, ETHERNET "\x08\x00" IP4 UDP PAYLOAD);
	check(&f, "198.51.100.7:123", "192.0.2.1");
	ADD(&f, "padding"); /* of short Ethernet frames */
	check(&f, "198.51.100.7:123", "192.0.2.1");
}

static void test_ip4_options(void **state)
{
	struct frame f = {0};

	(void)state;
	ADD(&f, ETHERNET "\x08\x00" IP4);
	f.p[14] = 0x46;
	ADD(&f, "\1\1\1\0" UDP PAYLOAD);
	check(&f, "198.51.100.7:123", "192.0.2.1");
}

static void test_vlan(void **state)
{
	struct frame f = {0};

	(void)state;
	ADD(&f, ETHERNET "\x88\xa8\x00\x02\x81\x00\x00\x05\x08\x00" IP4 UDP PAYLOAD);
	check(&f, "198.51.100.7:123", "192.0.2.1");
}

static void test_bare(void **state)
{
	struct frame f = {0};

	(void)state;
	ADD(&f, IP4 UDP PAYLOAD);
	check(&f, "198.51.100.7:123", "192.0.2.1");
}

static void test_ip6(void **state)
{
	struct frame f = {0}, g = {0};

	(void)state;
	ADD(&f, ETHERNET "\x86\xdd" IP6("\x11") UDP PAYLOAD);
	check(&f, "[2001:db8::2]:123", "2001:db8::1");
	ADD(&g, ETHERNET "\x86\xdd" IP6("\x00") "\x11\x00\1\4\0\0\0\0" UDP PAYLOAD);
	check(&g, "[2001:db8::2]:123", "2001:db8::1");
}

static int result_of(const uint8_t *p, size_t n)
{
	struct endpoint e = {.port = 7};
	struct address a = {.family = ADDRESS_ID};
	struct span s = {NULL, 7};
	uint8_t *copy = malloc(n ? n : 1);
	int r;

	if (n > 0)
		memcpy(copy, p, n);
	r = linux_frame_udp((struct span){copy, n}, &e, &a, &s);
	if (r < 0) { /* nothing is written on failure */
		assert_int_equal(e.port, 7);
		assert_int_equal(a.family, ADDRESS_ID);
		assert_int_equal(s.n, 7);
	} else {
		assert_true(s.p >= copy && s.p + s.n <= copy + n);
	}
	free(copy);
	return r;
}

static void test_bad(void **state)
{
	struct frame f = {0}, g;

	(void)state;
	ADD(&f, ETHERNET "\x08\x00" IP4 UDP PAYLOAD);
	for (size_t n = 0; n < 14 + 20 + 8; n++)
		assert_int_equal(result_of(f.p, n), -EBADMSG);
	g = f;
	g.p[14 + 9] = 6; /* TCP */
	assert_int_equal(result_of(g.p, g.n), -EBADMSG);
	g = f;
	g.p[14 + 7] = 1; /* a later fragment */
	assert_int_equal(result_of(g.p, g.n), -EBADMSG);
	g = f;
	g.p[14] = 0x44; /* a header of 16 bytes */
	assert_int_equal(result_of(g.p, g.n), -EBADMSG);
	g = f;
	g.p[14 + 20 + 5] = 7; /* a UDP length of 7 */
	assert_int_equal(result_of(g.p, g.n), -EBADMSG);
	g = f;
	g.p[13] = 6; /* ARP */
	assert_int_equal(result_of(g.p, g.n), -EBADMSG);
}

static void test_noise(void **state)
{
	struct frame f = {0};

	(void)state;
	srand(3);
	for (int i = 0; i < 100000; i++) {
		f.n = 0;
		ADD(&f, ETHERNET "\x86\xdd" IP6("\x00") "\x11\x00\1\4\0\0\0\0" UDP PAYLOAD);
		for (int j = rand() % 6; j >= 0; j--)
			f.p[rand() % (int)f.n] = (uint8_t)rand();
		result_of(f.p, (size_t)rand() % (f.n + 1));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_ip4),
		cmocka_unit_test(test_ip4_options), cmocka_unit_test(test_vlan),
		cmocka_unit_test(test_bare), cmocka_unit_test(test_ip6), cmocka_unit_test(test_bad),
		cmocka_unit_test(test_noise)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
