/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses read and written by hand: no system header, no look-up, the same on every system.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/address.h"
#include "common/bytes.h"
#include "common/md5.h"
#include "common/text.h"

/** 16-bit groups of an IPv6 address. */
#define GROUPS 8

/** Reads a decimal byte without leading zeros. Returns what follows, or NULL. */
static const char *take_byte(const char *s, uint8_t *ret)
{
	unsigned v = 0;
	int digits = 0;

	for (; *s >= '0' && *s <= '9'; s++) {
		/* "010" is eight to some and ten to others: to us it is no address. */
		if (digits > 0 && v == 0) {
			return NULL;
		}
		v = v * 10 + (unsigned)(*s - '0');
		digits++;
		if (v > 255) {
			return NULL;
		}
	}
	if (digits == 0) {
		return NULL;
	}
	*ret = (uint8_t)v;
	return s;
}

/** Reads one to four bytes with points between. Returns how many, 0 when s is something else. */
static int parse_quad(const char *s, uint8_t ret[4])
{
	for (int i = 0; i < 4; i++) {
		s = take_byte(s, &ret[i]);
		if (!s) {
			return 0;
		}
		if (!*s) {
			return i + 1;
		}
		if (*s++ != '.') {
			return 0;
		}
	}
	return 0;
}

/** Reads one to four hexadecimal digits. Returns what follows, or NULL. */
static const char *take_group(const char *s, unsigned *ret)
{
	unsigned v = 0;
	int digits = 0;

	for (; text_hex_digit(*s) >= 0; s++) {
		v = v << 4 | (unsigned)text_hex_digit(*s);
		if (++digits > 4) {
			return NULL;
		}
	}
	if (digits == 0) {
		return NULL;
	}
	*ret = v;
	return s;
}

/** What has been read of an IPv6 address. */
struct groups {
	unsigned v[GROUPS];
	int n;
	int gap; /**< groups before "::"; -1: none seen */
};

/** Puts a dotted quad in the place of the last two groups. */
static int take_embedded(const char *s, struct groups *g)
{
	uint8_t quad[4];

	if (g->n > GROUPS - 2 || parse_quad(s, quad) != 4) {
		return -EINVAL;
	}
	g->v[g->n++] = (unsigned)quad[0] << 8 | quad[1];
	g->v[g->n++] = (unsigned)quad[2] << 8 | quad[3];
	return 0;
}

/** Reads all groups of s. */
static int take_groups(const char *s, struct groups *g)
{
	if (s[0] == ':' && s[1] == ':') {
		g->gap = 0;
		s += 2;
		if (!*s) {
			return 0;
		}
	}
	for (;;) {
		const char *next = g->n < GROUPS ? take_group(s, &g->v[g->n]) : NULL;

		if (next && *next == '.') {
			return take_embedded(s, g);
		}
		if (!next) {
			return -EINVAL;
		}
		g->n++;
		if (!*next) {
			return 0;
		}
		if (*next != ':') {
			return -EINVAL;
		}
		s = next + 1;
		if (*s == ':') {
			if (g->gap >= 0) {
				return -EINVAL;
			}
			g->gap = g->n;
			if (!*++s) {
				return 0;
			}
		}
	}
}

static int parse_ip6(const char *s, struct address *ret)
{
	struct groups g = {.gap = -1};
	struct address a = {.family = ADDRESS_IP6};

	if (take_groups(s, &g) < 0 || (g.gap < 0 ? g.n != GROUPS : g.n >= GROUPS)) {
		return -EINVAL;
	}
	for (int i = 0; i < g.n; i++) {
		int at = g.gap >= 0 && i >= g.gap ? i + GROUPS - g.n : i;

		a.ip[2 * at] = (uint8_t)(g.v[i] >> 8);
		a.ip[2 * at + 1] = (uint8_t)g.v[i];
	}
	*ret = a;
	return 0;
}

int address_parse(const char *s, struct address *ret)
{
	struct address a = {.family = ADDRESS_IP4};

	if (strchr(s, ':')) {
		return parse_ip6(s, ret);
	}
	if (parse_quad(s, a.ip) != 4) {
		return -EINVAL;
	}
	*ret = a;
	return 0;
}

/** Finds the first of the longest runs of at least two zero groups (RFC 5952 4.2). */
static int longest_zeros(const unsigned g[GROUPS], int *ret_at)
{
	int longest = 1;

	*ret_at = -1;
	for (int i = 0; i < GROUPS; i++) {
		int n = 0;

		while (i + n < GROUPS && g[i + n] == 0) {
			n++;
		}
		if (n > longest) {
			longest = n;
			*ret_at = i;
		}
		i += n;
	}
	return *ret_at < 0 ? 0 : longest;
}

static void format_ip6(const uint8_t ip[16], struct text *t)
{
	unsigned g[GROUPS];
	int zeros, at;
	bool embedded;

	for (int i = 0; i < GROUPS; i++) {
		g[i] = (unsigned)ip[2 * i] << 8 | ip[2 * i + 1];
	}
	zeros = longest_zeros(g, &at);
	/* Mapped and compatible IPv4 addresses show the quad (RFC 5952 5), as other tools do. */
	embedded = at == 0 && (zeros == 6 || (zeros == 5 && g[5] == 0xffff));
	for (int i = 0; i < GROUPS; i++) {
		if (i == at) {
			text_add(t, "::");
			i += zeros - 1;
			continue;
		}
		if (i > 0 && i != at + zeros) {
			text_add(t, ":");
		}
		if (embedded && i == 6) {
			text_add(t, "%u.%u.%u.%u", ip[12], ip[13], ip[14], ip[15]);
			return;
		}
		text_add(t, "%x", g[i]);
	}
}

void address_format(const struct address *a, char *ret, size_t n)
{
	struct text t = text_on(ret, n);

	switch (a->family) {
	case ADDRESS_IP4:
		text_add(&t, "%u.%u.%u.%u", a->ip[0], a->ip[1], a->ip[2], a->ip[3]);
		break;
	case ADDRESS_IP6:
		format_ip6(a->ip, &t);
		break;
	case ADDRESS_ID:
		text_add(&t, "ID#%010lu", (unsigned long)address_u32(a));
		break;
	case ADDRESS_NONE:
		text_add(&t, "[UNSPEC]");
		break;
	}
}

void endpoint_format(const struct endpoint *e, char *ret, size_t n)
{
	struct text t = text_on(ret, n);
	char address[ADDRESS_TEXT];
	bool ip6 = e->address.family == ADDRESS_IP6;

	if (e->path[0]) {
		text_add(&t, "%s", e->path);
		return;
	}
	address_format(&e->address, address, sizeof(address));
	text_add(&t, "%s%s", ip6 ? "[" : "", address);
	if (ip6 && e->scope != 0) {
		text_add(&t, "%%%lu", (unsigned long)e->scope);
	}
	text_add(&t, "%s:%u", ip6 ? "]" : "", e->port);
}

enum address_family address_family_of(int letter)
{
	return letter == '4' ? ADDRESS_IP4 : ADDRESS_IP6;
}

int address_bits(enum address_family family)
{
	switch (family) {
	case ADDRESS_IP4:
		return 32;
	case ADDRESS_IP6:
		return 128;
	case ADDRESS_NONE:
	case ADDRESS_ID:
		break;
	}
	return 0;
}

/** Bytes of an address that count: all of them when the family is not IP. */
static size_t significant(enum address_family family)
{
	return family == ADDRESS_IP6 ? 16 : family == ADDRESS_NONE ? 0 : 4;
}

bool address_equal(const struct address *a, const struct address *b)
{
	return a->family == b->family && memcmp(a->ip, b->ip, significant(a->family)) == 0;
}

bool address_is_loopback(const struct address *a)
{
	static const uint8_t one[16] = {[15] = 1};

	if (a->family == ADDRESS_IP4) {
		return a->ip[0] == 127;
	}
	return a->family == ADDRESS_IP6 && memcmp(a->ip, one, sizeof(one)) == 0;
}

bool address_is_not_unicast(const struct address *a)
{
	static const uint8_t zero[16];

	if (a->family == ADDRESS_IP4) {
		return (a->ip[0] & 0xf0) == 0xe0 || address_u32(a) == 0 ||
		       address_u32(a) == UINT32_MAX;
	}
	if (a->family == ADDRESS_IP6) {
		return a->ip[0] == 0xff || memcmp(a->ip, zero, sizeof(zero)) == 0;
	}
	return true;
}

struct address address_id(uint32_t id)
{
	return (struct address){.family = ADDRESS_ID,
		.ip = {(uint8_t)(id >> 24), (uint8_t)(id >> 16), (uint8_t)(id >> 8), (uint8_t)id}};
}

uint32_t address_u32(const struct address *a)
{
	if (a->family != ADDRESS_IP4 && a->family != ADDRESS_ID) {
		return 0;
	}
	return (uint32_t)a->ip[0] << 24 | (uint32_t)a->ip[1] << 16 | (uint32_t)a->ip[2] << 8 |
	       a->ip[3];
}

uint32_t address_refid(const struct address *a)
{
	uint8_t digest[16];
	struct reader r;

	if (a->family == ADDRESS_IP4)
		return address_u32(a);
	if (a->family != ADDRESS_IP6)
		return 0;
	md5(a->ip, sizeof(a->ip), digest);
	r = reader_on(digest, sizeof(digest));
	return read_u32(&r);
}

/** The leading bits of byte i that a prefix of this length covers, as a mask. */
static uint8_t prefix_mask(int bits, int i)
{
	int covered = bits - 8 * i;

	return (uint8_t)(covered >= 8 ? 0xff : covered <= 0 ? 0 : 0xff << (8 - covered));
}

bool address_in_prefix(const struct address *a, const struct address *prefix, int bits)
{
	uint8_t difference = 0;

	if (a->family != prefix->family || bits < 0 || bits > address_bits(a->family)) {
		return false;
	}
	for (int i = 0; i < 16; i++) {
		difference |= (uint8_t)((a->ip[i] ^ prefix->ip[i]) & prefix_mask(bits, i));
	}
	return difference == 0;
}

int address_parse_prefix(const char *s, struct address *ret_prefix, int *ret_bits)
{
	const char *slash = strchr(s, '/');
	size_t n = slash ? (size_t)(slash - s) : strlen(s);
	struct address a = {.family = ADDRESS_IP4};
	char address[ADDRESS_TEXT];
	int bits, bytes;

	if (n >= sizeof(address)) {
		return -EINVAL;
	}
	memcpy(address, s, n);
	address[n] = '\0';
	bytes = parse_quad(address, a.ip);
	if (bytes > 0) {
		bits = 8 * bytes;
	} else if (address_parse(address, &a) == 0) {
		bits = address_bits(a.family);
	} else {
		return -EINVAL;
	}
	if (slash) {
		long long v;
		int r = text_to_int(slash + 1, 0, address_bits(a.family), &v);

		if (r < 0) {
			return r;
		}
		bits = (int)v;
	}
	for (int i = 0; i < 16; i++) {
		a.ip[i] &= prefix_mask(bits, i);
	}
	*ret_prefix = a;
	*ret_bits = bits;
	return 0;
}
