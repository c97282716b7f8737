/* SPDX-License-Identifier: BSD-2-Clause */
/* Fields of chrony's control protocol, in both directions. */
#include "config.h"

#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "common/bytes.h"
#include "common/cmdmon_codec.h"
#include "common/instant.h"

/* The private float: a signed 7-bit exponent over a signed 25-bit coefficient. */
#define COEFFICIENT_BITS 25
#define COEFFICIENT_MAX  ((1 << (COEFFICIENT_BITS - 1)) - 1)
#define EXPONENT_MAX     63
#define EXPONENT_MIN     (-64)

/* Seconds whose upper word says that the sender has no 64-bit time. */
#define TIME_NO_HIGH UINT32_C(0x7fffffff)

uint32_t cmdmon_float_encode(double x)
{
	bool negative = x < 0;
	int32_t e, c, c_max = COEFFICIENT_MAX + negative;

	x = fabs(x);
	if (isnan(x) || x < 1e-100)
		return 0;
	if (x > 1e100) {
		e = EXPONENT_MAX;
		c = c_max;
	} else {
		/* As the protocol's first implementation rounds, bit for bit: the division of logs
		 * can miss a power of two by one, which the loop below puts right. */
		e = (int32_t)(log(x) / log(2.0) + 1.0);
		c = (int32_t)(ldexp(x, COEFFICIENT_BITS - e) + 0.5);
		for (; c > c_max; c >>= 1)
			e++;
	}
	if (e > EXPONENT_MAX) {
		e = EXPONENT_MAX;
		c = c_max;
	} else if (e < EXPONENT_MIN - COEFFICIENT_BITS) {
		e = c = 0;
	} else if (e < EXPONENT_MIN) {
		c >>= EXPONENT_MIN - e;
		e = EXPONENT_MIN;
	}
	if (negative)
		c = -c;
	return (uint32_t)e << COEFFICIENT_BITS | ((uint32_t)c & ((1U << COEFFICIENT_BITS) - 1));
}

double cmdmon_float_decode(uint32_t w)
{
	int32_t e = (int32_t)(w >> COEFFICIENT_BITS);
	int32_t c = (int32_t)(w & ((1U << COEFFICIENT_BITS) - 1));

	if (e > EXPONENT_MAX)
		e -= 2 * (EXPONENT_MAX + 1);
	if (c > COEFFICIENT_MAX)
		c -= 2 * (COEFFICIENT_MAX + 1);
	return ldexp(c, e - COEFFICIENT_BITS);
}

struct codec codec_reading(struct span in)
{
	return (struct codec){.r = reader_on(in.p, in.n)};
}

struct codec codec_writing(uint8_t *p, size_t room)
{
	return (struct codec){.writing = true, .w = writer_on(p, room)};
}

bool codec_bad(const struct codec *c)
{
	return c->writing ? c->w.bad : c->r.bad;
}

uint32_t codec_u8(struct codec *c, uint32_t v)
{
	if (!c->writing)
		return read_u8(&c->r);
	write_u8(&c->w, (uint8_t)v);
	return v;
}

uint32_t codec_u16(struct codec *c, uint32_t v)
{
	if (!c->writing)
		return read_u16(&c->r);
	write_u16(&c->w, (uint16_t)v);
	return v;
}

uint32_t codec_u32(struct codec *c, uint32_t v)
{
	if (!c->writing)
		return read_u32(&c->r);
	write_u32(&c->w, v);
	return v;
}

uint64_t codec_u64(struct codec *c, uint64_t v)
{
	if (!c->writing)
		return read_u64(&c->r);
	write_u64(&c->w, v);
	return v;
}

int32_t codec_i8(struct codec *c, int32_t v)
{
	return (int8_t)codec_u8(c, (uint32_t)v);
}

int32_t codec_i16(struct codec *c, int32_t v)
{
	return (int16_t)codec_u16(c, (uint32_t)v);
}

int32_t codec_i32(struct codec *c, int32_t v)
{
	return (int32_t)codec_u32(c, (uint32_t)v);
}

int codec_count(struct codec *c, int v)
{
	uint32_t u = codec_u32(c, (uint32_t)v);

	if (c->writing)
		return v;
	return u > INT_MAX ? INT_MAX : (int)u;
}

double codec_real(struct codec *c, double v)
{
	return cmdmon_float_decode(codec_u32(c, c->writing ? cmdmon_float_encode(v) : 0));
}

int64_t codec_time(struct codec *c, int64_t v)
{
	int64_t s = instant_floor_s(v), ns = instant_rest_ns(v);
	uint32_t high, low;

	high = codec_u32(c, (uint32_t)((uint64_t)s >> 32));
	low = codec_u32(c, (uint32_t)s);
	ns = codec_u32(c, (uint32_t)ns);
	if (c->writing)
		return v;
	if (high == TIME_NO_HIGH)
		high = 0;
	if (ns >= INSTANT_S)
		ns = INSTANT_S - 1;
	return instant_from_s((int64_t)((uint64_t)high << 32 | low), ns);
}

struct address codec_address(struct codec *c, struct address v)
{
	uint8_t ip[16] = {0};
	uint32_t family;

	if (v.family != ADDRESS_NONE)
		memcpy(ip, v.ip, sizeof(ip));
	codec_bytes(c, ip, sizeof(ip));
	family = codec_u16(c, v.family);
	codec_reserved(c, 2, 0);
	if (c->writing)
		return v;
	memset(&v, 0, sizeof(v));
	if (family == ADDRESS_IP6)
		memcpy(v.ip, ip, 16);
	else if (family == ADDRESS_IP4 || family == ADDRESS_ID)
		memcpy(v.ip, ip, 4);
	else
		family = ADDRESS_NONE;
	v.family = (enum address_family)family;
	return v;
}

void codec_bytes(struct codec *c, uint8_t *p, size_t n)
{
	if (c->writing)
		write_bytes(&c->w, p, n);
	else
		read_bytes(&c->r, p, n);
}

void codec_text(struct codec *c, char *s, size_t n)
{
	size_t length = 0;

	if (!c->writing) {
		read_bytes(&c->r, (uint8_t *)s, n);
		return;
	}
	while (length < n && s[length])
		length++;
	write_bytes(&c->w, (const uint8_t *)s, length);
	write_zeros(&c->w, n - length);
}

void codec_reserved(struct codec *c, size_t n, uint8_t value)
{
	for (; n > 0; n--)
		codec_u8(c, value);
}
