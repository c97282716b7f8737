/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The program in the network driver against the responder: what it answers has the same bytes, and
 * what is not a plain request of somebody who may ask is passed on untouched.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <limits.h>
#include <stdlib.h>

#include "common/instant.h"
#include "config/settings.h"
#include "daemon/serve/clients.h"
#include "daemon/serve/limit.h"
#include "test/sim/random.h"
#include "test/unit/xdp_host.h"
#include "test/unit/responder_one.h"

#define ROUNDS 20000

/* CLOCK_BOOTTIME and the system's time when it is told. */
#define BOOT  INT64_C(5000000000123)
#define EPOCH INT64_C(1795472888123456789)

/* The largest difference between its time and the daemon's, units of an NTP timestamp: 3 ns. */
#define CLOSE 13

/* How a request differs from one that it answers. */
enum defect {
	NONE,
	ETHERTYPE,
	HARDWARE,
	VERSION,
	OPTIONS, /* of IPv4 */
	FRAGMENT,
	PROTOCOL,
	LENGTH,
	IP_SUM,
	SOURCE,
	OURSELVES,
	DESTINATION,
	SOURCE_PORT,
	PORT,
	UDP_LENGTH,
	UDP_SUM,
	NTP_VERSION,
	NTP_MODE,
	INTERLEAVED,
	LONGER, /* extension fields, a MAC */
	CUT,
	REFUSED,
	FAMILY,
	STALE,
	EARLY,
	UNTOLD,
	DEFECTS,
};

static const uint8_t our_mac[6] = {2, 0, 0, 0, 0, 1}, their_mac[6] = {2, 0, 0, 0, 0, 2};

struct scene {
	struct sim_random random;
	struct access *access;
	struct served_line line;
	struct responder_snapshot now;
	struct fast_path_rules rules;
	struct fast_path_prefix prefixes[64];
	struct fast_path_says says;
	struct address own[2];
	struct address from;
	struct endpoint peer;
	enum defect defect;
	bool ip6;
	uint8_t request[48];
	struct xdp_slot slot;
	uint64_t bits; /* random ones of the answer */
};

static uint64_t any(struct scene *s)
{
	return sim_random_u64(&s->random);
}

static bool chance(struct scene *s, double p)
{
	return sim_random_chance(&s->random, p);
}

static void put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static unsigned get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

/* RFC 1071, as it is written there. */
static unsigned sum(const uint8_t *p, size_t n, unsigned start)
{
	for (size_t i = 0; i + 1 < n; i += 2)
		start += get16(p + i);
	while (start >> 16)
		start = (start & 0xffff) + (start >> 16);
	return start;
}

static size_t header_of(bool ip6)
{
	return ip6 ? 40 : 20;
}

/* The sum over UDP and what belongs to it; 0xffff where the checksum is right. */
static unsigned udp_sum(const uint8_t *ip, bool ip6, size_t n)
{
	unsigned addresses = ip6 ? sum(ip + 8, 32, 0) : sum(ip + 12, 8, 0);

	return sum(ip + header_of(ip6), n, addresses + 17 + (unsigned)n);
}

static void draw_access(struct scene *s)
{
	static const char *const lines[] = {"a 0/0", "a ::/0", "d 10/9", "a 10.3/16", "d 10.3.3/24",
		"a 2001:db8::/32", "d 2001:db8:5::/48", "a 192.0.2.0/25", "d ::/0", "d 0/0"};

	access_destroy(s->access);
	s->access = access_create();
	assert_non_null(s->access);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct settings_access rule = {.allow = lines[i][0] == 'a'};

		if (i >= 2 && !chance(s, i < 8 ? 0.5 : 0.1))
			continue;
		assert_int_equal(address_parse_prefix(lines[i] + 2, &rule.prefix, &rule.bits), 0);
		assert_int_equal(access_set(s->access, &rule), 0);
	}
	host.access = s->access;
}

static void draw_served(struct scene *s)
{
	struct served *served = &s->now.served;

	*served = (struct served){.synchronised = true,
		.stratum = sim_random_pick(&s->random, 1, 16),
		.precision = sim_random_pick(&s->random, -32, -5),
		.refid = (uint32_t)any(s),
		.reference_time = chance(s, 0.9) ? EPOCH - (int64_t)(any(s) >> 20) : 0,
		.root_delay = sim_random_log_between(&s->random, 1e-6, 10),
		.root_dispersion = sim_random_log_between(&s->random, 1e-6, 10),
		.dispersion_rate = sim_random_log_between(&s->random, 1e-9, 1e-3)};
	s->now.least_poll = chance(s, 0.5) ? INT_MIN : sim_random_pick(&s->random, -7, 17);
	s->line = (struct served_line){.system = EPOCH,
		.truth = EPOCH + (int64_t)(any(s) >> 30) - (INT64_C(1) << 33),
		.rate = sim_random_between(&s->random, -1e-3, 1e-3)};
}

static void write_header(const struct served *served, uint8_t *ret)
{
	struct packet p = {0};

	served_fill(served, &p);
	packet_encode(&p, ret);
}

static struct responder_snapshot rate_snapshot(const struct scene *s)
{
	return (struct responder_snapshot){
		.served = {.precision = s->now.served.precision, .kiss = PACKET_KISS_RATE},
		.least_poll = s->now.least_poll};
}

static void tell(struct scene *s)
{
	struct responder_snapshot rate = rate_snapshot(s);

	s->says = (struct fast_path_says){.at = BOOT,
		.truth = s->line.truth,
		.rate = s->line.rate,
		.root_dispersion = s->now.served.root_dispersion,
		.dispersion_rate = s->now.served.dispersion_rate,
		.precision = s->now.served.precision,
		.least_poll = s->now.least_poll};
	write_header(&s->now.served, s->says.header);
	write_header(&rate.served, s->says.rate_header);
	xdp_slot_rules(&s->slot, &s->rules, s->rules.limit.on ? HOST_SETS : 0);
	s->slot.secret = any(s);
	s->slot.salt = any(s);
	memcpy(s->slot.mac, our_mac, sizeof(our_mac));
	assert_int_equal(xdp_slot_tell(&s->slot, &s->says), 0);
	s->slot.number = host.state.current + 1;
	host_tell(&s->slot);
}

static int every_prefix(void *arg, const struct address *address, int bits, bool allowed)
{
	struct scene *s = arg;

	assert_true(s->rules.n_prefixes < sizeof(s->prefixes) / sizeof(s->prefixes[0]));
	s->prefixes[s->rules.n_prefixes++] = (struct fast_path_prefix){*address, bits, allowed};
	return 0;
}

static void setup(struct scene *s)
{
	memset(&host, 0, sizeof(host));
	*s = (struct scene){.random = sim_random_from(7, 7)};
	assert_int_equal(address_parse("192.0.2.200", &s->own[0]), 0);
	assert_int_equal(address_parse("2001:db8::c8", &s->own[1]), 0);
	s->rules = (struct fast_path_rules){.ip4 = true,
		.ip6 = true,
		.port = 123,
		.dscp = 46,
		.prefixes = s->prefixes,
		.own = s->own,
		.n_own = 2};
}

/* Other access and another time. */
static void redraw(struct scene *s)
{
	draw_access(s);
	draw_served(s);
	s->rules.n_prefixes = 0;
	assert_int_equal(access_each(s->access, ADDRESS_IP4, every_prefix, s), 0);
	assert_int_equal(access_each(s->access, ADDRESS_IP6, every_prefix, s), 0);
	tell(s);
}

/* An address that is allowed, or is not. */
static void draw_source(struct scene *s)
{
	static const uint8_t heads4[][2] = {{10, 3}, {10, 4}, {10, 200}, {192, 0}, {198, 51}};
	bool wanted = s->defect != REFUSED;

	for (int tries = 0; tries < 200; tries++) {
		s->from = (struct address){.family = s->ip6 ? ADDRESS_IP6 : ADDRESS_IP4};
		for (int i = 0; i < (s->ip6 ? 16 : 4); i++)
			s->from.ip[i] = (uint8_t)any(s);
		memcpy(s->from.ip, heads4[any(s) % 5], 2);
		if (s->ip6)
			memcpy(s->from.ip,
				(uint8_t[]){0x20, 1, 0xd, 0xb8, 0, (uint8_t)(any(s) % 8)}, 6);
		if (access_allowed(s->access, &s->from) == wanted)
			return;
	}
	/* There is none. */
	s->defect = wanted ? REFUSED : NONE;
}

static void draw_request(struct scene *s)
{
	int version = sim_random_pick(&s->random, 1, 4);

	for (size_t i = 0; i < sizeof(s->request); i++)
		s->request[i] = (uint8_t)any(s);
	s->request[0] = (uint8_t)((any(s) & 0xc0) | (unsigned)version << 3 | 3);
	if (version == 4)
		s->request[31] &= 0xfe;
	if (s->defect == NTP_VERSION)
		s->request[0] = (uint8_t)((any(s) % 2 ? 0 : 5) << 3 | 3);
	if (s->defect == NTP_MODE)
		s->request[0] = (uint8_t)(version << 3 | (int[]){0, 1, 2, 4, 5, 6, 7}[any(s) % 7]);
	if (s->defect == INTERLEAVED) {
		s->request[0] = 4 << 3 | 3;
		s->request[31] |= 1;
	}
}

/* Puts the headers of IP round UDP of so many bytes. */
static void write_ip(struct scene *s, uint8_t *ip, size_t udp)
{
	const struct address *to = &s->own[s->ip6];
	size_t n = udp + (s->defect == LENGTH ? 4 : 0);

	if (s->ip6) {
		ip[0] = s->defect == VERSION ? 0x50 : 0x60;
		put16(ip + 4, (unsigned)n);
		ip[6] = s->defect == PROTOCOL ? 0 : 17;
		ip[7] = (uint8_t)any(s);
		memcpy(ip + 8, s->from.ip, 16);
		memcpy(ip + 24, to->ip, 16);
	} else {
		ip[0] = s->defect == VERSION ? 0x65 : s->defect == OPTIONS ? 0x46 : 0x45;
		ip[1] = (uint8_t)any(s);
		put16(ip + 2, (unsigned)n + 20);
		put16(ip + 4, (unsigned)any(s));
		put16(ip + 6, s->defect == FRAGMENT ? (any(s) % 2 ? 0x2000 : 1)
						    : (any(s) % 2 ? 0x4000 : 0));
		ip[8] = (uint8_t)any(s);
		ip[9] = s->defect == PROTOCOL ? 6 : 17;
		memcpy(ip + 12, s->from.ip, 4);
		memcpy(ip + 16, to->ip, 4);
	}
	if (s->defect == DESTINATION)
		ip[header_of(s->ip6) - 1] ^= 1;
	if (s->defect == SOURCE && s->ip6)
		ip[8] = 0xff;
	else if (s->defect == SOURCE)
		ip[12] = (uint8_t[]){0, 127, 224, 255}[any(s) % 4];
	if (!s->ip6) {
		put16(ip + 10, ~sum(ip, 20, 0));
		ip[11] ^= s->defect == IP_SUM;
	}
}

/* A request on the wire, with its defect. */
static void write_frame(struct scene *s)
{
	uint8_t *f = host_frame(), *ip = f + HOST_IP, *udp;
	size_t more = s->defect == LONGER ? 4 * (1 + any(s) % 40) : 0, n = 8 + 48 + more;

	memset(host.room, 0, sizeof(host.room));
	memcpy(f, our_mac, 6);
	memcpy(f + 6, their_mac, 6);
	f[5] ^= s->defect == HARDWARE;
	put16(f + 12, s->defect == ETHERTYPE ? 0x8100 : s->ip6 ? 0x86dd : 0x0800);
	write_ip(s, ip, n);
	udp = ip + header_of(s->ip6);
	s->peer.port = (uint16_t)(1 + any(s) % 65535);
	put16(udp, s->defect == SOURCE_PORT ? 0 : s->peer.port);
	put16(udp + 2, s->defect == PORT ? 124 : 123);
	put16(udp + 4, (unsigned)n - (s->defect == UDP_LENGTH ? 4 : 0));
	memcpy(udp + 8, s->request, sizeof(s->request));
	put16(udp + 6, ~udp_sum(ip, s->ip6, n));
	if (get16(udp + 6) == 0)
		put16(udp + 6, 0xffff);
	if (s->defect == UDP_SUM)
		udp[6 + any(s) % 40] ^= 0x10;
	host.n = HOST_IP + header_of(s->ip6) + n - (s->defect == CUT ? 1 + any(s) % 20 : 0);
}

/* The answer's bytes by the responder, and how long after the publication. */
static void expect(const struct scene *s, const struct responder_snapshot *snapshot, uint64_t since,
	uint8_t *ret)
{
	struct responder_auth auth = {0};
	struct responder_request q;
	struct responder_snapshot now = *snapshot;
	struct responder_random random = {.stamps = s->bits};
	struct responder_stamps stamps = {0};
	struct endpoint peer = {.address = s->from, .port = s->peer.port};

	stamps.receive = stamps.transmit = served_by_line(&s->line, EPOCH + (int64_t)since);
	now.served.root_dispersion += (double)since * 1e-9 * now.served.dispersion_rate;
	assert_int_equal(responder_admit((struct span){s->request, sizeof(s->request)}, &peer,
				 &s->own[s->ip6], 123, true, &q),
		RESPONDER_ANSWER);
	assert_int_equal(responder_one_check(&auth, &q), RESPONDER_ANSWER);
	assert_int_equal(responder_one_reply(&q, &now, &stamps, &random, &auth, ret, 48), 48);
}

static uint64_t get64(const uint8_t *p)
{
	return (uint64_t)get16(p) << 48 | (uint64_t)get16(p + 2) << 32 |
	       (uint64_t)get16(p + 4) << 16 | get16(p + 6);
}

/* A timestamp is the daemon's to nanoseconds; below the precision the bits are the random ones. */
static void same_stamp(const struct scene *s, const uint8_t *got, const uint8_t *wanted)
{
	int64_t apart = (int64_t)(get64(got) - get64(wanted));
	int64_t step = INT64_C(1) << (s->now.served.precision + 32);

	/* A nanosecond may be on either side of a step of the precision. */
	if (step > CLOSE && llabs(apart) > CLOSE)
		apart = llabs(apart) - step;
	assert_true(llabs(apart) <= CLOSE);
}

static void same_bytes(const struct scene *s, const uint8_t *got, const uint8_t *wanted)
{
	unsigned low = get16(got + 10), high = get16(wanted + 10);

	/* Root dispersion grows here in whole steps of its own: it is rounded up, and once more. */
	assert_memory_equal(got, wanted, 8);
	assert_memory_equal(got + 8, wanted + 8, low == high ? 4 : 0);
	if (low != high)
		assert_int_equal(
			(get16(got + 8) << 16 | low) - (get16(wanted + 8) << 16 | high), 1);
	assert_memory_equal(got + 12, wanted + 12, 20);
	same_stamp(s, got + 32, wanted + 32);
	same_stamp(s, got + 40, wanted + 40);
	assert_int_equal(got[39] & 1, 1);
	assert_true((int64_t)(get64(got + 40) - get64(got + 32)) > 0);
}

/* The headers of an answer: turned round, and its checksums right. */
static void is_answer(const struct scene *s)
{
	const uint8_t *f = host_frame(), *ip = f + HOST_IP, *udp = ip + header_of(s->ip6);
	size_t at = s->ip6 ? 8 : 12, n = s->ip6 ? 16 : 4;

	assert_memory_equal(f, their_mac, 6);
	assert_memory_equal(f + 6, our_mac, 6);
	assert_memory_equal(ip + at, s->own[s->ip6].ip, n);
	assert_memory_equal(ip + at + n, s->from.ip, n);
	if (s->ip6) {
		assert_int_equal(ip[0], 0x60 | 46 >> 2);
		assert_int_equal(ip[1], (46 << 6) & 0xff);
		assert_int_equal(get16(ip + 4), 56);
		assert_int_equal(ip[6], 17);
	} else {
		assert_int_equal(sum(ip, 20, 0), 0xffff);
		assert_memory_equal(
			ip, ((uint8_t[]){0x45, 46 << 2, 0, 76, 0, 0, 0x40, 0, 64, 17}), 10);
	}
	assert_int_equal(get16(udp), 123);
	assert_int_equal(get16(udp + 2), s->peer.port);
	assert_int_equal(get16(udp + 4), 56);
	assert_int_not_equal(get16(udp + 6), 0);
	assert_int_equal(udp_sum(ip, s->ip6, 56), 0xffff);
}

/* A request with the scene's defect, so long after the publication. */
static void draw(struct scene *s, uint64_t since)
{
	draw_source(s);
	/* Interleaved mode is of version 4; IPv6 has no sum of its header, options or fragments. */
	if (s->ip6 && (s->defect == OPTIONS || s->defect == FRAGMENT || s->defect == IP_SUM))
		s->defect = NONE;
	if (s->defect == OURSELVES)
		s->from = s->own[s->ip6];
	draw_request(s);
	write_frame(s);
	host.random = (uint32_t)any(s);
	host.now = (uint64_t)BOOT + since;
	s->bits = host_random(&s->slot);
}

static void same_as_responder(void **state)
{
	static struct scene s;
	uint8_t before[HOST_FRAME], wanted[48];
	long answered = 0, passed[DEFECTS] = {0};

	(void)state;
	setup(&s);
	for (int i = 0; i < ROUNDS; i++) {
		uint64_t since = any(&s) % (XDP_GOOD_NS + 1);

		if (i % 100 == 0)
			redraw(&s);
		s.ip6 = chance(&s, 0.5);
		s.defect = chance(&s, 0.6) ? NONE : (enum defect)(any(&s) % DEFECTS);
		draw(&s, since);
		if (s.defect == STALE)
			host.now = (uint64_t)BOOT + XDP_GOOD_NS + 1 + any(&s) % 5000000000;
		if (s.defect == EARLY)
			host.now = (uint64_t)BOOT - 1 - any(&s) % 5000000000;
		if (s.defect == UNTOLD)
			host_tell(&(struct xdp_slot){.from = (uint64_t)BOOT});
		if (s.defect == FAMILY) {
			struct xdp_slot slot = s.slot;

			slot.flags &= s.ip6 ? ~(uint32_t)XDP_IP6 : ~(uint32_t)XDP_IP4;
			host_tell(&slot);
		}
		memcpy(before, host_frame(), HOST_FRAME);
		if (s.defect == NONE) {
			assert_int_equal(host_run(), XDP_TX);
			expect(&s, &s.now, since, wanted);
			is_answer(&s);
			same_bytes(&s, host_frame() + host.n - 48, wanted);
			answered++;
		} else {
			assert_int_equal(host_run(), XDP_PASS);
			assert_memory_equal(before, host_frame(), HOST_FRAME);
			passed[s.defect]++;
		}
		if (s.defect == UNTOLD || s.defect == FAMILY)
			host_tell(&s.slot);
	}
	assert_true(answered > ROUNDS / 3);
	for (int i = 1; i < DEFECTS; i++)
		assert_true(passed[i] > 10);
	assert_int_equal(host.counts.hits[0] + host.counts.hits[1] + host.counts.hits[2] +
				 host.counts.hits[3],
		answered);
	access_destroy(s.access);
}

/* At the moment of the publication even root dispersion is the same. */
static void dispersion_is_exact(void **state)
{
	static struct scene s;
	uint8_t wanted[48];

	(void)state;
	setup(&s);
	for (int i = 0; i < 1000; i++) {
		redraw(&s);
		s.defect = NONE;
		draw(&s, 0);
		if (s.defect != NONE)
			continue;
		assert_int_equal(host_run(), XDP_TX);
		expect(&s, &s.now, 0, wanted);
		assert_memory_equal(host_frame() + host.n - 48, wanted, 32);
	}
	access_destroy(s.access);
}

/* A checksum of zero says that there is none: it is written the other way (RFC 768). */
static void checksum_is_never_zero(void **state)
{
	static struct scene s;
	long ones = 0;

	(void)state;
	setup(&s);
	redraw(&s);
	s.defect = NONE;
	for (int i = 0; i < 400000; i++) {
		const uint8_t *sum_of_udp = host_frame() + HOST_IP + 20 + 6;

		if (i % 1000 == 0)
			draw_source(&s);
		s.request[0] = 4 << 3 | 3;
		for (int k = 40; k < 48; k++)
			s.request[k] = (uint8_t)(any(&s) >> 8);
		write_frame(&s);
		host.now = (uint64_t)BOOT;
		assert_int_equal(host_run(), XDP_TX);
		assert_int_not_equal(get16(sum_of_udp), 0);
		ones += get16(sum_of_udp) == 0xffff;
	}
	assert_true(ones > 0);
	access_destroy(s.access);
}

/* Both logs at a moment. */
struct both {
	struct clients *log;
	int64_t now;
	size_t n;
};

static void same_client(void *arg, const struct fast_path_client *c)
{
	struct both *both = arg;
	struct clients_seen there;

	assert_true(clients_seen_find(both->log, &c->address, both->now, &there));
	assert_int_equal(there.packets, c->hits);
	assert_int_equal(there.drops, c->drops);
	both->n++;
}

/* Requests of few clients who ask too often: each is judged as the client log judges it. */
static void same_limits(void **state)
{
	static struct scene s;
	struct settings_rate_limit limit = {
		.on = true, .interval = 1, .burst = 4, .leak = 2, .kod = 1};
	struct clients_config config = {.bytes = 100000};
	struct clients *log;
	struct both same = {0};
	long seen[3] = {0};
	int64_t now = BOOT;

	(void)state;
	setup(&s);
	config.limits.buckets[CLIENTS_NTP] = limit;
	assert_int_equal(clients_create(&config, &log), 0);
	limit_init(&s.rules.limit, &limit);
	redraw(&s);
	for (int i = 0; i < ROUNDS; i++) {
		struct clients_hit hit = {.service = CLIENTS_NTP,
			.address = &s.from,
			.mode = 3,
			.system = EPOCH + now};
		uint8_t wanted[48];
		struct responder_snapshot rate = rate_snapshot(&s);
		enum clients_verdict verdict;

		now += (int64_t)sim_random_log_between(&s.random, 1e5, 2e8);
		if (now - (int64_t)s.slot.from > XDP_GOOD_NS) {
			s.slot.tick = (uint32_t)(now / LIMIT_TICK_NS);
			s.slot.tick_ns = (uint32_t)(now % LIMIT_TICK_NS);
			s.slot.from = (uint64_t)now;
			s.slot.number++;
			host_tell(&s.slot);
		}
		s.defect = NONE;
		draw(&s, 0);
		s.from.ip[2] = 0;
		s.from.ip[3] = (uint8_t)(any(&s) % 4);
		memset(s.from.ip + 4, 0, 12);
		if (s.ip6 || s.defect != NONE || !access_allowed(s.access, &s.from))
			continue;
		write_frame(&s);
		host.now = (uint64_t)now;
		s.bits = host_random(&s.slot);
		hit.raw = now;
		hit.random = host.random;
		verdict = clients_hit(log, &hit);
		seen[verdict]++;
		switch (host_run()) {
		case XDP_TX:
			expect(&s, verdict == CLIENTS_KOD ? &rate : &s.now, 0, wanted);
			is_answer(&s);
			assert_int_not_equal(verdict, CLIENTS_DROP);
			assert_memory_equal(host_frame() + host.n - 48, wanted, 8);
			assert_memory_equal(host_frame() + host.n - 36, wanted + 12, 20);
			break;
		case XDP_DROP:
			assert_int_equal(verdict, CLIENTS_DROP);
			break;
		default:
			fail();
		}
	}
	for (int i = 0; i < 3; i++)
		assert_true(seen[i] > 100);
	assert_int_equal(host.counts.drops, seen[CLIENTS_DROP]);
	assert_int_equal(host.counts.rate, seen[CLIENTS_KOD]);
	same.log = log;
	same.now = now;
	for (size_t i = 0; i < HOST_SETS; i++)
		xdp_slot_set(&host.sets[i], same_client, &same);
	assert_true(same.n > 3);
	clients_destroy(log);
	access_destroy(s.access);
}

/* Clients by the last bytes of their addresses, and how often each asked. */
static void take_client(void *arg, const struct fast_path_client *c)
{
	uint32_t *hits = arg;

	assert_int_equal(c->address.family, ADDRESS_IP4);
	assert_int_equal(hits[c->address.ip[2] << 8 | c->address.ip[3]], 0);
	hits[c->address.ip[2] << 8 | c->address.ip[3]] = c->hits;
}

/* In a full set the client that was silent longest gives way, and in no other is one lost. */
static void oldest_gives_way(void **state)
{
	static struct scene s;
	static uint32_t hits[65536];
	size_t n = 0, newest = 0;

	(void)state;
	setup(&s);
	s.rules.limit = (struct limit){.on = 1, .gain = 1, .cost = 1, .bucket = 1000};
	redraw(&s);
	access_destroy(s.access);
	host.access = s.access = access_create();
	assert_int_equal(access_set(s.access, &(struct settings_access){.allow = true}), 0);
	for (unsigned i = 0; i < 2000; i++) {
		s.defect = NONE;
		s.ip6 = false;
		draw(&s, i);
		s.from = (struct address){ADDRESS_IP4, {10, 1, (uint8_t)(i >> 8), (uint8_t)i}};
		write_frame(&s);
		assert_int_equal(host_run(), XDP_TX);
		/* Who asks again is found, unless he gave way: one set has eight. */
		write_frame(&s);
		assert_int_equal(host_run(), XDP_TX);
	}
	for (size_t i = 0; i < HOST_SETS; i++)
		xdp_slot_set(&host.sets[i], take_client, hits);
	for (unsigned i = 0; i < 2000; i++) {
		n += hits[i] != 0;
		newest += i >= 2000 - 8 && hits[i] != 0;
		assert_true(hits[i] == 0 || hits[i] == 2);
	}
	assert_int_equal(n, HOST_SETS * XDP_SET);
	assert_int_equal(newest, 8);
	access_destroy(s.access);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_as_responder),
		cmocka_unit_test(dispersion_is_exact),
		cmocka_unit_test(checksum_is_never_zero),
		cmocka_unit_test(same_limits),
		cmocka_unit_test(oldest_gives_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
