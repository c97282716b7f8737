/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Big-endian fields within bounds.
 */
#include "config.h"

#include <string.h>

#include "common/bytes.h"

struct reader reader_on(const uint8_t *p, size_t n)
{
	return (struct reader){.p = p, .left = n};
}

struct span read_span(struct reader *r, size_t n)
{
	struct span s;

	if (r->bad || n > r->left) {
		r->bad = true;
		return (struct span){NULL, 0};
	}
	s = (struct span){r->p, n};
	if (n > 0) {
		r->p += n;
		r->left -= n;
	}
	return s;
}

uint8_t read_u8(struct reader *r)
{
	struct span s = read_span(r, 1);

	return s.p ? s.p[0] : 0;
}

uint16_t read_u16(struct reader *r)
{
	struct span s = read_span(r, 2);

	if (!s.p)
		return 0;
	return (uint16_t)((unsigned)s.p[0] << 8 | s.p[1]);
}

uint32_t read_u32(struct reader *r)
{
	struct span s = read_span(r, 4);

	return s.p ? bytes_u32(s.p) : 0;
}

uint64_t read_u64(struct reader *r)
{
	struct span s = read_span(r, 8);

	return s.p ? bytes_u64(s.p) : 0;
}

void read_bytes(struct reader *r, uint8_t *ret, size_t n)
{
	struct span s = read_span(r, n);

	if (n == 0) {
		return;
	}
	if (s.p) {
		memcpy(ret, s.p, n);
	} else {
		memset(ret, 0, n);
	}
}

void read_skip(struct reader *r, size_t n)
{
	read_span(r, n);
}

struct writer writer_on(uint8_t *p, size_t room)
{
	return (struct writer){.p = p, .room = room};
}

/** Takes n bytes of the buffer; NULL when there is no room or nothing to take. */
static uint8_t *take(struct writer *w, size_t n)
{
	uint8_t *p;

	if (w->bad || n > w->room - w->n) {
		w->bad = true;
		return NULL;
	}
	if (n == 0) {
		return NULL;
	}
	p = w->p + w->n;
	w->n += n;
	return p;
}

/** Appends the low n (at most 4) bytes of v. */
static void write_number(struct writer *w, uint32_t v, size_t n)
{
	uint8_t *p = take(w, n);

	if (!p) {
		return;
	}
	for (size_t i = n; i > 0; i--) {
		p[i - 1] = (uint8_t)v;
		v >>= 8;
	}
}

void write_u8(struct writer *w, uint8_t v)
{
	write_number(w, v, 1);
}

void write_u16(struct writer *w, uint16_t v)
{
	write_number(w, v, 2);
}

void write_u32(struct writer *w, uint32_t v)
{
	write_number(w, v, 4);
}

void write_u64(struct writer *w, uint64_t v)
{
	uint8_t *p = take(w, 8);

	if (p)
		bytes_put_u64(p, v);
}

void write_bytes(struct writer *w, const uint8_t *p, size_t n)
{
	uint8_t *to = take(w, n);

	if (to) {
		memcpy(to, p, n);
	}
}

void write_zeros(struct writer *w, size_t n)
{
	uint8_t *to = take(w, n);

	if (to) {
		memset(to, 0, n);
	}
}

bool bytes_equal_secret(const uint8_t *a, const uint8_t *b, size_t n)
{
	uint64_t difference = 0, x, y;

	for (; n >= sizeof(x); a += sizeof(x), b += sizeof(x), n -= sizeof(x)) {
		memcpy(&x, a, sizeof(x));
		memcpy(&y, b, sizeof(y));
		difference |= x ^ y;
		/* For all that the compiler knows it is another now: it cannot end the loop at the
		 * first difference. */
		__asm__ volatile("" : "+r"(difference));
	}
	for (; n > 0; a++, b++, n--) {
		difference |= (uint64_t)(*a ^ *b);
		__asm__ volatile("" : "+r"(difference));
	}
	return difference == 0;
}
