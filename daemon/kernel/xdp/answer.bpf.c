/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs in the network driver (XDP): answers plain requests of clients as daemon/serve/responder.c
 * does, from what the daemon has published, and passes everything else on. Whatever it is not sure
 * of is for the socket. A unit test holds it against the responder.
 */
#include "daemon/kernel/xdp/bpf.h"
#include "daemon/kernel/xdp/layout.h"

/* Words of a frame: it is put so that what follows the Ethernet header is aligned. */
typedef uint32_t __attribute__((may_alias)) word;
typedef uint16_t __attribute__((may_alias)) half;

#define INLINE static inline __attribute__((always_inline))

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define NET16(x) __builtin_bswap16(x)
#define NET32(x) __builtin_bswap32(x)
#else
#define NET16(x) (x)
#define NET32(x) (x)
#endif

/* Bytes of headers; of IP without options. */
#define ETHERNET 14
#define IP4      20
#define IP6      40
#define UDP      8
#define NTP      48

#define MODE_CLIENT 3
#define MODE_SERVER 4

/* Words of the NTP header. */
#define AT_DISPERSION 2
#define AT_ORIGIN     6
#define AT_RECEIVE    8
#define AT_TRANSMIT   10

/* The daemon makes access and clients as large as they need to be. Clients are in sets: a map of
 * the kernel that finds them by itself costs three times as much. */
BPF_MAP(published, BPF_MAP_TYPE_ARRAY, 1, BPF_MMAPABLE, uint32_t, struct xdp_state);
BPF_MAP(access4, BPF_MAP_TYPE_LPM_TRIE, 1, BPF_NO_PREALLOC, struct xdp_prefix4, uint32_t);
BPF_MAP(access6, BPF_MAP_TYPE_LPM_TRIE, 1, BPF_NO_PREALLOC, struct xdp_prefix6, uint32_t);
BPF_MAP(clients, BPF_MAP_TYPE_ARRAY, 1, BPF_MMAPABLE, uint32_t, struct xdp_set);
BPF_MAP(counts, BPF_MAP_TYPE_PERCPU_ARRAY, 1, 0, uint32_t, struct xdp_counts);

/* A request where it lies. */
struct request {
	half *ethernet;
	word *ip;
	half *udp;
	word *ntp;
	uint32_t address_sum; /* of both addresses */
	struct xdp_client_key client;
};

/* One's complement sums (RFC 1071) of words that are even in number, not yet folded. */
INLINE uint64_t sum_words(const word *p, int n)
{
	uint64_t sum = 0;

	for (int i = 0; i < n; i++)
		sum += p[i];
	return sum;
}

INLINE uint16_t fold(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* Of the pseudo header, the header of UDP and the NTP packet. */
INLINE uint64_t sum_udp(const struct request *q)
{
	const half *udp = q->udp;

	return (uint64_t)q->address_sum + NET16(17) + NET16(UDP + NTP) + udp[0] + udp[1] + udp[2] +
	       udp[3] + sum_words(q->ntp, XDP_HEADER);
}

/* Whether everything of UDP and of NTP is a plain request's. */
INLINE int is_plain(const struct request *q, const struct xdp_slot *s)
{
	const uint8_t *first = (const uint8_t *)q->ntp;
	unsigned version = *first >> 3 & 7;

	if (q->udp[1] != s->port || q->udp[0] == 0 || q->udp[2] != NET16(UDP + NTP))
		return 0;
	if ((*first & 7) != MODE_CLIENT || version < 1 || version > 4)
		return 0;
	/* It refers to an answer of ours: interleaved mode. */
	if (version == 4 && (NET32(q->ntp[AT_ORIGIN + 1]) & 1))
		return 0;
	return fold(sum_udp(q)) == 0xffff;
}

INLINE int is_own4(const struct xdp_slot *s, uint32_t ip)
{
	if (ip == 0)
		return 0;
	for (int i = 0; i < XDP_OWN; i++)
		if (s->own4[i] == ip)
			return 1;
	return 0;
}

INLINE int is_own6(const struct xdp_slot *s, const word *ip)
{
	if ((ip[0] | ip[1] | ip[2] | ip[3]) == 0)
		return 0;
	for (int i = 0; i < XDP_OWN; i++)
		if (s->own6[i][0] == ip[0] && s->own6[i][1] == ip[1] && s->own6[i][2] == ip[2] &&
			s->own6[i][3] == ip[3])
			return 1;
	return 0;
}

/* Addresses that no answer may go to, or that come from nowhere but this machine. */
INLINE int is_strange4(uint32_t ip)
{
	uint32_t first = NET32(ip) >> 24;

	return first == 0 || first == 127 || first >= 224;
}

INLINE int may_ask4(const struct xdp_slot *s, uint32_t ip)
{
	struct xdp_prefix4 key = {.bits = 32, .ip = ip};
	uint32_t *allowed;

	if (!(s->flags & XDP_LOOKUP4))
		return 1;
	allowed = bpf_map_lookup_elem(&access4, &key);
	return allowed && *allowed;
}

INLINE int may_ask6(const struct xdp_slot *s, const word *ip)
{
	struct xdp_prefix6 key = {.bits = 128, .ip = {ip[0], ip[1], ip[2], ip[3]}};
	uint32_t *allowed;

	if (!(s->flags & XDP_LOOKUP6))
		return 1;
	allowed = bpf_map_lookup_elem(&access6, &key);
	return allowed && *allowed;
}

/* Whether the request came over IPv4, and may be answered. */
INLINE int take4(const struct xdp_slot *s, struct request *q, uint8_t *end)
{
	word *ip = q->ip;

	if ((uint8_t *)ip + IP4 + UDP + NTP != end || !(s->flags & XDP_IP4))
		return 0;
	/* Version and length of the header; length; fragments; protocol. */
	if ((NET32(ip[0]) & 0xff00ffff) != (0x45000000 | (IP4 + UDP + NTP)) ||
		(NET32(ip[1]) & 0xbfff) != 0 || (NET32(ip[2]) >> 16 & 0xff) != 17)
		return 0;
	if (!is_own4(s, ip[4]) || is_strange4(ip[3]) || ip[3] == ip[4] ||
		fold(sum_words(ip, IP4 / 4)) != 0xffff)
		return 0;
	q->udp = (half *)(ip + IP4 / 4);
	q->ntp = ip + (IP4 + UDP) / 4;
	q->address_sum = fold((uint64_t)ip[3] + ip[4]);
	q->client = (struct xdp_client_key){{0, 0, NET32(0xffff), ip[3]}};
	return is_plain(q, s) && may_ask4(s, ip[3]);
}

INLINE int is_strange6(const word *ip)
{
	uint32_t first = NET32(ip[0]) >> 24;

	/* What begins with 80 zeroes is unspecified, loopback, or an address of IPv4. */
	return first == 0xff || (ip[0] | ip[1]) == 0;
}

INLINE int take6(const struct xdp_slot *s, struct request *q, uint8_t *end)
{
	word *ip = q->ip;

	if ((uint8_t *)ip + IP6 + UDP + NTP != end || !(s->flags & XDP_IP6))
		return 0;
	/* Version; length and next header. */
	if (NET32(ip[0]) >> 28 != 6 || NET32(ip[1]) >> 8 != ((UDP + NTP) << 8 | 17))
		return 0;
	if (!is_own6(s, ip + 6) || is_strange6(ip + 2))
		return 0;
	if (ip[2] == ip[6] && ip[3] == ip[7] && ip[4] == ip[8] && ip[5] == ip[9])
		return 0;
	q->udp = (half *)(ip + IP6 / 4);
	q->ntp = ip + (IP6 + UDP) / 4;
	q->address_sum = fold(sum_words(ip + 2, 8));
	q->client = (struct xdp_client_key){{ip[2], ip[3], ip[4], ip[5]}};
	/* Without a checksum it is none (RFC 8200 8.1). */
	return q->udp[3] != 0 && is_plain(q, s) && may_ask6(s, ip + 2);
}

/* Scatters (Steele, Lea and Flood's SplitMix). */
INLINE uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

INLINE uint64_t hash_of(const struct xdp_slot *s, const struct xdp_client_key *key)
{
	uint64_t low = (uint64_t)key->ip[2] << 32 | key->ip[3];
	uint64_t high = (uint64_t)key->ip[0] << 32 | key->ip[1];

	return mix(mix(low ^ s->secret) + high);
}

INLINE int is_same(const struct xdp_client *c, const struct xdp_client_key *key)
{
	return c->key.ip[3] == key->ip[3] && c->key.ip[2] == key->ip[2] &&
	       c->key.ip[1] == key->ip[1] && c->key.ip[0] == key->ip[0];
}

/* A record for a client who has none: a free one, or that of the set which was silent longest. NULL
 * when another processor is about the same. */
INLINE struct xdp_client *add(const struct xdp_slot *s, struct xdp_set *set,
	const struct xdp_client_key *key, uint32_t tag, uint64_t now)
{
	uint32_t at = 0, was;
	struct xdp_client *c;

	for (uint32_t i = 1; i < XDP_SET; i++)
		if (set->tags[at] != 0 &&
			(set->tags[i] == 0 || set->clients[i].last < set->clients[at].last))
			at = i;
	at &= XDP_SET - 1;
	was = set->tags[at];
	if (was == XDP_BUSY || __sync_val_compare_and_swap(&set->tags[at], was, XDP_BUSY) != was)
		return 0;
	c = &set->clients[at];
	*c = (struct xdp_client){.key = *key,
		.born = now,
		.tokens = s->limit.bucket,
		.interval = LIMIT_INTERVAL_NONE,
		.limited = LIMIT_INTERVAL_NONE};
	*(volatile uint32_t *)&set->tags[at] = tag;
	return c;
}

INLINE struct xdp_client *find(const struct xdp_slot *s, const struct request *q, uint64_t now)
{
	uint64_t hash = hash_of(s, &q->client);
	uint32_t index = (uint32_t)hash & (s->sets - 1), tag = (uint32_t)(hash >> 32) | 2;
	struct xdp_set *set = bpf_map_lookup_elem(&clients, &index);

	if (!set)
		return 0;
	for (uint32_t i = 0; i < XDP_SET; i++)
		if (set->tags[i] == tag && is_same(&set->clients[i], &q->client))
			return &set->clients[i];
	return add(s, set, &q->client, tag, now);
}

/* What becomes of a request, by the record of its client. */
INLINE enum limit_verdict judge(
	const struct xdp_slot *s, const struct request *q, uint64_t now, uint32_t tick)
{
	struct xdp_client *c = find(s, q, now);
	enum limit_verdict verdict;

	if (!c)
		return LIMIT_PASS;
	if (c->hits > 0) {
		limit_measure(c->dropped ? &c->limited : &c->interval, tick - c->tick);
		limit_fill(&s->limit, &c->tokens, tick - c->tick);
	}
	c->hits++;
	c->last = now;
	c->tick = tick;
	c->port = NET16(q->udp[0]);
	c->version = *(const uint8_t *)q->ntp >> 3 & 7;
	verdict = !s->limit.on
			  ? LIMIT_PASS
			  : limit_take(&s->limit, &c->tokens, limit_pushes(c->interval, c->limited),
				    bpf_get_prandom_u32());
	c->dropped = verdict == LIMIT_STOP;
	c->drops += verdict == LIMIT_STOP;
	return verdict;
}

/* Ticks since the publication's. A product instead of a quotient: it is cheaper, and wrong by less
 * than 10^-7 ticks. */
INLINE uint32_t tick_at(const struct xdp_slot *s, uint64_t since)
{
	const uint64_t in_ns = (1ull << 57) / LIMIT_TICK_NS + 1;

	return s->tick + (uint32_t)((since + s->tick_ns) * in_ns >> 57);
}

INLINE void count(const struct request *q, enum limit_verdict verdict)
{
	struct xdp_counts *c = bpf_map_lookup_elem(&counts, &(uint32_t){0});
	unsigned version = *(const uint8_t *)q->ntp >> 3 & 7;

	if (!c)
		return;
	c->hits[(version - 1) & 3]++;
	c->drops += verdict == LIMIT_STOP;
	c->rate += verdict == LIMIT_TELL;
}

/* For the bits of timestamps that say nothing. To ask the kernel for them costs as much as half of
 * the answer. */
INLINE uint64_t random_of(const struct xdp_slot *s, const word *ntp, uint64_t now)
{
	return mix(s->salt ^ now ^ (uint64_t)ntp[AT_TRANSMIT + 1] << 32);
}

INLINE uint32_t dispersion_at(const struct xdp_slot *s, uint64_t since)
{
	uint64_t d = s->dispersion + (since * s->dispersion_rate >> XDP_RATE_BITS);

	/* Rounded up: a bound stays a bound. */
	d += 0xffffffff;
	return d < s->dispersion ? 0xffffffff : (uint32_t)(d >> 32);
}

/* The NTP packet of the answer, over the request's. */
INLINE void write_ntp(const struct xdp_slot *s, word *ntp, uint64_t since, int rate)
{
	const uint32_t *header = rate ? s->rate : s->header;
	uint64_t now = s->ntp + (since * s->multiplier >> XDP_MULTIPLIER_BITS), receive, transmit;
	uint64_t random = random_of(s, ntp, s->from + since);
	uint32_t first = NET32(ntp[0]);
	int32_t poll = (int8_t)(first >> 8);

	if (poll < s->least_poll)
		poll = s->least_poll;
	receive = ((now & ~(uint64_t)s->blur) | (random & s->blur)) | 1;
	transmit = ((now & ~(uint64_t)s->blur) | (random >> 32 & s->blur)) & ~1ull;
	if ((int64_t)(transmit - receive) <= 0)
		transmit = receive + 1;
	ntp[AT_ORIGIN] = ntp[AT_TRANSMIT];
	ntp[AT_ORIGIN + 1] = ntp[AT_TRANSMIT + 1];
	ntp[0] = header[0] | NET32((first & 0x38000000) | MODE_SERVER << 24 | (poll & 0xff) << 8);
	ntp[1] = header[1];
	ntp[AT_DISPERSION] = rate ? header[AT_DISPERSION] : NET32(dispersion_at(s, since));
	for (int i = AT_DISPERSION + 1; i < AT_ORIGIN; i++)
		ntp[i] = header[i];
	ntp[AT_RECEIVE] = NET32((uint32_t)(receive >> 32));
	ntp[AT_RECEIVE + 1] = NET32((uint32_t)receive);
	ntp[AT_TRANSMIT] = NET32((uint32_t)(transmit >> 32));
	ntp[AT_TRANSMIT + 1] = NET32((uint32_t)transmit);
}

INLINE void turn_round(const struct xdp_slot *s, struct request *q, int ip6)
{
	word *ip = q->ip;
	half port = q->udp[0];

	for (int i = 0; i < 3; i++) {
		q->ethernet[i] = q->ethernet[3 + i];
		q->ethernet[3 + i] = s->mac[i];
	}
	if (ip6) {
		for (int i = 2; i < 6; i++) {
			word address = ip[i];

			ip[i] = ip[i + 4];
			ip[i + 4] = address;
		}
		ip[0] = NET32(6u << 28 | s->class << 20);
		ip[1] = NET32((UDP + NTP) << 16 | 17 << 8 | 64);
	} else {
		word address = ip[3];

		ip[0] = NET32(0x45000000 | s->class << 16 | (IP4 + UDP + NTP));
		ip[1] = NET32(0x4000); /* in one piece */
		ip[2] = NET32(64 << 24 | 17 << 16);
		ip[3] = ip[4];
		ip[4] = address;
		((half *)ip)[5] = (uint16_t)~fold(sum_words(ip, IP4 / 4));
	}
	q->udp[0] = q->udp[1];
	q->udp[1] = port;
	q->udp[3] = 0;
	q->udp[3] = (uint16_t)~fold(sum_udp(q));
	if (q->udp[3] == 0)
		q->udp[3] = 0xffff;
}

/* The newest publication, or NULL. */
INLINE const struct xdp_slot *newest(uint64_t now)
{
	struct xdp_state *all = bpf_map_lookup_elem(&published, &(uint32_t){0});
	const struct xdp_slot *s;

	if (!all)
		return 0;
	s = &all->slots[*(volatile uint32_t *)&all->current % XDP_SLOTS];
	/* Of one that is to come, and of one that is stale, the difference is large. */
	if (*(const volatile uint64_t *)&s->number == 0 || now - s->from > XDP_GOOD_NS)
		return 0;
	return s;
}

int answer(struct xdp_md *frame);

BPF_SECTION("xdp") int answer(struct xdp_md *frame)
{
	uint8_t *begin = (uint8_t *)(uintptr_t)frame->data;
	uint8_t *end = (uint8_t *)(uintptr_t)frame->data_end;
	struct request q = {.ethernet = (half *)begin, .ip = (word *)(begin + ETHERNET)};
	enum limit_verdict verdict = LIMIT_PASS;
	const struct xdp_slot *s;
	uint64_t now, since, number;
	int ip6;

	if (begin + ETHERNET + IP4 + UDP + NTP > end)
		return XDP_PASS;
	ip6 = q.ethernet[6] == NET16(0x86dd);
	if (ip6 ? begin + ETHERNET + IP6 + UDP + NTP > end : q.ethernet[6] != NET16(0x0800))
		return XDP_PASS;
	now = bpf_ktime_get_boot_ns();
	s = newest(now);
	if (!s || q.ethernet[0] != s->mac[0] || q.ethernet[1] != s->mac[1] ||
		q.ethernet[2] != s->mac[2])
		return XDP_PASS;
	if (!(ip6 ? take6(s, &q, end) : take4(s, &q, end)))
		return XDP_PASS;
	number = *(const volatile uint64_t *)&s->number;
	since = now - s->from;
	if (s->flags & XDP_LOG)
		verdict = judge(s, &q, now, tick_at(s, since));
	count(&q, verdict);
	if (verdict == LIMIT_STOP)
		return XDP_DROP;
	write_ntp(s, q.ntp, since, verdict == LIMIT_TELL);
	turn_round(s, &q, ip6);
	/* Written over meanwhile: it may be half of one and half of another. */
	return number == *(const volatile uint64_t *)&s->number ? XDP_TX : XDP_DROP;
}

/* All that it calls is there for programs of any licence. */
BPF_SECTION("license") const char licence[] = "BSD";
