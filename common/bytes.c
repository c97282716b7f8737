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

/** The next n (at most 8) bytes as a number; 0 when they are not there. */
static uint64_t read_number(struct reader *r, size_t n)
{
	struct span s = read_span(r, n);
	uint64_t v = 0;

	for (size_t i = 0; i < s.n; i++) {
		v = v << 8 | s.p[i];
	}
	return v;
}

uint8_t read_u8(struct reader *r)
{
	return (uint8_t)read_number(r, 1);
}

uint16_t read_u16(struct reader *r)
{
	return (uint16_t)read_number(r, 2);
}

uint32_t read_u32(struct reader *r)
{
	return (uint32_t)read_number(r, 4);
}

uint64_t read_u64(struct reader *r)
{
	return read_number(r, 8);
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

/** Appends the low n (at most 8) bytes of v. */
static void write_number(struct writer *w, uint64_t v, size_t n)
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
	write_number(w, v, 8);
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
	/* Volatile so that no compiler ends the loop at the first difference. */
	volatile uint8_t difference = 0;

	for (size_t i = 0; i < n; i++) {
		difference = (uint8_t)(difference | (a[i] ^ b[i]));
	}
	return difference == 0;
}
