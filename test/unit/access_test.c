/* SPDX-License-Identifier: BSD-2-Clause */
/* The access table against what chrony documents and does, and against a naive model. */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/log.h"
#include "config/settings.h"
#include "daemon/serve/serve.h"

static struct address address(const char *text)
{
	struct address a;

	assert_int_equal(address_parse(text, &a), 0);
	return a;
}

/* Applies "allow [all] [SUBNET]" or the same with deny. */
static int apply(struct access *a, const char *line)
{
	struct settings_access rule = {.allow = line[0] == 'a'};
	const char *p = strchr(line, ' ');

	if (p && strncmp(p + 1, "all", 3) == 0) {
		rule.all = true;
		p = strchr(p + 1, ' ');
	}
	if (p)
		assert_int_equal(address_parse_prefix(p + 1, &rule.prefix, &rule.bits), 0);
	return access_set(a, &rule);
}

static bool allowed(const struct access *a, const char *text)
{
	struct address x = address(text);

	return access_allowed(a, &x);
}

static void test_default_deny(void **state)
{
	struct access *a = access_create();
	struct address none = {ADDRESS_NONE, {0}}, id = address_id(5);

	(void)state;
	assert_false(allowed(a, "127.0.0.1"));
	assert_false(allowed(a, "::1"));
	assert_false(access_any(a, ADDRESS_IP4));
	assert_int_equal(apply(a, "allow"), 0);
	assert_true(allowed(a, "127.0.0.1"));
	assert_true(allowed(a, "::1"));
	assert_false(access_allowed(a, &none));
	assert_false(access_allowed(a, &id));
	access_destroy(a);
	access_destroy(NULL);
}

static void test_longest_prefix(void **state)
{
	struct access *a = access_create();

	(void)state;
	apply(a, "allow 10.0.0.0/8");
	apply(a, "deny 10.1.0.0/16");
	apply(a, "allow 10.1.2.3");
	assert_true(allowed(a, "10.0.0.1"));
	assert_false(allowed(a, "10.1.2.4"));
	assert_true(allowed(a, "10.1.2.3"));
	assert_false(allowed(a, "11.0.0.1"));
	/* order does not matter where prefixes differ in length */
	apply(a, "deny 10.0.0.0/8");
	assert_false(allowed(a, "10.0.0.1"));
	assert_true(allowed(a, "10.1.2.3"));
	apply(a, "allow 2001:db8::/33");
	assert_true(allowed(a, "2001:db8:7fff::1"));
	assert_false(allowed(a, "2001:db8:8000::1"));
	assert_false(allowed(a, "::1"));
	access_destroy(a);
}

/* "all" overrides what is more specific, and only that. */
static void test_all(void **state)
{
	struct access *a = access_create();

	(void)state;
	apply(a, "allow 10.1.0.0/16");
	apply(a, "allow 11.1.0.0/16");
	apply(a, "deny 10.0.0.0/8");
	assert_true(allowed(a, "10.1.0.1"));
	apply(a, "deny all 10.0.0.0/8");
	assert_false(allowed(a, "10.1.0.1"));
	assert_true(allowed(a, "11.1.0.1"));
	apply(a, "deny all");
	assert_false(allowed(a, "11.1.0.1"));
	assert_false(access_any(a, ADDRESS_IP4));
	access_destroy(a);
}

/* The sequence tried on chronyd 4.3 with accheck, and its answers. */
static void test_like_chronyd(void **state)
{
	struct access *a = access_create();

	(void)state;
	apply(a, "deny all");
	apply(a, "deny 10.0.0.0/8");
	apply(a, "allow 8.0.0.0/5");
	assert_true(allowed(a, "10.0.0.1"));
	assert_true(allowed(a, "9.0.0.1"));
	assert_false(allowed(a, "16.0.0.1"));
	apply(a, "deny 10.1.0.0/16");
	assert_false(allowed(a, "10.1.0.1"));
	apply(a, "allow 8.0.0.0/5");
	assert_false(allowed(a, "10.1.0.1"));
	apply(a, "allow all 8.0.0.0/5");
	assert_true(allowed(a, "10.1.0.1"));
	access_destroy(a);
}

static void test_any(void **state)
{
	struct access *a = access_create();

	(void)state;
	apply(a, "allow 192.0.2.1");
	assert_true(access_any(a, ADDRESS_IP4));
	assert_false(access_any(a, ADDRESS_IP6));
	apply(a, "deny 192.0.2.1");
	assert_false(access_any(a, ADDRESS_IP4));
	/* all halves denied leaves nothing, whatever the whole says */
	apply(a, "allow 0/0");
	assert_true(access_any(a, ADDRESS_IP4));
	apply(a, "deny 0.0.0.0/1");
	assert_true(access_any(a, ADDRESS_IP4));
	apply(a, "deny 128.0.0.0/1");
	assert_false(access_any(a, ADDRESS_IP4));
	access_destroy(a);
}

static void test_bad_rules(void **state)
{
	struct access *a = access_create();
	struct settings_access rule = {.allow = true, .bits = 5};

	(void)state;
	assert_int_equal(access_set(a, &rule), -EINVAL);
	rule.prefix = address("192.0.2.0");
	rule.bits = 33;
	assert_int_equal(access_set(a, &rule), -EINVAL);
	rule.bits = -1;
	assert_int_equal(access_set(a, &rule), -EINVAL);
	rule.prefix = address("::");
	rule.bits = 129;
	assert_int_equal(access_set(a, &rule), -EINVAL);
	rule.prefix = address_id(1);
	rule.bits = 0;
	assert_int_equal(access_set(a, &rule), -EINVAL);
	assert_false(access_any(a, ADDRESS_IP4) || access_any(a, ADDRESS_IP6));
	access_destroy(a);
}

static void test_describe(void **state)
{
	struct settings_access rule = {.allow = true, .prefix = address("1.2.3.0"), .bits = 24};
	char text[128];

	(void)state;
	access_describe(&rule, "NTP", text, sizeof(text));
	assert_string_equal(text, "Allowed NTP access from 1.2.3.0/24");
	rule = (struct settings_access){
		.allow = true, .all = true, .prefix = address("10.0.0.0"), .bits = 8};
	access_describe(&rule, "NTP", text, sizeof(text));
	assert_string_equal(text, "Allowed all NTP access from 10.0.0.0/8");
	rule = (struct settings_access){0};
	access_describe(&rule, "NTP", text, sizeof(text));
	assert_string_equal(text, "Denied NTP access from any address");
	rule = (struct settings_access){.allow = true, .prefix = address("2001:db8::"), .bits = 32};
	access_describe(&rule, "command", text, sizeof(text));
	assert_string_equal(text, "Allowed command access from 2001:db8::/32");
	/* A host is no subnet. */
	rule = (struct settings_access){.prefix = address("1.2.3.4"), .bits = 32};
	access_describe(&rule, "NTP", text, sizeof(text));
	assert_string_equal(text, "Denied NTP access from 1.2.3.4");
}

/* The model: a list of entries whose prefixes are multiples of 4, searched from end to end. */
#define MODEL_MAX 4096

struct model {
	struct {
		struct address prefix;
		int bits;
		bool allow;
	} entries[MODEL_MAX];
	size_t n;
};

static void model_set_entry(
	struct model *m, const struct address *prefix, int bits, bool allow, bool all)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->n; i++) {
		bool below = m->entries[i].bits >= bits &&
			     address_in_prefix(&m->entries[i].prefix, prefix, bits);

		if (below && (all || m->entries[i].bits == bits))
			continue;
		m->entries[kept++] = m->entries[i];
	}
	m->n = kept;
	assert_true(m->n < MODEL_MAX);
	m->entries[m->n].prefix = *prefix;
	m->entries[m->n].bits = bits;
	m->entries[m->n++].allow = allow;
}

static void model_set(struct model *m, const struct settings_access *rule)
{
	int rounded = (rule->bits + 3) / 4 * 4, missing = rounded - rule->bits;
	struct address prefix = rule->prefix;

	for (int i = 0; i < 1 << missing; i++) {
		if (rule->bits > 0) {
			uint8_t *byte = &prefix.ip[(rounded - 1) / 8];
			int shift = rounded % 8 == 0 ? 0 : 4;
			unsigned mask = (1U << missing) - 1;

			*byte = (uint8_t)((*byte & ~(mask << shift)) | (unsigned)i << shift);
		}
		model_set_entry(m, &prefix, rounded, rule->allow, rule->all);
	}
}

static bool model_allowed(const struct model *m, const struct address *a)
{
	int best = -1;
	bool allow = false;

	for (size_t i = 0; i < m->n; i++) {
		if (m->entries[i].bits <= best ||
			!address_in_prefix(a, &m->entries[i].prefix, m->entries[i].bits))
			continue;
		best = m->entries[i].bits;
		allow = m->entries[i].allow;
	}
	return allow;
}

static struct address random_address(enum address_family family)
{
	struct address a = {family, {0}};

	/* few values, so that prefixes meet */
	for (int i = 0; i < address_bits(family) / 8; i++)
		a.ip[i] = (uint8_t)(rand() % 4 * 0x41 + rand() % 2);
	return a;
}

/* The prefixes of a table, for the longest that holds an address. */
struct prefixes {
	const struct address *wanted;
	int longest;
	bool allowed;
};

static int take_prefix(void *arg, const struct address *prefix, int bits, bool is_allowed)
{
	struct prefixes *p = arg;

	assert_true(bits >= 0 && bits <= address_bits(prefix->family));
	for (int i = bits; i < address_bits(prefix->family); i++)
		assert_int_equal(prefix->ip[i / 8] >> (7 - i % 8) & 1, 0);
	if (address_in_prefix(p->wanted, prefix, bits) && bits > p->longest) {
		p->longest = bits;
		p->allowed = is_allowed;
	}
	return 0;
}

/* What is told of a table to who decides by the longest prefix means the same. */
static bool allowed_by_each(const struct access *a, const struct address *x)
{
	struct prefixes p = {.wanted = x, .longest = -1};

	assert_int_equal(access_each(a, x->family, take_prefix, &p), 0);
	return p.allowed;
}

static int stop(void *arg, const struct address *prefix, int bits, bool is_allowed)
{
	(void)prefix;
	(void)bits;
	(void)is_allowed;
	return --*(int *)arg == 0 ? -ENOMEM : 0;
}

static void test_each_may_stop(void **state)
{
	struct access *a = access_create();
	int left = 2;

	(void)state;
	assert_int_equal(access_each(a, ADDRESS_IP4, stop, &left), 0);
	assert_int_equal(left, 2);
	assert_int_equal(apply(a, "allow"), 0);
	assert_int_equal(apply(a, "deny 10.0.0.0/8"), 0);
	assert_int_equal(apply(a, "allow 10.1.0.0/16"), 0);
	assert_int_equal(access_each(a, ADDRESS_IP4, stop, &left), -ENOMEM);
	assert_int_equal(left, 0);
	access_destroy(a);
}

static void compare_with_model(enum address_family family, unsigned seed)
{
	static struct model m;
	struct access *a = access_create();
	bool some = false;

	m.n = 0;
	srand(seed);
	for (int i = 0; i < 60; i++) {
		struct settings_access rule = {.allow = rand() % 2, .all = rand() % 8 == 0};

		rule.prefix = random_address(family);
		rule.bits = rand() % 4 ? rand() % 17 : rand() % (address_bits(family) + 1);
		assert_int_equal(access_set(a, &rule), 0);
		model_set(&m, &rule);
		for (int k = 0; k < 200; k++) {
			struct address x = random_address(family);

			assert_int_equal(access_allowed(a, &x), model_allowed(&m, &x));
			if (k == 0)
				assert_int_equal(allowed_by_each(a, &x), access_allowed(a, &x));
			some |= access_allowed(a, &x);
		}
		for (size_t k = 0; k < m.n; k++)
			assert_int_equal(access_allowed(a, &m.entries[k].prefix),
				model_allowed(&m, &m.entries[k].prefix));
		if (some)
			assert_true(access_any(a, family));
		some = false;
	}
	access_destroy(a);
}

static void test_random(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 60; seed++) {
		compare_with_model(ADDRESS_IP4, seed);
		compare_with_model(ADDRESS_IP6, seed);
	}
}

/* What rules leave behind is used again: else the bound on the table's size would be met. */
static void test_nodes_come_back(void **state)
{
	struct access *a = access_create();

	(void)state;
	for (int i = 0; i < 200000; i++) {
		assert_int_equal(apply(a, "allow 2001:db8:1:2:3:4:5:6"), 0);
		assert_int_equal(apply(a, "deny all ::/0"), 0);
	}
	assert_false(allowed(a, "2001:db8:1:2:3:4:5:6"));
	access_destroy(a);
}

static void collect(void *arg, enum log_priority priority, const char *message)
{
	snprintf(arg, 256, "%d %s", (int)priority, message);
}

static void test_fill(void **state)
{
	struct settings_access rules[] = {{.allow = true, .prefix = address("10.0.0.0"), .bits = 8},
		{.allow = true, .prefix = address("10.0.0.0"), .bits = 40}};
	struct access *a = access_create();
	char text[256] = "";
	struct log log = {.write = collect, .arg = text, .lowest = LOG_PRIORITY_INFO};

	(void)state;
	assert_int_equal(access_fill(a, rules, 1, "NTP", &log), 0);
	assert_string_equal(text, "");
	assert_true(allowed(a, "10.1.1.1"));
	assert_int_equal(access_fill(a, rules, 2, "NTP", &log), -EINVAL);
	assert_string_equal(text, "3 Bad subnet in 10.0.0.0/40");
	access_destroy(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_default_deny),
		cmocka_unit_test(test_longest_prefix),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_like_chronyd),
		cmocka_unit_test(test_any),
		cmocka_unit_test(test_bad_rules),
		cmocka_unit_test(test_describe),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_each_may_stop),
		cmocka_unit_test(test_nodes_come_back),
		cmocka_unit_test(test_fill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
