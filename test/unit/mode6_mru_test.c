/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of clients by mode 6: walked as clients do, and filtered. */
#include "config.h"

#include "daemon/serve/clients.h"
#include "test/unit/mode6_world.h"

/* More than one answer holds. */
#define MANY 3000

/* A client asks for time's reports; each later than the one before. */
static void visit(struct mode6_parts *p, unsigned number, unsigned times)
{
	struct endpoint from = {
		.address = {ADDRESS_IP4, {10, 0, (uint8_t)(number >> 8), (uint8_t)number}},
		.port = (uint16_t)(1024 + number)};

	for (unsigned i = 0; i < times; i++) {
		p->w->system += INSTANT_S / 100;
		p->w->raw += INSTANT_S / 100;
		assert_true(serve_command(p->serve, &from, 3, 4));
	}
}

/* Copies the value of a name from the last answer. False where it is not. */
static bool value_of(const struct mode6_parts *p, const char *name, char *ret, size_t room)
{
	struct span rest = {(const uint8_t *)p->text, p->text_n}, word, value;

	while (mode6_next(&rest, &word, &value))
		if (mode6_is(word, name)) {
			snprintf(ret, room, "%.*s", (int)value.n, value.p);
			return true;
		}
	return false;
}

static void ask(struct mode6_parts *p, const char *rest)
{
	static char nonce[64];
	char request[400];

	mode6_ask(p, MODE6_REQUEST_NONCE, 0, "", 0);
	assert_true(value_of(p, "nonce", nonce, sizeof(nonce)));
	snprintf(request, sizeof(request), "nonce=%s, %s", nonce, rest);
	mode6_ask(p, MODE6_READ_MRU, 0, request, 0);
}

/* How many entries the last answer has. */
static unsigned entries(const struct mode6_parts *p)
{
	char name[16], value[64];
	unsigned n = 0;

	do
		snprintf(name, sizeof(name), "addr.%u", n);
	while (value_of(p, name, value, sizeof(value)) && ++n);
	return n;
}

static void test_entry(void **state)
{
	struct mode6_parts *p = *state;
	char value[64];

	visit(p, 1, 3);
	ask(p, "frags=32");
	assert_int_equal(mode6_error(p), -1);
	assert_int_equal(entries(p), 1);
	assert_true(value_of(p, "addr.0", value, sizeof(value)));
	assert_string_equal(value, "10.0.0.1:1025");
	assert_true(value_of(p, "ct.0", value, sizeof(value)));
	assert_string_equal(value, "3");
	assert_true(value_of(p, "mv.0", value, sizeof(value)));
	assert_string_equal(value, "35");
	assert_true(value_of(p, "rs.0", value, sizeof(value)));
	assert_string_equal(value, "0x0");
	assert_true(value_of(p, "dr.0", value, sizeof(value)));
	assert_string_equal(value, "0");
	assert_true(value_of(p, "sc.0", value, sizeof(value)));
	assert_true(value_of(p, "first.0", value, sizeof(value)));
	assert_true(value_of(p, "now", value, sizeof(value)));
	assert_true(value_of(p, "last.newest", value, sizeof(value)));
}

/* The walk of ntpq: from where the last answer ended until the newest is there. */
static void test_walk(void **state)
{
	struct mode6_parts *p = *state;
	static bool seen[MANY];
	char request[200] = "frags=32", value[64], addr[64], last[64], name[16];
	unsigned found = 0, rounds = 0;

	memset(seen, 0, sizeof(seen));
	for (unsigned i = 0; i < MANY; i++)
		visit(p, i, 1);
	do {
		unsigned n, a, b, port;

		ask(p, request);
		assert_int_equal(mode6_error(p), -1);
		assert_true(p->fragments <= 32);
		n = entries(p);
		assert_true(n > 0 || rounds > 0);
		for (unsigned i = 0; i < n; i++) {
			snprintf(name, sizeof(name), "addr.%u", i);
			assert_true(value_of(p, name, addr, sizeof(addr)));
			assert_int_equal(sscanf(addr, "10.0.%u.%u:%u", &a, &b, &port), 3);
			assert_true(a * 256 + b < MANY);
			found += !seen[a * 256 + b];
			seen[a * 256 + b] = true;
			snprintf(name, sizeof(name), "last.%u", i);
			assert_true(value_of(p, name, last, sizeof(last)));
		}
		snprintf(request, sizeof(request), "frags=32, addr.0=%s, last.0=%s", addr, last);
		assert_true(++rounds < 100);
	} while (!value_of(p, "last.newest", value, sizeof(value)));
	/* All that the log has kept. */
	assert_int_equal(found, clients_count(serve_clients(p->serve)));
	assert_true(found > MANY / 2);
	assert_true(rounds > 10);
}

static void test_restart(void **state)
{
	struct mode6_parts *p = *state;
	char last[64], request[200], value[64];

	visit(p, 1, 1);
	visit(p, 2, 1);
	visit(p, 3, 1);
	ask(p, "frags=32");
	assert_int_equal(entries(p), 3);
	assert_true(value_of(p, "last.1", last, sizeof(last)));
	/* The first place is not as it was: the second one counts. */
	snprintf(request, sizeof(request),
		"frags=32, addr.0=10.0.0.3:1027, last.0=0x1.2, addr.1=10.0.0.2:1026, last.1=%s",
		last);
	ask(p, request);
	assert_int_equal(mode6_error(p), -1);
	assert_int_equal(entries(p), 1);
	assert_true(value_of(p, "addr.0", value, sizeof(value)));
	assert_string_equal(value, "10.0.0.3:1027");
	assert_true(value_of(p, "addr.older", value, sizeof(value)));
	assert_string_equal(value, "10.0.0.2:1026");
	assert_true(value_of(p, "last.older", value, sizeof(value)));
	assert_string_equal(value, last);
	/* None is. */
	ask(p, "frags=32, addr.0=10.0.0.3:1027, last.0=0xeeae86b4.5054a800");
	assert_int_equal(mode6_error(p), MODE6_UNKNOWN_VARIABLE);
}

static void test_parameters(void **state)
{
	static const struct {
		const char *request;
		int error;
	} cases[] = {
		{"frags=0", MODE6_BAD_VALUE},
		{"frags=1", -1},
		{"frags=128", -1},
		{"frags=129", MODE6_BAD_VALUE},
		{"frags=200", MODE6_BAD_VALUE},
		{"", MODE6_BAD_VALUE},
		{"limit=256", -1},
		{"limit=257", MODE6_BAD_VALUE},
		{"limit=1000, frags=1", -1},
		{"frags=32, nonsense=1", MODE6_BAD_VALUE},
		{"frags=32, laddr=192.0.2.1", MODE6_BAD_VALUE},
		{"frags=32, resall=0xzz", MODE6_BAD_VALUE},
		{"frags=32, resall=0x20", -1},
		{"frags=32, addr.16=1.2.3.4:5", MODE6_BAD_VALUE},
		{"frags=32, last.0=0x1", MODE6_BAD_VALUE},
		{"frags=32, last.0=0x1.-2", MODE6_BAD_VALUE},
		{"frags=", MODE6_BAD_VALUE},
	};
	struct mode6_parts *p = *state;

	visit(p, 1, 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ask(p, cases[i].request);
		if (mode6_error(p) != cases[i].error)
			fail_msg("%s: %d", cases[i].request, mode6_error(p));
	}
	/* A list in one fragment ends where there is no room for another entry. */
	for (unsigned i = 2; i < 9; i++)
		visit(p, i, 1);
	ask(p, "frags=1");
	assert_int_equal(p->fragments, 1);
	ask(p, "frags=32, limit=2");
	assert_int_equal(entries(p), 2);
}

static void test_filters(void **state)
{
	struct mode6_parts *p = *state;
	char value[64];

	for (unsigned i = 1; i <= 5; i++)
		visit(p, i, i);
	ask(p, "frags=32, mincount=4");
	assert_int_equal(entries(p), 2);
	ask(p, "frags=32, recent=2");
	assert_int_equal(entries(p), 2);
	assert_true(value_of(p, "addr.1", value, sizeof(value)));
	assert_string_equal(value, "10.0.0.5:1029");
	ask(p, "frags=32, mindrop=1");
	assert_int_equal(entries(p), 0);
	ask(p, "frags=32, resany=0x20");
	assert_int_equal(entries(p), 0);
	ask(p, "frags=32, minscore=0.2");
	assert_int_equal(entries(p), 2);
	p->w->system += 60 * INSTANT_S;
	p->w->raw += 60 * INSTANT_S;
	visit(p, 1, 1);
	ask(p, "frags=32, maxlstint=30");
	assert_int_equal(entries(p), 1);
	ask(p, "frags=32, minlstint=30");
	assert_int_equal(entries(p), 4);
}

static void test_nonce(void **state)
{
	struct mode6_parts *p = *state;
	char nonce[64], request[100];

	visit(p, 1, 1);
	mode6_ask(p, MODE6_REQUEST_NONCE, 0, "", 0);
	assert_true(value_of(p, "nonce", nonce, sizeof(nonce)));
	snprintf(request, sizeof(request), "nonce=%s, frags=32", nonce);
	/* Given to one port, it is worth nothing to another: and even errors are not told. */
	p->client.peer.port++;
	mode6_ask(p, MODE6_READ_MRU, 0, request, 0);
	assert_int_equal(p->fragments, 0);
	mode6_ask(p, MODE6_READ_MRU, 0, "frags=200", 0);
	assert_int_equal(p->fragments, 0);
	p->client.peer.port--;
	mode6_ask(p, MODE6_READ_MRU, 0, request, 0);
	assert_true(p->fragments > 0);
	p->client.restricts = NTP_RESTRICT_NOMRULIST;
	mode6_ask(p, MODE6_READ_MRU, 0, request, 0);
	assert_int_equal(mode6_error(p), MODE6_PERMISSION);
	p->client.restricts = 0;
	p->w->system += 17 * INSTANT_S;
	p->w->raw += 17 * INSTANT_S;
	mode6_ask(p, MODE6_READ_MRU, 0, request, 0);
	assert_int_equal(p->fragments, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_entry, mode6_setup, mode6_teardown),
		cmocka_unit_test_setup_teardown(test_walk, mode6_setup, mode6_teardown),
		cmocka_unit_test_setup_teardown(test_restart, mode6_setup, mode6_teardown),
		cmocka_unit_test_setup_teardown(test_parameters, mode6_setup, mode6_teardown),
		cmocka_unit_test_setup_teardown(test_filters, mode6_setup, mode6_teardown),
		cmocka_unit_test_setup_teardown(test_nonce, mode6_setup, mode6_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
