/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Options by table: every type, good and bad, and nothing written when a word is bad; then every
 * option of server, pool and peer.
 */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/option.h"
#include "common/source_options.h"
#include "common/text.h"

/** One field of each type. */
struct target {
	bool flag, off;
	int whole, octal;
	uint32_t word, refid;
	double real;
	char text[6];
	unsigned bits;
};

#define AT(field) offsetof(struct target, field)

static const struct option_rule rules[] = {
	{"flag", OPTION_FLAG, AT(flag), 0, 0, ""},
	{"off", OPTION_FLAG_OFF, AT(off), 0, 0, ""},
	{"whole", OPTION_INT, AT(whole), -5, 10, ""},
	{"perm", OPTION_OCTAL, AT(octal), 0, 0777, ""},
	{"word", OPTION_U32, AT(word), 1, UINT32_MAX, ""},
	{"refid", OPTION_REFID, AT(refid), 0, 0, ""},
	{"real", OPTION_REAL, AT(real), 0.0, 1.5, ""},
	{"any", OPTION_REAL, AT(real), -OPTION_ANY, OPTION_ANY, ""},
	{"text", OPTION_TEXT, AT(text), 0, sizeof(((struct target *)NULL)->text), ""},
	{"bit", OPTION_BIT, AT(bits), 0x4, 0, ""},
	{"hex", OPTION_HEX_BIT, AT(bits), 0x1, 0x10a, ""},
	{"hex", OPTION_HEX_BIT, AT(bits), 0x2, 0xf323, ""},
	{NULL, OPTION_FLAG, 0, 0, 0, NULL},
};

/** Splits line and reads it. The reason stays in why. */
static int parse(const char *line, struct target *io, size_t *ret_at, char why[200])
{
	char copy[400];
	char *words[32];
	struct text t = text_on(why, 200);

	assert_int_equal(text_copy(copy, sizeof(copy), line), 0);
	return option_parse(rules, io, sizeof(*io), words, text_split(copy, words, 32), ret_at, &t);
}

static void every_type(void **state)
{
	struct target t = {.off = true, .bits = 0x80};
	char why[200];
	size_t at = 99;

	(void)state;
	assert_int_equal(parse("FLAG Off whole -5 perm 0660 word 4294967295 refid GPS real 1.5 "
			       "text hello bit hex 10A hex f323",
				 &t, &at, why),
		0);
	assert_string_equal(why, "");
	assert_int_equal(at, 99);
	assert_true(t.flag);
	assert_false(t.off);
	assert_int_equal(t.whole, -5);
	assert_int_equal(t.octal, 0660);
	assert_int_equal(t.word, UINT32_MAX);
	assert_int_equal(t.refid, 0x47505300);
	assert_true(t.real == 1.5);
	assert_string_equal(t.text, "hello");
	assert_int_equal(t.bits, 0x87);
	assert_int_equal(parse("", &t, &at, why), 0);
	assert_int_equal(parse("any -1e300 whole 1 whole 2", &t, &at, why), 0);
	assert_true(t.real == -1e300);
	assert_int_equal(t.whole, 2);
}

/** A line, what option_parse() returns for it, at which word, and the whole reason. */
struct bad {
	const char *line;
	int error;
	size_t at;
	const char *why;
};

static void bad_words(void **state)
{
	static const struct bad bad[] = {
		{"flga", -ENOENT, 0, "flga, did you mean flag?"},
		{"flag zzzzzz", -ENOENT, 1, "zzzzzz"},
		{"flag whole", -EINVAL, 1, "whole needs a value (min -5, max 10)"},
		{"any", -EINVAL, 0, "any needs a value"},
		{"whole x", -EINVAL, 1, "whole x is not a number (min -5, max 10)"},
		{"whole 11", -ERANGE, 1, "whole 11 is out of range (min -5, max 10)"},
		{"whole -6", -ERANGE, 1, "whole -6 is out of range (min -5, max 10)"},
		{"perm 8", -EINVAL, 1, "perm 8 is not a number (min 0, max octal 777)"},
		{"perm 1000", -ERANGE, 1, "perm 1000 is out of range (min 0, max octal 777)"},
		{"perm 7777777777777777", -ERANGE, 1,
			"perm 7777777777777777 is out of range (min 0, max octal 777)"},
		{"word 0", -ERANGE, 1, "word 0 is out of range (min 1, max 4294967295)"},
		{"word 4294967296", -ERANGE, 1,
			"word 4294967296 is out of range (min 1, max 4294967295)"},
		{"word -1", -ERANGE, 1, "word -1 is out of range (min 1, max 4294967295)"},
		{"refid ABCDE", -EINVAL, 1, "refid ABCDE is not one to four characters"},
		{"real 1.6", -ERANGE, 1, "real 1.6 is out of range (min 0, max 1.5)"},
		{"real nan", -EINVAL, 1, "real nan is not a number (min 0, max 1.5)"},
		{"any 1s", -EINVAL, 1, "any 1s is not a number"},
		{"text toolong", -ENAMETOOLONG, 1, "text toolong is too long"},
		{"hex 10b", -ERANGE, 1, "hex 10b is not known"},
		{"hex xyz", -EINVAL, 1, "hex xyz is not known"},
		{"whole 3 flag bit real 0.5 whole 99", -ERANGE, 7,
			"whole 99 is out of range (min -5, max 10)"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct target before, t;
		char why[200];
		size_t at = 99;

		memset(&before, 0, sizeof(before));
		before.whole = 7;
		memcpy(&t, &before, sizeof(t));
		assert_int_equal(parse(bad[i].line, &t, &at, why), bad[i].error);
		assert_string_equal(why, bad[i].why);
		assert_int_equal(at, bad[i].at);
		/* The words before the bad one have not been stored either. */
		assert_memory_equal(&t, &before, sizeof(t));
	}
}

static void look_ups(void **state)
{
	(void)state;
	assert_ptr_equal(option_find(rules, "Flag"), &rules[0]);
	assert_null(option_find(rules, "flagg"));
	assert_true(option_has_value(option_find(rules, "hex")));
	assert_false(option_has_value(option_find(rules, "off")));
	assert_false(option_has_value(option_find(rules, "bit")));
}

/** Reads options into a server's defaults. */
static int server(const char *line, struct source_options *ret)
{
	char copy[200], why[200];
	char *words[16];
	struct text t = text_on(why, sizeof(why));
	size_t at;

	*ret = source_options_default(SOURCE_SERVER);
	assert_int_equal(text_copy(copy, sizeof(copy), line), 0);
	return option_parse(source_option_rules, ret, sizeof(*ret), words,
		text_split(copy, words, 16), &at, &t);
}

#define GOOD(line, expression)                                                                     \
	do {                                                                                       \
		struct source_options o;                                                           \
		assert_int_equal(server(line, &o), 0);                                             \
		assert_true(expression);                                                           \
	} while (0)

static void source_numbers(void **state)
{
	(void)state;
	GOOD("asymmetry 0.25", o.asymmetry == 0.25);
	GOOD("certset 4294967295", o.certset == UINT32_MAX);
	GOOD("filter 5", o.filter == 5);
	GOOD("key 1", o.key == 1);
	GOOD("maxdelay 0.1", o.maxdelay == 0.1);
	GOOD("maxdelaydevratio 2", o.maxdelaydevratio == 2.0);
	GOOD("maxdelayquant 0.5", o.maxdelayquant == 0.5);
	GOOD("maxdelayratio 1.5", o.maxdelayratio == 1.5);
	GOOD("maxntsretry 10", o.maxntsretry == 10);
	GOOD("maxpoll 12", o.maxpoll == 12);
	GOOD("maxsamples 8", o.maxsamples == 8);
	GOOD("maxsources 2", o.maxsources == 2);
	GOOD("maxunreach 3", o.maxunreach == 3);
	GOOD("mindelay 1e-4", o.mindelay == 1e-4);
	GOOD("minpoll -3", o.minpoll == -3);
	GOOD("minsamples 9", o.minsamples == 9);
	GOOD("minstratum 2", o.minstratum == 2);
	GOOD("ntsport 1000", o.nts_port == 1000);
	GOOD("offset -0.5", o.offset == -0.5);
	GOOD("polltarget 20", o.polltarget == 20);
	GOOD("port 1123", o.port == 1123);
	GOOD("presend 9", o.presend == 9);
	GOOD("version 3", o.version == 3);
}

static void source_words(void **state)
{
	(void)state;
	GOOD("auto_offline", o.auto_offline);
	GOOD("burst", o.burst && !o.iburst);
	GOOD("copy", o.copy);
	GOOD("extfield 10A", o.extensions == SOURCE_EXT_NET_CORRECTION);
	GOOD("extfield F324", o.extensions == SOURCE_EXT_NET_CORRECTION);
	GOOD("extfield F323 extfield 10a",
		o.extensions == (SOURCE_EXT_MONO_ROOT | SOURCE_EXT_NET_CORRECTION));
	GOOD("IBURST", o.iburst && !o.burst);
	GOOD("ipv4", o.ip4_only && !o.ip6_only);
	GOOD("ipv6", o.ip6_only && !o.ip4_only);
	GOOD("noselect", o.select == SELECT_NOSELECT);
	GOOD("nts", o.nts);
	GOOD("offline", !o.online);
	GOOD("prefer require trust", o.select == (SELECT_PREFER | SELECT_REQUIRE | SELECT_TRUST));
	GOOD("xleave", o.xleave);
	GOOD("", o.online && o.kind == SOURCE_SERVER);
}

static void source_limits(void **state)
{
	static const char *const bad[] = {"minpoll 33", "minpoll -33", "maxpoll 33", "presend 33",
		"minstratum 17", "minstratum -1", "port 65536", "ntsport -1", "version 5",
		"version 0", "key 0", "maxsources 0", "polltarget 0", "maxsamples -1", "filter -1",
		"extfield F325", "maxntsretry 33", "offset x", "online", "iburst 1"};
	struct source_options o;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (server(bad[i], &o) == 0) {
			fail_msg("%s was taken", bad[i]);
		}
	}
}

/** What a line becomes when its values are brought to where they work. */
#define CLAMPED(line, expression)                                                                  \
	do {                                                                                       \
		struct source_options o;                                                           \
		assert_int_equal(server(line, &o), 0);                                             \
		source_options_clamp(&o);                                                          \
		assert_true(expression);                                                           \
	} while (0)

static void working_ranges(void **state)
{
	(void)state;
	CLAMPED("minpoll -8", o.minpoll == 6);
	CLAMPED("minpoll -7", o.minpoll == -7);
	CLAMPED("minpoll 25", o.minpoll == 24 && o.maxpoll == 24);
	CLAMPED("maxpoll -8", o.maxpoll == 10);
	CLAMPED("maxpoll 25", o.maxpoll == 24);
	CLAMPED("minpoll 8 maxpoll 5", o.minpoll == 8 && o.maxpoll == 8);
	CLAMPED("minstratum 16", o.minstratum == 15);
	CLAMPED("maxsources 99", o.maxsources == 16);
	CLAMPED("filter 999", o.filter == 256);
	CLAMPED("filter 0", o.filter == 0);
	CLAMPED("maxntsretry 1", o.maxntsretry == 6);
	CLAMPED("maxdelay -1", o.maxdelay == 0.0);
	CLAMPED("maxdelay 1e4", o.maxdelay == 1e3);
	CLAMPED("maxdelayquant 0.99", o.maxdelayquant == 0.95);
	CLAMPED("maxdelayquant 0.01", o.maxdelayquant == 0.05);
	CLAMPED("maxdelayquant 0", o.maxdelayquant == 0.0);
	CLAMPED("asymmetry 0.6", o.asymmetry == SOURCE_ASYMMETRY_ESTIMATE);
	CLAMPED("asymmetry -0.5", o.asymmetry == -0.5);
	CLAMPED("offset -2147483648", o.offset == -SOURCE_OFFSET_MAX);
	CLAMPED("burst iburst copy", o.burst && o.iburst && o.copy);
}

static void a_peer_has_no_bursts(void **state)
{
	struct source_options o;

	(void)state;
	assert_int_equal(server("offset 2147483649", &o), -ERANGE);
	/* The control protocol does not go through words. */
	o = source_options_default(SOURCE_SERVER);
	o.offset = 9.1e9;
	source_options_clamp(&o);
	assert_true(o.offset == SOURCE_OFFSET_MAX);
	assert_int_equal(server("burst iburst copy", &o), 0);
	o.kind = SOURCE_PEER;
	source_options_clamp(&o);
	assert_false(o.burst || o.iburst || o.copy);
}

static void defaults_work(void **state)
{
	struct source_options o = source_options_default(SOURCE_POOL), clamped = o;

	(void)state;
	source_options_clamp(&clamped);
	assert_memory_equal(&o, &clamped, sizeof(o));
	assert_int_equal(o.kind, SOURCE_POOL);
	assert_int_equal(o.port, 123);
	assert_int_equal(o.minpoll, 6);
	assert_int_equal(o.maxpoll, 10);
	assert_int_equal(o.maxsources, 4);
	assert_int_equal(o.polltarget, 8);
	assert_int_equal(o.presend, 100);
	assert_true(o.maxdelay == 3.0);
	assert_true(o.maxdelaydevratio == 10.0);
	assert_true(o.online);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type),
		cmocka_unit_test(bad_words),
		cmocka_unit_test(look_ups),
		cmocka_unit_test(source_numbers),
		cmocka_unit_test(source_words),
		cmocka_unit_test(source_limits),
		cmocka_unit_test(working_ranges),
		cmocka_unit_test(a_peer_has_no_bursts),
		cmocka_unit_test(defaults_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
