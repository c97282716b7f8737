/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One description of a message serves both directions: each field function is handed the value to
 * write and gives back the value that was written or read. A message function thus assigns every
 * field to itself, and its order of fields is the layout.
 *
 * Only for common/cmdmon_*.c.
 */
#ifndef COMMON_CMDMON_CODEC_H
#define COMMON_CMDMON_CODEC_H

#include <stdbool.h>
#include <stdint.h>

#include "common/address.h"
#include "common/bytes.h"
#include "common/cmdmon.h"

/** Where fields go to or come from. */
struct codec {
	bool writing;
	struct reader r;
	struct writer w;
};

struct codec codec_reading(struct span in);
struct codec codec_writing(uint8_t *p, size_t room);
/** Whether a field did not fit or was not there. */
bool codec_bad(const struct codec *c);

uint32_t codec_u8(struct codec *c, uint32_t v);
uint32_t codec_u16(struct codec *c, uint32_t v);
uint32_t codec_u32(struct codec *c, uint32_t v);
uint64_t codec_u64(struct codec *c, uint64_t v);
int32_t codec_i8(struct codec *c, int32_t v);
int32_t codec_i16(struct codec *c, int32_t v);
int32_t codec_i32(struct codec *c, int32_t v);
/** A u32 field that is an int here: saturates when read. */
int codec_count(struct codec *c, int v);
/** The private float. */
double codec_real(struct codec *c, double v);
/** The 12-byte time as ns since 1970: saturates at the ends of int64_t when read. */
int64_t codec_time(struct codec *c, int64_t v);
/** The 20-byte address: a family that is not known is read as ADDRESS_NONE. */
struct address codec_address(struct codec *c, struct address v);
void codec_bytes(struct codec *c, uint8_t *p, size_t n);
/** A text field of n bytes: what follows the end of the text is written as zeros. Read as it is, so
 * without an end when the field is full. */
void codec_text(struct codec *c, char *s, size_t n);
/** Bytes without a meaning: written as value, skipped when read. */
void codec_reserved(struct codec *c, size_t n, uint8_t value);

/** A set of enum select_option as the flags of ADD_SOURCE, and back (cmdmon_source.c). */
uint32_t cmdmon_select_to_flags(unsigned options);
unsigned cmdmon_select_from_flags(uint32_t flags);

/** Payload of ADD_SOURCE in its old or new layout (cmdmon_source.c). */
void cmdmon_codec_source_old(struct codec *c, struct cmdmon_request *q);
void cmdmon_codec_source(struct codec *c, struct cmdmon_request *q);

#endif
