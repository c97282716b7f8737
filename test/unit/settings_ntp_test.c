/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Settings of ntp.conf: their copy, keys that are trusted, and which restriction decides.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "config/settings.h"

static struct address address(const char *text)
{
	struct address a;

	assert_int_equal(address_parse(text, &a), 0);
	return a;
}

static struct settings *full(void)
{
	struct settings *s = settings_create();
	struct settings_restrict r = {.address = address("192.0.2.0"),
		.mask = address("255.255.255.0"),
		.flags = NTP_RESTRICT_IGNORE};
	struct settings_variable v = {.name = "a", .value = "b"};
	struct settings_key_range k = {5, 9};
	struct settings_nic n = {.action = NTP_NIC_DROP};
	struct settings_named named = {.name = "a.example"};

	assert_non_null(s);
	s->ntp.style = true;
	assert_int_equal(settings_add_restrict(&s->ntp, &r), 0);
	assert_int_equal(settings_add_variable(&s->ntp, &v), 0);
	assert_int_equal(settings_add_trusted(&s->ntp, &k), 0);
	assert_int_equal(settings_add_nic(&s->ntp, &n), 0);
	assert_int_equal(settings_add_named(&s->ntp, &named), 0);
	return s;
}

/** A copy has all that the first had, and outlives it. */
static void copies(void **state)
{
	struct settings *s = full(), *c = settings_copy(s);

	(void)state;
	assert_non_null(c);
	settings_destroy(s);
	assert_true(c->ntp.style);
	assert_int_equal(c->ntp.n_restricts, 1);
	assert_int_equal(c->ntp.restricts[0].flags, NTP_RESTRICT_IGNORE);
	assert_string_equal(c->ntp.variables[0].value, "b");
	assert_string_equal(c->ntp.named[0].name, "a.example");
	assert_int_equal(c->ntp.trusted[0].last, 9);
	assert_int_equal(c->ntp.nics[0].action, NTP_NIC_DROP);
	settings_destroy(c);
}

/** ntpd believes only keys of trustedkey, chronyd all. */
static void trusts_keys(void **state)
{
	struct settings *s = full();

	(void)state;
	assert_false(settings_trusts_key(&s->ntp, 4));
	assert_true(settings_trusts_key(&s->ntp, 5));
	assert_true(settings_trusts_key(&s->ntp, 9));
	assert_false(settings_trusts_key(&s->ntp, 10));
	settings_destroy(s);
	s = settings_create();
	assert_non_null(s);
	assert_true(settings_trusts_key(&s->ntp, 10));
	settings_destroy(s);
}

/** The first entry that matches decides, by all bits of its mask, in a row or not. */
static void finds_restrictions(void **state)
{
	struct settings *s = full();
	struct settings_restrict all = {
		.address = address("0.0.0.0"), .mask = address("0.0.0.0"), .ntpport = true};
	struct settings_restrict odd = {
		.address = address("10.0.0.3"), .mask = address("255.0.0.255")};
	struct address a = address("192.0.2.77"), b = address("192.0.3.77");
	struct address c = address("10.4.5.3"), six = address("::1");

	(void)state;
	assert_int_equal(settings_add_restrict(&s->ntp, &odd), 0);
	assert_int_equal(settings_add_restrict(&s->ntp, &all), 0);
	assert_ptr_equal(settings_find_restrict(&s->ntp, &a, 123), &s->ntp.restricts[0]);
	assert_ptr_equal(settings_find_restrict(&s->ntp, &c, 123), &s->ntp.restricts[1]);
	assert_ptr_equal(settings_find_restrict(&s->ntp, &b, 123), &s->ntp.restricts[2]);
	assert_null(settings_find_restrict(&s->ntp, &b, 124));
	assert_null(settings_find_restrict(&s->ntp, &six, 123));
	settings_destroy(s);
}

/** A source has the flags of its entry, or those of restrict source where they would block it. */
static void finds_holes(void **state)
{
	struct settings *s = full();
	struct address a = address("192.0.2.77");
	bool hole;

	(void)state;
	s->ntp.restrict_source = false;
	s->ntp.restricts[0].flags = NTP_RESTRICT_NOTRUST;
	assert_int_equal(settings_restricts_source(&s->ntp, &a, 123, &hole), NTP_RESTRICT_NOTRUST);
	assert_false(hole);
	s->ntp.restrict_source = true;
	s->ntp.source = (struct settings_restrict){.flags = NTP_RESTRICT_NOQUERY, .ntpport = true};
	assert_int_equal(settings_restricts_source(&s->ntp, &a, 123, &hole), NTP_RESTRICT_NOQUERY);
	assert_true(hole);
	assert_int_equal(settings_restricts_source(&s->ntp, &a, 124, &hole), NTP_RESTRICT_NOTRUST);
	s->ntp.restricts[0].flags = NTP_RESTRICT_NOMODIFY;
	assert_int_equal(settings_restricts_source(&s->ntp, &a, 123, &hole), NTP_RESTRICT_NOMODIFY);
	assert_false(hole);
	settings_destroy(s);
}

/** Every statistics file has the name that its word says, until filegen says another. */
static void names_statistics(void **state)
{
	struct settings *s = settings_create();

	(void)state;
	assert_non_null(s);
	for (int i = 0; i < NTP_STATISTICS; i++) {
		assert_string_equal(s->ntp.filegens[i].file, ntp_statistics_words[i]);
		assert_false(s->ntp.filegens[i].enable);
	}
	assert_null(ntp_statistics_words[NTP_STATISTICS]);
	settings_destroy(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies),
		cmocka_unit_test(trusts_keys),
		cmocka_unit_test(finds_restrictions),
		cmocka_unit_test(finds_holes),
		cmocka_unit_test(names_statistics),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
