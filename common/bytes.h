/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes on the wire: big-endian fields read and written within stated bounds.
 *
 * A reader or writer that would pass its end sets `bad`, reads zeros and writes nothing from then
 * on: a parser checks once, at its end, and can never leave its buffer.
 */
#ifndef COMMON_BYTES_H
#define COMMON_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Some bytes that somebody else owns. */
struct span {
	const uint8_t *p;
	size_t n;
};

/** Takes fields from the front of a span. */
struct reader {
	const uint8_t *p; /**< next byte */
	size_t left;      /**< bytes not read yet */
	bool bad;         /**< a read passed the end */
};

/** Appends fields to a buffer. */
struct writer {
	uint8_t *p;  /**< start of the buffer */
	size_t n;    /**< bytes written */
	size_t room; /**< size of the buffer */
	bool bad;    /**< a write did not fit */
};

struct reader reader_on(const uint8_t *p, size_t n);
uint8_t read_u8(struct reader *r);
uint16_t read_u16(struct reader *r);
uint32_t read_u32(struct reader *r);
uint64_t read_u64(struct reader *r);
/** Copies n bytes to ret; when they are not there ret is zeroed and the reader is bad. */
void read_bytes(struct reader *r, uint8_t *ret, size_t n);
/** The next n bytes where they lie; {NULL, 0} and bad when they are not there. */
struct span read_span(struct reader *r, size_t n);
void read_skip(struct reader *r, size_t n);

struct writer writer_on(uint8_t *p, size_t room);
void write_u8(struct writer *w, uint8_t v);
void write_u16(struct writer *w, uint16_t v);
void write_u32(struct writer *w, uint32_t v);
void write_u64(struct writer *w, uint64_t v);
void write_bytes(struct writer *w, const uint8_t *p, size_t n);
/** Appends n zero bytes. */
void write_zeros(struct writer *w, size_t n);

/* Big-endian numbers, written out so that compilers know them as one instruction. */
static inline uint32_t bytes_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint64_t bytes_u64(const uint8_t *p)
{
	return (uint64_t)bytes_u32(p) << 32 | bytes_u32(p + 4);
}

static inline void bytes_put_u64(uint8_t *ret, uint64_t v)
{
	ret[0] = (uint8_t)(v >> 56), ret[1] = (uint8_t)(v >> 48);
	ret[2] = (uint8_t)(v >> 40), ret[3] = (uint8_t)(v >> 32);
	ret[4] = (uint8_t)(v >> 24), ret[5] = (uint8_t)(v >> 16);
	ret[6] = (uint8_t)(v >> 8), ret[7] = (uint8_t)v;
}

/** True when the first n bytes of a and b are equal, in a time that does not depend on them. */
bool bytes_equal_secret(const uint8_t *a, const uint8_t *b, size_t n);

#endif
