/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AES by the processor's own instructions, where it has them: for SIV only, whose keys change
 * several times for each packet of a server. A library's call has to find out each time what it is
 * called for, which costs more than the cipher.
 */
#ifndef BACKENDS_NATIVE_H
#define BACKENDS_NATIVE_H

#include <stdbool.h>

#include "backends/siv.h"

/** Blocks of the longest key schedule: AES-256. */
#define NATIVE_SCHEDULE 15

/** An AES key made ready. Holds a secret: to be wiped. */
struct native_key {
	_Alignas(SIV_BLOCK) uint32_t schedule[NATIVE_SCHEDULE][SIV_BLOCK / 4];
	int rounds;
};

struct aead_job;

struct native_siv {
	struct native_key mac, stream;
};

/** Whether this processor has the instructions. */
bool native_is_here(void);

/**
 * Starts s with both halves of a key of SIV, for which k holds the schedules; the time it takes
 * does not depend on the key. Only where native_is_here().
 */
void native_siv_start(struct siv *s, struct native_siv *k, struct span key);

/** Messages from which on native_siv_many() is no slower than one after the other. */
#define NATIVE_MANY 2

/**
 * Seals or opens n jobs, some at a time. same: SIV as native_siv_start() made it, whose key they
 * all have; or NULL: each has a key of its own, of key_n bytes. Results as crypto_aead_many() has
 * them. Only where native_is_here().
 */
void native_siv_many(
	const struct siv *same, bool sealing, struct aead_job *jobs, size_t n, size_t key_n);

#endif
