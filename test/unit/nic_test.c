/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * interface and nic of ntp.conf: which datagrams are dropped.
 */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "config/settings_ntp.h"
#include "daemon/kernel/kernel.h"
#include "daemon/serve/nic.h"

/** Interface 1 is lo, 2 Eth0. */
static int interface_name(struct kernel *k, uint32_t index, char *ret)
{
	(void)k;
	if (index != 1 && index != 2)
		return -ENXIO;
	strcpy(ret, index == 1 ? "lo" : "Eth0");
	return 0;
}

static const struct kernel_ops ops = {.interface_name = interface_name};

static bool drops(const struct settings_ntp *s, const char *local, uint32_t interface)
{
	struct kernel k = {&ops};
	struct kernel_message m = {.interface = interface};

	if (local)
		assert_int_equal(address_parse(local, &m.local), 0);
	return nic_drops(s, &k, &m);
}

static struct settings_nic rule(
	enum ntp_nic_action action, enum ntp_nic_match match, const char *text, int bits)
{
	struct settings_nic n = {.action = action, .match = match, .bits = bits};

	if (match == NTP_NIC_ADDRESS)
		assert_int_equal(address_parse(text, &n.address), 0);
	else if (text)
		strcpy(n.name, text);
	return n;
}

static void without_rules(void **state)
{
	struct settings_ntp s = {.style = true};

	(void)state;
	assert_false(drops(&s, "192.0.2.1", 2));
	assert_false(drops(&s, NULL, 0));
}

/* One rule closes all that no rule is about, but the loopback. */
static void only_wildcard(void **state)
{
	struct settings_nic n = rule(NTP_NIC_IGNORE, NTP_NIC_WILDCARD, NULL, 0);
	struct settings_ntp s = {.nics = &n, .n_nics = 1};

	(void)state;
	assert_true(drops(&s, "192.0.2.1", 2));
	assert_false(drops(&s, "127.0.0.1", 1));
	assert_false(drops(&s, "::1", 1));
}

static void last_rule_first(void **state)
{
	struct settings_nic n[] = {rule(NTP_NIC_LISTEN, NTP_NIC_IP4, NULL, 0),
		rule(NTP_NIC_DROP, NTP_NIC_ADDRESS, "192.0.2.0", 24),
		rule(NTP_NIC_LISTEN, NTP_NIC_ADDRESS, "192.0.2.7", 32)};
	struct settings_ntp s = {.nics = n, .n_nics = 3};

	(void)state;
	assert_false(drops(&s, "192.0.2.7", 2));
	assert_true(drops(&s, "192.0.2.8", 2));
	assert_false(drops(&s, "192.0.3.1", 2));
	assert_true(drops(&s, "2001:db8::1", 2));
}

static void by_name(void **state)
{
	struct settings_nic n[] = {rule(NTP_NIC_IGNORE, NTP_NIC_ALL, NULL, 0),
		rule(NTP_NIC_LISTEN, NTP_NIC_NAME, "eTH*", 0)};
	struct settings_ntp s = {.nics = n, .n_nics = 2};

	(void)state;
	assert_false(drops(&s, "192.0.2.1", 2));
	assert_true(drops(&s, "192.0.2.1", 1));
	assert_true(drops(&s, "192.0.2.1", 3));
	assert_true(drops(&s, "192.0.2.1", 0));
	assert_false(drops(&s, "127.0.0.1", 1));
}

/* As ntpd 1.2.2 does it: `all` and names are not about wildcards. */
static void wildcards(void **state)
{
	struct settings_nic n[] = {rule(NTP_NIC_IGNORE, NTP_NIC_ALL, NULL, 0),
		rule(NTP_NIC_LISTEN, NTP_NIC_IP4, NULL, 0),
		rule(NTP_NIC_IGNORE, NTP_NIC_NAME, "*", 0),
		rule(NTP_NIC_IGNORE, NTP_NIC_WILDCARD, NULL, 0)};
	struct settings_ntp s = {.nics = n, .n_nics = 1};

	(void)state;
	assert_int_equal(nic_wildcard(&s, ADDRESS_IP4), NTP_NIC_DROP);
	s.n_nics = 3;
	assert_int_equal(nic_wildcard(&s, ADDRESS_IP4), NTP_NIC_LISTEN);
	assert_int_equal(nic_wildcard(&s, ADDRESS_IP6), NTP_NIC_DROP);
	s.n_nics = 4;
	assert_int_equal(nic_wildcard(&s, ADDRESS_IP4), NTP_NIC_IGNORE);
	assert_int_equal(nic_wildcard(&s, ADDRESS_IP6), NTP_NIC_IGNORE);
}

/* An address that drops is one that is there, unlike one that is ignored. */
static void drops_or_ignores(void **state)
{
	struct settings_nic n[] = {rule(NTP_NIC_LISTEN, NTP_NIC_ALL, NULL, 0),
		rule(NTP_NIC_DROP, NTP_NIC_ADDRESS, "192.0.2.7", 32),
		rule(NTP_NIC_IGNORE, NTP_NIC_ADDRESS, "192.0.2.8", 32)};
	struct settings_ntp s = {.nics = n, .n_nics = 3};
	struct kernel k = {&ops};
	struct kernel_message m = {.interface = 2};

	(void)state;
	assert_int_equal(address_parse("192.0.2.6", &m.local), 0);
	assert_int_equal(nic_action(&s, &k, &m), NTP_NIC_LISTEN);
	m.local.ip[3] = 7;
	assert_int_equal(nic_action(&s, &k, &m), NTP_NIC_DROP);
	m.local.ip[3] = 8;
	assert_int_equal(nic_action(&s, &k, &m), NTP_NIC_IGNORE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_rules),
		cmocka_unit_test(only_wildcard),
		cmocka_unit_test(last_rule_first),
		cmocka_unit_test(by_name),
		cmocka_unit_test(wildcards),
		cmocka_unit_test(drops_or_ignores),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
