/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses: the vectors of RFC 5952 and RFC 4291, what must not be read, prefixes.
 */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/address.h"

/** Reads s and writes it as text. */
static const char *again(const char *s)
{
	static char text[ADDRESS_TEXT];
	struct address a;

	if (address_parse(s, &a) < 0) {
		return "bad";
	}
	address_format(&a, text, sizeof(text));
	return text;
}

static void canonical_form(void **state)
{
	static const char *const pairs[][2] = {
		{"192.0.2.1", "192.0.2.1"},
		{"0.0.0.0", "0.0.0.0"},
		{"255.255.255.255", "255.255.255.255"},
		/* RFC 5952 1 and 2 */
		{"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
		{"2001:0db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
		{"2001:db8::1:0:0:1", "2001:db8::1:0:0:1"},
		{"2001:db8::0:1:0:0:1", "2001:db8::1:0:0:1"},
		{"2001:0db8::1:0:0:1", "2001:db8::1:0:0:1"},
		{"2001:db8:0:0:1::1", "2001:db8::1:0:0:1"},
		{"2001:DB8:0:0:1::1", "2001:db8::1:0:0:1"},
		{"2001:db8:aaaa:bbbb:cccc:dddd:eeee:0001", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:1"},
		{"2001:db8:aaaa:bbbb:cccc:dddd::1", "2001:db8:aaaa:bbbb:cccc:dddd:0:1"},
		{"2001:db8:0:0:0::1", "2001:db8::1"},
		/* 4.2.1 shorten as much as possible; 4.2.2 one group of zeros is not shortened */
		{"2001:db8:0:0:0:0:2:1", "2001:db8::2:1"},
		{"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
		{"2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
		/* 4.2.3 the longest run, of equal ones the first */
		{"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
		{"0:0:1:0:0:0:0:0", "0:0:1::"},
		/* 5, embedded IPv4 */
		{"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
		{"::FFFF:c000:201", "::ffff:192.0.2.1"},
		{"::192.0.2.1", "::192.0.2.1"},
		{"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
		{"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"},
		/* RFC 4291 2.2 */
		{"::", "::"},
		{"::1", "::1"},
		{"0:0:0:0:0:0:0:1", "::1"},
		{"0:0:0:0:0:0:0:0", "::"},
		{"FF01::101", "ff01::101"},
		{"fe80::", "fe80::"},
		{"1::", "1::"},
		{"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
		{"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
		{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
			"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
		{"0:0:0:0:0:ffff:255.255.255.255", "::ffff:255.255.255.255"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		assert_string_equal(again(pairs[i][0]), pairs[i][1]);
		assert_string_equal(again(pairs[i][1]), pairs[i][1]);
	}
}

static void what_is_no_address(void **state)
{
	static const char *const bad[] = {"", "1", "1.2", "1.2.3", "1.2.3.4.5", "256.1.1.1",
		"1.2.3.04", "01.2.3.4", "1.2.3.", ".1.2.3", "1..2.3", "1.2.3.4 ", " 1.2.3.4",
		"1.2.3.-4", "0x1.2.3.4", "1.2.3.999999999999999999999", "a.b.c.d", "host", ":",
		":::", "1:", ":1", "1:::2", "1::2::3", "::1::", "1:2:3:4:5:6:7",
		"1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "1:2:3:4::5:6:7:8",
		"12345::", "::12345", "g::", "::1%eth0", "[::1]", "::1.2.3", "::1.2.3.4.5",
		"::1.2.3.256", "1:2:3:4:5:6:7:1.2.3.4", "1.2.3.4::", "::1.2.3.4:5", "::01.2.3.4",
		"2001:db8::1/64", "0000000000000000000000000000000000000000000000000000000001::"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct address a = address_id(7);

		if (address_parse(bad[i], &a) != -EINVAL) {
			fail_msg("%s was taken for an address", bad[i]);
		}
		assert_int_equal(address_u32(&a), 7);
	}
}

static void other_families(void **state)
{
	struct address id = address_id(1), none = {0}, ip4;
	char s[ADDRESS_TEXT];

	(void)state;
	address_format(&id, s, sizeof(s));
	assert_string_equal(s, "ID#0000000001");
	id = address_id(UINT32_MAX);
	address_format(&id, s, sizeof(s));
	assert_string_equal(s, "ID#4294967295");
	assert_int_equal(address_u32(&id), UINT32_MAX);
	address_format(&none, s, sizeof(s));
	assert_string_equal(s, "[UNSPEC]");
	assert_int_equal(address_u32(&none), 0);
	address_parse("1.2.3.4", &ip4);
	assert_int_equal(address_u32(&ip4), 0x01020304);
	address_format(&ip4, s, 4);
	assert_string_equal(s, "1.2");
}

static void endpoints(void **state)
{
	struct endpoint e = {.port = 123};
	char s[ENDPOINT_TEXT];

	(void)state;
	address_parse("192.0.2.1", &e.address);
	endpoint_format(&e, s, sizeof(s));
	assert_string_equal(s, "192.0.2.1:123");
	address_parse("2001:db8::1", &e.address);
	endpoint_format(&e, s, sizeof(s));
	assert_string_equal(s, "[2001:db8::1]:123");
	address_parse("fe80::1", &e.address);
	e.scope = 2;
	endpoint_format(&e, s, sizeof(s));
	assert_string_equal(s, "[fe80::1%2]:123");
	memset(e.path, 'x', sizeof(e.path) - 1);
	endpoint_format(&e, s, sizeof(s));
	assert_string_equal(s, e.path);
}

static bool loopback(const char *s)
{
	struct address a;

	assert_int_equal(address_parse(s, &a), 0);
	return address_is_loopback(&a);
}

static bool not_unicast(const char *s)
{
	struct address a;

	assert_int_equal(address_parse(s, &a), 0);
	return address_is_not_unicast(&a);
}

static void kinds_of_address(void **state)
{
	struct address id = address_id(0x7f000001), none = {0};

	(void)state;
	assert_true(loopback("127.0.0.1"));
	assert_true(loopback("127.255.255.255"));
	assert_true(loopback("::1"));
	assert_false(loopback("128.0.0.1"));
	assert_false(loopback("::2"));
	assert_false(address_is_loopback(&id));
	assert_true(not_unicast("224.0.1.1"));
	assert_true(not_unicast("239.255.255.255"));
	assert_true(not_unicast("255.255.255.255"));
	assert_true(not_unicast("0.0.0.0"));
	assert_true(not_unicast("ff02::101"));
	assert_true(not_unicast("::"));
	assert_false(not_unicast("223.255.255.255"));
	assert_false(not_unicast("255.255.255.254"));
	assert_false(not_unicast("fe80::1"));
	assert_true(address_is_not_unicast(&id));
	assert_true(address_is_not_unicast(&none));
}

static void equality(void **state)
{
	struct address a, b, id = address_id(0x01020304), none = {0}, other = {0};

	(void)state;
	address_parse("1.2.3.4", &a);
	b = a;
	b.ip[15] = 1; /* does not count in an IPv4 address */
	assert_true(address_equal(&a, &b));
	assert_false(address_equal(&a, &id));
	b.ip[3] = 5;
	assert_false(address_equal(&a, &b));
	other.ip[0] = 1;
	assert_true(address_equal(&none, &other));
	address_parse("2001:db8::1", &a);
	address_parse("2001:db8::2", &b);
	assert_false(address_equal(&a, &b));
}

static void prefix(const char *s, const char *want, int want_bits)
{
	struct address a;
	char text[ADDRESS_TEXT];
	int bits;

	assert_int_equal(address_parse_prefix(s, &a, &bits), 0);
	address_format(&a, text, sizeof(text));
	assert_string_equal(text, want);
	assert_int_equal(bits, want_bits);
}

static void prefixes(void **state)
{
	static const char *const bad[] = {"", "/", "/8", "host", "1.2.3.4/", "1.2.3.4/x",
		"1.2.3.4/8/8", "1.2.3.4/ 8", "1.", "1.2.3.", "300", "1.2.3.4.5", "::/x", "10/-",
		"all"};
	struct address a;
	int bits;

	(void)state;
	prefix("192.0.2.1", "192.0.2.1", 32);
	prefix("192.0.2.1/24", "192.0.2.0", 24);
	prefix("192.0.2.129/25", "192.0.2.128", 25);
	prefix("10", "10.0.0.0", 8);
	prefix("172.16", "172.16.0.0", 16);
	prefix("192.0.2", "192.0.2.0", 24);
	prefix("172.16/12", "172.16.0.0", 12);
	prefix("10/32", "10.0.0.0", 32);
	prefix("0/0", "0.0.0.0", 0);
	prefix("255.255.255.255/1", "128.0.0.0", 1);
	prefix("::/0", "::", 0);
	prefix("2001:db8::1", "2001:db8::1", 128);
	prefix("2001:db8:ffff::1/33", "2001:db8:8000::", 33);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (address_parse_prefix(bad[i], &a, &bits) != -EINVAL) {
			fail_msg("%s was taken for a subnet", bad[i]);
		}
	}
	assert_int_equal(address_parse_prefix("1.2.3.4/33", &a, &bits), -ERANGE);
	assert_int_equal(address_parse_prefix("10/40", &a, &bits), -ERANGE);
	assert_int_equal(address_parse_prefix("::/129", &a, &bits), -ERANGE);
	assert_int_equal(address_parse_prefix("::/-1", &a, &bits), -ERANGE);
}

static void membership(void **state)
{
	struct address a, p;

	(void)state;
	address_parse("192.0.2.200", &a);
	address_parse("192.0.2.128", &p);
	assert_true(address_in_prefix(&a, &p, 25));
	assert_false(address_in_prefix(&a, &p, 26));
	assert_true(address_in_prefix(&a, &p, 0));
	assert_false(address_in_prefix(&a, &p, 32));
	assert_false(address_in_prefix(&a, &p, 33));
	assert_false(address_in_prefix(&a, &p, -1));
	address_parse("::", &p);
	assert_false(address_in_prefix(&a, &p, 0));
	address_parse("2001:db8::1", &a);
	address_parse("2001:db8::", &p);
	assert_true(address_in_prefix(&a, &p, 127));
	assert_false(address_in_prefix(&a, &p, 128));
	assert_true(address_in_prefix(&a, &a, 128));
}

static void reference_ids(void **state)
{
	struct address a;

	(void)state;
	assert_int_equal(address_parse("192.0.2.1", &a), 0);
	assert_int_equal(address_refid(&a), 0xc0000201);
	/* Seen: an NTPsec client of this address showed 119.169.75.223. */
	assert_int_equal(address_parse("fd77::1", &a), 0);
	assert_int_equal(address_refid(&a), 0x77a94bdf);
	a = address_id(7);
	assert_int_equal(address_refid(&a), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(canonical_form),
		cmocka_unit_test(what_is_no_address),
		cmocka_unit_test(other_families),
		cmocka_unit_test(endpoints),
		cmocka_unit_test(kinds_of_address),
		cmocka_unit_test(equality),
		cmocka_unit_test(prefixes),
		cmocka_unit_test(membership),
		cmocka_unit_test(reference_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
